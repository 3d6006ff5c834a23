package anomaly

import (
	"context"
	"fmt"
	"hash/fnv"
	"iter"
	"maps"
	"math/rand/v2"
	"slices"
	"time"

	"outcry"
)

// Past gives counts that are older than the minutes: roll-ups in steps of five
// minutes or an hour, Bucket.Minute being the step's start, and by the UTC day the
// regions and networks that the same complaints came from.
type Past interface {
	Rollups(ctx context.Context, service string, from, to time.Time, step outcry.Step) ([]outcry.Bucket, error)
	Places(ctx context.Context, service string, from, to time.Time) ([]outcry.Bucket, error)
}

// A watcher that finds no checkpoint begins with the oldest minutes there are,
// which is a week, and would say "cannot tell" for another. So it first lets
// the detectors live through the weeks before, from the roll-ups.
const (
	// warmSpan is how much of the past is lived through: with the minutes that
	// follow, four weeks, which make a good profile.
	warmSpan = 21 * 24 * time.Hour
	// warmAtOnce is how many services are warmed in one Tick: each takes about a
	// second, and other duties wait meanwhile.
	warmAtOnce = 4
)

// warmUp is what is left of the warming.
type warmUp struct {
	services []outcry.Service
	to       time.Time
	open     map[time.Time]bool // beats of the span
}

// prepare plans the warming of all services, up to w.next.
func (w *Watcher) prepare(ctx context.Context) error {
	if w.config.Past == nil {
		return nil
	}
	open, err := w.config.Counts.Beats(ctx, w.next.Add(-warmSpan), w.next)
	if err != nil {
		return fmt.Errorf("read the beats of weeks ago: %w", err)
	}
	if len(open) > 0 {
		w.warm = warmUp{services: w.config.Catalog().Services(), to: w.next, open: open}
	}
	return nil
}

// warmSome lets some more services live through their past, side by side. It
// returns whether some are left.
func (w *Watcher) warmSome(ctx context.Context) (left bool, err error) {
	some := w.warm.services[:min(warmAtOnce, len(w.warm.services))]
	pasts := make([]rollups, len(some))
	for i, s := range some {
		if pasts[i], err = w.past(ctx, s.Slug); err != nil {
			return true, err
		}
	}
	crowd := make([]*watched, len(some))
	for i, s := range some {
		crowd[i] = w.watch(s)
	}
	sideBySide(len(some), func(i int) {
		for minute, b := range minutes(some[i].Slug, pasts[i], w.warm.to.Add(-warmSpan), w.warm.to) {
			x := crowd[i]
			was := alarmed(x.last)
			x.last = x.step(b, outcry.RecordInput{Minute: minute, Missing: !w.warm.open[minute] && b.Down == 0}).judgement
			x.odds = x.last.HolidayOdds
			x.learn(b, was)
		}
		crowd[i].fresh = true
	})
	w.warm.services = w.warm.services[len(some):]
	return len(w.warm.services) > 0, nil
}

// rollups are counts in steps of some minutes, and places by the day.
type rollups struct {
	steps  []outcry.Bucket
	width  int
	places []outcry.Bucket
}

// past reads a service's roll-ups, the finest there are.
func (w *Watcher) past(ctx context.Context, service string) (r rollups, err error) {
	if r.places, err = w.config.Past.Places(ctx, service, w.warm.to.Add(-warmSpan).Truncate(24*time.Hour), w.warm.to); err != nil {
		return r, fmt.Errorf("read the places of %s: %w", service, err)
	}
	for _, step := range []outcry.Step{outcry.StepFiveMinutes, outcry.StepHour} {
		r.width = int(time.Duration(step) / time.Minute)
		r.steps, err = w.config.Past.Rollups(ctx, service, w.warm.to.Add(-warmSpan), w.warm.to, step)
		if err != nil {
			return r, fmt.Errorf("read the roll-ups of %s: %w", service, err)
		}
		if len(r.steps) > 0 {
			return r, nil
		}
	}
	return r, nil
}

// minutes spreads roll-ups over the minutes from (inclusive) to (exclusive).
// Each complaint falls into a minute of its step by chance, as a steady rate
// would have it: even shares would teach the detector that counts hardly
// scatter. Each is given one of its day's regions and networks, by chance too.
// The chance is the same each time.
func minutes(service string, past rollups, from, to time.Time) iter.Seq2[time.Time, outcry.Bucket] {
	seed := fnv.New64a()
	seed.Write([]byte(service))
	r := rand.New(rand.NewPCG(seed.Sum64(), uint64(from.Unix())))
	return func(yield func(time.Time, outcry.Bucket) bool) {
		spread, steps, places := map[time.Time]outcry.Bucket{}, past.steps, origins{days: past.places}
		for minute := from; minute.Before(to); minute = minute.Add(time.Minute) {
			for len(steps) > 0 && !steps[0].Minute.After(minute) {
				places.enter(r, steps[0].Minute)
				scatter(r, steps[0], past.width, &places, spread)
				steps = steps[1:]
			}
			b, ok := spread[minute]
			if !ok {
				b = outcry.Bucket{Minute: minute}
			}
			delete(spread, minute)
			if !yield(minute, b) {
				return
			}
		}
	}
}

// origins deals out where the complaints of a day came from.
type origins struct {
	days              []outcry.Bucket // that have not begun
	day               time.Time
	regions, networks []string // of the day, not dealt out
}

// enter shuffles the origins of the day in which a step begins.
func (o *origins) enter(r *rand.Rand, step time.Time) {
	day := step.Truncate(24 * time.Hour)
	if day.Equal(o.day) {
		return
	}
	o.day, o.regions, o.networks = day, nil, nil
	for len(o.days) > 0 && o.days[0].Minute.Before(day) {
		o.days = o.days[1:]
	}
	if len(o.days) > 0 && o.days[0].Minute.Equal(day) {
		o.regions, o.networks = shuffled(r, o.days[0].Regions), shuffled(r, o.days[0].Networks)
	}
}

// shuffled is each key as often as it counts.
func shuffled(r *rand.Rand, counts map[string]int) []string {
	var list []string
	for _, key := range slices.Sorted(maps.Keys(counts)) {
		list = append(list, slices.Repeat([]string{key}, counts[key])...)
	}
	r.Shuffle(len(list), func(i, k int) { list[i], list[k] = list[k], list[i] })
	return list
}

// deal moves the first of what is left into a count.
func deal(from *[]string, into map[string]int) {
	if len(*from) > 0 {
		into[(*from)[0]]++
		*from = (*from)[1:]
	}
}

// scatter puts a step's complaints into its minutes.
func scatter(r *rand.Rand, step outcry.Bucket, width int, from *origins, into map[time.Time]outcry.Bucket) {
	for _, symptom := range slices.Sorted(maps.Keys(step.Symptoms)) {
		for range step.Symptoms[symptom] {
			minute := step.Minute.Add(time.Duration(r.IntN(width)) * time.Minute)
			b, ok := into[minute]
			if !ok {
				b = outcry.Bucket{Minute: minute, Symptoms: map[string]int{}, Regions: map[string]int{}, Networks: map[string]int{}}
			}
			deal(&from.regions, b.Regions)
			deal(&from.networks, b.Networks)
			b.Down++
			b.Symptoms[symptom]++
			into[minute] = b
		}
	}
}
