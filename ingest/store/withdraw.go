package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"

	"outcry"
)

// Withdraw takes the report id back: its bucket loses it, by minute, symptom,
// region and network, and its person may report again. Twice is as once. The
// token alone tells the service; a service that is given must be that one. A
// report is remembered for one to two days: later there is nothing to take
// back, which is outcry.ErrNotFound. A wrong token is outcry.ErrForbidden.
func (s *Store) Withdraw(ctx context.Context, service, id, token string, now time.Time) error {
	seal, err := s.seal(ctx)
	if err != nil {
		return err
	}
	c, err := seal.open(id, token)
	if err != nil {
		return err
	}
	if service != "" && service != c.service {
		return errWrongToken
	}
	// Between reading a record and replacing it somebody else may withdraw it;
	// then the second reading finds it withdrawn.
	for range 3 {
		found, err := s.findRecord(ctx, c, now)
		if err != nil {
			return err
		}
		if found.withdrawn {
			return nil
		}
		done, err := s.remove(ctx, c, found)
		if err != nil || done {
			return err
		}
	}
	return unavailable("withdraw a report", errors.New("the record keeps changing"))
}

// foundRecord is a record with where it lies.
type foundRecord struct {
	record
	key, raw string
}

func (s *Store) findRecord(ctx context.Context, c claim, now time.Time) (foundRecord, error) {
	pipe := s.client.Pipeline()
	w := window(now, recordWindow)
	keys := []string{
		recordsKey(c.service, w), recordsKey(c.service, w-1), recordsKey(c.service, w+1), recordsKey(c.service, w-2),
	}
	cmds := make([]*redis.StringCmd, len(keys))
	for i, key := range keys {
		cmds[i] = pipe.HGet(ctx, key, c.key)
	}
	if _, err := pipe.Exec(ctx); err != nil && !errors.Is(err, redis.Nil) {
		return foundRecord{}, unavailable("look a report up", err)
	}
	for i, cmd := range cmds {
		raw, err := cmd.Result()
		switch {
		case errors.Is(err, redis.Nil):
			continue
		case err != nil:
			return foundRecord{}, unavailable("look a report up", err)
		}
		r, err := parseRecord(raw)
		if err != nil {
			return foundRecord{}, err
		}
		return foundRecord{record: r, key: keys[i], raw: raw}, nil
	}
	return foundRecord{}, fmt.Errorf("%w: no such report is kept", outcry.ErrNotFound)
}

func (s *Store) remove(ctx context.Context, c claim, f foundRecord) (bool, error) {
	h := hourOfMinute(f.minute)
	received := secondsTime(f.received)
	keys := []string{
		f.key, countsKey(c.service, h), regionsKey(c.service, h), networksKey(c.service, h),
		marksKey(c.service, window(received, markWindow)), capsKey(c.service, window(received, capWindow)),
		reportsKey(c.service), commentsKey(c.service), publishedKey(c.service),
	}
	line, err := json.Marshal(map[string]any{
		"time": minuteTime(f.minute), "service": c.service, "symptom": f.symptom, "class": f.class, "region": f.region,
	})
	if err != nil {
		return false, err
	}
	args := []any{c.key, f.raw, "W" + f.raw}
	for _, field := range f.lowered(c) {
		args = append(args, field)
	}
	mark := func(who string) string {
		if who == "" || f.class == classDiscounted {
			return ""
		}
		return markClass(f.class) + who
	}
	args = append(args, mark(c.person), mark(c.former), f.received, string(line), s.config.StreamLength)
	n, err := pipeline(ctx, s.client, s.scripts.withdraw, []call{{keys, args}})[0].Int()
	return n == 1, unavailable("withdraw a report", err)
}

// lowered are the fields that lose one: counts, region, network, and the two
// caps, "" where there is none.
func (f foundRecord) lowered(c claim) [5]string {
	var out [5]string
	caps := func(before string) {
		if c.address != "" {
			out[3] = before + "a" + c.address
		}
		if c.network != "" {
			out[4] = before + "n" + c.network
		}
	}
	switch f.class {
	case classDown:
		out[0] = minuteField(f.minute, f.symptom)
		out[1] = minuteField(f.minute, f.region)
		out[2] = minuteField(f.minute, f.netKey)
		caps(f.class)
	case classWorks, classLate:
		out[0] = minuteField(f.minute, "+"+f.class)
		caps(f.class)
	case classDiscounted:
		// Of the discounted it is not kept in which class they were over a
		// cap, and their number only tells when a flood begins.
		out[0] = minuteField(f.minute, "+"+classDiscounted)
	}
	return out
}
