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

// regions is the map of one service over the window that ends with a minute.
func (v *view) regions(slug string, minute time.Time, width time.Duration, name func(string) string) ([]outcry.RegionVerdict, time.Duration, error) {
	snapshots, age, err := v.verdicts()
	if err != nil {
		return nil, 0, err
	}
	end := minute.Add(time.Minute)
	s, spanAge, err := v.between(slug, end.Add(-width), end)
	if err != nil {
		return nil, 0, err
	}
	usual, listAge := snapshots[slug].Shares, time.Duration(0)
	if end.Before(snapshots[slug].Verdict.Freshness.AsOf) {
		var list []outcry.Incident
		if list, listAge, err = v.touching(slug, minute, end); err != nil {
			return nil, 0, err
		}
		usual = asOf(usual, list, end)
	}
	c := cells{}
	c.add(s, usual)
	return c.list(name), max(age, spanAge, listAge), nil
}

// asOf is regions' usual shares with the states of an earlier time, as far as the
// incidents of then tell; of the others they are not known.
func asOf(usual map[string]outcry.Usual, incidents []outcry.Incident, then time.Time) map[string]outcry.Usual {
	out := make(map[string]outcry.Usual, len(usual))
	for key, u := range usual {
		out[key] = outcry.Usual{Share: u.Share, State: outcry.Unknown}
	}
	for _, i := range incidents {
		said := saidAt(i, then)
		for _, p := range i.Regions {
			u := out[p.Key]
			u.State = worse(u.State, milder(p.Worst, said))
			out[p.Key] = u
		}
	}
	return out
}

// saidAt is the verdict that an incident's log gives for a time: before its
// detection, when nothing was said yet, its first.
func saidAt(i outcry.Incident, then time.Time) outcry.State {
	said := outcry.Unknown
	for n, u := range i.Updates {
		if n > 0 && u.At.After(then) {
			break
		}
		switch {
		case u.State == outcry.Ongoing:
			said = outcry.Likely
		case u.State.Open():
			said = outcry.Possible
		default:
			said = outcry.Operational
		}
	}
	return said
}

// milder is the less alarming of two states; unknown where one is.
func milder(a, b outcry.State) outcry.State {
	switch {
	case a == outcry.Unknown || b == outcry.Unknown:
		return outcry.Unknown
	case worse(a, b) == a:
		return b
	}
	return a
}
