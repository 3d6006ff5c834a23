package trial

import (
	"math"
	"math/rand/v2"
	"time"
)

// kind is what happens to a service: an outage, or something that is none and
// may look like one.
type kind int

const (
	outage kind = iota
	blip
	flood
	deadline
	holiday
	shift
	clockChange
)

// causes names the kinds that are no outage, in the order in which a false
// alarm is laid at their door: what is short and close comes first.
var causes = []struct {
	kind kind
	name string
}{{blip, "blip"}, {flood, "flood"}, {deadline, "deadline"}, {holiday, "holiday"}, {shift, "shift"}, {clockChange, "clock_change"}}

// course is how an outage's reports rise and fall.
type course int

const (
	atOnce  course = iota // full size from the first minute to the last
	ramp                  // rises for half its time
	burn                  // rises all the time
	flicker               // twelve minutes on, twelve off
	spike                 // at once, and over in a quarter of an hour
	fading                // at once, then dies away
	courses
)

const flickers = 12 * time.Minute

// event is one thing that happens, in [from, to).
type event struct {
	kind     kind
	from, to time.Time
	// size: the ratio to the usual at its height; of a blip, reports in all; of
	// a flood, counted reports in each quarter of an hour.
	size   float64
	course course
	class  int  // of an outage: index in sizes
	goesOn bool // the rest of the event before it, and not another
}

func (e *event) covers(t time.Time) bool { return !t.Before(e.from) && t.Before(e.to) }

// ratio is how many times the usual is reported at t, which e covers.
func (e *event) ratio(t time.Time) float64 {
	since := t.Sub(e.from)
	x := float64(since) / float64(e.to.Sub(e.from))
	part := 1.0
	switch e.course {
	case ramp:
		part = min(1, 2*x)
	case burn:
		part = x
	case flicker:
		if since/flickers%2 == 1 {
			part = 0
		}
	case fading:
		if x > 0.4 {
			part = math.Exp(-4 * (x - 0.4) / 0.6)
		}
	}
	return 1 + (e.size-1)*part
}

// Time kept free between an outage and what is short and no outage, so that
// each alarm has one cause.
const apart = 3 * time.Hour

// schedule draws what happens after the weeks of learning: two outages a week,
// and now and then something that is none.
func (s *service) schedule(r *rand.Rand, weeks int) {
	last := monday.Add(time.Duration(weeks) * week)
	for from := monday.Add(learning); from.Before(last); from = from.Add(week / 2) {
		s.events = append(s.events, newOutage(r, from))
	}
	for from := monday.Add(learning); from.Before(last); from = from.Add(week) {
		s.perhaps(r, 0.5, s.newBlip(r, from), time.Minute)
		s.perhaps(r, 0.3, event{kind: flood, from: minuteIn(r, from), size: float64([]int{10, 60}[r.IntN(2)])}, span(r, time.Hour, 4*time.Hour))
		s.perhaps(r, 0.15, s.newDeadline(r, from), span(r, deadlineLeast, deadlineMost))
	}
	if r.Float64() < 0.4 { // a lasting shift, reached within a day and a half
		from := minuteIn(r, monday.Add(learning+time.Duration(r.IntN(max(1, weeks-3)))*week))
		s.events = append(s.events,
			event{kind: shift, from: from, to: from.Add(36 * time.Hour), size: uniform(r, 1.3, 2), course: burn},
		)
		e := s.events[len(s.events)-1]
		s.events = append(s.events, event{kind: shift, from: e.to, to: last, size: e.size, goesOn: true})
	}
	s.clockChanges(last)
}

func newOutage(r *rand.Rand, from time.Time) event {
	e := event{kind: outage, course: course(r.IntN(int(courses))), class: r.IntN(len(sizes))}
	e.size = logUniform(r, sizes[e.class][0], sizes[e.class][1])
	lasts := span(r, 20*time.Minute, 6*time.Hour)
	if e.course == spike {
		lasts = span(r, 10*time.Minute, 20*time.Minute)
	}
	if e.course == flicker { // ends in its last flicker
		lasts = lasts.Truncate(2*flickers) + flickers
	}
	e.from = from.Add(time.Duration(r.IntN(int((week/2-7*time.Hour)/time.Minute))) * time.Minute)
	e.to = e.from.Add(lasts)
	return e
}

// perhaps adds an event with the chance p, unless an outage is near.
func (s *service) perhaps(r *rand.Rand, p float64, e event, lasts time.Duration) {
	if r.Float64() >= p {
		return
	}
	e.to = e.from.Add(lasts)
	for _, x := range s.events {
		if x.kind == outage && x.from.Before(e.to.Add(apart)) && e.from.Before(x.to.Add(apart)) {
			return
		}
	}
	s.events = append(s.events, e)
}

// holidays are two weekdays of the zone, each at a level that is the
// service's own.
func (s *service) holidays(zone, own *rand.Rand, weeks int) {
	for range 2 {
		day := monday.Add(learning+time.Duration(zone.IntN(max(1, weeks-2)))*week).AddDate(0, 0, zone.IntN(5))
		from := time.Date(day.Year(), day.Month(), day.Day(), 0, 0, 0, 0, s.zone)
		s.events = append(s.events, event{kind: holiday, from: from, to: from.AddDate(0, 0, 1), size: uniform(own, 0.6, 1.3)})
	}
}

// clockChanges notes the week after each change of the zone's clock.
func (s *service) clockChanges(last time.Time) {
	_, before := monday.Add(learning).In(s.zone).Zone()
	for t := monday.Add(learning); t.Before(last); t = t.Add(time.Hour) {
		_, now := t.In(s.zone).Zone()
		if now != before {
			s.events = append(s.events, event{kind: clockChange, from: t, to: t.Add(week), size: 1})
		}
		before = now
	}
}

// busy is the usual reports a minute at the busiest time of the week.
func (s *service) busy() float64 {
	top := math.Inf(-1)
	for _, v := range s.profile {
		top = max(top, v)
	}
	return math.Exp(top)
}

func minuteIn(r *rand.Rand, from time.Time) time.Time {
	return from.Add(time.Duration(r.IntN(int(week/time.Minute))) * time.Minute)
}

func span(r *rand.Rand, low, high time.Duration) time.Duration {
	return time.Duration(logUniform(r, low.Minutes(), high.Minutes())) * time.Minute
}
