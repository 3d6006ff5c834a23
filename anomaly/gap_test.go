package anomaly

import (
	"slices"
	"testing"
	"time"

	"outcry"
)

// TestAGapIsNeitherOutageNorRecovery: nobody could report for an hour.
func TestAGapIsNeitherOutageNorRecovery(t *testing.T) {
	w := newWorld(t, canvas)
	w.usual("canvas", 20, 6)
	w.outage("canvas", at(18, 18, 0), 10, 4, networks(12)...)
	w.closed = func(m time.Time) bool { return !m.Before(at(18, 18, 10)) && m.Before(at(18, 19, 10)) }
	all := w.watch(t, at(18, 19, 10))
	if len(all) != 1 || !all[0].State.Open() {
		t.Fatalf("after an hour without measurement the incident is %+v, want open", all)
	}
	all = w.watch(t, at(19, 0, 0))
	if len(all) != 1 || all[0].State != outcry.Resolved || all[0].ResolvedAt.Before(at(18, 19, 10)) {
		t.Errorf("after quiet minutes it is %+v, want resolved after the gap", all[0])
	}
}

// TestGapsRaiseNoAlarm: nobody could report for minutes, an hour or three days,
// with or without a beat missed in between, and all is as usual after.
func TestGapsRaiseNoAlarm(t *testing.T) {
	w := newWorld(t, canvas)
	w.usual("canvas", 24, 300)
	gaps := [][2]time.Time{{at(16, 9, 0), at(16, 9, 7)}, {at(17, 12, 0), at(17, 13, 0)}, {at(18, 6, 0), at(21, 18, 30)}}
	w.closed = func(m time.Time) bool {
		return slices.ContainsFunc(gaps, func(g [2]time.Time) bool { return !m.Before(g[0]) && m.Before(g[1]) })
	}
	w.buckets["canvas"] = slices.DeleteFunc(w.buckets["canvas"], func(b outcry.Bucket) bool { return w.closed(b.Minute) })
	if all := w.watch(t, at(23, 12, 0)); len(all) != 0 {
		t.Errorf("gaps made %d incidents: %+v", len(all), all[0])
	}
	before, after := w.expected(at(16, 0, 0)), w.expected(at(22, 0, 0))
	if after < before/1.3 || after > before*1.3 {
		t.Errorf("a day expects %.0f before the gaps and %.0f after, want the same within a third", before, after)
	}
}

// expected is what a day from t on was forecast to bring.
func (w *world) expected(t time.Time) (sum float64) {
	for m := range 24 * 60 {
		sum += w.forecasts["canvas"][t.Add(time.Duration(m)*time.Minute)].Expected
	}
	return sum
}
