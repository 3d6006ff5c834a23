package trial

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/mathext"
	"gonum.org/v1/gonum/stat"

	"outcry"
)

// z95 is the standard normal quantile of 0.975.
const z95 = 1.959963984540054

// share is count of n with the score interval of Wilson (1927), Journal of the
// American Statistical Association 22: 209–212.
func share(count, n int) outcry.TrialShare {
	s := outcry.TrialShare{Count: count, Of: n, High: 1}
	if n == 0 {
		return s
	}
	m, p := float64(n), float64(count)/float64(n)
	middle := (p + z95*z95/(2*m)) / (1 + z95*z95/m)
	half := z95 / (1 + z95*z95/m) * math.Sqrt(p*(1-p)/m+z95*z95/(4*m*m))
	s.Low, s.High = round(max(0, middle-half)), round(min(1, middle+half))
	return s
}

// rate is count in weeks with the exact Poisson interval of Garwood (1936),
// Biometrika 28: 437–442, by the gamma quantiles that are half its chi-squared.
func rate(count int, weeks float64) outcry.TrialRate {
	r := outcry.TrialRate{Count: count, Weeks: round(weeks)}
	if !(weeks > 0) {
		return r
	}
	k := float64(count)
	if count > 0 {
		r.Low = round(mathext.GammaIncRegInv(k, 0.025) / weeks)
	}
	r.High = round(mathext.GammaIncRegInv(k+1, 0.975) / weeks)
	return r
}

// spread is the median and ninetieth percentile, by the empirical distribution.
func spread(values []float64) outcry.TrialSpread {
	if len(values) == 0 {
		return outcry.TrialSpread{}
	}
	x := slices.Sorted(slices.Values(values))
	return outcry.TrialSpread{
		Of:     len(x),
		Median: round(stat.Quantile(0.5, stat.Empirical, x, nil)),
		Ninety: round(stat.Quantile(0.9, stat.Empirical, x, nil)),
	}
}

// round keeps four decimals: no more is known, and the file stays readable.
func round(x float64) float64 { return math.Round(x*1e4) / 1e4 }
