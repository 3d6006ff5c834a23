package api

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/gofiber/fiber/v2"

	"outcry"
)

// bundleVersion is that of the shape below.
const bundleVersion = 2

// before is how much of the time before an incident its bundle holds: what the
// longest window of the detector looks at, twice.
const before = 6 * time.Hour

// bundle is all that is needed to judge an incident anew.
type bundle struct {
	Type     string          `json:"type"` // "outcry-bundle"
	Version  int             `json:"version"`
	Software string          `json:"software"`
	Incident outcry.Incident `json:"incident"`
	From     time.Time       `json:"from"`
	To       time.Time       `json:"to"`
	// Thresholds are what the rule compared when the incident was detected.
	Thresholds thresholds       `json:"thresholds"`
	Buckets    []bundleBucket   `json:"buckets"`
	Forecasts  []bundleForecast `json:"forecasts"`
	// Record is the rest of what "outcry verify" needs; an incident of an
	// earlier version has none, and cannot be judged anew.
	Record *bundleRecord `json:"record,omitempty"`
}

// bundleRecord is a record without what the bundle holds already.
type bundleRecord struct {
	outcry.Record
	Incident *struct{} `json:"incident,omitempty"`
	Buckets  *struct{} `json:"buckets,omitempty"`
}

type thresholds struct {
	LogOdds     float64 `json:"log_odds"` // in nats
	FalseAlarms float64 `json:"false_alarms_per_week"`
}

// bundleBucket is a minute. Regions with fewer people than the privacy
// threshold are told together, under "", so that the sum is right.
type bundleBucket struct {
	Minute     time.Time      `json:"minute"`
	Down       int            `json:"down"`
	Works      int            `json:"works"`
	Late       int            `json:"late"`
	Imported   int            `json:"imported"`
	Discounted int            `json:"discounted"`
	Symptoms   map[string]int `json:"symptoms"`
	Regions    map[string]int `json:"regions"`
	Networks   map[string]int `json:"networks"`
}

type bundleForecast struct {
	Minute   time.Time `json:"minute"`
	Expected float64   `json:"expected"`
	Upper    float64   `json:"upper"`
}

// getBundle is GET /api/v1/incidents/{id}/bundle.
func (s *Server) getBundle(c *fiber.Ctx) error {
	i, age, err := s.view.incident(c.Params("id"))
	if err != nil {
		return err
	}
	record, err := s.view.record(i.ID)
	if err != nil {
		return err
	}
	b := s.bundleOf(i, record)
	counts, err := s.view.whole(i.Service, b.From, b.To)
	if err != nil {
		return err
	}
	b.Buckets = bucketsOf(counts.buckets, record)
	for _, x := range counts.forecasts {
		b.Forecasts = append(b.Forecasts, bundleForecast{x.Minute.UTC(), x.Expected, x.Upper})
	}
	cache := cacheLive
	if !i.State.Open() {
		cache = cacheSettled
	}
	return s.json(c, b, cache, age)
}

// bundleOf is a bundle without counts. With a record it holds the incident as
// the detector left it, but for what people made of it.
func (s *Server) bundleOf(i outcry.Incident, record *outcry.Record) bundle {
	_, to := s.stretch(i)
	b := bundle{Type: "outcry-bundle", Version: bundleVersion, Software: s.cfg.Version, Incident: i,
		From: i.StartedAt.Add(-before).Truncate(time.Minute), To: to,
		Thresholds: thresholds{FalseAlarms: s.cfg.About.FalseAlarms}, Buckets: []bundleBucket{}, Forecasts: []bundleForecast{}}
	if longest := to.Add(-maxSpan); b.From.Before(longest) {
		b.From = longest
	}
	if record == nil {
		return b
	}
	b.From, b.To, b.Record = record.From, record.To, &bundleRecord{Record: *record}
	b.Record.Inputs, b.Record.Stated, b.Record.Minutes = some(record.Inputs), some(record.Stated), some(record.Minutes)
	if record.Networks == nil {
		b.Record.Networks = map[string]float64{}
	}
	b.Thresholds = thresholds{FalseAlarms: record.FalseAlarms, LogOdds: detection(*record).Threshold}
	b.Incident = record.Incident
	plainIncident(&b.Incident)
	b.Incident.Label, b.Incident.OfficialAt, b.Incident.Corrections = i.Label, i.OfficialAt, i.Corrections
	return b
}

// detection is the minute in which a record's incident was detected.
func detection(r outcry.Record) outcry.RecordMinute {
	for _, m := range r.Minutes {
		if m.Minute.Add(time.Minute).Equal(r.Incident.DetectedAt) {
			return m
		}
	}
	return outcry.RecordMinute{}
}

// bucketsOf is the minutes of a bundle: as they were judged where there is a
// record, else as they are now. Regions are as they are now.
func bucketsOf(now []outcry.Bucket, record *outcry.Record) []bundleBucket {
	judged, list := now, []bundleBucket{}
	if record != nil {
		judged = record.Buckets
	}
	regions := make(map[int64]map[string]int, len(now))
	for _, x := range now {
		regions[x.Minute.Unix()] = x.Regions
	}
	for _, x := range judged {
		list = append(list, bundleBucket{x.Minute.UTC(), x.Down, x.Works, x.Late, x.Imported, x.Discounted,
			solid(x.Symptoms), together(regions[x.Minute.Unix()]), solid(x.Networks)})
	}
	return list
}

// record is what was kept of an incident's judgement, nil where nothing was.
func (v *view) record(id string) (*outcry.Record, error) {
	var r outcry.Record
	err := v.ask(func(ctx context.Context) error {
		b, err := v.board.LoadState(ctx, outcry.RecordName(id))
		if err != nil {
			return err
		}
		if err := json.Unmarshal(b, &r); err != nil {
			return err
		}
		r.Detector, err = v.board.LoadState(ctx, outcry.RecordState(id))
		if errors.Is(err, outcry.ErrNotFound) { // it had seen nothing before
			return nil
		}
		return err
	})
	switch {
	case errors.Is(err, outcry.ErrNotFound):
		return nil, nil
	case err != nil:
		return nil, err
	}
	return &r, nil
}

func solid(m map[string]int) map[string]int {
	if m == nil {
		return map[string]int{}
	}
	return m
}

// together adds up the regions that are too small to be told.
func together(regions map[string]int) map[string]int {
	out := map[string]int{}
	for key, n := range regions {
		if n < outcry.PrivacyThreshold {
			key = ""
		}
		out[key] += n
	}
	return out
}
