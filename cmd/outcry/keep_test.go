package main

import (
	"context"
	"io"
	"log/slog"
	"testing"
	"time"

	"outcry"
	"outcry/ingest/embedded"
	"outcry/ingest/store"
)

// TestCountsDoNotDependOnHowFarBackIsAsked: what nobody has rolled up is read
// from the minutes, and what a detector finds at its start it rolls up.
func TestCountsDoNotDependOnHowFarBackIsAsked(t *testing.T) {
	r, err := embedded.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	ctx := context.Background()
	all, err := openCatalog("")
	if err != nil {
		t.Fatal(err)
	}
	p := &pipeline{keeping: keeping{store: store.New(r.Client(), store.Config{})}, catalogs: all}
	now := time.Date(2026, 3, 20, 10, 30, 0, 0, time.UTC)
	for n, at := range []time.Time{now.AddDate(0, 0, -13), now.AddDate(0, 0, -6), now.AddDate(0, 0, -1)} {
		if _, err := p.store.Add(ctx, []outcry.Report{{
			ID: string(rune('a' + n)), Service: "coursera", Symptom: "site", Kind: outcry.KindDown, Occurred: at, Received: at,
		}}); err != nil {
			t.Fatal(err)
		}
	}
	h := history{p.store, func() time.Time { return now }, retention{usualMinutes, usualFives, usualHours}}
	down := func(back int) (n int) {
		t.Helper()
		buckets, err := h.Buckets(ctx, "coursera", now.AddDate(0, 0, -back), now)
		if err != nil {
			t.Fatal(err)
		}
		for _, b := range buckets {
			n += b.Down
		}
		return n
	}
	for _, back := range []int{6, 7, 8, 12, 60, 200} {
		if got := down(back); got != 2 {
			t.Errorf("the last %d days have %d reports, want 2 before anything is rolled up", back, got)
		}
	}
	p.rollUpAll(ctx, now.AddDate(0, 0, -14), now, slog.New(slog.NewTextHandler(io.Discard, nil)))
	for _, back := range []int{14, 60, 200} {
		if got := down(back); got != 3 {
			t.Errorf("the last %d days have %d reports, want 3 after the roll-up", back, got)
		}
	}
}
