package nb

import "math"

// LogTail is ln P(X >= x) under mean m and size r.
//
// P(X >= x) is the incomplete beta ratio I_p(x, r) with p = m/(m+r) (and for
// Poisson the incomplete gamma ratio P(x, m)), which is defined for fractional x
// too. Both are taken as continued fractions times a prefactor kept in logs, so
// that a tail of 10^-5000 is as exact as one of 0.01. (gonum's Survival methods
// are 1 - CDF and return 0 there.)
func LogTail(x, m, r float64) float64 {
	switch {
	case x <= 0:
		return 0
	case m <= 0:
		return math.Inf(-1)
	case r >= poissonSize:
		return logGammaRatio(x, m)
	}
	p, q := m/(m+r), r/(m+r)
	if p < (x+1)/(x+r+2) {
		return math.Min(0, logBetaFraction(x, r, p, q))
	}
	return math.Log1p(-math.Exp(math.Min(logBetaFraction(r, x, q, p), -1e-16)))
}

// logBetaFraction is ln I_p(a, b), q = 1-p, by the continued fraction of DLMF
// 8.17.22 (Lentz's algorithm); it converges fast for p < (a+1)/(a+b+2).
func logBetaFraction(a, b, p, q float64) float64 {
	front := a*math.Log(p) + b*math.Log(q) + lgamma(a+b) - lgamma(a+1) - lgamma(b)
	c, d := 1.0, guard(1-(a+b)*p/(a+1))
	d = 1 / d
	f := d
	for i := 1; i < 5000; i++ {
		k := float64(i)
		e := k * (b - k) * p / ((a + 2*k - 1) * (a + 2*k))
		d = 1 / guard(1+e*d)
		c = guard(1 + e/c)
		f *= c * d
		e = -(a + k) * (a + b + k) * p / ((a + 2*k) * (a + 2*k + 1))
		d = 1 / guard(1+e*d)
		c = guard(1 + e/c)
		step := c * d
		f *= step
		if math.Abs(step-1) < 1e-13 {
			break
		}
	}
	return front + math.Log(f)
}

// logGammaRatio is ln P(a, m), the regularised lower incomplete gamma function:
// the chance of a or more where m are expected (DLMF 8.11.4 below the mean, the
// continued fraction 8.9.2 above it).
func logGammaRatio(a, m float64) float64 {
	front := a*math.Log(m) - m - lgamma(a+1)
	if m < a+1 {
		sum, term := 1.0, 1.0
		for n := 1.0; n < 1e5 && term > 1e-16*sum; n++ {
			term *= m / (a + n)
			sum += term
		}
		return math.Min(0, front+math.Log(sum))
	}
	b := m + 1 - a
	c, d := 1e300, 1/guard(b)
	f := d
	for i := 1.0; i < 1e5; i++ {
		e := -i * (i - a)
		b += 2
		d = 1 / guard(e*d+b)
		c = guard(b + e/c)
		f *= c * d
		if math.Abs(c*d-1) < 1e-13 {
			break
		}
	}
	upper := math.Exp(a*math.Log(m) - m - lgamma(a) + math.Log(f))
	return math.Log1p(-math.Min(upper, 1-1e-16))
}

// guard keeps Lentz's algorithm from dividing by zero.
func guard(x float64) float64 {
	if math.Abs(x) < 1e-300 {
		return 1e-300
	}
	return x
}

// Upper is the count that mean m and size r exceed with probability alpha: the
// upper bound of a prediction band. Below a mean of 30 it is exact; above, a
// gamma law of the same mean and variance stands in, by the cube root of Wilson
// and Hilferty (1931), within about one per cent. z is the normal quantile of
// 1 - alpha (2.576 for 0.5 %).
func Upper(m, r, alpha, z float64) float64 {
	if m <= 0 {
		return 0
	}
	if m < 30 {
		return exactUpper(m, r, alpha)
	}
	shape := m * m / Variance(m, r)
	if shape < 4 {
		return searchUpper(m, r, math.Log(alpha))
	}
	c := 1 - 1/(9*shape) + z/(3*math.Sqrt(shape))
	return math.Ceil(m * c * c * c)
}

// searchUpper halves its way to the bound, where the law is too skew for a cube
// root: to within a thousandth.
func searchUpper(m, r, logAlpha float64) float64 {
	low, high := m, 2*m
	for LogTail(high, m, r) > logAlpha && high < 1e6*m {
		low, high = high, 2*high
	}
	for high-low > 1 && high-low > 1e-3*low {
		mid := (low + high) / 2
		if LogTail(mid, m, r) > logAlpha {
			low = mid
		} else {
			high = mid
		}
	}
	return math.Ceil(high)
}

// exactUpper adds masses from 0 until no more than alpha is left above.
func exactUpper(m, r, alpha float64) float64 {
	mass, ratio := math.Exp(-m), 0.0
	if r < poissonSize {
		mass, ratio = math.Exp(-r*math.Log1p(m/r)), 1/r
	}
	p := m / (1 + m*ratio) // mass(k+1)/mass(k) = p (1 + k ratio)/(k+1)
	left, k := 1-mass, 0.0
	for left > alpha && k < 1e5 {
		mass *= p * (1 + k*ratio) / (k + 1)
		left -= mass
		k++
	}
	return k
}
