package trial

import (
	"math"
	"testing"

	"outcry"
)

func near(a, b, within float64) bool { return math.Abs(a-b) <= within }

func TestShareIsWilsons(t *testing.T) {
	// 81 of 263 is 0.2553 to 0.3662 in Newcombe (1998), Statistics in Medicine
	// 17: 857–872, table I; 0 of 20 is 0 to 0.1611.
	for _, x := range []struct {
		count, of int
		low, high float64
	}{{81, 263, 0.2553, 0.3662}, {15, 148, 0.0624, 0.1605}, {0, 20, 0, 0.1611}, {1, 29, 0.0061, 0.1718}, {20, 20, 0.8389, 1}, {0, 0, 0, 1}} {
		s := share(x.count, x.of)
		if !near(s.Low, x.low, 1e-4) || !near(s.High, x.high, 1e-4) || s.Count != x.count || s.Of != x.of {
			t.Errorf("%d of %d: %+v, want %g to %g", x.count, x.of, s, x.low, x.high)
		}
	}
}

func TestRateIsGarwoods(t *testing.T) {
	// Exact 95 % limits of a Poisson mean: 0 → 3.689, 1 → 0.0253 to 5.572,
	// 10 → 4.795 to 18.390 (Garwood 1936, and any table since).
	for _, x := range []struct {
		count            int
		weeks, low, high float64
	}{{0, 1, 0, 3.6889}, {1, 1, 0.0253, 5.5716}, {10, 1, 4.7954, 18.3904}, {10, 100, 0.0480, 0.1839}, {3, 0, 0, 0}} {
		if r := rate(x.count, x.weeks); !near(r.Low, x.low, 1e-4) || !near(r.High, x.high, 1e-4) {
			t.Errorf("%d in %g: %+v, want %g to %g", x.count, x.weeks, r, x.low, x.high)
		}
	}
}

func TestSpread(t *testing.T) {
	if got, want := spread([]float64{5, 1, 4, 2, 3, 6, 7, 8, 9, 10}), (outcry.TrialSpread{Of: 10, Median: 5, Ninety: 9}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if got := spread(nil); got != (outcry.TrialSpread{}) {
		t.Errorf("of nothing: %+v", got)
	}
}
