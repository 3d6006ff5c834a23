package anomaly

import (
	"testing"
	"time"
)

// TestOneMinuteIsNoOutage: on a large service, ninety people report within one
// minute, most of them one symptom, and nobody after; then the same each minute.
func TestOneMinuteIsNoOutage(t *testing.T) {
	for _, x := range []struct{ minutes, want int }{{1, 0}, {6, 1}} {
		w := newWorld(t, canvas)
		w.usual("canvas", 16, 400)
		start := at(15, 14, 0)
		w.outage("canvas", start, x.minutes, 90, networks(40)...)
		list := w.buckets["canvas"]
		for i := range list {
			b := &list[i]
			if n := b.Down / 10; n > 0 { // a symptom that is rare, but not in that minute
				b.Symptoms = map[string]int{"login": 7 * n, "site": b.Down - 7*n}
			} else if i%6 == 0 {
				b.Symptoms = map[string]int{"login": b.Down}
			}
		}
		n := 0
		for _, i := range w.watch(t, start.Add(time.Hour)) {
			if !i.DetectedAt.Before(start) {
				n++
			}
		}
		if n != x.want {
			t.Errorf("%d minutes: %d incidents, want %d", x.minutes, n, x.want)
		}
	}
}

// TestOneMinuteBesideOneNetworkIsNoOutage: on a thin service one network sends
// ten complaints each quarter of an hour, and eight people report in one minute.
func TestOneMinuteBesideOneNetworkIsNoOutage(t *testing.T) {
	w := newWorld(t, canvas)
	w.usual("canvas", 20, 6)
	start := at(19, 1, 20)
	for quarter := range 6 {
		w.report("canvas", start.Add(time.Duration(15*quarter)*time.Minute), 10, "AS65000")
	}
	w.report("canvas", start.Add(49*time.Minute), 8, networks(8)...)
	if all := w.watch(t, at(19, 6, 0)); len(all) > 0 {
		t.Errorf("%d incidents, the first: %s", len(all), all[0].Updates[0].Text)
	}
}
