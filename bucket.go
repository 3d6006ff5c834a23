package outcry

import (
	"fmt"
	"math"
	"slices"
	"time"
)

// Bucket is what was reported about one service in one minute. Only counted
// complaints are in Symptoms, Regions and Networks, and each map sums to Down.
type Bucket struct {
	Minute time.Time
	// Down is the number of counted complaints.
	Down int
	// Works, Late, Imported and Discounted are the other reports: all is
	// well, told too late to alarm, taken from elsewhere, over a cap.
	Works, Late, Imported, Discounted int
	// Symptoms counts by slug; Regions by Place.Key; Networks by the store's
	// network key ("AS64500", or an opaque one where no AS is known).
	Symptoms, Regions, Networks map[string]int
}

// Crowds is how many people reported from each region at least: nobody counts
// twice within CountOncePer, so that it is the most that were counted in any such
// span. The buckets may be in any order.
func Crowds(buckets []Bucket) map[string]int {
	list := slices.SortedFunc(slices.Values(buckets), func(a, b Bucket) int { return a.Minute.Compare(b.Minute) })
	most, now, first := map[string]int{}, map[string]int{}, 0
	for _, b := range list {
		for b.Minute.Sub(list[first].Minute) >= CountOncePer {
			for key, n := range list[first].Regions {
				now[key] -= n
			}
			first++
		}
		for key, n := range b.Regions {
			now[key] += n
			most[key] = max(most[key], now[key])
		}
	}
	return most
}

// Forecast is what was expected of a minute before it came, in complaints.
type Forecast struct {
	Minute          time.Time
	Expected, Upper float64
}

// Step is the width of a slot of a Series.
type Step time.Duration

// The widths that can be asked for.
const (
	StepMinute      = Step(time.Minute)
	StepFiveMinutes = Step(5 * time.Minute)
	StepHour        = Step(time.Hour)
)

// ParseStep reads "1m", "5m" or "1h".
func ParseStep(s string) (Step, error) {
	switch s {
	case "1m":
		return StepMinute, nil
	case "5m":
		return StepFiveMinutes, nil
	case "1h":
		return StepHour, nil
	}
	return 0, fmt.Errorf("%w: step must be 1m, 5m or 1h", ErrInvalid)
}

// String is what ParseStep reads.
func (s Step) String() string {
	switch s {
	case StepMinute:
		return "1m"
	case StepFiveMinutes:
		return "5m"
	case StepHour:
		return "1h"
	}
	return time.Duration(s).String()
}

// Series is counts on an even grid: slot i covers [Start + i·Step, Start +
// (i+1)·Step), and every slot has a number, for zero is data.
type Series struct {
	Start           time.Time
	Step            Step
	Counts          []int
	Expected, Upper []float64 // 0 where nothing was forecast
}

// Select says which complaints of a bucket a series counts; "" is all.
type Select struct{ Symptom, Region string }

// Count is the number of complaints in b that s selects. A country selects all
// its regions. Of the two only one can be given: buckets do not keep their
// cross product.
func (s Select) Count(b Bucket) int {
	switch {
	case s.Symptom != "":
		return b.Symptoms[s.Symptom]
	case s.Region != "":
		n := 0
		for key, c := range b.Regions {
			if InRegion(key, s.Region) {
				n += c
			}
		}
		return n
	}
	return b.Down
}

// InRegion reports whether the map cell key lies in region (a region's own
// code, or the code of its country).
func InRegion(key, region string) bool {
	return key == region || len(key) > 3 && len(region) == 2 && key[:2] == region && key[2] == '-'
}

// Fill lays buckets and forecasts, in any order, on the grid from (inclusive)
// to (exclusive). Bounds are moved outward to whole slots; what lies outside
// is left out. Expected is summed; so is Upper, in quadrature above Expected,
// as the noise of separate minutes is taken to be independent.
func Fill(buckets []Bucket, forecasts []Forecast, from, to time.Time, step Step, sel Select) Series {
	width := time.Duration(step)
	start := from.UTC().Truncate(width)
	n := int((to.Sub(start) + width - 1) / width)
	if n < 0 {
		n = 0
	}
	s := Series{Start: start, Step: step, Counts: make([]int, n), Expected: make([]float64, n), Upper: make([]float64, n)}
	slot := func(t time.Time) int {
		if t.Before(start) {
			return -1
		}
		return int(t.Sub(start) / width)
	}
	for _, b := range buckets {
		if i := slot(b.Minute); i >= 0 && i < n {
			s.Counts[i] += sel.Count(b)
		}
	}
	for _, f := range forecasts {
		if i := slot(f.Minute); i >= 0 && i < n {
			s.Expected[i] += f.Expected
			s.Upper[i] += (f.Upper - f.Expected) * (f.Upper - f.Expected)
		}
	}
	for i := range s.Upper {
		s.Upper[i] = s.Expected[i] + math.Sqrt(s.Upper[i])
	}
	return s
}
