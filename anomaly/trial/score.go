package trial

import (
	"cmp"
	"context"
	"slices"
	"time"

	"outcry"
)

// aftermath is how long after an outage an alarm is still laid at its door.
const aftermath = 30 * time.Minute

// fate is what became of one outage.
type fate struct {
	tier, class int
	noticed     bool
	likely      bool
	delay       float64 // minutes
	underAlarm  bool    // at its end
	allClear    float64 // minutes
}

// cry is one false alarm.
type cry struct {
	tier     int
	at       time.Time
	likely   bool
	learning bool
	cause    kind // outage: none that we know
}

// record is what one or more sets have come to.
type record struct {
	fates  []fate
	cries  []cry
	events map[kind]int // that were no outage
	hit    map[kind]int // of them, those with a false alarm
	// Looks at services: in the learning; after it and in no outage; of those,
	// with nothing else going on; of the latter, without a verdict.
	learning, calm, quiet, untold int
	calmTier                      []int
	first                         []float64   // hours to each service's first verdict
	detectable                    [][]float64 // by tier
	pasts                         []past
}

func newRecord() *record {
	return &record{
		events: map[kind]int{}, hit: map[kind]int{},
		calmTier: make([]int, len(tiers)), detectable: make([][]float64, len(tiers)),
	}
}

// measure plays a world and adds what came of it.
func (r *record) measure(ctx context.Context, w *world, accepted float64) error {
	told := map[string]bool{}
	l, err := w.play(ctx, accepted, func(now time.Time, l *ledger) {
		for i, s := range w.services {
			r.look(s, l.snapshots[i].Verdict, now, told)
		}
	})
	if err != nil {
		return err
	}
	for _, s := range w.services {
		r.score(s, l, w.end)
		if err := r.remember(s, l, w.end); err != nil {
			return err
		}
	}
	return nil
}

// look takes in one verdict on s.
func (r *record) look(s *service, v outcry.Verdict, now time.Time, told map[string]bool) {
	if v.State != outcry.Unknown && v.Freshness.Trusted && !told[s.slug] {
		told[s.slug] = true
		r.first = append(r.first, now.Sub(monday).Hours())
	}
	if now.Before(monday.Add(learning)) {
		r.learning++
		return
	}
	if s.during(now, outage) {
		return
	}
	r.calm++
	r.calmTier[s.tier]++
	if v.State == outcry.Unknown {
		r.untold++
	}
	if s.cause(now) != outage {
		return
	}
	r.quiet++
	if hour := now.In(s.zone).Hour(); hour >= 8 && hour < 22 && v.Detectable > 0 {
		r.detectable[s.tier] = append(r.detectable[s.tier], v.Detectable)
	}
}

// until is when e no longer explains an alarm.
func (e *event) until() time.Time {
	switch e.kind {
	case outage, blip, deadline:
		return e.to.Add(aftermath)
	case flood: // the level is not learnt in its alarm, which may last so long
		return e.to.Add(8 * time.Hour)
	case shift:
		if limit := e.from.Add(72 * time.Hour); e.to.After(limit) {
			return limit
		}
	}
	return e.to
}

// during tells whether an event of kind k explains an alarm at t.
func (s *service) during(t time.Time, k kind) bool {
	return slices.ContainsFunc(s.events, func(e event) bool {
		return e.kind == k && !t.Before(e.from) && t.Before(e.until())
	})
}

// cause is what explains an alarm at t, other than an outage; outage where
// nothing does.
func (s *service) cause(t time.Time) kind {
	for _, c := range causes {
		if s.during(t, c.kind) {
			return c.kind
		}
	}
	return outage
}

// alarm is a time in which the page of a service told of trouble.
type alarm struct {
	on, off time.Time
	likely  time.Time // when it was first called likely; zero: never
}

// alarms reads the times from an incident's log; end stands for "still".
func alarms(i outcry.Incident, end time.Time) []alarm {
	var list []alarm
	open := false
	for _, u := range i.Updates {
		switch {
		case u.State.Open() && !open:
			list, open = append(list, alarm{on: u.At, off: end}), true
		case !u.State.Open() && open:
			list[len(list)-1].off, open = u.At, false
		}
		if a := &list[len(list)-1]; u.State == outcry.Ongoing && a.likely.IsZero() {
			a.likely = u.At
		}
	}
	return list
}

// score compares what happened to s with what was said.
func (r *record) score(s *service, l *ledger, end time.Time) {
	var said []alarm
	hit := map[*event]bool{}
	for _, id := range l.order {
		i := l.incidents[id]
		if i.Service != s.slug {
			continue
		}
		list := alarms(i, end)
		said = append(said, list...)
		if c, e, is := s.falsely(list); is {
			r.cries = append(r.cries, c)
			if e != nil && !hit[e] {
				hit[e] = true
				r.hit[e.kind]++
			}
		}
	}
	for i := range s.events {
		e := &s.events[i]
		if e.kind == outage {
			r.fates = append(r.fates, s.fate(e, said))
		} else if !e.goesOn {
			r.events[e.kind]++
		}
	}
}

// falsely tells whether an incident began outside every outage, and what else
// may have caused it, nil for nothing.
func (s *service) falsely(list []alarm) (cry, *event, bool) {
	at := list[0].on
	if s.during(at, outage) {
		return cry{}, nil, false
	}
	c := cry{tier: s.tier, at: at, learning: at.Before(monday.Add(learning)), cause: s.cause(at)}
	c.likely = slices.ContainsFunc(list, func(a alarm) bool { return !a.likely.IsZero() })
	for i := range s.events {
		if e := &s.events[i]; c.cause != outage && e.kind == c.cause && !at.Before(e.from) && at.Before(e.until()) {
			return c, s.origin(i), true
		}
	}
	return c, nil, true
}

// origin is the event that event i goes on from, or is.
func (s *service) origin(i int) *event {
	for s.events[i].goesOn {
		i--
	}
	return &s.events[i]
}

// fate follows one outage through the alarms.
func (s *service) fate(e *event, said []alarm) fate {
	f := fate{tier: s.tier, class: e.class}
	slices.SortFunc(said, func(a, b alarm) int { return cmp.Compare(a.on.Unix(), b.on.Unix()) })
	for _, a := range said {
		if !a.on.Before(e.to) || !a.off.After(e.from) {
			continue
		}
		if !f.noticed {
			f.noticed, f.delay = true, max(0, a.on.Sub(e.from).Minutes())
		}
		f.likely = f.likely || !a.likely.IsZero() && a.likely.Before(e.to)
		if a.off.After(e.to) {
			f.underAlarm, f.allClear = true, a.off.Sub(e.to).Minutes()
		}
	}
	return f
}
