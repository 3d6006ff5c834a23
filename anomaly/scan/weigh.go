package scan

import (
	"math"

	"outcry/anomaly/nb"
)

const (
	// minRise is the least multiple of the usual, and minReports the fewest
	// reports, that a zone is looked at for.
	minRise, minReports = 1.2, 2.5
	// maxRatio caps how many times the usual a zone is credited with.
	maxRatio = 20
	// spared is how many times the evidence that is left without the largest
	// bin's surplus counts: a quarter of it must come from more than one bin.
	spared = 4
	// longer is the gain of evidence with the logarithm of the window, which is
	// 0 at evenMinutes: long windows overlap, so that there are fewer of them.
	longer, evenMinutes = 0.3, 20
)

// forecast is what one onset of the whole expects, as parts use it.
type forecast struct {
	bins  int     // since the onset, this one included
	mean  float64 // of the whole
	drawn float64 // relative variance of the sum by single bins, at 1/r = 1
	doubt float64 // relative variance by drift, level and profile
	gain  float64 // nats for the window's length
}

// desk holds what all zones need in one step. Its slices are kept for the next.
type desk struct {
	forecasts []forecast // newest onset first
	share     []float64  // of each part
	doubt     []float64  // variance of that share
	reach     []int      // bins that a part may look back
	sum       []float64  // reports of part i since forecast j: [i*len(forecasts)+j]
	most      []float64  // nats that a part can bring to any zone
	newest    float64    // reports of all parts in this bin
	invR      float64
	swing     float64
	clump     float64
}

// lay puts this step's figures on the desk.
func (b *Board) lay(w Whole) {
	d := &b.desk
	d.forecasts = b.forecasts(d.forecasts[:0], w)
	d.share, d.doubt, d.reach = d.share[:0], d.doubt[:0], d.reach[:0]
	d.sum, d.most = d.sum[:0], d.most[:0]
	d.invR, d.swing, d.clump, d.newest = b.InvR(), b.Swing(), w.Clump, 0
	for i := range b.Parts {
		p := &b.Parts[i]
		s := b.Share(i)
		d.share = append(d.share, s)
		d.doubt = append(d.doubt, s*s/(p.Own+1))
		d.reach = append(d.reach, b.reach(p, w))
		d.newest += float64(p.Ring[b.At])
		d.gather(p.Ring, b.At, s)
	}
}

// gather sums a part's reports since each forecast's onset, and bounds what it
// can bring to a zone. By the log-sum inequality a zone's Poisson likelihood
// ratio is at most the sum of its members', too many or too few alike, and the
// negative binomial ratio is smaller.
func (d *desk) gather(ring []float32, at int, share float64) {
	x, n, most := 0.0, 0, 0.0
	for j := range d.forecasts {
		f := &d.forecasts[j]
		for ; n < f.bins; n++ {
			x += float64(ring[at])
			if at--; at < 0 {
				at = len(ring) - 1
			}
		}
		d.sum = append(d.sum, x)
		m := share * f.mean
		gain := max(0, f.gain)
		if u := x - m; u*u > (most-gain)*m { // the ratio is at most u²/m
			ratio := -u
			if x > 0 {
				ratio += x * math.Log(x/m)
			}
			most = max(most, ratio+gain)
		}
	}
	d.most = append(d.most, most)
}

// forecasts takes the whole's candidates that are one bin to ninety minutes
// old, newest first.
func (b *Board) forecasts(list []forecast, w Whole) []forecast {
	for i := len(w.Candidates.All) - 1; i >= 0; i-- {
		c := &w.Candidates.All[i]
		n := int(w.Number-c.Start) + 1
		if c.Mean <= 0 {
			continue
		}
		if n > len(b.Usual) || int64(n) > b.Seen {
			break
		}
		list = append(list, forecast{
			bins: n, mean: c.Mean, drawn: (c.Drawn - w.Clump*c.Mean) / w.InvR / (c.Mean * c.Mean), doubt: c.Doubt(),
			gain: longer * math.Log(float64(n)*b.bin/evenMinutes),
		})
	}
	return list
}

// reach is how many bins a part may look back: none while it is new, and not
// beyond the clearing of its last alarm, whose reports are explained.
func (b *Board) reach(p *Part, w Whole) int {
	switch {
	case float64(b.Seen-p.First)*b.bin < newDays*1440:
		return 0
	case p.Alarm.Ever:
		return min(len(b.Usual), int(float64(w.Minute-p.Alarm.Cleared)/b.bin))
	}
	return len(b.Usual)
}

// weigh finds a zone's best window, if it has more evidence than floor nats.
func (b *Board) weigh(z *zone, floor float64) window {
	d := &b.desk
	most := -z.penalty
	for _, i := range z.members {
		most += d.most[i]
	}
	if most <= floor {
		return window{}
	}
	share, sq, doubt, reach := 0.0, 0.0, 0.0, len(b.Usual)
	for _, i := range z.members {
		s := d.share[i]
		share += s
		sq += s * s
		doubt += d.doubt[i]
		reach = min(reach, d.reach[i])
	}
	sq, doubt = sq/(share*share), doubt/(share*share)
	fixed, spread := d.swing*sq+doubt, d.invR*sq
	best := window{evidence: floor}
	for j := range d.forecasts {
		f := &d.forecasts[j]
		if f.bins > reach {
			break
		}
		x, m := 0.0, share*f.mean
		for _, i := range z.members {
			x += d.sum[i*len(d.forecasts)+j]
		}
		need := best.evidence + z.penalty - f.gain
		if x < minReports || x < minRise*m || (x-m)*(x-m) <= need*m {
			continue
		}
		size := 1 / (f.drawn*spread + d.clump/m + f.doubt + fixed)
		e := nb.LLR(x, m, min(x, maxRatio*m), size)
		if e <= need {
			continue
		}
		left := b.guarded(z, f, share, x)
		if left < minReports || left < minRise*m {
			continue
		}
		e = min(e, spared*nb.LLR(left, m, min(left, maxRatio*m), size))
		if e > need {
			best = window{evidence: e + f.gain - z.penalty, bins: f.bins, count: x, mean: m}
		}
	}
	if best.bins == 0 {
		return window{}
	}
	return best
}

// guarded is a zone's count x of its last bins without what only the largest
// of them supports, or of its newest without what only one region does.
func (b *Board) guarded(z *zone, f *forecast, share, x float64) float64 {
	if f.bins == 1 {
		return b.agreed(z, f, share, x)
	}
	top, next := 0.0, 0.0
	for n := range f.bins {
		_, excess := b.ago(z, n, share)
		if excess > top {
			top, next = excess, top
		} else if excess > next {
			next = excess
		}
	}
	return x - top + next
}

// ago is a zone's count n bins ago, and its excess over its share of the usual.
func (b *Board) ago(z *zone, n int, share float64) (x, excess float64) {
	at := b.At - n
	if at < 0 {
		at += len(b.Usual)
	}
	for _, i := range z.members {
		x += float64(b.Parts[i].Ring[at])
	}
	return x, x - share*max(0, float64(b.Usual[at]))
}
