package weekly

import (
	"math"
	"math/rand/v2"
	"testing"
)

// series draws weeks of mean exp(a + trend t + season), Poisson by counting
// exponential gaps.
func series(r *rand.Rand, n int, a, trend, season float64) (x, mean []float64) {
	for t := range n {
		m := math.Exp(a + trend*float64(t) + season*math.Cos(2*math.Pi*float64(t)/52))
		c := 0.0
		for s := r.ExpFloat64(); s < m; s += r.ExpFloat64() {
			c++
		}
		x, mean = append(x, c), append(mean, m)
	}
	return x, mean
}

func TestExpectedFollowsTrendAndSeason(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	x, mean := series(r, 600, 2.5, 0.002, 0.6)
	for _, n := range []int{560, 575, 590} {
		j := Judge(x[:n], 0.01)
		// Five hundred weeks of a dozen: the fit's own error is about 4 %.
		if math.Abs(j.Expected/mean[n-1]-1) > 0.15 {
			t.Errorf("week %d: expected %.1f, truth %.1f", n, j.Expected, mean[n-1])
		}
	}
}

func TestFalseWeeks(t *testing.T) {
	// 60 series of 40 weeks at 1 %: 24 false weeks, less the discreteness of
	// counts; 38 is three sd above.
	r := rand.New(rand.NewPCG(2, 1))
	alarms, weeks := 0, 0
	for range 60 {
		x, _ := series(r, 500, 1+2*r.Float64(), 0.001, 0.5)
		for n := 461; n <= 500; n++ {
			weeks++
			if Judge(x[:n], 0.01).Alarm {
				alarms++
			}
		}
	}
	if alarms < 8 || alarms > 38 {
		t.Errorf("%d false weeks in %d", alarms, weeks)
	}
}

func TestOutbreak(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 1))
	x, mean := series(r, 500, 2, 0, 0.3)
	x[400] += 60 // a past outbreak must not hide the next
	x[499] = math.Ceil(mean[499] + 6*math.Sqrt(mean[499]))
	j := Judge(x, 0.01)
	if !j.Alarm || j.Upper >= x[499] || j.LogP > math.Log(0.01) {
		t.Errorf("six sd above: %+v", j)
	}
}

func TestAnAlarmIsAPValueNotAboveAlpha(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 1))
	x, mean := series(r, 500, 2, 0, 0.3)
	x[499] = math.Ceil(mean[499] + 3*math.Sqrt(mean[499]))
	p := math.Exp(Judge(x, 0.01).LogP)
	for _, c := range []struct {
		alpha float64
		alarm bool
	}{{p * 0.99, false}, {p * 1.01, true}} {
		if j := Judge(x, c.alpha); j.Alarm != c.alarm || (x[499] > j.Upper) != c.alarm {
			t.Errorf("p-value %.5f, accepted %.5f: %+v, count %.0f", p, c.alpha, j, x[499])
		}
	}
}

func TestNothingIsSaidWithoutHistory(t *testing.T) {
	for _, x := range [][]float64{{}, {5}, make([]float64, minWeeks)} {
		if j := Judge(append(x, 1000), 0.01); j.Alarm {
			t.Errorf("alarm after %d weeks", len(x))
		}
	}
	zeros := make([]float64, 300)
	if j := Judge(zeros, 0.01); j.Alarm || math.IsNaN(j.Expected) || math.IsNaN(j.LogP) {
		t.Errorf("all zeros: %+v", j)
	}
}

func BenchmarkJudge(b *testing.B) {
	r := rand.New(rand.NewPCG(4, 1))
	x, _ := series(r, 624, 2, 0.001, 0.5)
	for b.Loop() {
		Judge(x, 0.01)
	}
}
