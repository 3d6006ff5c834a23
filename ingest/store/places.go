package store

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"outcry"
)

const (
	// placesFor is how long regions and networks are kept by the day: as long as
	// shares that fade to half in three weeks are worth learning from.
	placesFor = 32 * day
	// placesKept bounds the regions and the networks that are kept of a day. A
	// detector remembers as many, and of the smaller ones nothing can be told.
	placesKept = 64
	// noNumber begins the name of a network without a number. The rest is
	// another each day.
	noNumber = "~"
)

func all(counts map[stepField]int) map[stepField]int { return counts }

// largest keeps the largest placesKept names of each step, the first by name
// among equals.
func largest(counts map[stepField]int) map[stepField]int {
	bySteps := map[int64][]stepField{}
	for f, n := range counts {
		if n > 0 {
			bySteps[f.step] = append(bySteps[f.step], f)
		}
	}
	kept := map[stepField]int{}
	for _, list := range bySteps {
		slices.SortFunc(list, func(a, b stepField) int {
			return cmp.Or(cmp.Compare(counts[b], counts[a]), cmp.Compare(a.name, b.name))
		})
		for _, f := range list[:min(len(list), placesKept)] {
			kept[f] = counts[f]
		}
	}
	return kept
}

// largestNetworks is the same of networks, those without a number together.
func largestNetworks(counts map[stepField]int) map[stepField]int {
	named := map[stepField]int{}
	for f, n := range counts {
		if strings.HasPrefix(f.name, noNumber) {
			f.name = noNumber
		}
		named[f] += n
	}
	return largest(named)
}

// Places are the complaints of service by region and by network, of the UTC days
// that begin from (inclusive) to (exclusive), as buckets in which nothing else is
// filled in. Days on which nothing was reported are left out.
func (s *Store) Places(ctx context.Context, service string, from, to time.Time) ([]outcry.Bucket, error) {
	first, end := window(from.Add(day-time.Nanosecond), day), window(to.Add(day-time.Nanosecond), day)
	if end-first > int64(2*placesFor/day) {
		return nil, fmt.Errorf("%w: places are kept for %s", outcry.ErrInvalid, placesFor)
	}
	found := map[int64]*outcry.Bucket{}
	for k := floorDiv(first, spanDays); k <= floorDiv(end-1, spanDays); k++ {
		for _, layer := range []struct {
			key    func(string, int64) string
			counts func(*outcry.Bucket) map[string]int
		}{
			{regionDaysKey, func(b *outcry.Bucket) map[string]int { return b.Regions }},
			{networkDaysKey, func(b *outcry.Bucket) map[string]int { return b.Networks }},
		} {
			fields, err := s.client.HGetAll(ctx, layer.key(service, k)).Result()
			if err != nil {
				return nil, unavailable("read places", err)
			}
			for field, value := range fields {
				d, name, n, err := parseCount(field, value)
				if err != nil {
					return nil, err
				}
				at := k*spanDays + d
				if at < first || at >= end {
					continue
				}
				if found[at] == nil {
					found[at] = newBucket(minuteTime(at * 24 * 60))
				}
				layer.counts(found[at])[name] += n
			}
		}
	}
	return sorted(found), nil
}
