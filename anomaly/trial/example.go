package trial

import (
	"context"
	"math/rand/v2"
	"time"

	"outcry"
)

// The example: a large service on the Wednesday after its first three weeks,
// from one hour before an outage of two and a half times the usual to two hours after.
const (
	exampleSeed   = 1
	exampleRatio  = 2.5
	examplePerDay = 2500
	exampleLasts  = 50 * time.Minute
	exampleBefore = time.Hour
	exampleAfter  = 2 * time.Hour
)

// example plays one outage minute by minute.
func example(ctx context.Context, accepted float64) (outcry.TrialExample, error) {
	x := outcry.TrialExample{Ratio: exampleRatio, Noticed: -1, Likely: -1, AllClear: -1}
	from := monday.AddDate(0, 0, 23).Add(14 * time.Hour)
	first, last := from.Add(-exampleBefore), from.Add(exampleLasts+exampleAfter)
	x.Outage = [2]int{int(exampleBefore.Minutes()), int((exampleBefore + exampleLasts).Minutes())}
	s := newService(rand.New(rand.NewPCG(exampleSeed, 1<<40)), "example", 3, time.UTC)
	s.shape(rand.New(rand.NewPCG(exampleSeed, 1<<41)), examplePerDay)
	s.events = []event{{kind: outage, from: from, to: from.Add(exampleLasts), size: exampleRatio}}
	w := &world{end: last, services: []*service{s}}
	watcher, l, c, err := w.watcher(accepted)
	if err != nil {
		return x, err
	}
	if err := watcher.Tick(ctx, first); err != nil {
		return x, err
	}
	for now := first.Add(time.Minute); !now.After(last); now = now.Add(time.Minute) {
		if err := watcher.Tick(ctx, now); err != nil {
			return x, err
		}
		f, v := l.forecasts[s.slug], l.snapshots[0].Verdict
		x.Counts = append(x.Counts, c.last[s.slug])
		x.Expected = append(x.Expected, round(f[len(f)-1].Expected))
		x.Upper = append(x.Upper, round(f[len(f)-1].Upper))
		x.Evidence = append(x.Evidence, v.Evidence.LogOdds)
		x.Threshold = append(x.Threshold, v.Evidence.Threshold)
	}
	for _, id := range l.order {
		for _, a := range alarms(l.incidents[id], last) {
			if x.Noticed >= 0 || !a.on.After(from) {
				continue
			}
			x.Noticed = int(a.on.Sub(first).Minutes())
			if !a.likely.IsZero() {
				x.Likely = int(a.likely.Sub(first).Minutes())
			}
			if a.off.Before(last) {
				x.AllClear = int(a.off.Sub(first).Minutes())
			}
		}
	}
	return x, nil
}
