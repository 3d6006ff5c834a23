package trial

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"

	"outcry"
)

// The smallest and the largest service of a quiet world, in complaints a day.
const quietLow, quietHigh = 0.5, 8000

// newQuiet draws services of all sizes in which nothing ever happens.
func newQuiet(seed uint64, n, weeks int) (*world, error) {
	w := &world{end: monday.Add(time.Duration(weeks) * week)}
	for i := range n {
		zone, err := time.LoadLocation(zones[i%len(zones)])
		if err != nil {
			return nil, fmt.Errorf("load a time zone: %w", err)
		}
		r := rand.New(rand.NewPCG(seed, uint64(i)))
		s := newService(r, fmt.Sprintf("quiet-%d", i+1), 0, zone)
		s.shape(r, logUniform(r, quietLow, quietHigh))
		w.services = append(w.services, s)
	}
	return w, nil
}

// Promise plays an empty installation of n services from its first minute on,
// on which nothing ever happens: all that it says is false. The site's share is
// held afterwards, on what the services said by themselves.
func Promise(ctx context.Context, seed uint64, n, weeks int, accepted float64) (outcry.TrialPromise, error) {
	p := outcry.TrialPromise{Seed: seed, Services: n, Accepted: accepted, Weeks: make([]outcry.TrialWeek, weeks)}
	w, err := newQuiet(seed, n, weeks)
	if err != nil {
		return p, err
	}
	w.apart = true
	l, err := w.play(ctx, accepted, func(time.Time, *ledger) {})
	if err != nil {
		return p, err
	}
	list, err := l.rises()
	if err != nil {
		return p, err
	}
	count := func(said []told, into func(*outcry.TrialWeek) *outcry.TrialSaid) {
		for _, s := range said {
			if s.possible.IsZero() {
				continue
			}
			k := into(&p.Weeks[min(int(s.possible.Sub(monday)/week), weeks-1)])
			k.Possible++
			if !s.likely.IsZero() {
				k.Likely++
			}
		}
	}
	count(hold(list, 0, accepted), func(w *outcry.TrialWeek) *outcry.TrialSaid { return &w.Apart })
	count(hold(list, n, accepted), func(w *outcry.TrialWeek) *outcry.TrialSaid { return &w.Held })
	return p, nil
}
