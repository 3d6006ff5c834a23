package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/redis/go-redis/v9"

	"outcry"
)

// PutSnapshots keeps the last verdict of each service that is given; others
// stay as they are.
func (s *Store) PutSnapshots(ctx context.Context, snapshots []outcry.Snapshot) error {
	if len(snapshots) == 0 {
		return nil
	}
	fields := make([]any, 0, 2*len(snapshots))
	for _, snap := range snapshots {
		b, err := json.Marshal(snap)
		if err != nil {
			return fmt.Errorf("write the snapshot of %s: %w", snap.Verdict.Service, err)
		}
		fields = append(fields, snap.Verdict.Service, b)
	}
	pipe := s.client.Pipeline()
	pipe.HSet(ctx, snapshotsKey(), fields...)
	pipe.Expire(ctx, snapshotsKey(), s.config.Retention.Snapshots)
	_, err := pipe.Exec(ctx)
	return unavailable("store snapshots", err)
}

// Snapshots are the last verdicts by service.
func (s *Store) Snapshots(ctx context.Context) (map[string]outcry.Snapshot, error) {
	all, err := s.client.HGetAll(ctx, snapshotsKey()).Result()
	if err != nil {
		return nil, unavailable("read snapshots", err)
	}
	out := make(map[string]outcry.Snapshot, len(all))
	for service, text := range all {
		var snap outcry.Snapshot
		if err := json.Unmarshal([]byte(text), &snap); err != nil {
			return nil, fmt.Errorf("read the snapshot of %s: %w", service, err)
		}
		out[service] = snap
	}
	return out, nil
}

// SaveState keeps a checkpoint under a name of the caller's.
func (s *Store) SaveState(ctx context.Context, name string, state []byte) error {
	return unavailable("store state", s.client.Set(ctx, stateKey(name), state, s.config.Retention.State).Err())
}

// LoadState is what SaveState kept last, or outcry.ErrNotFound.
func (s *Store) LoadState(ctx context.Context, name string) ([]byte, error) {
	b, err := s.client.Get(ctx, stateKey(name)).Bytes()
	if errors.Is(err, redis.Nil) {
		return nil, fmt.Errorf("%w: no state %q", outcry.ErrNotFound, name)
	}
	return b, unavailable("read state", err)
}
