package onset

import (
	"math"
	"math/rand/v2"
	"testing"
)

// excursions feeds weeks of five-minute evidence in which perWeek peaks of
// exponential height above BandLow occur, and outages a week of 30 nats.
func excursions(seed uint64, weeks, perWeek, slope, outages float64) *Own {
	r, o := rand.New(rand.NewPCG(seed, 9)), &Own{}
	for day := 0; day < int(7*weeks); day++ {
		for n := range 288 {
			e := 0.0
			if n%9 == 0 { // far enough apart to count singly
				switch u := r.Float64() * 7 * 32; {
				case u < outages:
					e = 30
				case u < outages+perWeek:
					e = BandLow + r.ExpFloat64()/slope
				}
			}
			o.Add(e, 5)
		}
		o.Learn(300)
	}
	return o
}

func TestOwnTailBringsARestlessSeriesDown(t *testing.T) {
	// What a calibrated series raises above the threshold for 0.25 a week is
	// 0.25 a week, or little more where the law outweighs six weeks of its own.
	law := lawRate * math.Exp(lawSlope*(Threshold(lawRate, 300)-BandLow))
	h := Threshold(0.25, 300)
	for _, c := range []struct {
		name                    string
		perWeek, slope, outages float64
		most                    float64 // false episodes a week
		lost                    float64 // nats taken off an evidence of h + 3 at most
	}{
		{"as the law says", law, lawSlope, 0, 0.3, 1},
		{"with outages", law, lawSlope, 0.6, 0.3, 1},
		{"three times as often", 3 * law, lawSlope, 0, 0.45, 2.5},
		{"half as steep, twice as often", 2 * law, lawSlope / 2, 0, 1.6, 4}, // 2.3 uncorrected
	} {
		var false0, lost float64
		const runs = 20
		for seed := range uint64(runs) {
			o := excursions(seed, 6, c.perWeek, c.slope, c.outages)
			raw := BandLow + (h+o.Shift-BandLow)/o.Scale // evidence that reaches h when calibrated
			false0 += c.perWeek * math.Exp(-c.slope*(raw-BandLow)) / runs
			lost += (h + 3 - o.Calibrated(h+3)) / runs
		}
		if false0 > c.most || lost > c.lost {
			t.Errorf("%s: %.2f false episodes a week, want %.2f at most; %.1f nats lost, want %.1f at most", c.name, false0, c.most, lost, c.lost)
		}
	}
}

func TestOwnTailNeverRaisesAndKeepsOrder(t *testing.T) {
	if o := (Own{}); o.Calibrated(9) != 9 {
		t.Error("evidence changed before anything was learnt")
	}
	for _, perWeek := range []float64{0, 5, 40} {
		o := excursions(1, 4, perWeek, 0.6, 0)
		last := 0.0
		for e := 0.0; e < 60; e += 0.25 {
			c := o.Calibrated(e)
			if c > e || c < last {
				t.Fatalf("%g a week: evidence %g becomes %g after %g", perWeek, e, c, last)
			}
			last = c
		}
	}
}
