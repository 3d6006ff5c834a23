package scan

import "math"

// halfHour gathers the whole's expected reports of the running half hour.
type halfHour struct {
	Bins, Mean, Sq float64
}

// learnSpread measures how unevenly parts' reports fall on the bins of a half
// hour, all parts together: for independent bins of means m_i, E x_i(x_i-1) is
// m_i²(1+1/r) and E x_i x_j is m_i m_j. A part's own level cancels.
func (b *Board) learnSpread() {
	h := &b.Half
	mu := float64(b.Usual[b.At])
	h.Bins++
	h.Mean += mu
	h.Sq += mu * mu
	for i := range b.Parts {
		p := &b.Parts[i]
		x := min(float64(p.Ring[b.At]), b.plausible(b.Share(i)*mu))
		p.Sum += x
		p.Sq += x * x
	}
	if h.Bins*b.bin < 30 {
		return
	}
	cross, invR := h.Mean*h.Mean-h.Sq, b.InvR()
	for i := range b.Parts {
		p := &b.Parts[i]
		if cross > 0 {
			m := b.Share(i) * h.Mean / h.Bins
			u := 1 / (1 + m*invR)
			base := u * u * (p.Sum*p.Sum - p.Sq) * h.Sq / cross
			b.Same += u*u*(p.Sq-p.Sum) - base
			b.Cross += base
		}
		p.Sum, p.Sq = 0, 0
	}
	keep := 1 - (1-b.fade)*h.Bins
	b.Same, b.Cross = b.Same*keep, b.Cross*keep
	*h = halfHour{}
}

// plausible is the most that a usual bin of mean m brings: an outage that was
// not noticed must not pass for scatter. It lies far out, because most of the
// scatter of thin parts is in their rare pairs and triples: cut at 3.5 sd, 1/r
// came out a quarter too low.
func (b *Board) plausible(m float64) float64 {
	return m + 6*math.Sqrt(m+m*m*(b.InvR()+b.Swing())) + 3
}

// InvR is the parts' common 1/r.
func (b *Board) InvR() float64 {
	return max(minInvR, (b.Same+priorInvR*priorWeight)/(b.Cross+priorWeight))
}
