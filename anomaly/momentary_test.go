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
