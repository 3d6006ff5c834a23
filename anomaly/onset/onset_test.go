package onset

import (
	"math"
	"testing"

	"outcry/anomaly/baseline"
)

func dynamics() baseline.Dynamics {
	return baseline.Noise{InvR: 0.05, DriftVar: 0.0064, DriftMinutes: 120}.Dynamics(5)
}

// feed steps a set over counts with a usual of ten a bin.
func feed(s *Set, from int64, counts ...float64) {
	f := baseline.Filter{LevelVar: 0.002, DriftVar: 0.0064}
	for i, x := range counts {
		s.Step(Bin{Number: from + int64(i), Count: x, LogRate: math.Log(10), ProfileVar: 0.002}, &f, dynamics(), 5)
	}
}

func TestForecastVarianceOfTheSummedDrift(t *testing.T) {
	// With unit means and a drift known at the onset only by its stationary law,
	// D is the double sum of the covariances v rho^|i-j|.
	s := &Set{}
	d := dynamics()
	f := baseline.Filter{DriftVar: d.DriftVar}
	const n = 12
	for i := range n {
		s.Step(Bin{Number: 64 + int64(i), Count: 1}, &f, d, 5)
	}
	want := 0.0
	for i := range n {
		for j := range n {
			want += d.DriftVar * math.Pow(d.Rho, math.Abs(float64(i-j)))
		}
	}
	if got := s.All[0].Wand; s.All[0].Start != 64 || math.Abs(got-want) > 1e-6*want {
		t.Errorf("variance of the sum %.6f, want %.6f", got, want)
	}
}

func TestForecastKnowsTheSumOfLevelAndDriftBest(t *testing.T) {
	// A filter that has seen many reports is sure of level + drift, not of either.
	// The variance of the sum is the double sum of their joint law; while the
	// drift is fresh it is a small part of what level and drift make alone.
	s := &Set{}
	d := dynamics()
	d.Walk = 0
	f := baseline.Filter{LevelVar: 0.006, DriftVar: d.DriftVar, Cov: -0.0058}
	const n = 6
	for i := range n {
		s.Step(Bin{Number: 64 + int64(i), Count: 1}, &f, d, 5)
	}
	want := 0.0
	for i := range n {
		for j := range n {
			want += f.LevelVar + d.DriftVar*math.Pow(d.Rho, math.Abs(float64(i-j)))
			want += f.Cov * (math.Pow(d.Rho, float64(i)) + math.Pow(d.Rho, float64(j)))
		}
	}
	c := s.All[0]
	if got := c.Doubt() * c.Mean * c.Mean; math.Abs(got-want) > 1e-6*want {
		t.Errorf("variance of the sum %.6f, want %.6f", got, want)
	}
	if alone := c.P + c.Wand/(c.Mean*c.Mean); c.Doubt() > 0.3*alone {
		t.Errorf("doubt %.5f, level and drift alone %.5f", c.Doubt(), alone)
	}
}

func TestGrowIsTheExponential(t *testing.T) {
	for _, x := range []float64{-4, -0.051, -0.0499, -1e-3, 0, 0.02, 0.0499, 3} {
		if got := grow(x); math.Abs(got/math.Exp(x)-1) > 1e-8 {
			t.Errorf("e^%g: %.12g", x, got)
		}
	}
}

func TestGuardAgainstASingleBin(t *testing.T) {
	for _, c := range []struct {
		name   string
		counts []float64
		most   float64 // nats
		least  float64
	}{
		{"usual", []float64{10, 11, 9, 10}, 0.5, 0},
		{"one bin of five times", []float64{10, 50, 10, 10}, 0.5, 0},
		{"first bin alone", []float64{50}, 0, 0},
		{"two bins of three times", []float64{10, 30, 30}, 40, 5},
		{"larger than any blip", []float64{10, 1000, 10}, 1e3, 20},
	} {
		s := &Set{}
		feed(s, 100, c.counts...)
		if _, e, _ := s.Best(1); e > c.most || e < c.least {
			t.Errorf("%s: %.2f nats, want %g to %g", c.name, e, c.least, c.most)
		}
	}
}

