package scan

import (
	"math"

	"outcry/anomaly/nb"
)

// restSD is how many sd the rest of the service may lie above its forecast where
// two regions agree: beyond, the whole has risen, and no zone explains it.
const restSD = 2

// agreed is a zone's count x of the newest bin without what only the region with
// the largest excess supports. One bin of one region proves nothing, it may be a
// blip; two neighbours that rise in the same bin are two observations. It is 0
// for a country, and where the rest rises too.
func (b *Board) agreed(z *zone, f *forecast, share, x float64) float64 {
	if z.wide {
		return 0
	}
	d := &b.desk
	rest, usual := d.newest-x, (1-share)*f.mean
	if rest > usual+restSD*math.Sqrt(usual+usual*usual*f.doubt) {
		return 0
	}
	top, next := 0.0, 0.0
	for _, i := range z.members {
		excess := float64(b.Parts[i].Ring[b.At]) - d.share[i]*f.mean
		if excess > top {
			top, next = excess, top
		} else if excess > next {
			next = excess
		}
	}
	return x - top + next
}

// stand is the evidence, in nats, with which part i stands out in a zone's window:
// its own best window's, or in a window of one bin, in which no part is evidence
// by itself, that bin's.
func (b *Board) stand(i int, zone window) float64 {
	if zone.bins > 1 {
		return b.Parts[i].best.evidence
	}
	d := &b.desk
	f, s := &d.forecasts[0], d.share[i]
	x, m := float64(b.Parts[i].Ring[b.At]), s*f.mean
	if x <= m {
		return 0
	}
	size := 1 / (f.drawn*d.invR + f.doubt + d.swing + d.doubt[i]/(s*s))
	return nb.LLR(x, m, min(x, maxRatio*m), size)
}
