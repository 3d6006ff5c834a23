package trial

import (
	"context"
	"fmt"
	"slices"
	"time"

	"outcry"
	"outcry/anomaly"
)

// The extent of the small set that a test runs again.
const checkServices, checkWeeks = 4, 4

// marks are the minutes since the onset at which the noticed are counted.
var marks = []int{1, 2, 3, 4, 5, 7, 10, 15, 20, 30, 45, 60, 90, 120}

// Options say what is tried.
type Options struct {
	// Seeds are the sets', one each.
	Seeds []uint64
	// Services and Weeks are the extent of each; of the weeks, two are for
	// learning.
	Services, Weeks int
	// Accepted is the number of false alarms a service and week that the
	// detector is told to accept.
	Accepted float64
	// Made is the day that the figures carry, Detector the hash of the source.
	Made     time.Time
	Detector string
}

// Run plays all sets and returns what came of them. The same options and the
// same detector give the same figures.
func Run(ctx context.Context, o Options) (*outcry.Trials, error) {
	r := newRecord()
	for _, seed := range o.Seeds {
		w, err := newWorld(seed, o.Services, o.Weeks)
		if err != nil {
			return nil, err
		}
		if err := r.measure(ctx, w, o.Accepted); err != nil {
			return nil, fmt.Errorf("set %d: %w", seed, err)
		}
	}
	t := r.figures()
	t.Made, t.Detector, t.Seeds, t.Accepted = o.Made.Format(time.DateOnly), o.Detector, o.Seeds, o.Accepted
	t.Services, t.Weeks, t.Learning = o.Services, o.Weeks, int(learning/week)
	t.Chance = r.byChance()
	for _, p := range plans {
		t.Sites = append(t.Sites, r.site(p, o.Seeds[0], o.Weeks, o.Accepted))
	}
	var err error
	if t.Large, err = large(ctx, o.Seeds[0], o.Accepted); err != nil {
		return nil, fmt.Errorf("the large services: %w", err)
	}
	if t.Example, err = example(ctx, o.Accepted); err != nil {
		return nil, fmt.Errorf("the example: %w", err)
	}
	t.Check, err = Check(ctx, o.Seeds[0], o.Accepted)
	return t, err
}

// Check plays the small set of a seed.
func Check(ctx context.Context, seed uint64, accepted float64) (outcry.TrialCheck, error) {
	c := outcry.TrialCheck{Seed: seed, Services: checkServices, Weeks: checkWeeks}
	w, err := newWorld(seed, checkServices, checkWeeks)
	if err != nil {
		return c, err
	}
	r := newRecord()
	if err := r.measure(ctx, w, accepted); err != nil {
		return c, fmt.Errorf("the check: %w", err)
	}
	for _, f := range r.fates {
		delay := -1
		if f.noticed {
			delay = int(f.delay)
		}
		c.Delays = append(c.Delays, delay)
	}
	c.False = len(r.cries)
	return c, nil
}

// figures sums the record up.
func (r *record) figures() *outcry.Trials {
	t := &outcry.Trials{Rule: anomaly.Rule(), Sizes: sizes, Marks: marks, FirstVerdict: spread(r.first), Untold: share(r.untold, r.calm)}
	for i, x := range tiers {
		t.Tiers = append(t.Tiers, outcry.TrialTier{Name: x.name, Low: x.low, High: x.high, Detectable: spread(r.detectable[i])})
	}
	for tier := -1; tier < len(tiers); tier++ {
		for size := -1; size < len(sizes); size++ {
			t.Found = append(t.Found, r.found(tier, size))
		}
	}
	t.False = r.false()
	return t
}

// found is one class of outages; -1 is all.
func (r *record) found(tier, size int) outcry.TrialFound {
	f := outcry.TrialFound{Tier: tier, Size: size, Within: make([]int, len(marks))}
	var n, noticed, likely, early int
	var delays, clears []float64
	for _, x := range r.fates {
		if tier >= 0 && x.tier != tier || size >= 0 && x.class != size {
			continue
		}
		n++
		if !x.noticed {
			continue
		}
		noticed++
		delays = append(delays, x.delay)
		for i, m := range marks {
			if x.delay <= float64(m) {
				f.Within[i]++
			}
		}
		if x.likely {
			likely++
		}
		if x.underAlarm {
			clears = append(clears, x.allClear)
		} else {
			early++
		}
	}
	f.Noticed, f.Likely, f.Early = share(noticed, n), share(likely, n), share(early, noticed)
	f.Delay, f.AllClear = spread(delays), spread(clears)
	return f
}

// weeks turns looks into weeks.
func weeks(looks int) float64 { return float64(looks) * float64(look) / float64(week) }

func (r *record) false() outcry.TrialFalse {
	count := func(keep func(cry) bool) int {
		return len(slices.DeleteFunc(slices.Clone(r.cries), func(c cry) bool { return !keep(c) }))
	}
	f := outcry.TrialFalse{
		All:      rate(count(func(c cry) bool { return !c.learning }), weeks(r.calm)),
		Likely:   rate(count(func(c cry) bool { return !c.learning && c.likely }), weeks(r.calm)),
		Chance:   rate(count(func(c cry) bool { return !c.learning && c.cause == outage }), weeks(r.quiet)),
		Learning: rate(count(func(c cry) bool { return c.learning }), weeks(r.learning)),
	}
	for i := range tiers {
		f.Tiers = append(f.Tiers, rate(count(func(c cry) bool { return !c.learning && c.tier == i }), weeks(r.calmTier[i])))
	}
	for _, c := range causes {
		f.Causes = append(f.Causes, outcry.TrialCause{Cause: c.name, False: share(r.hit[c.kind], r.events[c.kind])})
	}
	return f
}