func TestThinning(t *testing.T) {
	for _, c := range []struct {
		minutes float64
		most    int
	}{{5, 34}, {1, 54}} {
		s := &Set{}
		f := baseline.Filter{}
		for i := range int64(2000) {
			s.Step(Bin{Number: i, Count: 1}, &f, dynamics(), c.minutes)
			if len(s.All) > c.most {
				t.Fatalf("%g minutes: %d candidates", c.minutes, len(s.All))
			}
		}
		oldest := float64(1999-s.All[0].Start) * c.minutes
		if oldest > horizonMinutes || oldest < 0.6*horizonMinutes {
			t.Errorf("%g minutes: oldest candidate is %g minutes old", c.minutes, oldest)
		}
	}
}

func TestMissingBinAddsDoubtOnly(t *testing.T) {
	s := &Set{}
	feed(s, 100, 10, 30, 30)
	_, before, _ := s.Best(1)
	f := baseline.Filter{LevelVar: 0.002, DriftVar: 0.0064}
	s.Step(Bin{Number: 103, Missing: true, LogRate: math.Log(10)}, &f, dynamics(), 5)
	if _, after, _ := s.Best(1); after > before || after < before-0.5 {
		t.Errorf("evidence %.3f, after a missing bin %.3f", before, after)
	}
}

func TestThreshold(t *testing.T) {
	base := Threshold(0.25, 300)
	if got := Threshold(0.025, 300) - base; math.Abs(got-math.Log(10)/lawSlope) > 1e-12 {
		t.Errorf("a tenth of the false alarms costs %.2f nats", got)
	}
	if Threshold(0.25, 60) <= base || Threshold(0.25, 1800) != base {
		t.Error("narrower bins must need more, wider not less")
	}
}

func TestTailFindsTheThreshold(t *testing.T) {
	// Excursions with an exponential tail of another slope or rate than the law:
	// the shift must move the threshold towards what that tail demands.
	h := Threshold(0.25, 300)
	for _, c := range []struct{ perWeek, slope float64 }{
		{0.25 * math.Exp(lawSlope*(h-BandLow)), lawSlope}, {9, lawSlope}, {5.5, 0.69},
	} {
		const weeks = 500
		width := BandHigh - BandLow
		inBand := 1 - math.Exp(-c.slope*width)
		mean := 1/c.slope - width*math.Exp(-c.slope*width)/inBand
		n := weeks * c.perWeek * inBand
		got := h + Tail{Peaks: n, Excess: n * mean, Weeks: weeks}.Shift(h, 0.25)
		want := min(BandLow+math.Log(c.perWeek/0.25)/c.slope, h+mostUp)
		if math.Abs(got-want) > 0.25 {
			t.Errorf("%.1f a week at slope %.2f: threshold %.2f, want %.2f", c.perWeek, c.slope, got, want)
		}
	}
	if s := (Tail{}).Shift(h, 0.25); math.Abs(s) > 0.02 {
		t.Errorf("nothing seen shifts by %.3f", s)
	}
}

func TestClumpsAreLessEvidence(t *testing.T) {
	// The same counts where reports come in clumps of three: the tail of such a
	// count falls by ln 1.5 nats a report in the end, so eight reports where a
	// quarter was due are less evidence than eight people who know nothing of each
	// other.
	evidence := func(clump float64) float64 {
		s, f, d := &Set{}, baseline.Filter{LevelVar: 0.002, DriftVar: 0.0064}, dynamics()
		d.Clump = clump
		for n, x := range []float64{0, 4, 4} {
			s.Step(Bin{Number: 64 + int64(n), Count: x, LogRate: math.Log(0.1), ProfileVar: 0.002}, &f, d, 5)
		}
		_, e, _ := s.Best(1)
		return e
	}
	alone, clumped := evidence(0), evidence(2)
	if most := 8*math.Log(1.5) + 1; clumped > most || alone < 2*most {
		t.Errorf("%.1f nats alone, %.1f in clumps; want over %.1f and under %.1f", alone, clumped, 2*most, most)
	}
}
