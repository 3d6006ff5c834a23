package detect

import (
	"fmt"
	"runtime"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// episodes counts alarms half an hour or more apart.
type episodes struct {
	n    int
	last time.Time
}

func (e *episodes) see(j Judgement) {
	if !j.Alarm {
		return
	}
	if e.last.IsZero() || j.Start.Sub(e.last) > 30*time.Minute {
		e.n++
	}
	e.last = j.Start
}

func TestFalseAlarmPromise(t *testing.T) {
	// Forty service-weeks after a month of history, at 0.25 false episodes a
	// week: 10 are promised. 20 is three sd above; none at all would mean that
	// thresholds are not what is said (e^-10).
	total := 0
	for i, peak := range []float64{0.2, 1, 4, 15, 60, 0.05, 2, 8, 30, 120} {
		d, w := trained(t, uint64(200+i), 5*time.Minute, peak, 28)
		var e episodes
		run(d, w, 28, 28, nil, e.see)
		total += e.n
	}
	if total < 1 || total > 20 {
		t.Errorf("%d false episodes in forty service-weeks, promised 10", total)
	}
}

func TestClumpsKeepThePromise(t *testing.T) {
	// The same where three report at once whenever one does: 7.5 are promised of
	// thirty service-weeks, and 16 is three sd above. Taken for reports that come
	// alone they raised 29.
	total := 0
	for i, peak := range []float64{0.1, 0.2, 0.5, 1, 2, 4, 8, 15, 30, 60} {
		w := newWorld(uint64(600+i), 5*time.Minute, peak)
		w.clump = 3
		d := New(Config{Bin: w.bin})
		run(d, w, 0, 28, nil, nil)
		var e episodes
		run(d, w, 28, 21, nil, e.see)
		total += e.n
	}
	if total > 16 {
		t.Errorf("%d false episodes in thirty service-weeks, promised 7.5", total)
	}
}

func TestPromiseFromTheFirstDay(t *testing.T) {
	// The first two weeks from nothing, for services that start too small to look
	// like the outage of an empty page (under four reports a minute): thirty
	// service-weeks at 0.25 promise 7.5; 16 is three sd above.
	total := 0
	for i, peak := range []float64{0.02, 0.2, 1, 3, 5, 8, 0.1, 0.5, 2, 4, 6, 10, 0.05, 0.3, 7} {
		w := newWorld(uint64(300+i), 5*time.Minute, peak)
		d := New(Config{Bin: 5 * time.Minute})
		var e episodes
		run(d, w, 0, 14, nil, e.see)
		total += e.n
	}
	if total > 16 {
		t.Errorf("%d false episodes in the first two weeks of fifteen services", total)
	}
}

func TestDelays(t *testing.T) {
	// Outages at noon on a service of the given noon rate. What is asked is twice
	// what the mean evidence needs (Judgement.Detectable says as much).
	for _, c := range []struct {
		peak, ratio float64
		most        time.Duration
	}{{100, 2, 20 * time.Minute}, {20, 3, 15 * time.Minute}, {2, 6, 20 * time.Minute}, {0.1, 40, 20 * time.Minute}} {
		found := 0
		const runs = 8
		for seed := range uint64(runs) {
			d, w := trained(t, 400+seed, 5*time.Minute, c.peak, 15)
			from := monday.AddDate(0, 0, 15).Add(12 * time.Hour)
			hit := false
			run(d, w, 15, 1, func(at time.Time) float64 {
				if at.Before(from) {
					return 1
				}
				return c.ratio
			}, func(j Judgement) {
				hit = hit || j.Alarm && !j.Start.Before(from) && j.Start.Sub(from) < c.most
			})
			if hit {
				found++
			}
		}
		if found < runs-2 {
			t.Errorf("%g times the usual of %g: %d of %d noticed within %v", c.ratio, c.peak, found, runs, c.most)
		}
	}
}

func TestSymptomOfAServiceThatHardlyMoves(t *testing.T) {
	w := newWorld(11, 5*time.Minute, 40)
	d := New(Config{Bin: 5 * time.Minute})
	split := func(total, extra float64) Observation {
		video := float64(int(total / 8))
		return Observation{Total: total + extra, Symptoms: map[string]float64{"login": total - video, "video": video + extra}}
	}
	from := monday.AddDate(0, 0, 16).Add(12 * time.Hour)
	var video, login bool
	var share float64
	for at := monday; at.Before(from.Add(45 * time.Minute)); at = at.Add(w.bin) {
		extra := 0.0
		if !at.Before(from) {
			extra = 20 // videos at five times their usual, the whole at one and a half
		}
		o := split(w.draw(at, 1), extra)
		o.Start = at
		j := d.Step(o)
		for _, p := range j.Symptoms {
			switch {
			case p.Key == "video":
				video, share = p.Alarm, p.Share
			case p.Alarm && !at.Before(from):
				login = true
			}
		}
	}
	if !video || login {
		t.Errorf("video alarmed %v, login alarmed %v", video, login)
	}
	if share < 0.05 || share > 0.2 {
		t.Errorf("share of video %.3f, want about an eighth", share)
	}
}

func TestClockChangeIsQuiet(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal("no time zone data")
	}
	// Days follow the wall clock; on 2025-03-30 it goes forward. Ten services
	// for the week after: 2.5 false episodes are promised, 8 is over three sd.
	total := 0
	for i := range 10 {
		w := newWorld(uint64(500+i), 5*time.Minute, 20)
		d := New(Config{Bin: w.bin, Zone: berlin})
		var e episodes
		for at := monday; at.Before(monday.AddDate(0, 0, 48)); at = at.Add(w.bin) {
			_, offset := at.In(berlin).Zone()
			j := d.Step(Observation{Start: at, Total: w.draw(at.Add(time.Duration(offset)*time.Second), 1)})
			if at.After(monday.AddDate(0, 0, 41)) {
				e.see(j)
			}
		}
		total += e.n
	}
	if total > 8 {
		t.Errorf("%d false episodes in the week of the change", total)
	}
}

