package anomaly

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"outcry"
)

func (m *memory) Incidents(_ context.Context, f outcry.IncidentFilter) ([]outcry.Incident, error) {
	var list []outcry.Incident
	for _, i := range m.list() {
		if i.State == f.State {
			list = append(list, i)
		}
	}
	return list, m.fail("Incidents")
}

// TestIncidentsOfALostWatcherAreClosed: an incident whose watcher left no
// checkpoint does not stay open for ever, and one that is still followed is left
// alone.
func TestIncidentsOfALostWatcherAreClosed(t *testing.T) {
	m := newMemory()
	m.closed = func(time.Time) bool { return true } // nothing to judge of before
	now := time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC)
	for _, i := range []outcry.Incident{
		{ID: "over-1", Service: "over", State: outcry.Ongoing},
		{ID: "gone-1", Service: "gone", State: outcry.Recovering},
		{ID: "goes-on-1", Service: "goes-on", State: outcry.Suspected},
		{ID: "followed-1", Service: "followed", State: outcry.Ongoing},
		{ID: "ended-1", Service: "over", State: outcry.Resolved},
	} {
		i.StartedAt, i.Updates = now.Add(-time.Hour), []outcry.Update{{At: now.Add(-time.Hour), State: i.State, Text: "began"}}
		m.incidents[i.ID] = i
	}
	before := m.incidents["ended-1"]
	empty, err := outcry.ParseCatalog(strings.NewReader(`{"services":[{"slug":"edx","name":"edX"}]}`))
	if err != nil {
		t.Fatal(err)
	}
	w := NewWatcher(Config{Board: m, Earlier: m, Counts: m, Catalog: func() *outcry.Catalog { return empty }})
	if err := w.Resume(t.Context(), now); err != nil {
		t.Fatal(err)
	}
	if err := w.Tick(t.Context(), now); err != nil || m.incidents["over-1"].State != outcry.Ongoing {
		t.Fatalf("closed before a minute was judged: %v", err)
	}
	now = now.Add(time.Minute)
	for slug, incident := range map[string]*outcry.Incident{
		"over": nil, "goes-on": {ID: "goes-on-2", State: outcry.Ongoing}, "followed": {ID: "followed-1", State: outcry.Ongoing},
	} {
		w.watch(outcry.Service{Slug: slug}).incident = incident
	}
	broken := true
	m.fail = func(call string) error {
		if broken && call == "SaveIncident" {
			return errors.New("away")
		}
		return nil
	}
	if err := w.Tick(t.Context(), now); err == nil {
		t.Error("a board that did not take the end is not told of")
	}
	broken = false
	now = now.Add(time.Minute)
	for after := range 2 { // a minute later there is nothing left to do
		if err := w.Tick(t.Context(), now.Add(time.Duration(after)*time.Minute)); err != nil {
			t.Fatal(err)
		}
	}
	for id, words := range map[string]string{"over-1": "no sign of trouble", "gone-1": "no longer watched", "goes-on-1": "incident goes-on-2"} {
		i := m.incidents[id]
		if i.State != outcry.Resolved || i.ResolvedAt == nil || !i.ResolvedAt.Equal(now) || !i.UpdatedAt.Equal(now) || len(i.Updates) != 2 ||
			!strings.Contains(i.Updates[1].Text, words) {
			t.Errorf("%s: %+v, want it closed with a word on %q", id, i, words)
		}
	}
	if i := m.incidents["followed-1"]; i.State != outcry.Ongoing {
		t.Errorf("what is followed was closed: %+v", i)
	}
	if i := m.incidents["ended-1"]; len(i.Updates) != len(before.Updates) {
		t.Errorf("what had ended was closed again: %+v", i)
	}
	told := 0
	for _, e := range m.events {
		if e.Kind == outcry.EventIncident && slices.Contains([]string{"over", "gone", "goes-on"}, e.Service) {
			told++
		}
	}
	if told != 3 {
		t.Errorf("followers were told of %d closings, want 3", told)
	}
}
