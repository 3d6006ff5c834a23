// Package nb is the arithmetic of counts: the negative binomial law by its
// mean m and size r.
//
// Reports of a troubled service arrive like rain: more or less often, but never
// evenly. A Poisson count of mean m has variance m; real report counts vary
// more, and the negative binomial says how much more by one number, its size r:
//
//	variance = m + m*m/r
//
// r = +Inf is Poisson. The same law serves for an uncertain forecast: when the
// mean itself is known only up to a relative variance v, a gamma distributed
// mean makes the count negative binomial with r = 1/v.
//
// Everything is in natural logarithms ("nats"), because the tails that an alarm
// is about lie far below the smallest float64. Counts may be fractions (weighted
// reports): factorials are gamma functions throughout.
package nb

import "math"

// poissonSize is the size above which the law is treated as Poisson: there the
// two differ by less than rounding.
const poissonSize = 1e9

// LogMass is the log of the probability of exactly x under mean m and size r.
func LogMass(x, m, r float64) float64 {
	if x < 0 {
		return math.Inf(-1)
	}
	if m <= 0 {
		if x == 0 {
			return 0
		}
		return math.Inf(-1)
	}
	return Core(x, m, r) - lgamma(x+1)
}

// Core is LogMass without the term -ln x!, which every hypothesis about the same
// count shares. m must be positive, x not negative.
func Core(x, m, r float64) float64 {
	if r >= poissonSize {
		return x*math.Log(m) - m
	}
	p := math.Log1p(m / r) // ln((r+m)/r)
	if x == 0 {
		return -r * p
	}
	return lgamma(x+r) - lgamma(r) - r*p + x*(math.Log(m/r)-p)
}

// LLR is the log likelihood ratio, in nats, of mean m1 against mean m0 for the
// count x, both of size r and positive. The factorials cancel.
func LLR(x, m0, m1, r float64) float64 {
	if r >= poissonSize {
		return x*math.Log(m1/m0) - (m1 - m0)
	}
	return x*math.Log(m1/m0) - (x+r)*math.Log((r+m1)/(r+m0))
}

// Variance of the law with mean m and size r.
func Variance(m, r float64) float64 { return m + m*m/r }

// Anscombe is the standardised residual of count x under mean m and dispersion
// phi (variance = phi*m): nearly normal even for small means, unlike Pearson's.
// The 2/3 power is Anscombe's (1953) for Poisson-like counts, used for outbreak
// detection by Farrington et al. (1996) and Noufaily et al. (2013).
func Anscombe(x, m, phi float64) float64 {
	if m <= 0 || phi <= 0 {
		return 0
	}
	return 1.5 * (math.Cbrt(x*x) - math.Cbrt(m*m)) / (math.Pow(m, 1.0/6) * math.Sqrt(phi))
}

func lgamma(x float64) float64 {
	v, _ := math.Lgamma(x)
	return v
}
