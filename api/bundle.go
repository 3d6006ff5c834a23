package api

import (
	"time"

	"github.com/gofiber/fiber/v2"

	"outcry"
)

// bundleVersion is that of the shape below.
const bundleVersion = 1

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
	// Thresholds are what the rule compared, as of the verdict of now.
	Thresholds thresholds       `json:"thresholds"`
	Buckets    []bundleBucket   `json:"buckets"`
	Forecasts  []bundleForecast `json:"forecasts"`
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
	_, to := s.stretch(i)
	b := bundle{Type: "outcry-bundle", Version: bundleVersion, Software: s.cfg.Version, Incident: i,
		From: i.StartedAt.Add(-before).Truncate(time.Minute), To: to,
		Thresholds: thresholds{FalseAlarms: s.cfg.About.FalseAlarms}, Buckets: []bundleBucket{}, Forecasts: []bundleForecast{}}
	if longest := to.Add(-maxSpan); b.From.Before(longest) {
		b.From = longest
	}
	counts, err := s.view.whole(i.Service, b.From, b.To)
	if err != nil {
		return err
	}
	for _, x := range counts.buckets {
		b.Buckets = append(b.Buckets, bundleBucket{x.Minute.UTC(), x.Down, x.Works, x.Late, x.Imported, x.Discounted, solid(x.Symptoms), together(x.Regions), solid(x.Networks)})
	}
	for _, x := range counts.forecasts {
		b.Forecasts = append(b.Forecasts, bundleForecast{x.Minute.UTC(), x.Expected, x.Upper})
	}
	snapshots, snapAge, err := s.view.verdicts()
	if err != nil {
		return err
	}
	b.Thresholds.LogOdds = snapshots[i.Service].Verdict.Evidence.Threshold
	cache := cacheLive
	if !i.State.Open() {
		cache = cacheSettled
	}
	return s.json(c, b, cache, max(age, snapAge))
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
