// Package store keeps reports and what is made of them in Redis.
//
// Reports are not kept one by one but counted: add.lua, the only way in, puts
// each into the bucket of its minute (by symptom, map cell and network) and
// leaves a record under the report's key, so that the same report again
// changes nothing, and can be taken back. Beside the counts lie what the
// detector leaves behind (forecasts, snapshots, incidents, its own state), the
// events that pages follow, and the lease that lets one detector run at a time.
//
// keys.go is the schema. The store knows no clock: the minute and the second
// of everything come as arguments, so that a replay of last year's reports
// counts as it would have then. Only the life of keys runs by the server's.
package store

import (
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"

	"outcry"
)

// Config is what an operator may change. The zero value of a field leaves its
// default.
type Config struct {
	// AddressCap and NetworkCap are how many reports of one address (IPv4 or
	// /64), and of one /24 or /48, count in 15 minutes, per service and kind:
	// default 10 and 60. A report's own AddressCap overrules the first, and
	// raises the second in proportion.
	AddressCap, NetworkCap int
	// FloodFactor times its cap is how many reports over the cap an address or
	// network may leave a record of in 15 minutes: default 20.
	FloodFactor int
	// MaxNetworks is how many networks without a known AS an hour of a service
	// is kept by (a network and minute each count once): default 20,000.
	MaxNetworks int
	// MaxComments is how many comments of a service may wait for a moderator,
	// and how many of them are public at once: 500.
	MaxComments int
	// StreamLength is near how many batches a service's stream keeps: 10,000.
	StreamLength int
	// EventLength is near how many events are kept for followers: 10,000.
	EventLength int
	// TokenKey seals withdrawal tokens. All web processes must have the same;
	// nil lets them agree on one through Redis.
	TokenKey []byte
	// OfferedKey, of 32 bytes, is what this process proposes where they agree
	// through Redis and it has none yet; nil is a random one.
	OfferedKey []byte
	Retention  Retention
}

// Retention is how long things are kept after their last change.
type Retention struct {
	Buckets     time.Duration // counts and forecasts by the minute: 8 days
	FiveMinutes time.Duration // counts in steps of 5 minutes: 100 days
	Hours       time.Duration // counts in steps of an hour: 5 years
	Records     time.Duration // what became of each report: 48 h, and not less
	Marks       time.Duration // who counted lately: 3 h
	Comments    time.Duration // what people wrote, pending or published: 7 days
	Stream      time.Duration // single reports, events: 24 h
	Snapshots   time.Duration // the last verdicts: 7 days
	State       time.Duration // the detector's checkpoints: 90 days
	Beats       time.Duration // when reports could be stored: 45 days
}

const day = 24 * time.Hour

// withDefaults fills in what was left out.
func (c Config) withDefaults() Config {
	for _, f := range []struct {
		n       *int
		without int
	}{
		{&c.AddressCap, 10}, {&c.NetworkCap, 60}, {&c.FloodFactor, 20},
		{&c.MaxNetworks, 20_000}, {&c.MaxComments, 500}, {&c.StreamLength, 10_000}, {&c.EventLength, 10_000},
	} {
		if *f.n <= 0 {
			*f.n = f.without
		}
	}
	r := &c.Retention
	for _, f := range []struct {
		d       *time.Duration
		without time.Duration
	}{
		{&r.Buckets, 8 * day}, {&r.FiveMinutes, 100 * day}, {&r.Hours, 5 * 365 * day},
		{&r.Records, 2 * recordWindow}, {&r.Marks, 3 * time.Hour}, {&r.Comments, 7 * day}, {&r.Stream, day},
		{&r.Snapshots, 7 * day}, {&r.State, 90 * day}, {&r.Beats, 45 * day},
	} {
		if *f.d <= 0 {
			*f.d = f.without
		}
	}
	r.Records = max(r.Records, 2*recordWindow)
	return c
}

// Store is the counts and verdicts in one Redis, Sentinel or Cluster. It may
// be used by many goroutines, and many processes may use one Redis.
type Store struct {
	client  redis.UniversalClient
	config  Config
	scripts scripts
	sealer  atomic.Pointer[sealer]
}

// New makes a store over client, which stays the caller's to close.
func New(client redis.UniversalClient, config Config) *Store {
	config.TokenKey = append([]byte(nil), config.TokenKey...)
	return &Store{client: client, config: config.withDefaults(), scripts: newScripts()}
}

// bucketTTL keeps an hour's hash until its last minute has been kept long
// enough; the TTL counts from the last write, which may have been its first.
func (r Retention) bucketTTL() time.Duration { return r.Buckets + hour }

func seconds(d time.Duration) int64 { return int64(d / time.Second) }

// minuteOf is t's minute since the epoch, and minuteTime the way back.
func minuteOf(t time.Time) int64      { return floorDiv(t.Unix(), 60) }
func minuteTime(m int64) time.Time    { return time.Unix(m*60, 0).UTC() }
func hourOfMinute(minute int64) int64 { return floorDiv(minute, 60) }

// unavailable says that Redis did not answer, keeping its error for the log.
func unavailable(doing string, err error) error {
	if err == nil {
		return nil
	}
	return &unavailableError{doing: doing, err: err}
}

type unavailableError struct {
	doing string
	err   error
}

func (e *unavailableError) Error() string   { return e.doing + ": " + e.err.Error() }
func (e *unavailableError) Unwrap() []error { return []error{outcry.ErrUnavailable, e.err} }
