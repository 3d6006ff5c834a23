package store

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"outcry"
)

// Roll-ups keep counts when their minutes are gone: in steps of 5 minutes for
// months, in steps of an hour for years. They hold symptoms and classes; regions
// and networks are kept by the day for the weeks from which a detector that has
// lost its state learns anew (places.go).
//
// A step is set from its minutes, not added to, so that rolling up the same
// hour again, after a crash or by two processes, changes nothing. As a report
// may be late by a day and be withdrawn for two more, an hour is rolled up
// again until it is three days old.

const (
	fiveMinutes = 5 * time.Minute
	// spanDays is how many days of hours are in one hash: 768 hours.
	spanDays = 32
	// RollUpBack is how far back counts still change.
	RollUpBack = 3 * 24 * time.Hour
)

// RollUp rolls up the whole hours of service from (inclusive) to (exclusive).
// What the minutes no longer say is taken out of the roll-ups as well; but of
// steps that ended RollUpBack before to nothing changes any more, so that they
// are only raised, and keep what they have where the minutes are gone. Call it
// once an hour with now-RollUpBack and now; more often is harmless.
func (s *Store) RollUp(ctx context.Context, service string, from, to time.Time) error {
	h0, h1 := hourOfMinute(minuteOf(from)), hourOfMinute(minuteOf(to)-1)
	if time.Duration(h1-h0)*hour > s.config.Retention.Buckets {
		return fmt.Errorf("%w: only hours whose minutes are kept can be rolled up", outcry.ErrInvalid)
	}
	keep := s.config.Retention
	for _, layer := range []struct {
		minutes func(string, int64) string
		key     func(string, int64) string
		perKey  int64 // steps in a hash
		width   int64 // minutes in a step
		ttl     time.Duration
		fewer   func(map[stepField]int) map[stepField]int
	}{
		{countsKey, fiveKey, int64(day / fiveMinutes), 5, keep.FiveMinutes + day, all},
		{countsKey, hourlyKey, spanDays * 24, 60, keep.Hours + spanDays*day, all},
		{regionsKey, regionDaysKey, spanDays, 24 * 60, placesFor + spanDays*day, largest},
		{networksKey, networkDaysKey, spanDays, 24 * 60, placesFor + spanDays*day, largestNetworks},
	} {
		// A step of which only the end lies in the span stays as it is.
		first, end := -floorDiv(-h0*60, layer.width), -floorDiv(-(h1+1)*60, layer.width)
		if first >= end {
			continue
		}
		want, err := s.steps(ctx, layer.minutes, service, first*layer.width/60, h1, layer.width)
		if err != nil {
			return err
		}
		want = layer.fewer(want)
		settled := floorDiv(minuteOf(to.Add(-RollUpBack)), layer.width)
		for k := floorDiv(first, layer.perKey); k <= floorDiv(end-1, layer.perKey); k++ {
			h := span{layer.key(service, k), k * layer.perKey, (k + 1) * layer.perKey}
			if err := s.replace(ctx, h, first, end, settled, want, layer.ttl); err != nil {
				return err
			}
		}
	}
	return nil
}

// stepField is one number of a roll-up: its step since the epoch, and its name
// as in countsKey.
type stepField struct {
	step int64
	name string
}

// steps sums the minutes of the hours h0 to h1 in steps of width minutes.
func (s *Store) steps(ctx context.Context, key func(string, int64) string, service string, h0, h1, width int64) (map[stepField]int, error) {
	pipe := s.client.Pipeline()
	var cmds []*redis.MapStringStringCmd
	for h := h0; h <= h1; h++ {
		cmds = append(cmds, pipe.HGetAll(ctx, key(service, h)))
	}
	if _, err := pipe.Exec(ctx); err != nil {
		return nil, unavailable("read counts to roll up", err)
	}
	out := map[stepField]int{}
	for i, cmd := range cmds {
		for field, value := range cmd.Val() {
			m, name, n, err := parseCount(field, value)
			if err != nil {
				return nil, err
			}
			out[stepField{((h0+int64(i))*60 + m) / width, name}] += n
		}
	}
	return out, nil
}

