package simulate

import (
	"math/rand/v2"
	"time"

	"outcry"
	"outcry/ingest/replay"
)

// usualWorks is the share of all-is-well reports beside the usual complaints:
// somebody looks, finds it working, and says so.
const usualWorks = 0.05

// usual is the life of a service in which nothing happens.
type usual struct {
	service Service
	awake   *activity
	drift   drift
	recent  *recent
	random  *rand.Rand
}

func newUsual(s Service, q *recent, r *rand.Rand) *usual {
	return &usual{service: s, awake: newActivity(s.Audience, s.Habit), recent: q, random: r}
}

// rate is the mean of a minute without drift.
func (u *usual) rate(minute time.Time) float64 {
	return u.service.PerDay / (24 * 60) * u.awake.move(minute) * u.service.Habit.factor(minute)
}

func (u *usual) emit(batch []replay.Line, minute time.Time) []replay.Line {
	rate := u.rate(minute) * u.drift.next(u.random)
	for range count(u.random, rate) {
		batch = append(batch, u.report(minute, outcry.KindDown))
	}
	for range poisson(u.random, rate*usualWorks) {
		batch = append(batch, u.report(minute, outcry.KindWorks))
	}
	return batch
}

func (u *usual) report(minute time.Time, kind outcry.Kind) replay.Line {
	p := newPerson(u.random, u.awake.home(u.random))
	l := p.line(u.random, minute, u.service.Slug, u.service.Symptoms.draw(u.random), kind)
	u.recent.remember(p)
	return l
}
