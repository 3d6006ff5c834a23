package anomaly

import (
	"context"
	"slices"
	"testing"
	"time"

	"outcry"
)

// Rollups sums the minutes of a memory; fives says whether those of five
// minutes are kept.
func (m *memory) Rollups(_ context.Context, service string, from, to time.Time, step outcry.Step) ([]outcry.Bucket, error) {
	if step == outcry.StepFiveMinutes && !m.fives {
		return nil, nil
	}
	var list []outcry.Bucket
	for _, b := range m.buckets[service] {
		at := b.Minute.Truncate(time.Duration(step))
		if at.Before(from) || !at.Before(to) {
			continue
		}
		if n := len(list); n == 0 || !list[n-1].Minute.Equal(at) {
			list = append(list, outcry.Bucket{Minute: at, Symptoms: map[string]int{}})
		}
		r := &list[len(list)-1]
		r.Down += b.Down
		add(r.Symptoms, b.Symptoms)
	}
	return list, m.fail("Rollups")
}

// Places sums the regions and networks of a memory by the day.
func (m *memory) Places(_ context.Context, service string, from, to time.Time) ([]outcry.Bucket, error) {
	var list []outcry.Bucket
	for _, b := range m.buckets[service] {
		at := b.Minute.Truncate(24 * time.Hour)
		if at.Before(from) || !at.Before(to) {
			continue
		}
		if n := len(list); n == 0 || !list[n-1].Minute.Equal(at) {
			list = append(list, outcry.Bucket{Minute: at, Regions: map[string]int{}, Networks: map[string]int{}})
		}
		add(list[len(list)-1].Regions, b.Regions)
		add(list[len(list)-1].Networks, b.Networks)
	}
	return list, m.fail("Places")
}

// TestPlacesAreLearntFromRollups: of a region and a network that sent half of
// the complaints until ten days ago, and none since, the parts are known after
// the checkpoint was lost.
func TestPlacesAreLearntFromRollups(t *testing.T) {
	for _, past := range []bool{true, false} {
		w := newWorld(t, canvas)
		w.fives = true
		w.usual("canvas", 28, 60)
		for i := range w.buckets["canvas"] {
			if b := &w.buckets["canvas"][i]; i%2 == 0 && b.Minute.Before(at(18, 0, 0)) {
				b.Regions, b.Networks = map[string]int{"DE-BE": b.Down}, map[string]int{"AS7": b.Down}
			}
		}
		x := w.watcher()
		if past {
			x.config.Past = w.memory
		}
		now := at(28, 0, 0)
		if err := x.Resume(context.Background(), now); err != nil {
			t.Fatal(err)
		}
		for x.next.Before(now) {
			w.tick(t, x, now)
		}
		c := x.services["canvas"]
		if region, network := shareOf(c.last.Regions)["DE-BE"], c.usage.share("AS7", false); (region > 0.2) != past || (network > 0.1) != past {
			t.Errorf("with roll-ups: %v: the region has %.2f, the network %.2f", past, region, network)
		}
	}
}

// TestALostCheckpointIsMadeGoodFromRollups: a service known for weeks is known
// again at once, whose outage is found and can be judged again, where roll-ups
// of five minutes or of an hour are kept; without them it takes two weeks.
func TestALostCheckpointIsMadeGoodFromRollups(t *testing.T) {
	for name, c := range map[string]struct{ fives, past, known bool }{
		"five minutes": {true, true, true}, "hours": {false, true, true}, "nothing": {false, false, false},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, canvas)
			w.fives = c.fives
			w.usual("canvas", 30, 40)
			w.outage("canvas", at(21, 17, 45), 50, 4, networks(30)...) // as soon as it begins
			w.outage("canvas", at(28, 18, 45), 50, 4, networks(30)...)
			x := w.watcher()
			if c.past {
				x.config.Past = w.memory
			}
			now := at(28, 17, 40)
			if err := x.Resume(context.Background(), now); err != nil {
				t.Fatal(err)
			}
			if w.closed = func(m time.Time) bool { return false }; x.next != now.Add(-forgotten) {
				t.Fatalf("it begins at %s, want a week back", x.next)
			}
			for x.next.Before(now) {
				w.tick(t, x, now)
			}
			if v := w.snapshots["canvas"].Verdict; v.Freshness.Trusted != c.known || (v.State == outcry.Operational) != c.known {
				t.Errorf("%s, trusted %v; want known: %v", v.State, v.Freshness.Trusted, c.known)
			}
			w.tick(t, x, at(28, 23, 0))
			all := w.list()
			if !c.known {
				return
			}
			i := slices.IndexFunc(all, func(i outcry.Incident) bool { return i.StartedAt.After(at(28, 18, 0)) })
			if i < 0 || all[i].DetectedAt.After(at(28, 18, 55)) || all[i].State != outcry.Resolved {
				t.Fatalf("incidents %+v, want the outage within ten minutes", all)
			}
			for _, i := range all {
				if got, err := Recompute(w.recordOf(t, i.ID)); err != nil || len(got.Differences) > 0 {
					t.Errorf("%s is not reproduced: %v %v", i.ID, err, got.Differences)
				}
			}
			if all[0].StartedAt.After(at(21, 17, 50)) {
				t.Errorf("the first incident is of %s, want the outage at once", all[0].StartedAt)
			}
		})
	}
}

// TestSpreadingKeepsTheCounts: every complaint of a step falls into one of its
// minutes, with its symptom, and into the same each time.
func TestSpreadingKeepsTheCounts(t *testing.T) {
	past := rollups{width: 5, places: []outcry.Bucket{{Minute: at(0, 0, 0), Regions: map[string]int{"DE": 150, "US": 103}, Networks: map[string]int{"AS1": 40}}}, steps: []outcry.Bucket{
		{Minute: at(0, 0, 0), Symptoms: map[string]int{"site": 200, "login": 50}},
		{Minute: at(0, 0, 10), Symptoms: map[string]int{"login": 3}},
	}}
	var first []outcry.Bucket
	for range 2 {
		var list []outcry.Bucket
		sums, regions, networks := map[time.Time]int{}, map[string]int{}, 0
		for minute, b := range minutes("canvas", past, at(0, 0, 0), at(0, 1, 0)) {
			list = append(list, b)
			sums[minute.Truncate(5*time.Minute)] += b.Down
			add(regions, b.Regions)
			networks += b.Networks["AS1"]
			if n := b.Symptoms["site"] + b.Symptoms["login"]; n != b.Down || !b.Minute.Equal(minute) {
				t.Errorf("%s: %+v", minute, b)
			}
			if minute.Before(at(0, 0, 5)) && (b.Down < 20 || b.Down > 80) {
				t.Errorf("%s has %d of 250 in five minutes", minute, b.Down)
			}
		}
		if len(list) != 60 || sums[at(0, 0, 0)] != 250 || sums[at(0, 0, 10)] != 3 || len(sums) != 12 {
			t.Errorf("%d minutes, sums %v", len(list), sums)
		}
		if regions["DE"] != 150 || regions["US"] != 103 || networks != 40 {
			t.Errorf("regions %v and %d of a network, want those of the day", regions, networks)
		}
		if first != nil && !slices.EqualFunc(first, list, func(a, b outcry.Bucket) bool { return a.Down == b.Down }) {
			t.Error("another time it is spread otherwise")
		}
		first = list
	}
}
