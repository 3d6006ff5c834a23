// Package discovery holds the share of false alarms among all that a site says.
//
// Each service has a budget of false alarms of its own. Five hundred services
// with one false alarm in twenty weeks each are twenty-five a week, and where
// little fails, nearly all that is said is wrong. So an alarm must also earn its
// place on the site: with D incidents found lately (each fading over Memory), one
// more is said only if its evidence is such that chance alone would reach it, on
// all n services together and within one Memory, at most
//
//	share · (D + 1)
//
// times. That is the rule of Javanmard and Montanari (2015, "On online control
// of false discovery rate", LOND), with the decaying memory of Ramdas, Yang,
// Wainwright and Jordan (2017, NIPS), in continuous time: in place of a sequence
// of hypotheses stands the rate at which a service's evidence begins an episode
// of a height. What finds more may say more, so that a cloud that fails with
// many services in it is not found later for their number; a lone alarm among
// many services needs more evidence than on a site of one.
//
// What it promises. Let V be the false incidents and R all incidents in w
// Memories. Each found one stands in D with a weight that sums to one Memory, so
//
//	E V ≤ share · (E R + w)
//
// whatever the services have to do with each other, as long as, given all that
// was said before, a service without an outage begins episodes of a height no
// more often than the law of the threshold says. This bounds the marginal false
// discovery rate of Foster and Stine (2008), E V / (E R + 1) in each Memory. On a
// site where nothing fails it means: at most share/(1−share) false incidents in a
// Memory, whatever its size. Nothing is promised of what the law does not hold
// for: deadlines, blips and other things that are no chance and no outage.
package discovery

import (
	"math"
	"time"

	"outcry/anomaly/onset"
)

// Memory is the time over which an incident that was found fades from the
// account: a week, as is the unit of the budgets.
const Memory = 7 * 24 * time.Hour

// step is what evidence asked for is rounded up to, nats: it changes some times a
// day and not each minute.
const step = 0.1

// Account remembers what was found. The zero Account has found nothing. The
// fields are exported for checkpoints.
type Account struct {
	Minute int64   // of Found, since 1970
	Found  float64 // incidents, each faded by e in a Memory
}

// Add takes in an incident that began to be told of at t.
func (a *Account) Add(t time.Time) {
	a.Found, a.Minute = a.At(t)+1, t.Unix()/60
}

// At is what is left of Found at t.
func (a Account) At(t time.Time) float64 {
	age := time.Duration(t.Unix()/60-a.Minute) * time.Minute
	return a.Found * math.Exp(-float64(max(0, age))/float64(Memory))
}

// Rate is how many false episodes a week of one of n services are accepted at
// the height that an incident at t must have.
func (a Account) Rate(t time.Time, n int, share float64) float64 {
	const weeks = float64(Memory) / float64(7*24*time.Hour)
	return share * (a.At(t) + 1) / (float64(n) * weeks)
}

// Need is how many nats beyond its own threshold for perWeek false episodes a
// service's evidence must lie, for the incident to be told of at t; 0 where its
// own budget is the stricter one.
func (a Account) Need(t time.Time, n int, share, perWeek float64) float64 {
	if n < 1 {
		return 0
	}
	rate := a.Rate(t, n, share)
	if rate >= perWeek {
		return 0
	}
	const minute = 60
	return step * math.Ceil((onset.Threshold(rate, minute)-onset.Threshold(perWeek, minute))/step)
}
