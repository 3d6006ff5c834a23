package nb

import (
	"math"
	"testing"

	"pgregory.net/rapid"
)

// bruteMass multiplies the probability out: the definition, without gamma
// functions, for whole x.
func bruteMass(x int, m, r float64) float64 {
	if math.IsInf(r, 1) {
		p := math.Exp(-m)
		for k := 1; k <= x; k++ {
			p *= m / float64(k)
		}
		return p
	}
	p := math.Pow(r/(r+m), r)
	for k := range x {
		p *= (r + float64(k)) / float64(k+1) * m / (r + m)
	}
	return p
}

func TestLogMassAgainstDefinition(t *testing.T) {
	for _, r := range []float64{0.3, 2, 20, 1e4, math.Inf(1)} {
		for _, m := range []float64{0.01, 0.7, 5, 40} {
			sum, mean, second := 0.0, 0.0, 0.0
			for x := 0; x < 4000; x++ {
				want := bruteMass(x, m, r)
				got := math.Exp(LogMass(float64(x), m, r))
				if math.Abs(got-want) > 1e-9*(want+1e-12) && want > 1e-250 && math.Abs(got-want)/want > 1e-7 {
					t.Fatalf("mass(%d; %g, %g) = %g, want %g", x, m, r, got, want)
				}
				sum, mean, second = sum+got, mean+got*float64(x), second+got*float64(x*x)
			}
			if math.Abs(sum-1) > 1e-6 || math.Abs(mean-m) > 1e-4*m || math.Abs(second-mean*mean-Variance(m, r)) > 1e-3*Variance(m, r) {
				t.Errorf("m %g r %g: sum %g, mean %g, variance %g", m, r, sum, mean, second-mean*mean)
			}
		}
	}
}

func TestLogTailAgainstSums(t *testing.T) {
	for _, r := range []float64{0.3, 2, 20, 1e4, math.Inf(1)} {
		for _, m := range []float64{0.01, 0.7, 5, 40} {
			tail := 1.0
			for x := 0; x < 300; x++ {
				if tail > 1e-5 { // below, the sum's own rounding shows
					if got := math.Exp(LogTail(float64(x), m, r)); math.Abs(got/tail-1) > 1e-6 {
						t.Fatalf("tail(%d; %g, %g) = %g, want %g", x, m, r, got, tail)
					}
				}
				tail -= bruteMass(x, m, r)
			}
		}
	}
}

func TestLogTailFarOut(t *testing.T) {
	// Where 1 - CDF is 0: the tail lies between its first mass and that mass
	// times the geometric sum of the largest ratio that follows.
	for _, c := range []struct{ x, m, r float64 }{{400, 5, math.Inf(1)}, {3000, 5, 4}, {5000, 1, 0.5}, {1e6, 1e4, 50}} {
		first := LogMass(c.x, c.m, c.r)
		ratio := c.m / (c.x + 1)
		if !math.IsInf(c.r, 1) {
			limit := c.m / (c.m + c.r)
			ratio = max(limit, (c.x+c.r)/(c.x+1)*limit)
		}
		got := LogTail(c.x, c.m, c.r)
		if slack := 1e-7 * math.Abs(first); got < first-slack || got > first-math.Log(1-ratio)+slack {
			t.Errorf("tail(%g; %g, %g) = %g, want in [%g, %g]", c.x, c.m, c.r, got, first, first-math.Log(1-ratio))
		}
	}
}

func TestProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := math.Exp(rapid.Float64Range(-8, 8).Draw(t, "ln m"))
		r := math.Exp(rapid.Float64Range(-3, 8).Draw(t, "ln r"))
		x := math.Floor(m * rapid.Float64Range(0, 8).Draw(t, "x/m"))
		k := rapid.Float64Range(1.01, 50).Draw(t, "k")
		a, b := LogTail(x, m, r), LogTail(x+1, m, r)
		if math.IsNaN(a) || a > 0 || b > a+1e-9 {
			t.Fatalf("tail not falling: %g then %g at %g", a, b, x)
		}
		want := LogMass(x, k*m, r) - LogMass(x, m, r)
		if got := LLR(x, m, k*m, r); math.Abs(got-want) > 1e-6*(1+math.Abs(want)+x) {
			t.Fatalf("LLR %g, difference of masses %g", got, want)
		}
	})
}

func TestUpper(t *testing.T) {
	for _, r := range []float64{0.5, 5, 50, math.Inf(1)} {
		for _, m := range []float64{0.001, 0.3, 4, 25} { // exact: the least count with at most alpha above
			u := Upper(m, r, 0.005, 2.5758)
			if LogTail(u+1, m, r) > math.Log(0.005)+1e-9 || u > 0 && LogTail(u, m, r) < math.Log(0.005) {
				t.Errorf("upper(%g, %g) = %g", m, r, u)
			}
		}
		{ // approximate: within two per cent of the exact
			m := 500.0
			u := Upper(m, r, 0.005, 2.5758)
			if LogTail(u*1.02, m, r) > math.Log(0.005) || LogTail(u*0.98, m, r) < math.Log(0.005) {
				t.Errorf("upper(%g, %g) = %g, tail %g", m, r, u, math.Exp(LogTail(u, m, r)))
			}
		}
	}
}

func TestAnscombeIsNearlyStandard(t *testing.T) {
	// Over a Poisson law of mean 3 the residual has mean near 0 and variance
	// near 1; Pearson's skewness of 0.58 shrinks by more than half.
	var mean, second, third float64
	for x := 0; x < 60; x++ {
		p, z := bruteMass(x, 3, math.Inf(1)), Anscombe(float64(x), 3, 1)
		mean, second, third = mean+p*z, second+p*z*z, third+p*z*z*z
	}
	skew := third - 3*mean*second + 2*mean*mean*mean
	if math.Abs(mean) > 0.15 || math.Abs(second-1) > 0.2 || math.Abs(skew) > 0.25 {
		t.Errorf("mean %.3f, variance %.3f, skewness %.3f", mean, second, skew)
	}
}
