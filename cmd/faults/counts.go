package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"time"

	"outcry/ingest/store"
)

// countsByAPI reads, cell by cell, what a web process says was reported from a
// moment on.
func countsByAPI(w *web, services, phases int, from, to time.Time) (map[cell]int, error) {
	out := map[cell]int{}
	for s := range services {
		for p := range phases {
			c := cell{s, p}
			q := url.Values{"step": {"1m"}, "symptom": {c.symptom()}, "from": {from.UTC().Format(time.RFC3339)}, "to": {to.UTC().Format(time.RFC3339)}}
			body, err := w.get("/api/v1/services/" + c.slug() + "/series?" + q.Encode())
			if err != nil {
				return nil, err
			}
			var series struct {
				Counts []*int `json:"counts"`
			}
			if err := json.Unmarshal(body, &series); err != nil {
				return nil, fmt.Errorf("read a series: %w", err)
			}
			for _, n := range series.Counts {
				if n == nil {
					return nil, errors.New("a series withholds a number")
				}
				out[c] += *n
			}
		}
	}
	return out, nil
}

// countsInRedis reads the same from the buckets themselves. All that is not a
// counted complaint is in others: there should be none.
func countsInRedis(ctx context.Context, addr string, services, phases int, from, to time.Time) (counts map[cell]int, others int, err error) {
	client, err := store.Dial("redis://" + addr)
	if err != nil {
		return nil, 0, err
	}
	defer func() { _ = client.Close() }()
	s := store.New(client, store.Config{})
	counts = map[cell]int{}
	for n := range services {
		buckets, err := s.Buckets(ctx, cell{service: n}.slug(), from, to)
		if err != nil {
			return nil, 0, err
		}
		for _, b := range buckets {
			sum := 0
			for p := range phases {
				c := cell{n, p}
				counts[c] += b.Symptoms[c.symptom()]
				sum += b.Symptoms[c.symptom()]
			}
			others += b.Works + b.Late + b.Discounted + b.Down - sum
			for _, parts := range []map[string]int{b.Regions, b.Networks} {
				whole := 0
				for _, k := range parts {
					whole += k
				}
				if whole != b.Down {
					return nil, 0, fmt.Errorf("%s: a bucket of %d complaints has %d by region or network", cell{service: n}.slug(), b.Down, whole)
				}
			}
		}
	}
	return counts, others, nil
}

// catalogue is the file that names the services and their phases.
func catalogue(services int) ([]byte, error) {
	type symptom struct {
		Slug  string `json:"slug"`
		Label string `json:"label"`
	}
	type service struct {
		Slug     string    `json:"slug"`
		Name     string    `json:"name"`
		Symptoms []symptom `json:"symptoms"`
	}
	var list []service
	for n := range services {
		s := service{Slug: cell{service: n}.slug(), Name: fmt.Sprintf("Service %d", n)}
		for p := range mostPhases {
			slug := cell{n, p}.symptom()
			s.Symptoms = append(s.Symptoms, symptom{slug, slug})
		}
		list = append(list, s)
	}
	return json.MarshalIndent(map[string]any{"services": list}, "", "  ")
}

// mostPhases bounds how often a scenario may empty the store.
const mostPhases = 12
