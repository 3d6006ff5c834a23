package scan

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/stat/distuv"

	"outcry/anomaly/onset"
)

// scattered steps a board over days of parts whose counts are negative binomial
// of size 1/invR around a mean that drifts by sd around its share, and returns
// what the board has learnt of both. Thin and thick parts are mixed.
func scattered(seed uint64, days int, invR, sd float64) (gotInvR, gotSwing float64) {
	const parts, usual = 40, 40.0
	src := rand.NewPCG(seed, 5)
	r := rand.New(src)
	b := New(5, nil)
	var share, drift [parts]float64
	total := 0.0
	for i := range share {
		share[i] = math.Exp(0.9 * r.NormFloat64())
		total += share[i]
		drift[i] = sd * r.NormFloat64()
	}
	rho := math.Exp(-5.0 / 120)
	for n := range int64(days * 288) {
		counts := map[string]float64{}
		mean := usual * (0.55 + 0.45*math.Sin(2*math.Pi*float64(n)/288))
		for i := range share {
			drift[i] = rho*drift[i] + sd*math.Sqrt(1-rho*rho)*r.NormFloat64()
			m := mean * share[i] / total * math.Exp(drift[i])
			g := distuv.Gamma{Alpha: 1 / invR, Beta: 1 / invR, Src: src}.Rand()
			counts[fmt.Sprintf("p%02d", i)] = distuv.Poisson{Lambda: m * g, Src: src}.Rand()
		}
		b.Step(counts, Whole{Number: n, Minute: 5 * n, Usual: mean, Candidates: &onset.Set{}, InvR: 0.01, Threshold: 1e9})
		b.Learn()
	}
	return b.InvR(), b.Swing()
}

func TestSpreadIsLearnt(t *testing.T) {
	for _, c := range []struct{ invR, sd float64 }{{0.03, 0.05}, {0.1, 0.05}, {0.05, 0.12}} {
		invR, swing := scattered(7, 28, c.invR, c.sd)
		// Four weeks of 40 parts leave about 0.005 of error in 1/r and 0.005 in
		// the drift's sd; 90 minutes of a drift of two hours keep 80 % of its
		// variance.
		if math.Abs(invR-c.invR) > 0.015 {
			t.Errorf("1/r of %.3f was learnt as %.3f", c.invR, invR)
		}
		if got := math.Sqrt(swing); math.Abs(got-0.9*c.sd) > 0.02 {
			t.Errorf("drift of sd %.3f was learnt as %.3f", c.sd, got)
		}
	}
}

func TestSwingIsNotLearntAcrossGaps(t *testing.T) {
	// Two regions change places during an alarm, in which nothing is learnt. The
	// ninety minutes around it must not count as drift.
	c := newCountry(11)
	for range 600 {
		c.step()
	}
	before := c.b.Base
	for n := range 60 {
		c.step(4)
		if n%10 == 9 {
			c.b.Joint.On = true // the caller learns nothing while an alarm is on
			c.step()
			c.b.Joint.On = false
		}
	}
	if c.b.Base != before {
		t.Errorf("drift was learnt from ninety minutes with gaps: %.1f, was %.1f", c.b.Base, before)
	}
}
