package simulate

import (
	"slices"
	"testing"
	"time"

	"outcry"
)

func TestDemo(t *testing.T) {
	live := time.Date(2026, 3, 11, 15, 20, 31, 0, time.UTC)
	start := live.Truncate(time.Minute)
	before, after := Demo(live, 1)
	history, present := slices.Collect(before), slices.Collect(after)
	checkLines(t, history, start.Add(-DemoHistory), start)
	checkLines(t, present, start, start.Add(DemoLive))
	if n := len(history) + len(present); n < 40_000 || n > 60_000 {
		t.Errorf("%d lines, want 40,000 to 60,000", n)
	}
	f := func(slug string, from, until int, least, most int) {
		t.Helper()
		n := 0
		for _, l := range present {
			at := l.Time.Sub(start)
			if l.Service == slug && l.Kind == outcry.KindDown && at >= time.Duration(from)*time.Minute && at < time.Duration(until)*time.Minute {
				n++
			}
		}
		if n < least || n > most {
			t.Errorf("%s from minute %d to %d: %d complaints, want %d to %d", slug, from, until, n, least, most)
		}
	}
	f("courseplus", 0, 4, 0, 8)
	f("courseplus", 8, 54, 170, 380)
	f("courseplus", 64, 180, 0, 4)
	f("coursera", 0, 6, 0, 12)
	f("coursera", 10, 46, 600, 1000)
	f("coursera", 65, 180, 10, 90)
	f("zoom", 0, 180, 25, 190)
}

// TestDemoGoesOn: the present does not begin anew; it is what one telling of
// both would have been.
func TestDemoGoesOn(t *testing.T) {
	live := time.Date(2026, 3, 11, 15, 20, 0, 0, time.UTC)
	before, after := Demo(live, 7)
	both := slices.Concat(slices.Collect(before), slices.Collect(after))
	if !slices.Equal(both, slices.Collect(demoWorld(live).Lines(7))) {
		t.Error("history and present are not one telling")
	}
}

// TestDemoColoursTheMap: enough regions have enough different people for a
// number to be shown.
func TestDemoColoursTheMap(t *testing.T) {
	live := time.Date(2026, 3, 11, 15, 20, 0, 0, time.UTC)
	_, present := Demo(live, 1)
	people := map[string]map[string]bool{}
	for l := range present {
		if l.Service == "coursera" && l.Time.Before(live.Add(46*time.Minute)) {
			if people[l.Region] == nil {
				people[l.Region] = map[string]bool{}
			}
			people[l.Region][l.IP+l.Device] = true
		}
	}
	shown := 0
	for _, p := range people {
		if len(p) >= outcry.PrivacyThreshold {
			shown++
		}
	}
	if shown < 20 {
		t.Errorf("%d regions with %d people, want 20", shown, outcry.PrivacyThreshold)
	}
}
