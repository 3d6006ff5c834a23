package store

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"time"

	"github.com/redis/go-redis/v9"

	"outcry"
)

const (
	// maxBlock is how long one read may hold its connection: a client cannot
	// take a blocked read back, so a shutdown waits this long at most.
	maxBlock = time.Second
	// eventBatch is the most events of one reading.
	eventBatch = 500
)

// Publish tells followers; the events get their ids from the store.
func (s *Store) Publish(ctx context.Context, events []outcry.Event) error {
	if len(events) == 0 {
		return nil
	}
	pipe := s.client.Pipeline()
	for _, e := range events {
		pipe.XAdd(ctx, &redis.XAddArgs{
			Stream: eventsKey(), MaxLen: int64(s.config.EventLength), Approx: true,
			Values: []any{"kind", string(e.Kind), "service", e.Service, "data", e.Data},
		})
	}
	pipe.Expire(ctx, eventsKey(), s.config.Retention.Stream)
	_, err := pipe.Exec(ctx)
	return unavailable("publish events", err)
}

var eventID = regexp.MustCompile(`^[0-9]{1,19}-[0-9]{1,19}$`)

// Events are those after afterID, oldest first, at most 500; where there are
// none it waits for the next up to wait, then gives none. afterID "" is from
// now on: as events between two such calls are missed, a follower begins at
// LastEvent and goes on from the last id it was given.
func (s *Store) Events(ctx context.Context, afterID string, wait time.Duration) ([]outcry.Event, error) {
	if afterID == "" {
		last, err := s.LastEvent(ctx)
		if err != nil {
			return nil, err
		}
		afterID = last
	}
	if !eventID.MatchString(afterID) {
		return nil, fmt.Errorf("%w: the event id is not one of ours", outcry.ErrInvalid)
	}
	for {
		block := min(wait, maxBlock)
		wait -= block
		events, err := s.readEvents(ctx, afterID, block)
		if err != nil || len(events) > 0 || wait <= 0 || ctx.Err() != nil {
			return events, err
		}
	}
}

// readEvents reads once; a block of 0 does not wait (to Redis it would be for
// ever).
func (s *Store) readEvents(ctx context.Context, afterID string, block time.Duration) ([]outcry.Event, error) {
	if block <= 0 {
		block = -1
	}
	streams, err := s.client.XRead(ctx, &redis.XReadArgs{
		Streams: []string{eventsKey(), afterID}, Count: eventBatch, Block: block,
	}).Result()
	if errors.Is(err, redis.Nil) {
		return nil, nil
	}
	if err != nil {
		return nil, unavailable("read events", err)
	}
	var out []outcry.Event
	for _, stream := range streams {
		for _, m := range stream.Messages {
			out = append(out, eventOf(m))
		}
	}
	return out, nil
}

func eventOf(m redis.XMessage) outcry.Event {
	text := func(field string) string { v, _ := m.Values[field].(string); return v }
	return outcry.Event{ID: m.ID, Kind: outcry.EventKind(text("kind")), Service: text("service"), Data: []byte(text("data"))}
}

// LastEvent is the id of the newest event, "0-0" where there is none.
func (s *Store) LastEvent(ctx context.Context) (string, error) {
	last, err := s.client.XRevRangeN(ctx, eventsKey(), "+", "-", 1).Result()
	if err != nil {
		return "", unavailable("read the last event", err)
	}
	if len(last) == 0 {
		return "0-0", nil
	}
	return last[0].ID, nil
}
