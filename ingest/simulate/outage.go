package simulate

import (
	"math"
	"math/rand/v2"
	"slices"
	"time"

	"outcry"
	"outcry/ingest/replay"
)

// Outage is reports beyond the usual: something broke, or somebody pretends.
type Outage struct {
	// Name tells apart the outages of one service; two alike would be twins.
	Name, Service string
	// PerMinute is the mean number of complaints at level 1.
	PerMinute float64
	// Phases are the levels, in order of time, from 0 before the first.
	Phases []Phase
	// Rise and Fall are the time constants with which the crowd follows a
	// phase up and down: people notice at once and stop more slowly.
	Rise, Fall time.Duration
	Symptoms   Mix
	// Audience is who reports; nil is the service's own.
	Audience Audience
	// Works is the share of all-is-well reports beside the complaints.
	Works float64
	// Fresh people only: nobody reports twice.
	Fresh bool
}

// Phase is the level from At on, until the next phase.
type Phase struct {
	At    time.Time
	Level float64
}

// between is an outage at full level from start to end.
func between(start, end time.Time) []Phase { return []Phase{{start, 1}, {end, 0}} }

// intermittent is a service that fails for on, works a little better (level
// low) for off, and so on, from start to end.
func intermittent(start, end time.Time, on, off time.Duration, low float64) []Phase {
	var p []Phase
	for t := start; t.Before(end); t = t.Add(on + off) {
		p = append(p, Phase{t, 1})
		if rest := t.Add(on); rest.Before(end) {
			p = append(p, Phase{rest, low})
		}
	}
	return append(p, Phase{end, 0})
}

// level is the phase at t.
func (o Outage) level(t time.Time) float64 {
	i, _ := slices.BinarySearchFunc(o.Phases, t, func(p Phase, t time.Time) int {
		if p.At.After(t) {
			return 1
		}
		return -1
	})
	if i == 0 {
		return 0
	}
	return o.Phases[i-1].Level
}

// negligible ends a tail: a hundredth of the crowd is nobody.
const negligible = 0.01

// trouble is an outage under way.
type trouble struct {
	outage Outage
	awake  *activity
	level  float64
	recent *recent
	random *rand.Rand
}

func newTrouble(o Outage, q *recent, r *rand.Rand) *trouble {
	return &trouble{outage: o, awake: newActivity(o.Audience, studyHabit()), recent: q, random: r}
}

// step moves the level to its mean over the minute.
func (t *trouble) step(minute time.Time) float64 {
	want := t.outage.level(minute)
	lag := t.outage.Fall
	if want > t.level {
		lag = t.outage.Rise
	}
	was := t.level
	t.level = want
	if lag > 0 {
		t.level += (was - want) * math.Exp(-float64(time.Minute)/float64(lag))
	}
	if want == 0 && t.level < negligible {
		t.level = 0
	}
	return (was + t.level) / 2
}

func (t *trouble) emit(batch []replay.Line, minute time.Time) []replay.Line {
	rate := t.step(minute) * t.outage.PerMinute
	if rate == 0 {
		return batch
	}
	t.awake.move(minute)
	for range count(t.random, rate) {
		batch = append(batch, t.report(minute, outcry.KindDown))
	}
	for range poisson(t.random, rate*t.outage.Works) {
		batch = append(batch, t.report(minute, outcry.KindWorks))
	}
	return batch
}

func (t *trouble) report(minute time.Time, kind outcry.Kind) replay.Line {
	symptom := t.outage.Symptoms.draw(t.random)
	if p, ok := t.recent.again(t.random, minute); ok && !t.outage.Fresh {
		return p.line(t.random, minute, t.outage.Service, symptom, kind)
	}
	p := newPerson(t.random, t.awake.home(t.random))
	l := p.line(t.random, minute, t.outage.Service, symptom, kind)
	t.recent.remember(p)
	return l
}
