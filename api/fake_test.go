package api

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"outcry"
)

// noon is the time in tests.
func noon() time.Time { return time.Date(2026, 3, 4, 12, 0, 30, 0, time.UTC) }

const testID = "0190a1b2-c3d4-4e5f-8a9b-0c1d2e3f4a5b"

// fake is everything that the api asks for, in memory. Its fields may be
// changed between requests, under the lock while requests run.
type fake struct {
	mu          sync.Mutex
	now         time.Time
	err         error // every reading fails with it
	submitErr   error
	submitBy    time.Time // by when the last submission was to be answered
	reason      outcry.Reason
	submissions []outcry.Submission
	withdrawn   []string
	buckets     map[string][]outcry.Bucket
	forecasts   map[string][]outcry.Forecast
	snapshots   map[string]outcry.Snapshot
	incidents   []outcry.Incident // newest first
	states      map[string][]byte // what the detector left
	pending     []outcry.Comment  // oldest first
	public      []outcry.Comment  // newest first
	events      chan []outcry.Event
	ready       Readiness
	readings    int
	panics      bool
	log         bytes.Buffer
}

func (f *fake) clock() time.Time {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.now
}

func (f *fake) pass(d time.Duration) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.now = f.now.Add(d)
}

func (f *fake) fail(err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.err = err
}

// reading is what every reading begins with.
func (f *fake) reading() error {
	f.readings++
	if f.panics {
		panic("a fault in the store")
	}
	return f.err
}

func (f *fake) Submit(ctx context.Context, s outcry.Submission, now time.Time) (outcry.Receipt, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.submitBy, _ = ctx.Deadline()
	if f.submitErr != nil {
		return outcry.Receipt{}, f.submitErr
	}
	svc, ok := testCatalog().Service(s.Service)
	if !ok {
		return outcry.Receipt{}, outcry.ErrUnknownService
	}
	if s.Symptom == "" {
		s.Symptom = svc.FirstSymptom()
	}
	if _, ok := svc.Symptom(s.Symptom); !ok {
		return outcry.Receipt{}, outcry.ErrUnknownSymptom
	}
	if s.Occurred.After(now) {
		return outcry.Receipt{}, outcry.ErrTimeRange
	}
	if s.ID == "" {
		s.ID = testID
	}
	f.submissions = append(f.submissions, s)
	minute := now.Truncate(time.Minute)
	f.buckets[svc.Slug] = append(f.buckets[svc.Slug], outcry.Bucket{Minute: minute, Down: 1, Symptoms: map[string]int{s.Symptom: 1}, Regions: map[string]int{"US-MD": 1}})
	return outcry.Receipt{
		Report: outcry.Report{ID: s.ID, Service: svc.Slug, Symptom: s.Symptom, Kind: s.Kind, Comment: s.Comment,
			Occurred: minute, Received: now, Place: outcry.Place{Country: "US", Region: "US-MD", ASN: 64500}},
		Acknowledgement: outcry.Acknowledgement{ID: s.ID, Reason: f.reason, Minute: minute},
		WithdrawToken:   "take-it-back",
	}, nil
}

func (f *fake) Withdraw(_ context.Context, id, token string, _ time.Time) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.err != nil {
		return f.err
	}
	if token != "take-it-back" {
		return outcry.ErrForbidden
	}
	if id != testID {
		return outcry.ErrNotFound
	}
	f.withdrawn = append(f.withdrawn, id)
	return nil
}

func (f *fake) Buckets(_ context.Context, service string, from, to time.Time) ([]outcry.Bucket, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := f.reading(); err != nil {
		return nil, err
	}
	var out []outcry.Bucket
	for _, b := range f.buckets[service] {
		if !b.Minute.Before(from) && b.Minute.Before(to) {
			out = append(out, b)
		}
	}
	return out, nil
}

func (f *fake) Forecasts(_ context.Context, service string, from, to time.Time) ([]outcry.Forecast, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := f.reading(); err != nil {
		return nil, err
	}
	var out []outcry.Forecast
	for _, x := range f.forecasts[service] {
		if !x.Minute.Before(from) && x.Minute.Before(to) {
			out = append(out, x)
		}
	}
	return out, nil
}

func (f *fake) Snapshots(context.Context) (map[string]outcry.Snapshot, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := f.reading(); err != nil {
		return nil, err
	}
	return f.snapshots, nil
}

func (f *fake) Incidents(_ context.Context, filter outcry.IncidentFilter) ([]outcry.Incident, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := f.reading(); err != nil {
		return nil, err
	}
	list := f.incidents
	if filter.After != "" {
		i := slices.IndexFunc(list, func(i outcry.Incident) bool { return i.ID == filter.After })
		if i < 0 {
			return nil, fmt.Errorf("%w: no such incident", outcry.ErrInvalid)
		}
		list = list[i+1:]
	}
	var out []outcry.Incident
	for _, i := range list {
		if (filter.Service == "" || i.Service == filter.Service) && (filter.State == "" || i.State == filter.State) &&
			(filter.From.IsZero() || !i.StartedAt.Before(filter.From)) && (filter.To.IsZero() || i.StartedAt.Before(filter.To)) && len(out) < filter.Limit {
			out = append(out, i)
		}
	}
	return out, nil
}

func (f *fake) Incident(_ context.Context, id string) (outcry.Incident, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := f.reading(); err != nil {
		return outcry.Incident{}, err
	}
	for _, i := range f.incidents {
		if i.ID == id {
			return i, nil
		}
	}
	return outcry.Incident{}, outcry.ErrNotFound
}