func TestHolidayWithoutCalendar(t *testing.T) {
	// A Monday at the weekend's half: a holiday is no outage, and is known as one.
	d, w := trained(t, 12, 5*time.Minute, 60, 28)
	w.peak *= 0.5
	known := false
	run(d, w, 28, 1, nil, func(j Judgement) { known = known || j.Holiday })
	if !known {
		t.Error("a workday at half its rate, like a weekend's, was not taken for a holiday")
	}
}

// TestAnyCountsAreJudged throws odd counts at a detector: what it says must
// always be finite and in order, and the same for the same past.
func TestAnyCountsAreJudged(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		bin := rapid.SampledFrom([]time.Duration{time.Minute, 5 * time.Minute, 30 * time.Minute}).Draw(t, "bin")
		a, b := New(Config{Bin: bin}), New(Config{Bin: bin})
		at := monday
		steps := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) Observation {
			o := Observation{
				Total:   rapid.SampledFrom([]float64{0, 0, 0, 1, 2, 0.5, 17, 1e3, 1e7}).Draw(t, "total"),
				Missing: rapid.IntRange(0, 9).Draw(t, "missing") == 0,
				Pool:    rapid.Float64Range(-3, 8).Draw(t, "pool"),
			}
			if rapid.Bool().Draw(t, "parts") {
				o.Regions = map[string]float64{rapid.SampledFrom([]string{"US-MD", "US-VA", "DE"}).Draw(t, "region"): o.Total}
			}
			return o
		}), 1, 60).Draw(t, "observations")
		for i, o := range steps {
			at = at.Add(bin * time.Duration(rapid.SampledFrom([]int{1, 1, 1, 7, 400, 3000}).Draw(t, "gap")))
			o.Start = at
			j, k := a.Step(o), b.Step(o)
			if fmt.Sprint(j) != fmt.Sprint(k) {
				t.Fatalf("step %d: two detectors of one past differ", i)
			}
			for name, v := range map[string]float64{
				"expected": j.Expected, "upper": j.Upper, "evidence": j.Evidence, "window": j.WindowExpected,
				"ratio": j.Ratio, "p": j.PValue, "detectable": j.Detectable, "odds": j.HolidayOdds,
			} {
				if v != v || v > 1e15 || v < -1e3 {
					t.Fatalf("step %d: %s is %g", i, name, v)
				}
			}
			if j.PValue < 0 || j.PValue > 1 || j.Expected <= 0 || j.Detectable < 1 {
				t.Fatalf("step %d: %+v", i, j)
			}
		}
	})
}

// BenchmarkStep is one five-minute tick of a live series, nightly fits included.
func BenchmarkStep(b *testing.B) {
	for _, bin := range []time.Duration{5 * time.Minute, time.Minute} {
		b.Run(bin.String(), func(b *testing.B) {
			w := newWorld(1, bin, 20)
			d := New(Config{Bin: bin})
			run(d, w, 0, 15, nil, nil)
			at := monday.AddDate(0, 0, 15)
			counts := make([]float64, 4096)
			for i := range counts {
				counts[i] = w.draw(at.Add(time.Duration(i)*bin), 1)
			}
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				d.Step(Observation{Start: at, Total: counts[i%len(counts)]})
				at = at.Add(bin)
			}
		})
	}
}

// BenchmarkSize reports the bytes of a checkpoint and of a live detector that
// has read one, a bin before midnight.
func BenchmarkSize(b *testing.B) {
	for _, bin := range []time.Duration{5 * time.Minute, time.Minute} {
		b.Run(bin.String(), func(b *testing.B) { measureSize(b, bin) })
	}
}

func measureSize(b *testing.B, bin time.Duration) {
	w := newWorld(1, bin, 20)
	config := Config{Bin: w.bin}
	d := New(config)
	run(d, w, 0, 43, nil, nil)
	data, err := d.MarshalBinary()
	if err != nil {
		b.Fatal(err)
	}
	var before, after runtime.MemStats
	const copies = 50
	var all [copies]*Detector
	for b.Loop() {
		all = [copies]*Detector{}
		runtime.GC()
		runtime.ReadMemStats(&before)
		for i := range all {
			all[i] = New(config)
			if err := all[i].UnmarshalBinary(data); err != nil {
				b.Fatal(err)
			}
		}
		runtime.GC()
		runtime.ReadMemStats(&after)
		runtime.KeepAlive(&all)
	}
	b.ReportMetric(float64(len(data)), "checkpoint-bytes")
	b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/copies, "live-bytes")
}
