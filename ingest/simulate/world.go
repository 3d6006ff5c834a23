// Package simulate makes crowds: weeks of reports about several services as
// people would send them, with outages whose truth is known.
//
// Nobody publishes the reports behind an outage, so the replays of real
// incidents, the demo and the tests of the whole pipeline are made here. A
// World says who uses what (Service, Audience, Habit) and what breaks
// (Outage); Lines tells it as an ordered stream of replay lines:
//
//	usual rate of a minute = a day's mean · habit at the local hour of each
//	                         home · deadlines · surges · slow drift
//	count of a minute      ~ negative binomial about that rate
//	each report            → a home, a network, an address, a device, a symptom
//
// The same world and seed give the same lines: every service and outage has a
// random stream of its own, so that adding one leaves the others as they were.
// No real network is blamed for what is made up: addresses come from 240.0.0.0/4
// (reserved, never routed) and 2001:db8::/32 (documentation), AS numbers from
// 64512 to 65534 (private), and each line names its place beside the address. The
// one exception is CoursePlus' campus: its crowd carries the AS number that the
// catalogue lists for the school, as it is to be recognised as home.
package simulate

import (
	"cmp"
	"iter"
	"slices"
	"time"
	_ "time/tzdata" // the same seed gives the same lines on every machine

	"outcry"
	"outcry/ingest/replay"
)

// World is what is simulated, from From (inclusive) to Until (exclusive), both
// whole minutes.
type World struct {
	From, Until time.Time
	Services    []Service
	Outages     []Outage
	// Farewell lets somebody say in the last minute that the first service
	// works, so that a replay's clock, which the last line ends, runs to Until
	// though a quiet service would have nothing to say.
	Farewell bool
}

// Service is the usual life of one service.
type Service struct {
	Slug string
	// PerDay is the mean number of complaints of a usual day.
	PerDay   float64
	Habit    Habit
	Audience Audience
	// Symptoms is the usual mix.
	Symptoms Mix
}

// Lines tells the world, ordered by time to the second.
func (w World) Lines(seed uint64) iter.Seq[replay.Line] {
	return func(yield func(replay.Line) bool) {
		sources := w.sources(seed)
		var batch []replay.Line
		for minute := w.From; minute.Before(w.Until); minute = minute.Add(time.Minute) {
			batch = batch[:0]
			for _, s := range sources {
				batch = s.emit(batch, minute)
			}
			if w.Farewell && !minute.Add(time.Minute).Before(w.Until) {
				batch = append(batch, farewell(w, seed, minute))
			}
			slices.SortStableFunc(batch, func(a, b replay.Line) int { return cmp.Compare(a.Time.Unix(), b.Time.Unix()) })
			for _, l := range batch {
				if !yield(l) {
					return
				}
			}
		}
	}
}

func farewell(w World, seed uint64, minute time.Time) replay.Line {
	s, r := w.Services[0], stream(seed, "farewell")
	awake := newActivity(s.Audience, s.Habit)
	awake.move(minute)
	p := newPerson(r, awake.home(r))
	return p.line(r, minute, s.Slug, "", outcry.KindWorks)
}

// source is anything that reports: a service's usual life, or an outage.
type source interface {
	// emit appends the lines of one minute, in any order.
	emit(batch []replay.Line, minute time.Time) []replay.Line
}

func (w World) sources(seed uint64) []source {
	var all []source
	people := map[string]*recent{}
	audiences := map[string]Audience{}
	for _, s := range w.Services {
		people[s.Slug] = &recent{}
		audiences[s.Slug] = s.Audience
		all = append(all, newUsual(s, people[s.Slug], stream(seed, "usual", s.Slug)))
	}
	for _, o := range w.Outages {
		if people[o.Service] == nil {
			people[o.Service] = &recent{}
		}
		if o.Audience == nil {
			o.Audience = audiences[o.Service]
		}
		all = append(all, newTrouble(o, people[o.Service], stream(seed, "outage", o.Service, o.Name)))
	}
	return all
}
