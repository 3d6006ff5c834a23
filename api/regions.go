package api

import (
	"maps"
	"regexp"
	"slices"
	"time"

	"outcry"
)

// regionCode is a country or a part of one, by ISO 3166.
var regionCode = regexp.MustCompile(`^[A-Z]{2}(-[A-Z0-9]{1,3})?$`)

// cells gathers what is known of each region over a stretch of time.
type cells map[string]*cell

type cell struct {
	count    int
	crowd    int // at least so many people
	expected float64
	state    outcry.State
}

func (c cells) at(key string) *cell {
	if c[key] == nil {
		c[key] = &cell{state: outcry.Unknown}
	}
	return c[key]
}

// add takes in one service's counts of a span, and its usual shares.
func (c cells) add(s span, usual map[string]outcry.Usual) {
	total := 0.0
	for _, f := range s.forecasts {
		total += f.Expected
	}
	for key, u := range usual {
		if regionCode.MatchString(key) {
			one := c.at(key)
			one.expected += total * u.Share
			one.state = worse(one.state, u.State)
		}
	}
	for _, b := range s.buckets {
		for key, n := range b.Regions {
			if regionCode.MatchString(key) { // else from nowhere known
				c.at(key).count += n
			}
		}
	}
	for key, n := range outcry.Crowds(s.buckets) {
		if regionCode.MatchString(key) {
			// The same people may have reported several services.
			one := c.at(key)
			one.crowd = max(one.crowd, n)
		}
	}
}

// list is every cell, in order of its code. No number is shown of a cell with
// fewer people than the privacy threshold, none at all included.
func (c cells) list(name func(code string) string) []outcry.RegionVerdict {
	out := make([]outcry.RegionVerdict, 0, len(c))
	for _, key := range slices.Sorted(maps.Keys(c)) {
		one := c[key]
		r := outcry.RegionVerdict{Country: key[:2], Name: name(key), State: one.state}
		if len(key) > 2 {
			r.Region = key
		}
		if one.crowd < outcry.PrivacyThreshold {
			r.Suppressed = true
		} else {
			r.Count, r.Expected = &one.count, &one.expected
			if one.expected > 0 {
				ratio := float64(one.count) / one.expected
				r.Ratio = &ratio
			}
		}
		out = append(out, r)
	}
	return out
}

// worse is the more alarming of two states.
func worse(a, b outcry.State) outcry.State {
	rank := map[outcry.State]int{outcry.Operational: 1, outcry.Possible: 2, outcry.Likely: 3}
	if rank[b] > rank[a] {
		return b
	}
	return a
}

// regions is the map of one service over the window that ends at at.
func (v *view) regions(slug string, at time.Time, width time.Duration, name func(string) string) ([]outcry.RegionVerdict, time.Duration, error) {
	snapshots, age, err := v.verdicts()
	if err != nil {
		return nil, 0, err
	}
	s, spanAge, err := v.between(slug, at.Add(-width), at)
	if err != nil {
		return nil, 0, err
	}
	c := cells{}
	c.add(s, snapshots[slug].Shares)
	return c.list(name), max(age, spanAge), nil
}
