package anomaly

import (
	"cmp"
	"slices"
	"time"

	"outcry"
	"outcry/anomaly/discovery"
)

// The parts of what a site says that may be false (package discovery): of all
// incidents, and of those called likely outages.
const (
	sharePossible = 0.25
	shareLikely   = 0.1
)

// site is what the watcher remembers of all incidents together. The fields are
// exported for checkpoints.
type site struct {
	Possible discovery.Account // incidents, as they began
	Likely   discovery.Account // and as they were first called likely
}

// need is how many nats beyond its own threshold a service's evidence must lie,
// because it is one of many, and whether it would be a new incident.
type need struct {
	possible, likely float64
	fresh            bool
}

// need is what is asked of the next incident among n known services.
func (s *site) need(now time.Time, n int, perWeek float64) need {
	return need{possible: s.Possible.Need(now, n, sharePossible, perWeek), likely: s.Likely.Need(now, n, shareLikely, perWeek)}
}

// need is what the site asks of its next incident, where so many services are
// known.
func (w *Watcher) need(now time.Time, known int) need {
	if w.config.Apart {
		return need{}
	}
	return w.site.need(now, known, w.falseAlarms())
}

// found takes in what a minute has made of x, whose incident was before. What
// is said while the usual is not known rests on another rule (sudden), and gives
// nobody else more room.
func (s *site) found(now time.Time, before *outcry.Incident, x *watched) {
	switch {
	case !x.last.Known || x.incident == nil:
		return
	case before == nil || before.ID != x.incident.ID:
		s.Possible.Add(now)
		before = nil
	}
	if calledLikely(x.incident) && !calledLikely(before) {
		s.Likely.Add(now)
	}
}

// calledLikely tells whether an incident was ever called a likely outage.
func calledLikely(i *outcry.Incident) bool {
	return i != nil && slices.ContainsFunc(i.Updates, func(u outcry.Update) bool { return u.State == outcry.Ongoing })
}

// knownOf counts the services that can raise an alarm by the law.
func knownOf(crowd []*watched) (n int) {
	for _, x := range crowd {
		if x.last.Known {
			n++
		}
	}
	return n
}

// busy are the places in the crowd on which there is something to decide, the
// strongest evidence first: what is found of it makes room for the weaker.
func busy(crowd []*watched) []int {
	var list []int
	for i, x := range crowd {
		if !x.idle() {
			list = append(list, i)
		}
	}
	slices.SortStableFunc(list, func(a, b int) int { return cmp.Compare(beyond(crowd[b].last), beyond(crowd[a].last)) })
	return list
}

// needed is what the site asks of x in particular: nothing where the usual is
// not known, unless too many like it are told of already.
func (x *watched) needed(now time.Time, n need, crowd []*watched) need {
	switch {
	case x.last.Known:
		return n
	case x.newborn(now) && newbornsTold(crowd) >= mostNewborns:
		return need{possible: never}
	}
	return need{}
}

// renewed is what is asked now: nothing more for an incident that is told of, or
// was until lately.
func (x *watched) renewed(now time.Time, n need) need {
	n.fresh = x.incident == nil || !x.incident.State.Open() && now.Sub(x.incident.UpdatedAt) > rejoin
	if !n.fresh {
		n.possible = 0
	}
	return n
}
