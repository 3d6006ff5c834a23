package trial

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"

	"outcry"
)

// The very large services, on which evidence is strong and so is what misleads
// it: each week two deadlines that come at any hour, and three minutes in which
// very many report.
const (
	largeServices, largeWeeks   = 6, 6
	largeLow, largeHigh         = 10000, 40000 // complaints a day
	largeDeadlines, largeBlips  = 2, 3
	blipLowest, blipHighest     = 3, 20 // times the busiest minute
	deadlineLow, deadlineHigh   = 1.5, 2.5
	deadlineLeast, deadlineMost = 3 * time.Hour, 6 * time.Hour
)

func newLarge(seed uint64) (*world, error) {
	w := &world{end: monday.Add(largeWeeks * week)}
	for i := range largeServices {
		zone, err := time.LoadLocation(zones[i%len(zones)])
		if err != nil {
			return nil, fmt.Errorf("load a time zone: %w", err)
		}
		r := rand.New(rand.NewPCG(seed, 1<<42+uint64(i)))
		s := newService(r, fmt.Sprintf("large-%d", i+1), len(tiers)-1, zone)
		s.shape(r, logUniform(r, largeLow, largeHigh))
		for from := monday.Add(learning); from.Before(w.end); from = from.Add(week) {
			for range largeDeadlines {
				s.perhaps(r, 1, s.newDeadline(r, from), span(r, deadlineLeast, deadlineMost))
			}
			for range largeBlips {
				s.perhaps(r, 1, s.newBlip(r, from), time.Minute)
			}
		}
		s.clockChanges(w.end)
		w.services = append(w.services, s)
	}
	return w, nil
}

func (s *service) newDeadline(r *rand.Rand, from time.Time) event {
	return event{kind: deadline, from: minuteIn(r, from), size: uniform(r, deadlineLow, deadlineHigh), course: burn}
}

func (s *service) newBlip(r *rand.Rand, from time.Time) event {
	return event{kind: blip, from: minuteIn(r, from), size: max(5, s.busy()*uniform(r, blipLowest, blipHighest))}
}

// large plays them.
func large(ctx context.Context, seed uint64, accepted float64) (outcry.TrialLarge, error) {
	t := outcry.TrialLarge{Services: largeServices, Weeks: largeWeeks, Low: largeLow, High: largeHigh}
	w, err := newLarge(seed)
	if err != nil {
		return t, err
	}
	r := newRecord()
	if err := r.measure(ctx, w, accepted); err != nil {
		return t, err
	}
	f := r.false()
	t.False, t.Likely, t.Chance = f.All, f.Likely, f.Chance
	for _, c := range f.Causes {
		if c.Cause == "blip" || c.Cause == "deadline" {
			t.Causes = append(t.Causes, c)
		}
	}
	return t, nil
}
