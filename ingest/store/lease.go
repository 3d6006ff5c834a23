package store

import (
	"context"
	"time"

	"github.com/redis/go-redis/v9"
)

// Lease takes or renews the role name for owner, for ttl from now, and reports
// whether owner has it. owner must differ between processes and runs, such as
// a random UUID made at start. Renew at a third of ttl; who could not for two
// thirds must stop acting, so that a stalled holder has stopped before another
// can begin. An error means that it is not known: act as if the role were
// lost. What the holder writes replaces the same minutes, incidents and
// checkpoints, so that a last write of a stalled holder does no lasting harm.
func (s *Store) Lease(ctx context.Context, name, owner string, ttl time.Duration) (bool, error) {
	c := call{[]string{leaseKey(name)}, []any{owner, ttl.Milliseconds()}}
	n, err := pipeline(ctx, s.client, s.scripts.lease, []call{c})[0].Int()
	return n == 1, unavailable("take the lease", err)
}

// Release gives the role up, if it is owner's.
func (s *Store) Release(ctx context.Context, name, owner string) error {
	c := call{[]string{leaseKey(name)}, []any{owner}}
	return unavailable("release the lease", pipeline(ctx, s.client, s.scripts.release, []call{c})[0].Err())
}

// Writable tells whether Redis takes what is written by a script, as reports are:
// one that answers may be out of memory, a replica, or not let us.
func (s *Store) Writable(ctx context.Context) error {
	_, err := s.Lease(ctx, "ready", "any", time.Minute)
	return err
}

const minutesPerDay = 24 * 60

// Beat notes that reports could be stored in the minute of t. Every web
// process beats once a minute, so that the detector can tell a minute in which
// nobody reported from one in which nobody could.
func (s *Store) Beat(ctx context.Context, t time.Time) error {
	m := minuteOf(t)
	d := floorDiv(m, minutesPerDay)
	pipe := s.client.Pipeline()
	pipe.SetBit(ctx, beatsKey(d), m-d*minutesPerDay, 1)
	pipe.Expire(ctx, beatsKey(d), s.config.Retention.Beats)
	_, err := pipe.Exec(ctx)
	return unavailable("note a beat", err)
}

// Beats are the minutes from (inclusive) to (exclusive) in which some web
// process beat, in UTC.
func (s *Store) Beats(ctx context.Context, from, to time.Time) (map[time.Time]bool, error) {
	first, end := minuteOf(ceilMinute(from)), minuteOf(ceilMinute(to))
	out := map[time.Time]bool{}
	if end <= first {
		return out, nil
	}
	d0, d1 := floorDiv(first, minutesPerDay), floorDiv(end-1, minutesPerDay)
	// What lies further back than beats are kept is empty without asking.
	d0 = max(d0, d1-int64(s.config.Retention.Beats/day)-1)
	pipe := s.client.Pipeline()
	cmds := make([]*redis.StringCmd, 0, d1-d0+1)
	for d := d0; d <= d1; d++ {
		cmds = append(cmds, pipe.Get(ctx, beatsKey(d)))
	}
	_, _ = pipe.Exec(ctx) // each command has its own error, and absence is one
	for i, cmd := range cmds {
		if err := cmd.Err(); err != nil && err != redis.Nil {
			return nil, unavailable("read beats", err)
		}
		base := (d0 + int64(i)) * minutesPerDay
		for n, b := range []byte(cmd.Val()) {
			for bit := range 8 {
				m := base + int64(8*n+bit)
				if b&(0x80>>bit) != 0 && m >= first && m < end {
					out[minuteTime(m)] = true
				}
			}
		}
	}
	return out, nil
}

// Alive reports whether the minute of t had a beat.
func (s *Store) Alive(ctx context.Context, t time.Time) (bool, error) {
	m := t.Truncate(time.Minute)
	beats, err := s.Beats(ctx, m, m.Add(time.Minute))
	return len(beats) == 1, err
}