// parseCount reads "<offset>:<name>" and a number.
func parseCount(field, value string) (offset int64, name string, n int, err error) {
	text, name, ok := strings.Cut(field, ":")
	offset, err = strconv.ParseInt(text, 10, 64)
	if err == nil {
		n, err = strconv.Atoi(value)
	}
	if !ok || err != nil {
		return 0, "", 0, fmt.Errorf("count %q: %q is not one of ours", field, value)
	}
	return offset, name, n, nil
}

// span is the hash of the steps base to end.
type span struct {
	key       string
	base, end int64
}

// replace makes the steps first to end, as far as they are in h, what want
// says, writing only what differs. Those before settled are only raised.
func (s *Store) replace(ctx context.Context, h span, first, end, settled int64, want map[stepField]int, ttl time.Duration) error {
	have, err := s.client.HGetAll(ctx, h.key).Result()
	if err != nil {
		return unavailable("read roll-ups", err)
	}
	var stale []string
	counted := make(map[stepField]int, len(have))
	for field, value := range have {
		offset, name, n, err := parseCount(field, value)
		if err != nil {
			return err
		}
		step := h.base + offset
		counted[stepField{step, name}] = n
		if step >= max(first, settled) && step < end && want[stepField{step, name}] != n {
			stale = append(stale, field)
		}
	}
	var fresh []any
	for f, n := range want {
		if f.step < h.base || f.step >= h.end {
			continue
		}
		field := strconv.FormatInt(f.step-h.base, 10) + ":" + f.name
		if was := counted[f]; was < n || was > n && f.step >= settled {
			fresh = append(fresh, field, n)
		}
	}
	if len(stale)+len(fresh) == 0 {
		return nil
	}
	pipe := s.client.TxPipeline()
	if len(stale) > 0 {
		pipe.HDel(ctx, h.key, stale...)
	}
	if len(fresh) > 0 {
		pipe.HSet(ctx, h.key, fresh...)
	}
	pipe.Expire(ctx, h.key, ttl)
	_, err = pipe.Exec(ctx)
	return unavailable("store roll-ups", err)
}

// Rollups are the counts of service from (inclusive) to (exclusive) in steps
// of 5 minutes or an hour, as buckets whose Minute is the step's start. Steps
// in which nothing was reported are left out.
func (s *Store) Rollups(ctx context.Context, service string, from, to time.Time, step outcry.Step) ([]outcry.Bucket, error) {
	width, key, perKey := fiveMinutes, fiveKey, int64(day/fiveMinutes)
	switch step {
	case outcry.StepFiveMinutes:
	case outcry.StepHour:
		width, key, perKey = hour, hourlyKey, spanDays*24
	default:
		return nil, fmt.Errorf("%w: roll-ups come in steps of 5m and 1h", outcry.ErrInvalid)
	}
	first, end := window(from.Add(width-time.Nanosecond), width), window(to.Add(width-time.Nanosecond), width)
	if end <= first {
		return nil, nil
	}
	k0, k1 := floorDiv(first, perKey), floorDiv(end-1, perKey)
	if k1-k0 > 400 {
		return nil, fmt.Errorf("%w: too long a time for steps of %s", outcry.ErrInvalid, step)
	}
	pipe := s.client.Pipeline()
	var cmds []*redis.MapStringStringCmd
	for k := k0; k <= k1; k++ {
		cmds = append(cmds, pipe.HGetAll(ctx, key(service, k)))
	}
	if _, err := pipe.Exec(ctx); err != nil {
		return nil, unavailable("read roll-ups", err)
	}
	minutes := int64(width / time.Minute)
	found := map[int64]*outcry.Bucket{}
	for i, cmd := range cmds {
		for field, value := range cmd.Val() {
			n, name, count, err := parseCount(field, value)
			if err != nil {
				return nil, err
			}
			at := (k0+int64(i))*perKey + n
			if at < first || at >= end || count == 0 {
				continue
			}
			if found[at] == nil {
				found[at] = newBucket(minuteTime(at * minutes))
			}
			addCount(found[at], name, count)
		}
	}
	return sorted(found), nil
}
