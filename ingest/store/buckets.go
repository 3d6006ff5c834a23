package store

import (
	"context"
	"fmt"
	"sort"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"outcry"
)

// maxHours bounds one reading by the minute: 45 days.
const maxHours = 45 * 24

// layers of a bucket, in the order they are read.
const (
	layerCounts = iota
	layerRegions
	layerNetworks
	layers
)

// Buckets are the minutes of service from (inclusive) to (exclusive) in which
// something was reported, in order of time.
func (s *Store) Buckets(ctx context.Context, service string, from, to time.Time) ([]outcry.Bucket, error) {
	first, end := minuteOf(ceilMinute(from)), minuteOf(ceilMinute(to))
	if end <= first {
		return nil, nil
	}
	h0, h1 := hourOfMinute(first), hourOfMinute(end-1)
	if h1-h0 >= maxHours {
		return nil, fmt.Errorf("%w: at most %d days by the minute", outcry.ErrInvalid, maxHours/24)
	}
	found := map[int64]*outcry.Bucket{}
	pipe := s.client.Pipeline()
	cmds := make([][layers]*redis.MapStringStringCmd, h1-h0+1)
	for h := h0; h <= h1; h++ {
		cmds[h-h0] = [layers]*redis.MapStringStringCmd{
			pipe.HGetAll(ctx, countsKey(service, h)),
			pipe.HGetAll(ctx, regionsKey(service, h)),
			pipe.HGetAll(ctx, networksKey(service, h)),
		}
	}
	if _, err := pipe.Exec(ctx); err != nil {
		return nil, unavailable("read buckets", err)
	}
	for i, hour := range cmds {
		base := (h0 + int64(i)) * 60
		for layer, cmd := range hour {
			for field, value := range cmd.Val() {
				if err := fill(found, base, first, end, layer, field, value); err != nil {
					return nil, err
				}
			}
		}
	}
	return sorted(found), nil
}

// ceilMinute makes a bound between two minutes one of the later.
func ceilMinute(t time.Time) time.Time {
	return t.Add(time.Minute - time.Nanosecond).Truncate(time.Minute)
}

// fill puts one field of an hour's hash into its bucket.
func fill(found map[int64]*outcry.Bucket, base, first, end int64, layer int, field, value string) error {
	offset, name, ok := strings.Cut(field, ":")
	m, err := strconv.ParseInt(offset, 10, 64)
	n, err2 := strconv.Atoi(value)
	if !ok || err != nil || err2 != nil {
		return fmt.Errorf("bucket field %q: %q is not one of ours", field, value)
	}
	minute := base + m
	if minute < first || minute >= end || n <= 0 {
		return nil
	}
	b := found[minute]
	if b == nil {
		b = newBucket(minuteTime(minute))
		found[minute] = b
	}
	switch layer {
	case layerCounts:
		addCount(b, name, n)
	case layerRegions:
		b.Regions[name] += n
	case layerNetworks:
		b.Networks[name] += n
	}
	return nil
}

func newBucket(minute time.Time) *outcry.Bucket {
	return &outcry.Bucket{Minute: minute, Symptoms: map[string]int{}, Regions: map[string]int{}, Networks: map[string]int{}}
}

// addCount adds n of what a counts field names: a class, or a symptom.
func addCount(b *outcry.Bucket, name string, n int) {
	class, isClass := strings.CutPrefix(name, "+")
	if !isClass {
		b.Symptoms[name] += n
		b.Down += n
		return
	}
	switch class {
	case classWorks:
		b.Works += n
	case classLate:
		b.Late += n
	case classImported:
		b.Imported += n
	case classDiscounted:
		b.Discounted += n
	}
}

func sorted(found map[int64]*outcry.Bucket) []outcry.Bucket {
	out := make([]outcry.Bucket, 0, len(found))
	for _, b := range found {
		out = append(out, *b)
	}
	sort.Slice(out, func(i, j int) bool { return out[i].Minute.Before(out[j].Minute) })
	return out
}
