package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"outcry"
	"outcry/anomaly"
)

// bundle is what GET /api/v1/incidents/{id}/bundle gives, as far as it takes
// part in judging the incident again.
type bundle struct {
	Type     string          `json:"type"`
	Version  int             `json:"version"`
	Software string          `json:"software"`
	Incident outcry.Incident `json:"incident"`
	Buckets  []struct {
		Minute     time.Time      `json:"minute"`
		Down       int            `json:"down"`
		Works      int            `json:"works"`
		Late       int            `json:"late"`
		Imported   int            `json:"imported"`
		Discounted int            `json:"discounted"`
		Symptoms   map[string]int `json:"symptoms"`
		Networks   map[string]int `json:"networks"`
	} `json:"buckets"`
	Thresholds struct {
		LogOdds     float64 `json:"log_odds"`
		FalseAlarms float64 `json:"false_alarms_per_week"`
	} `json:"thresholds"`
	Record *outcry.Record `json:"record"`
}

// bundleType is that of an incident's bundle, bundleVersion the shape that can
// be read.
const bundleType, bundleVersion = "outcry-bundle", 2

// verifyBundle judges the incident of a bundle again and says what came of it.
// It needs nothing but the file. An error is a verdict that is not reproduced.
func verifyBundle(text []byte, out io.Writer) error {
	var b bundle
	if err := json.Unmarshal(text, &b); err != nil {
		return fmt.Errorf("the bundle is not of the shape it should be: %w", err)
	}
	if b.Version != bundleVersion || b.Record == nil {
		return fmt.Errorf("the bundle (version %d, written by outcry %s) does not hold what it takes to judge its incident again", b.Version, b.Software)
	}
	got, err := anomaly.Recompute(b.record())
	if err != nil {
		return fmt.Errorf("the verdict cannot be recomputed: %w", err)
	}
	if d := got.Detection.Threshold; b.Thresholds.LogOdds != d || b.Thresholds.FalseAlarms != b.Record.FalseAlarms {
		got.Differences = append(got.Differences, fmt.Sprintf("the bundle's threshold is %g nats, and the one in force was %g", b.Thresholds.LogOdds, d))
	}
	b.describe(out, got)
	for _, d := range got.Differences {
		fmt.Fprintln(out, "  differs:", d)
	}
	if len(got.Differences) == 0 {
		fmt.Fprintln(out, "The verdict is reproduced.")
		return nil
	}
	if b.Software != version {
		fmt.Fprintf(out, "The bundle was written by outcry %s, and this is %s: where the two judge differently, that may be why.\n", b.Software, version)
	}
	return errors.New("the verdict is not reproduced: what the bundle says does not follow from its counts")
}

// record puts a bundle's parts back together.
func (b bundle) record() outcry.Record {
	r := *b.Record
	r.Incident, r.Buckets = b.Incident, make([]outcry.Bucket, 0, len(b.Buckets))
	for _, x := range b.Buckets {
		r.Buckets = append(r.Buckets, outcry.Bucket{
			Minute: x.Minute, Down: x.Down, Works: x.Works, Late: x.Late, Imported: x.Imported, Discounted: x.Discounted,
			Symptoms: x.Symptoms, Networks: x.Networks,
		})
	}
	return r
}

// describe says in words what the verdict rests on.
func (b bundle) describe(out io.Writer, got anomaly.Recomputed) {
	i, d := b.Incident, got.Detection
	fmt.Fprintf(out, "%s (%s): %s, detected %s, %d reports where %.2f were expected.\n",
		i.Name, i.ID, i.State, i.DetectedAt.UTC().Format(time.RFC3339), i.Reports.Total, i.Reports.Expected)
	fmt.Fprintf(out, "Judged again: %d minutes from %s, at %g accepted false alarms a week.\n", got.Minutes, b.Record.From.UTC().Format(time.RFC3339), b.Record.FalseAlarms)
	fmt.Fprintf(out, "When it was detected: evidence %.2f nats against a threshold of %.2f; %.0f reports since %s, %.3f expected.\n",
		d.LogOdds, d.Threshold, d.WindowCount, d.Onset.UTC().Format("15:04"), d.WindowExpected)
	if f := d.Found; f != nil {
		fmt.Fprintf(out, "  The forecast's variance beyond chance: %.3g by scatter, %.3g by drift, %.3g by level, %.3g by profile.\n", f.Scatter, f.Drift, f.Level, f.Profile)
	}
	account(out)
	for _, s := range got.Stated {
		fmt.Fprintln(out, "  taken as stated, for it rests on other services' or on regions' reports:", s)
	}
}
