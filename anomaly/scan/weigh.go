package scan

import (
	"outcry/anomaly/nb"
	"outcry/anomaly/onset"
)

// minRise is the least multiple of the usual, and minReports the fewest reports,
// that a zone is looked at for.
const minRise, minReports = 1.2, 2.5

// forecast is what one onset of the whole expects, as parts use it.
type forecast struct {
	bins  int     // since the onset, this one included
	mean  float64 // of the whole
	drawn float64 // relative variance of the sum by single bins, at 1/r = 1
	doubt float64 // relative variance by drift, level and profile
}

// forecasts takes the whole's candidates that are two bins to ninety minutes
// old, newest first.
func (b *Board) forecasts(s *onset.Set, now int64, wholeInvR float64) []forecast {
	var out []forecast
	for i := len(s.All) - 1; i >= 0; i-- {
		c := &s.All[i]
		n := int(now-c.Start) + 1
		if n < 2 || c.Mean <= 0 {
			continue
		}
		if n > len(b.Usual) || int64(n) > b.Seen {
			break
		}
		m2 := c.Mean * c.Mean
		out = append(out, forecast{
			bins: n, mean: c.Mean, drawn: c.Drawn / wholeInvR / m2, doubt: c.Wand/m2 + c.P + c.Shape/c.Mean,
		})
	}
	return out
}

// weigh finds a zone's best window. since is the most bins it may reach back.
func (b *Board) weigh(z *zone, fs []forecast, since int) window {
	share, shareSq, shareVar := 0.0, 0.0, 0.0
	for _, i := range z.members {
		s := b.Share(i)
		share += s
		shareSq += s * s
		shareVar += s * s / (b.Parts[i].Own + 1)
	}
	fixed := partDrift/float64(len(z.members)) + shareVar/(share*share)
	spread := b.InvR() * shareSq / (share * share)
	var best window
	var count, top, next float64
	n := 0
	for _, f := range fs {
		if f.bins > since {
			break
		}
		for ; n < f.bins; n++ {
			x, excess := b.ago(z, n, share)
			count += x
			if excess > top {
				top, next = excess, top
			} else if excess > next {
				next = excess
			}
		}
		x, m := count-top+next, share*f.mean
		if x < minReports || x < minRise*m {
			continue
		}
		size := 1 / (f.drawn*spread + f.doubt + fixed)
		e := nb.LLR(x, m, m*min(x/m, onset.MaxRatio), size) - z.penalty
		if e > best.evidence {
			best = window{evidence: e, bins: f.bins, count: count, mean: m}
		}
	}
	return best
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
