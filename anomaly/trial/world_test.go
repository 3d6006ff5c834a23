package trial

import (
	"context"
	"math"
	"math/rand/v2"
	"reflect"
	"testing"
	"time"
)

func testWorld(t *testing.T, seed uint64) *world {
	t.Helper()
	w, err := newWorld(seed, 12, 6)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func TestSameSeedSameWorld(t *testing.T) {
	draw := func(seed uint64) (list []any) {
		w := testWorld(t, seed)
		c := newCrowd(w)
		for _, s := range w.services {
			b, err := c.Buckets(context.Background(), s.slug, monday, monday.Add(6*time.Hour))
			if err != nil {
				t.Fatal(err)
			}
			list = append(list, s.events, b)
		}
		return list
	}
	if !reflect.DeepEqual(draw(1), draw(1)) {
		t.Error("one seed drew two worlds")
	}
	if reflect.DeepEqual(draw(1), draw(2)) {
		t.Error("two seeds drew one world")
	}
}

func TestCountsAreWhatTheTierSays(t *testing.T) {
	w := testWorld(t, 3)
	for _, s := range w.services[:len(tiers)] {
		s.events, s.walk, s.spread = nil, 0, 0 // the profile alone
		total := 0
		for m := range 7 * 24 * 60 {
			total += s.draw(monday.Add(time.Duration(m) * time.Minute)).Down
		}
		// The mean of a week lies inside the tier; five sd of Poisson are allowed.
		low, high := 7*tiers[s.tier].low, 7*tiers[s.tier].high
		if x := float64(total); x < low-5*math.Sqrt(low) || x > high+5*math.Sqrt(high) {
			t.Errorf("%s: %d complaints in a week, want %g to %g", tiers[s.tier].name, total, low, high)
		}
	}
}

func TestOutagesAreInTheirClassAndHalfWeek(t *testing.T) {
	n := 0
	for _, s := range testWorld(t, 4).services {
		last := monday
		for _, e := range s.events {
			if e.kind != outage {
				continue
			}
			n++
			if e.size < sizes[e.class][0] || e.size > sizes[e.class][1] {
				t.Errorf("size %g in class %v", e.size, sizes[e.class])
			}
			if e.from.Before(monday.Add(learning)) || e.from.Before(last.Add(aftermath)) || !e.from.Before(e.to) {
				t.Errorf("outage from %v to %v, the one before ended %v", e.from, e.to, last)
			}
			last = e.to
		}
	}
	if n != 12*4*2 {
		t.Errorf("%d outages, want two a week in four weeks of twelve services", n)
	}
}

func TestCourses(t *testing.T) {
	at := func(c course, minute int) float64 {
		e := event{kind: outage, from: monday, to: monday.Add(100 * time.Minute), size: 3, course: c}
		return e.ratio(monday.Add(time.Duration(minute) * time.Minute))
	}
	for _, x := range []struct {
		course course
		minute int
		want   float64
	}{
		{atOnce, 0, 3}, {atOnce, 99, 3}, {ramp, 0, 1}, {ramp, 25, 2}, {ramp, 60, 3}, {burn, 50, 2},
		{flicker, 11, 3}, {flicker, 12, 1}, {flicker, 24, 3}, {spike, 50, 3}, {fading, 39, 3}, {fading, 100, 1 + 2*math.Exp(-4)},
	} {
		if got := at(x.course, x.minute); !near(got, x.want, 1e-9) {
			t.Errorf("course %d at minute %d is %g, want %g", x.course, x.minute, got, x.want)
		}
	}
}

func TestClocksChangeWhereTheyDo(t *testing.T) {
	for _, x := range []struct {
		zone, day string
	}{{"America/New_York", "2026-03-08"}, {"Europe/Berlin", "2026-03-29"}, {"Asia/Kolkata", ""}} {
		zone, err := time.LoadLocation(x.zone)
		if err != nil {
			t.Fatal(err)
		}
		s := newService(rand.New(rand.NewPCG(1, 1)), "x", 1, zone)
		s.clockChanges(monday.Add(10 * week))
		day := ""
		for _, e := range s.events {
			day += e.from.Format(time.DateOnly)
		}
		if day != x.day {
			t.Errorf("%s: clocks change on %q, want %q", x.zone, day, x.day)
		}
	}
}

func TestFloodIsOneSourceUpToItsCap(t *testing.T) {
	s := testWorld(t, 5).services[0] // a thin one
	s.events = []event{{kind: flood, from: monday, to: monday.Add(time.Hour), size: 10}}
	own, discounted := 0, 0
	for m := range 60 {
		b := s.draw(monday.Add(time.Duration(m) * time.Minute))
		own += b.Networks["AS65000"]
		discounted += b.Discounted
	}
	if own != 40 || discounted != 56*20 {
		t.Errorf("%d counted and %d discounted, want 4 quarters of 10, and 20 in each other minute", own, discounted)
	}
}
