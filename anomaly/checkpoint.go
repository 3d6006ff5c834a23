package anomaly

import (
	"bytes"
	"context"
	"encoding/gob"
	"errors"
	"fmt"
	"time"

	"outcry"
	"outcry/anomaly/detect"
)

// stateName is the watcher's state on the board; a new form of the state gets
// a new name, so that an older one is left alone and not misread.
const stateName = "watcher-4"

// saved is one service's part of a checkpoint.
type saved struct {
	Detector []byte
	Recent   []outcry.Bucket
	Means    means
	Usage    usage
	Incident *outcry.Incident
	Tally    savedWindow
	Expected float64
	Failing  map[string]time.Time
	State    outcry.State
	Severity outcry.Severity
	Since    time.Time
	Odds     float64
	Begun    time.Time
	Crowd    float64
	History  history
	Record   *outcry.Record
}

type savedWindow struct {
	Total, Works, Late, Discounted, Imported int
	Symptoms, Regions, Networks, Crowds      map[string]int
}

// checkpoint is all that the watcher knows, as of Next.
type checkpoint struct {
	Next     time.Time
	Chorus   chorus
	Site     site
	Services map[string]saved
}

// Checkpoint writes all that the watcher knows.
func (w *Watcher) Checkpoint(ctx context.Context) error {
	c := checkpoint{Next: w.next, Chorus: w.chorus, Site: w.site, Services: make(map[string]saved, len(w.services))}
	for slug, x := range w.services {
		detector, err := x.detector.MarshalBinary()
		if err != nil {
			return fmt.Errorf("checkpoint %s: %w", slug, err)
		}
		t := x.tally
		c.Services[slug] = saved{
			Detector: detector, Recent: x.recent, Means: x.means, Usage: x.usage,
			Incident: x.incident, Expected: x.expected, Failing: x.failing,
			Tally: savedWindow{t.total, t.works, t.late, t.discounted, t.imported, t.symptoms, t.regions, t.networks, t.crowds},
			State: x.state, Severity: x.severity, Since: x.since, Odds: x.odds,
			Begun: x.begun, Crowd: x.crowd, History: x.history, Record: x.record,
		}
	}
	var b bytes.Buffer
	if err := gob.NewEncoder(&b).Encode(c); err != nil {
		return fmt.Errorf("checkpoint: %w", err)
	}
	if err := w.config.Board.SaveState(ctx, stateName, b.Bytes()); err != nil {
		return fmt.Errorf("write the checkpoint: %w", err)
	}
	w.saved = w.next
	return nil
}

// Resume takes up from the last checkpoint; without one the watcher begins
// where the oldest minutes are that it can still read. A checkpoint that
// cannot be read is reported and not used.
func (w *Watcher) Resume(ctx context.Context, now time.Time) error {
	if err := w.resume(ctx, now); err != nil {
		return err
	}
	return w.findOrphans(ctx)
}

func (w *Watcher) resume(ctx context.Context, now time.Time) error {
	b, err := w.config.Board.LoadState(ctx, stateName)
	if errors.Is(err, outcry.ErrNotFound) || err == nil && len(b) == 0 {
		return w.begin(ctx, now)
	}
	if err != nil {
		return fmt.Errorf("read the checkpoint: %w", err)
	}
	var c checkpoint
	if err := gob.NewDecoder(bytes.NewReader(b)).Decode(&c); err != nil {
		w.config.Log.Warn("the detector's checkpoint cannot be read; it learns anew", "error", err)
		return w.begin(ctx, now)
	}
	w.services, w.chorus, w.site = map[string]*watched{}, c.Chorus, c.Site
	for slug, s := range c.Services {
		service, ok := w.config.Catalog().Service(slug)
		if !ok {
			continue // no longer in the catalogue
		}
		if err := w.restore(*service, s); err != nil {
			w.config.Log.Warn("a service's checkpoint cannot be read; it learns anew", "service", slug, "error", err)
			delete(w.services, slug)
		}
	}
	w.next = maxTime(c.Next, now.UTC().Truncate(time.Minute).Add(-forgotten))
	w.saved = w.next
	return nil
}

func (w *Watcher) restore(service outcry.Service, s saved) error {
	x := w.watch(service)
	if err := x.detector.UnmarshalBinary(s.Detector); err != nil {
		return err
	}
	t := s.Tally
	x.recent, x.means, x.usage = s.Recent, s.Means, s.Usage
	x.incident, x.expected, x.failing = s.Incident, s.Expected, s.Failing
	x.tally = window{t.Total, t.Works, t.Symptoms, t.Regions, t.Networks, t.Late, t.Discounted, t.Imported, t.Crowds}
	x.tally.maps()
	lists(x.incident)
	x.state, x.severity, x.since, x.odds = s.State, s.Severity, s.Since, s.Odds
	x.begun, x.crowd, x.history, x.record = s.Begun, s.Crowd, s.History, s.Record
	x.usage.maps()
	x.last = detect.Judgement{}
	return nil
}

// lists makes the lists that are not there: gob leaves empty ones out, and in
// JSON they are lists all the same.
func lists(i *outcry.Incident) {
	if i == nil {
		return
	}
	for _, list := range []*[]outcry.IncidentPart{&i.Symptoms, &i.Regions, &i.Networks} {
		if *list == nil {
			*list = []outcry.IncidentPart{}
		}
	}
	for _, list := range []*[]outcry.Update{&i.Updates, &i.Corrections} {
		if *list == nil {
			*list = []outcry.Update{}
		}
	}
	if i.Attribution.Shares == nil {
		i.Attribution.Shares = []outcry.Share{}
	}
	if i.Attribution.Related == nil {
		i.Attribution.Related = []outcry.Related{}
	}
}

// begin looks for the first minute in which reports could be taken.
func (w *Watcher) begin(ctx context.Context, now time.Time) error {
	end := now.UTC().Truncate(time.Minute)
	if w.config.AlwaysOpen {
		w.next, w.saved = end, end
		return nil
	}
	from := end.Add(-forgotten)
	beats, err := w.config.Counts.Beats(ctx, from, end)
	if err != nil {
		return fmt.Errorf("read the beats: %w", err)
	}
	w.next = end
	for t := range beats {
		if t.Before(w.next) {
			w.next = t
		}
	}
	w.saved = w.next
	return w.prepare(ctx)
}

func maxTime(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}