func (f *fake) LoadState(_ context.Context, name string) ([]byte, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.err != nil {
		return nil, f.err
	}
	if b, ok := f.states[name]; ok {
		return b, nil
	}
	return nil, outcry.ErrNotFound
}

func (f *fake) SaveState(_ context.Context, name string, state []byte) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.err != nil {
		return f.err
	}
	if f.states == nil {
		f.states = map[string][]byte{}
	}
	f.states[name] = state
	return nil
}

func (f *fake) Events(ctx context.Context, _ string, wait time.Duration) ([]outcry.Event, error) {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case list := <-f.events:
		return list, nil
	case <-timer.C:
		return nil, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (f *fake) Ready(context.Context) Readiness {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.ready
}

func testCatalog() *outcry.Catalog {
	c, err := outcry.ParseCatalog(strings.NewReader(`{"services":[
		{"slug":"zoom","name":"Zoom","url":"https://zoom.us","category":"video","aliases":["zoom-us"],"depends_on":["aws"],
		 "symptoms":[{"slug":"site","label":"The site doesn't load"},{"slug":"login","label":"I can't log in"}]},
		{"slug":"edx","name":"edX","category":"courses"},
		{"slug":"aws","name":"AWS","category":"cloud"}]}`))
	if err != nil {
		panic(err)
	}
	return c
}

func newFake() *fake {
	at, since := noon().Truncate(time.Minute), noon().Add(-10*time.Minute).Truncate(time.Minute)
	minute := func(ago, n int, region string) outcry.Bucket {
		return outcry.Bucket{Minute: at.Add(-time.Duration(ago) * time.Minute), Down: n, Works: 1, Discounted: 2,
			Symptoms: map[string]int{"login": n}, Regions: map[string]int{region: n}, Networks: map[string]int{"AS64500": n}}
	}
	f := &fake{now: noon(), events: make(chan []outcry.Event), ready: Readiness{Ready: true, How: "In memory only."},
		buckets: map[string][]outcry.Bucket{"zoom": {minute(50, 7, "US-MD"), minute(4, 3, "US-MD"), minute(3, 3, "US-MD"), minute(2, 2, "DE")}},
		forecasts: map[string][]outcry.Forecast{"zoom": {
			{Minute: at.Add(-2 * time.Minute), Expected: 1, Upper: 4}, {Minute: at.Add(-time.Minute), Expected: 1, Upper: 4}}},
		snapshots: map[string]outcry.Snapshot{"zoom": {
			Verdict: outcry.Verdict{Service: "zoom", Name: "Zoom", State: outcry.Likely, Severity: outcry.SeverityMajor, Since: &since,
				Reports: outcry.Reports{Count: 6, Expected: 2, Window: "30m0s"}, Evidence: outcry.Evidence{Odds: 1e6, PValue: 1e-5},
				Symptoms:    []outcry.SymptomVerdict{{Symptom: "login", Label: "I can't log in", State: outcry.Likely, Count: 6, Expected: 1}},
				Attribution: outcry.Attribution{Cause: outcry.CauseService, Related: []outcry.Related{{Service: "edx", Relation: "simultaneous"}}},
				Freshness:   outcry.Freshness{Trusted: true, AsOf: at}, Incident: "zoom-2"},
			Shares: map[string]outcry.Usual{"US-MD": {Share: 0.5, State: outcry.Likely}, "DE": {Share: 0.25, State: outcry.Operational}, "login": {Share: 0.5}},
		}}}
	for n := 4; n > 0; n-- {
		start := at.Add(-time.Duration(5-n)*24*time.Hour - time.Hour)
		end := start.Add(time.Hour)
		i := outcry.Incident{ID: fmt.Sprintf("zoom-%d", n), Service: "zoom", Name: "Zoom", State: outcry.Resolved, Severity: outcry.SeverityMajor,
			StartedAt: start, DetectedAt: start.Add(2 * time.Minute), ResolvedAt: &end, UpdatedAt: end, Label: outcry.Unconfirmed,
			Updates: []outcry.Update{{At: start, State: outcry.Ongoing, Text: "Reports rose."}, {At: end, State: outcry.Resolved, Text: "Reports fell."}}}
		f.incidents = append(f.incidents, i)
	}
	f.incidents[0].State, f.incidents[0].ResolvedAt = outcry.Ongoing, nil
	return f
}

func ofService(list []outcry.Comment, service string) []outcry.Comment {
	return slices.DeleteFunc(slices.Clone(list), func(c outcry.Comment) bool { return c.Service != service })
}

func (f *fake) PendingComments(_ context.Context, service string) ([]outcry.Comment, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return ofService(f.pending, service), f.reading()
}

func (f *fake) PublishedComments(_ context.Context, service string) ([]outcry.Comment, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return ofService(f.public, service), f.reading()
}

func (f *fake) ModerateComment(_ context.Context, id string, publish bool, _ time.Time) (outcry.Comment, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	i := slices.IndexFunc(f.pending, func(c outcry.Comment) bool { return c.ID == id })
	if i < 0 {
		return outcry.Comment{}, outcry.ErrNotFound
	}
	c := f.pending[i]
	f.pending = slices.Delete(slices.Clone(f.pending), i, i+1)
	if publish {
		f.public = append([]outcry.Comment{c}, f.public...)
	}
	return c, nil
}
