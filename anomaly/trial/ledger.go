package trial

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"time"

	"outcry"
	"outcry/anomaly"
)

// ledger is the board that the watcher writes to: it keeps what a reader of
// the site would have seen.
type ledger struct {
	incidents map[string]outcry.Incident
	order     []string // identifiers, as they began
	snapshots []outcry.Snapshot
	forecasts map[string][]outcry.Forecast // of the last stretch
	records   map[string][]byte            // of the incidents, by their name
}

func newLedger() *ledger {
	return &ledger{incidents: map[string]outcry.Incident{}, forecasts: map[string][]outcry.Forecast{}, records: map[string][]byte{}}
}

func (l *ledger) PutForecast(_ context.Context, service string, list []outcry.Forecast) error {
	l.forecasts[service] = list
	return nil
}

func (l *ledger) PutSnapshots(_ context.Context, list []outcry.Snapshot) error {
	l.snapshots = list
	return nil
}

func (l *ledger) SaveIncident(_ context.Context, i outcry.Incident) error {
	if _, known := l.incidents[i.ID]; !known {
		l.order = append(l.order, i.ID)
	}
	l.incidents[i.ID] = i
	return nil
}

func (l *ledger) Publish(context.Context, []outcry.Event) error { return nil }

// SaveState keeps the last record of each incident; detectors' states are not
// asked for again.
func (l *ledger) SaveState(_ context.Context, name string, state []byte) error {
	if strings.HasPrefix(name, outcry.RecordName("")) && !strings.HasSuffix(name, outcry.RecordState("")[len(outcry.RecordName("")):]) {
		l.records[name] = state
	}
	return nil
}

func (l *ledger) LoadState(context.Context, string) ([]byte, error) { return nil, outcry.ErrNotFound }

// look is the time between two looks at the verdicts.
const look = 30 * time.Minute

// play runs the watcher of serve over the whole world, and calls seen at every
// look.
func (w *world) play(ctx context.Context, accepted float64, seen func(now time.Time, l *ledger)) (*ledger, error) {
	watcher, l, _, err := w.watcher(accepted)
	if err != nil {
		return nil, err
	}
	for now := monday.Add(look); !now.After(w.end); now = now.Add(look) {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if err := watcher.Tick(ctx, now); err != nil {
			return nil, err
		}
		seen(now, l)
	}
	return l, nil
}

func (w *world) watcher(accepted float64) (*anomaly.Watcher, *ledger, *crowd, error) {
	catalog, err := w.catalog()
	if err != nil {
		return nil, nil, nil, err
	}
	l, c := newLedger(), newCrowd(w)
	x := anomaly.NewWatcher(anomaly.Config{
		Catalog: func() *outcry.Catalog { return catalog }, Counts: c, Board: l,
		FalseAlarms: accepted, Apart: w.apart, AlwaysOpen: true, CheckpointEvery: math.MaxInt64,
	})
	x.StartAt(monday)
	return x, l, c, nil
}

// catalog lists the services as an operator would.
func (w *world) catalog() (*outcry.Catalog, error) {
	type entry struct {
		Slug     string           `json:"slug"`
		Name     string           `json:"name"`
		TimeZone string           `json:"time_zone"`
		Symptoms []outcry.Symptom `json:"symptoms"`
	}
	var list struct {
		Services []entry `json:"services"`
	}
	for _, s := range w.services {
		list.Services = append(list.Services, entry{s.slug, s.slug, s.zone.String(), symptomsOf()})
	}
	text, err := json.Marshal(list)
	if err != nil {
		return nil, fmt.Errorf("write the catalogue: %w", err)
	}
	return outcry.ParseCatalog(bytes.NewReader(text))
}
