package anomaly

import (
	"bytes"
	"context"
	"encoding/gob"
	"fmt"
	"maps"
	"reflect"
	"runtime"
	"strings"
	"testing"
	"time"
)

// school is services with the rhythm of schools: twenty times as many
// complaints in a weekday's hours as else.
func school(t *testing.T, days int, off func(day int) bool, zones ...string) *world {
	var list []string
	for i, zone := range zones {
		list = append(list, fmt.Sprintf(`{"slug":"s%d","name":"S%d","time_zone":%q}`, i, i, zone))
	}
	w := newWorld(t, strings.Join(list, ","))
	for i := range zones {
		for day := range days {
			for hour := range 24 {
				mean := 0.3
				if hour >= 7 && hour < 20 && day%7 < 5 && !off(day) {
					mean = 6
				}
				for range poisson(w.rand, mean) {
					w.report(fmt.Sprintf("s%d", i), at(day, hour, w.rand.IntN(60)), 1, anyNetwork(w.rand.IntN(40)))
				}
			}
		}
	}
	return w
}

// TestServicesOfAZoneTellOfAHoliday: on a Wednesday that everybody takes off,
// a service expects less by noon where three others of its zone are quiet too
// than where they are far away.
func TestServicesOfAZoneTellOfAHoliday(t *testing.T) {
	off := func(day int) bool { return day == 16 }
	expected := func(zones ...string) float64 {
		w := school(t, 17, off, zones...)
		w.watch(t, at(16, 9, 0))
		sum := 0.0
		for minute := range 60 {
			sum += w.forecasts["s0"][at(16, 7, 30+minute)].Expected
		}
		return sum
	}
	near := expected("UTC", "UTC", "UTC", "UTC")
	far := expected("UTC", "Asia/Tokyo", "Asia/Tokyo", "Asia/Tokyo")
	if near > 0.5*far {
		t.Errorf("from half past seven to half past eight on a holiday %.1f are expected where the zone is quiet and %.1f where nobody says so, want half at most", near, far)
	}
}

// TestThePaceOfTicksChangesNothing: minute by minute on one processor, or six
// hours at once on several.
func TestThePaceOfTicksChangesNothing(t *testing.T) {
	build := func() *world {
		w := school(t, 17, func(day int) bool { return day == 15 }, "UTC", "UTC", "UTC")
		w.outage("s1", at(16, 9, 0), 30, 4, networks(12)...)
		return w
	}
	slow, fast := build(), build()
	run := func(w *world, pace time.Duration) {
		x := w.watcher()
		x.StartAt(epoch)
		w.tick(t, x, at(15, 0, 0))
		for now := at(15, 0, 0); now.Before(at(16, 12, 0)); {
			now = minTime(now.Add(pace), at(16, 12, 0))
			w.tick(t, x, now)
		}
		if err := x.Checkpoint(context.Background()); err != nil {
			t.Fatal(err)
		}
	}
	before := runtime.GOMAXPROCS(1)
	run(slow, time.Minute)
	runtime.GOMAXPROCS(4)
	run(fast, catchUp)
	runtime.GOMAXPROCS(before)
	if !reflect.DeepEqual(slow.forecasts, fast.forecasts) || !reflect.DeepEqual(slow.incidents, fast.incidents) || len(slow.incidents) == 0 {
		t.Errorf("forecasts or incidents differ (%d and %d incidents)", len(slow.incidents), len(fast.incidents))
	}
}

// chorusOf is the chorus of a checkpoint.
func (m *memory) chorusOf(t *testing.T) chorus {
	t.Helper()
	var c checkpoint
	if err := gob.NewDecoder(bytes.NewReader(m.states[stateName])).Decode(&c); err != nil {
		t.Fatal(err)
	}
	return c.Chorus
}

// TestTheFleetsOwnTailIsHeard: services whose reports come in bursts, twice a
// day in the same fortnight, raise the threshold of all.
func TestTheFleetsOwnTailIsHeard(t *testing.T) {
	threshold := func(bursts bool) float64 {
		var list []string
		for i := range 5 {
			list = append(list, fmt.Sprintf(`{"slug":"s%d","name":"S"}`, i))
		}
		w := newWorld(t, strings.Join(list, ","))
		for i := range 5 {
			slug := fmt.Sprintf("s%d", i)
			w.usual(slug, 20, 20)
			for day := 15; bursts && day < 20; day++ {
				for range 8 {
					for k := range 3 {
						w.report(slug, at(day, w.rand.IntN(24), 0).Add(time.Duration(8*k)*time.Minute), 1, anyNetwork(k))
					}
				}
			}
		}
		w.watch(t, at(19, 12, 0))
		if c := w.chorusOf(t); (c.Shift > 0) != bursts {
			t.Errorf("with bursts: %v: the fleet has %+v, shift %.2f", bursts, c.Fleet.Days, c.Shift)
		}
		return w.snapshots["s0"].Verdict.Evidence.Threshold
	}
	if calm, wild := threshold(false), threshold(true); wild < calm+0.2 {
		t.Errorf("threshold %.2f in a calm fleet and %.2f in a wild one, want more", calm, wild)
	}
}

// TestRestartAtAnyMinuteChangesNothing: before, in and after an outage and
// about midnight, with services that listen to each other.
func TestRestartAtAnyMinuteChangesNothing(t *testing.T) {
	build := func() *world {
		w := school(t, 18, func(day int) bool { return day == 15 }, "UTC", "UTC", "UTC")
		w.outage("s1", at(16, 21, 30), 30, 4, networks(12)...)
		w.outage("s2", at(16, 22, 0), 20, 40, "AS65000")
		return w
	}
	ctx, begin, end := context.Background(), at(16, 21, 25), at(17, 1, 0)
	first := build()
	x := first.watcher()
	x.StartAt(epoch)
	first.tick(t, x, begin)
	if err := x.Checkpoint(ctx); err != nil {
		t.Fatal(err)
	}
	run := func(restarts ...time.Time) *world {
		w := build()
		w.states = maps.Clone(first.states)
		for _, stop := range append(restarts, end) {
			x := w.watcher()
			if err := x.Resume(ctx, stop); err != nil {
				t.Fatal(err)
			}
			w.tick(t, x, stop)
			if err := x.Checkpoint(ctx); err != nil {
				t.Fatal(err)
			}
		}
		return w
	}
	want := run()
	if len(want.incidents) == 0 {
		t.Fatal("there is no incident: the comparison says little")
	}
	var every []time.Time
	for m := begin; m.Before(end); m = m.Add(time.Minute) {
		every = append(every, m)
	}
	got := run(every...)
	same(t, want.memory, got.memory)
	if !reflect.DeepEqual(want.forecasts, got.forecasts) || !reflect.DeepEqual(want.chorusOf(t), got.chorusOf(t)) {
		t.Error("forecasts or choruses differ")
	}
}
