package anomaly

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"outcry"
)

// findings gathers what is to be written of a stretch of minutes; the slices
// run over the services.
type findings struct {
	services  []outcry.Service
	end       time.Time
	forecasts [][]outcry.Forecast
	reported  []int  // reports in the stretch
	turned    []bool // the state is another than before
	snapshots []outcry.Snapshot
	incidents []outcry.Incident // in the order of change, each in its last form
	records   []outcry.Record   // of the incidents, alike
	recorded  int               // of the records, those written
	anchors   []anchor          // not yet written
}

func newFindings(services []outcry.Service, end time.Time) *findings {
	n := len(services)
	return &findings{
		services: services, end: end,
		forecasts: make([][]outcry.Forecast, n),
		reported:  make([]int, n),
		turned:    make([]bool, n),
	}
}

func (f *findings) counted(i int, m judged) {
	if m.anchor != nil {
		f.anchors = append(f.anchors, anchor{f.services[i].Slug, m.bucket.Minute, m.anchor})
	}
	b, j := m.bucket, m.judgement
	f.reported[i] += b.Down + b.Works + b.Late + b.Discounted
	f.forecasts[i] = append(f.forecasts[i], outcry.Forecast{Minute: b.Minute, Expected: j.Expected, Upper: j.Upper})
}

func (f *findings) changed(incident outcry.Incident, record outcry.Record) {
	for k := range f.incidents {
		if f.incidents[k].ID == incident.ID {
			f.incidents[k], f.records[k] = incident, record
			return
		}
	}
	f.incidents, f.records = append(f.incidents, incident), append(f.records, record)
}

// write stores forecasts, incidents and snapshots, then tells the followers.
// Each may be written twice with the same result, so a write that failed
// half-way is simply repeated, but for the large states and records; followers
// may then hear an event again.
func (f *findings) write(ctx context.Context, board Board) error {
	for i, s := range f.services {
		if err := board.PutForecast(ctx, s.Slug, f.forecasts[i]); err != nil {
			return fmt.Errorf("write the forecast of %s: %w", s.Slug, err)
		}
	}
	for ; len(f.anchors) > 0; f.anchors = f.anchors[1:] {
		if err := f.anchors[0].write(ctx, board); err != nil {
			return err
		}
	}
	for ; f.recorded < len(f.records); f.recorded++ {
		if err := writeRecord(ctx, board, f.records[f.recorded]); err != nil {
			return err
		}
	}
	for _, incident := range f.incidents {
		if err := board.SaveIncident(ctx, incident); err != nil {
			return fmt.Errorf("write incident %s: %w", incident.ID, err)
		}
	}
	if err := board.PutSnapshots(ctx, f.snapshots); err != nil {
		return fmt.Errorf("write the verdicts: %w", err)
	}
	if events := f.events(); len(events) > 0 {
		if err := board.Publish(ctx, events); err != nil {
			return fmt.Errorf("publish events: %w", err)
		}
	}
	return nil
}

// events is what followers are told: a service's verdict where it turned, its
// counts where there were any, and the incidents that changed.
func (f *findings) events() []outcry.Event {
	var events []outcry.Event
	for i, s := range f.services {
		v := f.snapshots[i].Verdict
		switch {
		case f.turned[i]:
			events = append(events, event(outcry.EventVerdict, s.Slug, v))
		case f.reported[i] > 0:
			events = append(events, event(outcry.EventCounts, s.Slug, countsOf(v)))
		}
	}
	for _, incident := range f.incidents {
		events = append(events, event(outcry.EventIncident, incident.Service, incident))
	}
	return events
}

// counts is the data of an EventCounts.
type counts struct {
	Service string         `json:"service"`
	State   outcry.State   `json:"state"`
	Reports outcry.Reports `json:"reports"`
	AsOf    time.Time      `json:"as_of"`
}

func countsOf(v outcry.Verdict) counts {
	return counts{v.Service, v.State, v.Reports, v.Freshness.AsOf}
}

func event(kind outcry.EventKind, service string, data any) outcry.Event {
	b, err := json.Marshal(data)
	if err != nil { // plain structs of our own, with no NaN in them: see finite
		panic(fmt.Sprintf("anomaly: marshal %T: %v", data, err))
	}
	return outcry.Event{Kind: kind, Service: service, Data: b}
}
