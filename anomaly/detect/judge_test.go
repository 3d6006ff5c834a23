package detect

import (
	"math"
	"testing"
	"time"

	"outcry/anomaly/baseline"
	"outcry/anomaly/nb"
	"outcry/anomaly/onset"
)

func TestDetectableReachesTheThreshold(t *testing.T) {
	// Half an hour at the multiple that Detectable names must bring evidence
	// equal to the threshold, from hundreds of reports a bin down to none.
	e := newEngine(5 * time.Minute)
	e.dyn = baseline.Dynamics{InvR: 0.05}
	for _, mu := range []float64{300, 20, 1, 0.05, 1e-4} {
		for _, h := range []float64{4, 7, 12} {
			k := e.detectable(sight{mu: mu, variance: 0.01}, h)
			m := 6 * mu
			got := nb.LLR(k*m, m, m*min(k, onset.MaxRatio), 1/(0.05/6+0.01))
			if want := h + e.Holiday.Discount(); k <= 1 || math.Abs(got-want) > 0.01*want {
				t.Errorf("usual %g, %g nats: %g times give %.3f", mu, want, k, got)
			}
		}
	}
}
