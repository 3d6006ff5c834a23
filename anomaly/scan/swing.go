package scan

import "math"

// learnSwing measures how far parts stray from their shares for an hour and a
// half, all parts together: their own drift, and habits of theirs that the shares
// do not know. Over a window of mean m and scatter v the sum's variance is
// m + v + m² times what is looked for; v takes in the share's own error.
func (b *Board) learnSwing() {
	if b.Learnt != b.Seen-1 {
		b.Run = 0
	}
	b.Run, b.Learnt = b.Run+1, b.Seen
	if b.Run < int64(len(b.Usual)) { // the rings hold bins that must not be learnt
		return
	}
	b.Run = 0
	sum, sq, all := 0.0, 0.0, 0.0
	for _, u := range b.Usual {
		sum += float64(u)
		sq += float64(u) * float64(u)
	}
	if sum <= 0 {
		return
	}
	for i := range b.Parts {
		all += b.Parts[i].held()
	}
	invR, swing := b.InvR(), b.Swing()
	for i := range b.Parts {
		x := b.Parts[i].held()
		own := max(1, b.Parts[i].Own+1-x) // a share learnt from x would fit it too well
		s := own / max(1, b.Total+float64(len(b.Parts))-all)
		m := s * sum
		v := invR*s*s*sq + m*m/own
		known := m + v + m*m*swing
		e := min(x-m, 6*math.Sqrt(known)+3)
		u := m / known
		b.Off += u * u * (e*e - m - v)
		b.Base += u * u * m * m
	}
	keep := 1 - (1-b.fade)*float64(len(b.Usual))
	b.Off, b.Base = b.Off*keep, b.Base*keep
}

// held is what the part's ring holds.
func (p *Part) held() float64 {
	x := 0.0
	for _, n := range p.Ring {
		x += float64(n)
	}
	return x
}

// Swing is the variance of a part's own log drift against the whole.
func (b *Board) Swing() float64 {
	return max(minSwing, (b.Off+priorSwing*priorSwingWeight)/(b.Base+priorSwingWeight))
}
