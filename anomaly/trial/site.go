package trial

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"gonum.org/v1/gonum/stat/distuv"

	"outcry"
)

// past is what happened to one service of the sets, and what was said of it by
// itself.
type past struct {
	tier    int
	outages []trouble
	cries   []trouble
}

// trouble is an outage with what was said of it, or a false alarm.
type trouble struct {
	from, to time.Time // of the outage
	cause    kind      // of a false alarm; outage: none that we know
	rise     *rise     // nil where it went unnoticed
}

// remember keeps what was said of s, for sites to be made of.
func (r *record) remember(s *service, l *ledger, end time.Time) error {
	p := past{tier: s.tier}
	for i := range s.events {
		if e := &s.events[i]; e.kind == outage {
			p.outages = append(p.outages, trouble{from: e.from, to: e.to})
		}
	}
	for _, id := range l.order {
		i := l.incidents[id]
		if i.Service != s.slug {
			continue
		}
		x, err := l.rise(i)
		if err != nil {
			return err
		}
		list := alarms(i, end)
		if c, _, is := s.falsely(list); is {
			if !c.learning {
				p.cries = append(p.cries, trouble{from: i.DetectedAt, to: i.DetectedAt, cause: c.cause, rise: &x})
			}
			continue
		}
		for k := range p.outages {
			o := &p.outages[k]
			if o.rise == nil && slices.ContainsFunc(list, func(a alarm) bool { return a.on.Before(o.to) && a.off.After(o.from) }) {
				o.rise = &x
				break
			}
		}
	}
	r.pasts = append(r.pasts, p)
	return nil
}

// plan is a site that is put together from services' weeks. On all of them a
// service fails two or three times a year, and a tenth of all within five minutes
// ten times a year, as when a cloud fails.
type plan struct {
	services, weeks int
	misled          bool // with the false alarms that our blips, floods and the rest have raised
}

const siteOutages, siteClouds = 0.05, 0.2 // a service and week; a week

// plans are sites of three sizes, of twenty thousand service-weeks each.
var plans = []plan{
	{20, 1000, false}, {200, 100, false}, {500, 40, false},
	{20, 1000, true}, {200, 100, true}, {500, 40, true},
}

// site tries a plan: weeks of services of the sets are drawn, each with its own
// false alarms and with as many of its outages as the plan has.
func (r *record) site(p plan, seed uint64, weeks int, accepted float64) outcry.TrialSite {
	t := outcry.TrialSite{Services: p.services, Weeks: p.weeks, Misled: p.misled}
	var list []trouble
	rng := rand.New(rand.NewPCG(seed, uint64(p.services)))
	first := int(learning / week)
	for w := range p.weeks {
		shift := time.Duration(w) * week
		cloud := distuv.Poisson{Lambda: siteClouds, Src: rng}.Rand() > 0
		fails := minuteIn(rng, monday.Add(shift))
		for i := range p.services {
			from := r.any(rng, i%len(tiers))
			k := first + rng.IntN(weeks-first)
			begin := monday.Add(time.Duration(k) * week)
			move := func(x trouble, to time.Time) { list = append(list, x.moved(fmt.Sprint(i), to)) }
			for _, x := range from.cries {
				if in(x.from, begin) && (p.misled || x.cause == outage) {
					move(x, x.from.Add(monday.Add(shift).Sub(begin)))
				}
			}
			for _, x := range from.outages {
				if in(x.from, begin) && rng.Float64() < siteOutages/2 { // there are two a week
					move(x, x.from.Add(monday.Add(shift).Sub(begin)))
				}
			}
			if cloud && rng.Float64() < 0.1 {
				move(from.outages[rng.IntN(len(from.outages))], fails.Add(time.Duration(rng.IntN(5))*time.Minute))
			}
		}
	}
	t.Apart, t.Held = tally(list, 0, p, accepted), tally(list, p.services, p, accepted)
	return t
}

func in(t, begin time.Time) bool { return !t.Before(begin) && t.Before(begin.Add(week)) }

// byChance counts the false alarms that nothing explains.
func (r *record) byChance() (n int) {
	for _, p := range r.pasts {
		for _, x := range p.cries {
			if x.cause == outage {
				n++
			}
		}
	}
	return n
}

// any is a service of a size.
func (r *record) any(rng *rand.Rand, tier int) *past {
	for {
		if p := &r.pasts[rng.IntN(len(r.pasts))]; p.tier == tier {
			return p
		}
	}
}

// moved is the same trouble at another time.
func (x trouble) moved(service string, from time.Time) trouble {
	by := from.Sub(x.from)
	x.from, x.to = x.from.Add(by), x.to.Add(by)
	if x.rise != nil {
		moved := *x.rise
		moved.service, moved.at = service, moved.at.Add(by)
		x.rise = &moved
	}
	return x
}

// tally holds the site's share and counts what was said; of no services, each
// is judged by itself.
func tally(list []trouble, services int, p plan, accepted float64) outcry.TrialSaying {
	list = slices.Clone(list)
	seen := slices.DeleteFunc(slices.Clone(list), func(x trouble) bool { return x.rise == nil })
	slices.SortStableFunc(seen, func(a, b trouble) int { return a.rise.at.Compare(b.rise.at) })
	rises := make([]rise, len(seen))
	for i, x := range seen {
		rises[i] = *x.rise
	}
	t := outcry.TrialSaying{Outages: len(list)}
	var delays []float64
	for i, s := range hold(rises, services, accepted) {
		x := seen[i]
		isFalse := !x.to.After(x.from)
		if isFalse {
			t.Outages--
		}
		if s.possible.IsZero() {
			continue
		}
		t.Incidents++
		switch {
		case !isFalse:
			if s.possible.Before(x.to) {
				t.Noticed++
				delays = append(delays, max(0, s.possible.Sub(x.from).Minutes()))
			}
		default:
			t.False++
		}
		if !s.likely.IsZero() {
			t.Likely++
			if isFalse {
				t.LikelyFalse++
			}
		}
	}
	t.Delay = spread(delays)
	return t
}
