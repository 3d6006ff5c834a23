package anomaly

import (
	"fmt"
	"testing"
	"time"

	"outcry"
)

// TestACrowdIsSeenFromTheFirstDay: where nothing is known yet, forty people of
// twenty networks within ten minutes are possible problems, and as many of one
// network, or a morning in which a service wakes up, are not.
func TestACrowdIsSeenFromTheFirstDay(t *testing.T) {
	for name, c := range map[string]struct {
		start  time.Time
		crowd  int // complaints a minute for ten minutes, the first day's last beginning later
		from   []string
		rate   func(hour int) float64 // complaints an hour else
		want   outcry.State
		during int // minutes after start at which to look
	}{
		"the first ten minutes":       {at(0, 0, 0), 4, networks(20), nothing, outcry.Possible, 10},
		"at night":                    {at(0, 3, 0), 4, networks(20), nothing, outcry.Possible, 10},
		"the tenth day":               {at(9, 3, 0), 4, networks(20), nothing, outcry.Possible, 10},
		"a service of some life":      {at(0, 12, 0), 30, networks(20), waking, outcry.Possible, 10},
		"it stays while the crowd is": {at(0, 12, 0), 4, networks(20), nothing, outcry.Possible, 60},
		"one network":                 {at(0, 3, 0), 4, networks(1), nothing, outcry.Unknown, 10},
		"three networks":              {at(0, 3, 0), 4, networks(3), nothing, outcry.Unknown, 10},
		"ten people":                  {at(0, 3, 0), 1, networks(20), nothing, outcry.Unknown, 10},
		"a day":                       {at(0, 0, 0), 0, networks(20), waking, outcry.Unknown, 24 * 60},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, canvas)
			for hour := range int(c.start.Sub(epoch).Hours()) + 1 + c.during/60 {
				for range poisson(w.rand, c.rate(hour%24)) {
					w.report("canvas", at(0, hour, w.rand.IntN(60)), 1, anyNetwork(w.rand.IntN(40)))
				}
			}
			if c.crowd > 0 {
				w.outage("canvas", c.start, c.during, c.crowd, c.from...)
			}
			all := w.watch(t, c.start.Add(time.Duration(c.during)*time.Minute))
			if v := w.snapshots["canvas"].Verdict; v.State != c.want || min(len(all), 2) != map[outcry.State]int{outcry.Possible: 1}[c.want] {
				t.Errorf("%s and %d incidents, want %s", v.State, len(all), c.want)
			}
		})
	}
}

func nothing(int) float64 { return 0 }

// waking is three complaints an hour at night and three hundred by noon.
func waking(hour int) float64 {
	return []float64{3, 3, 3, 3, 3, 9, 60, 180, 240, 280, 300, 300, 300, 300, 300, 300, 270, 200, 120, 80, 50, 30, 15, 5}[hour]
}

// TestManyBeginnersAreNoOutage: an empty installation begins to watch fifty
// services that have always had four complaints a minute; and one of them alone.
func TestManyBeginnersAreNoOutage(t *testing.T) {
	for _, x := range []struct{ services, want int }{{50, mostNewborns}, {1, 1}} {
		list := canvas
		for i := range x.services - 1 {
			list += fmt.Sprintf(`,{"slug":"s%d","name":"S"}`, i)
		}
		w := newWorld(t, list)
		for _, s := range w.catalog.Services() {
			for minute := range 6 * 60 {
				w.report(s.Slug, at(0, 0, minute), poisson(w.rand, 4), networks(40)[w.rand.IntN(20):]...)
			}
		}
		if all := w.watch(t, at(0, 6, 0)); len(all) != x.want {
			t.Errorf("%d services: %d incidents, want %d", x.services, len(all), x.want)
		}
	}
}
