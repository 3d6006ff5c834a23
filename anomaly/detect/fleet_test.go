package detect

import (
	"testing"
	"time"
)

func TestFleetRaisesTheThresholdOfARestlessWorld(t *testing.T) {
	bin := 5 * time.Minute
	for _, c := range []struct {
		name  string
		every int     // bins between excursions of a series
		peak  float64 // nats
		known bool
		low   float64
		high  float64
	}{
		// The law expects about five excursions a series-week into the band.
		{"restless", 100, 4.5, true, 0.5, 2.5},
		{"as the law says", 400, 4.4, true, 0, 0.3},
		{"calm", 4000, 4.5, true, 0, 0},
		{"incidents only", 100, 30, true, 0, 0},
		{"without history", 100, 4.5, false, 0, 0.02},
	} {
		var f Fleet
		var last time.Time
		for n := range 14 * 288 {
			last = monday.Add(time.Duration(n) * bin)
			for s := range 12 {
				j := Judgement{Start: last, Known: c.known}
				if (n+s*31)%c.every == 0 {
					j.Evidence = c.peak
				}
				f.Add(string(rune('a'+s)), j, bin)
			}
		}
		if got := f.Shift(last, bin, 0.25); got < c.low || got > c.high {
			t.Errorf("%s: shift %.2f, want %g to %g", c.name, got, c.low, c.high)
		}
		if got := f.Shift(last.AddDate(0, 0, 30), bin, 0.25); got > 0.02 {
			t.Errorf("%s: a month later still %.2f", c.name, got)
		}
	}
}
