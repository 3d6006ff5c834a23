package anomaly

import (
	"context"
	"fmt"
	"testing"
	"time"

	"outcry"
)

// isp is a network with its part of a crowd.
type isp struct {
	key  string
	part float64
}

// diffuse is forty networks of equal parts.
func diffuse() []isp {
	list := make([]isp, 40)
	for i := range list {
		list[i] = isp{anyNetwork(i), 1.0 / 40}
	}
	return list
}

// crowdOf reports n complaints in a minute from the networks by their parts.
func (w *world) crowdOf(service string, minute time.Time, n int, from []isp) {
	for range n {
		x := w.rand.Float64()
		for _, f := range from {
			if x -= f.part; x < 0 {
				w.report(service, minute, 1, f.key)
				break
			}
		}
	}
}

// live reports a service at mean complaints a day, evenly over [0, days);
// rename gives a day's networks their keys.
func (w *world) live(service string, days int, mean float64, from []isp, rename func(day int, list []isp) []isp) {
	for day := range days {
		today := rename(day, from)
		for range poisson(w.rand, mean) {
			w.crowdOf(service, at(day, 0, w.rand.IntN(24*60)), 1, today)
		}
	}
}

func asNamed(_ int, list []isp) []isp { return list }

// asHashes is networks whose number nobody knows: their keys are salted daily.
func asHashes(day int, list []isp) []isp {
	out := make([]isp, len(list))
	for i, f := range list {
		out[i] = isp{fmt.Sprintf("~%d%s", day, f.key), f.part}
	}
	return out
}

// hosting is n providers, of which each reports from another block.
func hosting(n int) []isp {
	list := make([]isp, n)
	for i := range list {
		list[i] = isp{fmt.Sprintf("AS%d", 65100+i), 1 / float64(n)}
	}
	return list
}

// TestAttackersOfFewNetworksMoveNothing: whatever is known of a service, and
// however many they are, a handful of networks does not take it out of its
// state; nor does any number of strangers where its users are well known.
func TestAttackersOfFewNetworksMoveNothing(t *testing.T) {
	for name, c := range map[string]struct {
		perDay    float64
		days      int
		minutes   int
		perMinute int
		from      []isp
	}{
		"four providers, busy service":               {300, 20, 40, 400, hosting(4)},
		"four providers, quiet service":              {2, 20, 40, 40, hosting(4)},
		"four providers, service nobody reports":     {0.05, 20, 40, 40, hosting(4)},
		"four providers, a trickle":                  {6, 20, 180, 1, hosting(4)},
		"four providers, the first day":              {0, 0, 40, 400, hosting(4)},
		"four providers, the third day":              {300, 2, 40, 400, hosting(4)},
		"one network":                                {20, 20, 40, 40, hosting(1)},
		"sixty strange networks, a busy service":     {300, 20, 40, 100, hosting(60)},
		"one hash":                                   {20, 20, 40, 40, []isp{{"~a", 1}}},
		"four hashes where numbers are known":        {300, 20, 40, 40, []isp{{"~a", .25}, {"~b", .25}, {"~c", .25}, {"~d", .25}}},
		"a thousand hashes, where numbers are known": {300, 20, 40, 40, manyHashes(1000)},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, canvas)
			w.live("canvas", c.days+1, c.perDay, diffuse(), asNamed)
			start := at(c.days, 11, 0)
			for i := range c.minutes {
				w.crowdOf("canvas", start.Add(time.Duration(i)*time.Minute), c.perMinute, c.from)
			}
			x := w.watcher()
			x.StartAt(epoch)
			for now := epoch; now.Before(start); now = now.Add(forgotten) {
				w.tick(t, x, minTime(now.Add(forgotten), start))
			}
			before := w.snapshots["canvas"].Verdict.State
			for i := range c.minutes + 30 {
				w.tick(t, x, start.Add(time.Duration(i+1)*time.Minute))
				if v := w.snapshots["canvas"].Verdict; v.State != before && v.State != outcry.Operational {
					t.Fatalf("minute %d: %s, because of %s %q; want %s as before", i, v.State, v.Attribution.Cause, v.Attribution.Name, before)
				}
			}
			if all := w.list(); len(all) != 0 {
				t.Errorf("%d incidents, want none: %+v", len(all), all[0])
			}
		})
	}
}

func manyHashes(n int) []isp {
	list := make([]isp, n)
	for i := range list {
		list[i] = isp{fmt.Sprintf("~h%d", i), 1 / float64(n)}
	}
	return list
}

func (w *world) tick(t *testing.T, x *Watcher, now time.Time) {
	t.Helper()
	if err := x.Tick(context.Background(), now); err != nil {
		t.Fatal(err)
	}
}

// TestOutagesAreFoundHoweverUsersAreSpread: the detector itself needs so and
// so many minutes; attribution may cost no more than one beyond.
func TestOutagesAreFoundHoweverUsersAreSpread(t *testing.T) {
	for name, c := range map[string]struct {
		perDay    float64
		days      int
		perMinute int
		minutes   int // the most until it is found
		from      []isp
		rename    func(int, []isp) []isp
	}{
		"forty networks":                 {300, 20, 4, 9, diffuse(), asNamed},
		"forty networks, twice usual":    {6000, 20, 9, 30, diffuse(), asNamed},
		"two providers":                  {300, 20, 4, 9, []isp{{"AS1", .55}, {"AS2", .45}}, asNamed},
		"three, twice the usual":         {6000, 20, 9, 30, []isp{{"AS1", .48}, {"AS2", .3}, {"AS3", .22}}, asNamed},
		"four providers":                 {300, 20, 4, 9, []isp{{"AS1", .4}, {"AS2", .3}, {"AS3", .2}, {"AS4", .1}}, asNamed},
		"four, a quiet service":          {6, 20, 2, 6, []isp{{"AS1", .4}, {"AS2", .3}, {"AS3", .2}, {"AS4", .1}}, asNamed},
		"one address, no numbers":        {300, 20, 4, 9, []isp{{"one", 1}}, asHashes},
		"many blocks, no numbers":        {300, 20, 4, 9, diffuse(), asHashes},
		"quiet, many blocks, no numbers": {2, 20, 2, 9, diffuse(), asHashes},
		"no address at all":              {20, 20, 4, 9, []isp{{"~", 1}}, asNamed},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, canvas)
			w.live("canvas", c.days+1, c.perDay, c.from, c.rename)
			start := at(c.days, 11, 0)
			for i := range 40 {
				w.crowdOf("canvas", start.Add(time.Duration(i)*time.Minute), c.perMinute, c.rename(c.days, c.from))
			}
			var found *outcry.Incident
			for _, i := range w.watch(t, start.Add(40*time.Minute)) {
				if i.DetectedAt.After(start) {
					found = &i
				}
			}
			if found == nil || found.Attribution.Cause != outcry.CauseService {
				t.Fatalf("found %+v, want an incident of the service", found)
			}
			if late := found.DetectedAt.Sub(start); late > time.Duration(c.minutes)*time.Minute {
				t.Errorf("found after %v, want %d minutes", late, c.minutes)
			}
		})
	}
}
