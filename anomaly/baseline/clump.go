package baseline

import "math"

// Reports that come in clumps (one person reports for a family, one report
// breeds others) scatter more than Poisson at any rate: the variance of a count
// of mean m is m (1 + φ) + m²/r. By day 1/r and drift drown φ; at night, when m
// is small, φ is all there is, and whoever takes it for nought calls every clump
// an outage. So φ is regressed on its own from squared residuals e²,
//
//	E(e² - m) = φ m + (drift + 1/r) m²,
//
// with weights ω of about one over their variance (McCullagh and Nelder 1989,
// Generalized Linear Models, ch. 10: extended quasi-likelihood).

// priorClumpSD is how far φ may be from none, as with most series; clumpClip is
// by how many reports more a residual may exceed where clumps are looked for:
// at few reports a clump is many sd.
const priorClumpSD, clumpClip = 1, 1

// thin is the normal equation of φ, summed over half hours.
type thin struct {
	Sum     float64 // of ω m (e² - m)
	Err     float64 // variance of Sum, from its terms
	Clump   float64 // what Sum would be at Clump = 1
	Drift   float64 // at a covariance of a half hour with itself of 1
	Scatter float64 // at InvR = 1
}

// add takes a half hour's mean m, residual e, number of bins, and the variance
// believed so far over the mean.
func (t *thin) add(m, e, bins, kappa float64) {
	w := 1 / (m + 2*m*m*kappa*kappa)
	y := w * m * (e*e - m)
	t.Sum, t.Err = t.Sum+y, t.Err+y*y
	t.Clump += w * m * m
	t.Drift += w * m * m * m
	t.Scatter += w * m * m * m / bins
}

// clump is the posterior mean of φ, given drift and scatter; it is never negative.
func (t thin) clump(n Noise) float64 {
	if t.Clump <= 0 {
		return 0
	}
	rest := n.DriftVar*halfHours(n.DriftMinutes, 0)*t.Drift + n.InvR*t.Scatter
	return max(0, shrink(priorClumpSD, math.Sqrt(t.Err)/t.Clump)*(t.Sum-rest)/t.Clump)
}
