package detect

import (
	"math"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// gap steps one day of w and returns the mean log, over the day and over its hour
// from three, of what d expects over what a detector expects that was never
// poisoned.
func gap(d, clean *Detector, w *world, day int) (whole, three float64) {
	for t := monday.AddDate(0, 0, day); t.Before(monday.AddDate(0, 0, day+1)); t = t.Add(w.bin) {
		o := Observation{Start: t, Total: w.draw(t, 1)}
		g := math.Log(d.Step(o).Expected/clean.Step(o).Expected) * w.bin.Hours()
		whole += g / 24
		if t.Hour() == 3 {
			three += g
		}
	}
	return whole, three
}

func TestPoisonedHistory(t *testing.T) {
	for _, c := range []struct {
		name   string
		ratio  func(day int, at time.Time) float64
		settle int // days after the poison until the baseline counts
	}{
		{"two per cent more each day", func(day int, _ time.Time) float64 { return math.Pow(1.02, float64(day)) }, 2},
		{"a flood each night at three", func(_ int, at time.Time) float64 {
			if at.Hour() == 3 {
				return 8
			}
			return 1
		}, 0},
	} {
		const clean, poisoned = 21, 60
		d, w := trained(t, 21, 5*time.Minute, 20, clean)
		twin, v := trained(t, 21, 5*time.Minute, 20, clean)
		first := monday.AddDate(0, 0, clean)
		run(d, w, clean, poisoned, func(at time.Time) float64 {
			return c.ratio(int(at.Sub(first).Hours())/24, at)
		}, nil)
		run(twin, v, clean, poisoned, nil, nil)
		day := clean + poisoned
		for range c.settle {
			gap(d, twin, v, day)
			day++
		}
		if whole, three := gap(d, twin, v, day); max(math.Abs(whole), math.Abs(three)) > math.Log(1.2) {
			t.Errorf("%s: expects %.2f of what it would without, %.2f at three", c.name, math.Exp(whole), math.Exp(three))
		}
		from, found := monday.AddDate(0, 0, day+1).Add(11*time.Hour), 0
		run(d, v, day+1, 1, func(at time.Time) float64 {
			if at.Before(from) {
				return 1
			}
			return 5
		}, func(j Judgement) {
			if j.Alarm && found == 0 && !j.Start.Before(from) {
				found = int(j.Start.Sub(from)/w.bin) + 1
			}
		})
		if found == 0 || found > 5 {
			t.Errorf("%s: an outage of five times found after %d bins", c.name, found)
		}
	}
}

func TestMoreReportsAreNeverLessEvidence(t *testing.T) {
	d, w := trained(t, 22, 5*time.Minute, 6, 16)
	at := monday.AddDate(0, 0, 16)
	run(d, w, 16, 1, func(at time.Time) float64 { return 1 }, nil)
	at = at.AddDate(0, 0, 1)
	state, err := d.MarshalBinary()
	if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(t *rapid.T) {
		a, b := New(Config{Bin: w.bin}), New(Config{Bin: w.bin})
		if a.UnmarshalBinary(state) != nil || b.UnmarshalBinary(state) != nil {
			t.Fatal("cannot go on from the checkpoint")
		}
		counts := rapid.SliceOfN(rapid.Float64Range(0, 12), 2, 12).Draw(t, "counts")
		last := rapid.IntRange(1, 3).Draw(t, "last")
		more := rapid.Float64Range(0, 40).Draw(t, "more")
		for i, x := range counts {
			x = math.Floor(x)
			start := at.Add(time.Duration(i) * w.bin)
			j := a.Step(Observation{Start: start, Total: x})
			y := x
			if i >= len(counts)-last {
				y += math.Floor(more)
			}
			k := b.Step(Observation{Start: start, Total: y})
			if j.Alarm || k.Alarm || j.Holiday != k.Holiday {
				return
			}
			// Before the doubt that today is a holiday, which reports raise too.
			_, e, _ := a.total.Candidates.Best(1)
			_, f, _ := b.total.Candidates.Best(1)
			if f < e-1e-9 {
				t.Fatalf("bin %d: %g reports give %.4f nats, %g give %.4f", i, x, e, y, f)
			}
		}
	})
}

func TestWeeksAndScaleAreAlike(t *testing.T) {
	// The same counts eight weeks later are judged alike, bit for bit; a hundred
	// times the reports, hence the same course with less noise, are expected to be
	// a hundred times as many.
	run := func(shift time.Duration, factor float64) (js []Judgement) {
		d := New(Config{Bin: 5 * time.Minute})
		w := newWorld(23, 5*time.Minute, 40)
		for at := monday; at.Before(monday.AddDate(0, 0, 20)); at = at.Add(w.bin) {
			js = append(js, d.Step(Observation{Start: at.Add(shift), Total: factor * w.draw(at, 1)}))
		}
		return js
	}
	base, later, scaled := run(0, 1), run(56*24*time.Hour, 1), run(0, 100)
	ratio, n := 0.0, 0.0
	for i := range base {
		if base[i].Evidence != later[i].Evidence || base[i].Expected != later[i].Expected || base[i].Alarm != later[i].Alarm {
			t.Fatalf("bin %d: eight weeks later %+v, want %+v", i, later[i], base[i])
		}
		if base[i].Known {
			ratio, n = ratio+math.Log(scaled[i].Expected/base[i].Expected), n+1
		}
	}
	if r := math.Exp(ratio / n); math.Abs(r-100) > 3 {
		t.Errorf("a hundred times the reports: %.1f times expected", r)
	}
}
