package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"time"

	"outcry"
	"outcry/ingest/commit"
	"outcry/ingest/embedded"
	"outcry/ingest/journal"
	"outcry/ingest/store"
)

// keeping is where reports are kept, and how safely.
//
//	embedded, no --data-dir    memory
//	embedded, --data-dir       a journal, synced before each answer, and a snapshot
//	Redis, no --data-dir       Redis
//	Redis, --data-dir          Redis; a journal while it is away
type keeping struct {
	store    *store.Store
	embedded *embedded.Redis // nil with a Redis of its own
	keeper   *journal.Keeper // nil unless the embedded store has a journal
	spool    *journal.Spool  // nil unless Redis has one
	tokens   *tokens         // nil unless the spool is without a secret
	writing  writing
}

// opening is how journals are opened.
type opening = journal.Options

// writer is what the committer writes to, and what takes reports back.
type writer interface {
	commit.Store
	Token(ctx context.Context, r outcry.Report) (string, error)
	Withdraw(ctx context.Context, service, id, token string, now time.Time) error
}

func (k *keeping) writer() writer {
	switch {
	case k.tokens != nil:
		return k.tokens
	case k.spool != nil:
		return k.spool
	}
	return k.store
}

// store is the store's part of the configuration.
func (c config) store() store.Config {
	return store.Config{TokenKey: c.tokenKey, Retention: store.Retention{Buckets: c.keep.minutes, FiveMinutes: c.keep.fives, Hours: c.keep.hours}}
}

// openStore opens the store that the configuration names; journals are opened
// where there is a folder for them.
func (p *pipeline) openStore(c config, wall func() time.Time) error {
	if c.redisURL == "" {
		return p.openEmbedded(c, wall)
	}
	client, err := store.Dial(c.redisURL)
	if err != nil {
		return flagError("redis-url", err)
	}
	p.later(client.Close)
	if c.dataDir == "" {
		p.store = store.New(client, c.store())
		return nil
	}
	var own []byte // the secret itself must not get into Redis
	if c.tokenKey == nil {
		if own, err = keptKey(c.dataDir, "token.key"); err != nil {
			return err
		}
	}
	offered := c.store()
	offered.OfferedKey = own
	p.store = store.New(client, offered)
	if p.spool, err = c.opening.OpenSpool(c.dataDir, p.store); err != nil {
		return c.openingError(err)
	}
	p.later(p.spool.Close)
	if own != nil {
		p.tokens = &tokens{Spool: p.spool, own: store.New(client, store.Config{TokenKey: own})}
		p.tokens.agree(context.Background())
	}
	return nil
}

// openingError says what to do about a folder that is damaged.
func (c config) openingError(err error) error {
	if errors.Is(err, journal.ErrDamaged) {
		err = fmt.Errorf("%w; copy %s, then restore a backup, or start with --accept-damage to go on with what can be read", err, c.dataDir)
	}
	return flagError("data-dir", err)
}

func (p *pipeline) openEmbedded(c config, wall func() time.Time) error {
	r, err := embedded.Open()
	if err != nil {
		return err
	}
	p.later(r.Close)
	p.embedded, p.store = r, store.New(r.Client(), c.store())
	if c.dataDir == "" {
		return nil
	}
	if err := os.MkdirAll(c.dataDir, 0o700); err != nil {
		return flagError("data-dir", err)
	}
	if p.keeper, err = c.opening.Keep(context.Background(), c.dataDir, r.Client()); err != nil {
		return c.openingError(err)
	}
	p.later(func() error {
		if err := p.keeper.Close(context.Background(), wall()); err != nil {
			return fmt.Errorf("the last snapshot could not be written, but all that was acknowledged is safe in the journal: %w", err)
		}
		return nil
	})
	return nil
}

// The times of the upkeep.
const (
	ageEvery   = time.Second
	drainEvery = 250 * time.Millisecond
	rollEvery  = time.Hour
	// compactEvery is how often the journal's length is looked at, the first
	// time at once: a process that is killed again and again must get to it.
	compactEvery = 2 * time.Second
)

// upkeep is what a process does besides its roles, each until ctx ends.
func (p *pipeline) upkeep(c config, now func() time.Time, log *slog.Logger) []func(context.Context) error {
	parts := []func(context.Context) error{func(ctx context.Context) error { p.catalogs.follow(ctx, log); return nil }}
	if p.embedded != nil {
		parts = append(parts, every(ageEvery, func(context.Context) { p.embedded.Advance(ageEvery) }))
	}
	if p.keeper != nil {
		parts = append(parts, func(ctx context.Context) error {
			p.compact(ctx, now(), log)
			return every(compactEvery, func(ctx context.Context) { p.compact(ctx, now(), log) })(ctx)
		})
	}
	if p.spool != nil {
		parts = append(parts, every(drainEvery, func(ctx context.Context) { p.drain(ctx, log) }))
	}
	if c.role != roleWeb {
		parts = append(parts, func(ctx context.Context) error {
			// What was not rolled up while no detector ran is, before its minutes go.
			p.rollUp(ctx, now().Add(-c.keep.surely()), now(), log)
			return every(rollEvery, func(ctx context.Context) { p.rollUp(ctx, now().Add(-store.RollUpBack), now(), log) })(ctx)
		})
	}
	return parts
}

// every makes a part that does f after each interval.
func every(interval time.Duration, f func(context.Context)) func(context.Context) error {
	return func(ctx context.Context) error {
		t := time.NewTicker(interval)
		defer t.Stop()
		for {
			select {
			case <-ctx.Done():
				return nil
			case <-t.C:
				f(ctx)
			}
		}
	}
}

func (p *pipeline) compact(ctx context.Context, now time.Time, log *slog.Logger) {
	if !p.keeper.Overgrown() {
		return
	}
	if err := p.keeper.Compact(ctx, now); err != nil && ctx.Err() == nil {
		log.Error("the journal could not be compacted", "error", err)
	}
}

func (p *pipeline) drain(ctx context.Context, log *slog.Logger) {
	n, err := p.spool.Drain(ctx)
	if n > 0 {
		log.Info("journalled reports were handed to Redis", "entries", n)
	}
	switch {
	case err == nil || ctx.Err() != nil:
	case errors.Is(err, journal.ErrNotHanded):
		log.Warn("journalled reports wait, though Redis answers", "entries", p.spool.State().Spooled, "error", err)
	default:
		log.Debug("Redis is away", "error", err)
	}
	if err == nil && p.tokens != nil {
		p.tokens.agree(ctx)
	}
}

func (p *pipeline) rollUp(ctx context.Context, from, to time.Time, log *slog.Logger) {
	for _, s := range p.catalogs.get().Services() {
		if err := p.store.RollUp(ctx, s.Slug, from, to); err != nil && ctx.Err() == nil {
			log.Warn("counts were not rolled up", "service", s.Slug, "error", err)
			return
		}
	}
}

// history answers for counts of any age: by the minute while those are kept,
// from the roll-ups before.
type history struct {
	*store.Store
	now  func() time.Time
	keep retention
}

// Buckets gives counts in the finest steps there are for the whole of the
// span: minutes, then five minutes, then hours, each no further back than they
// are surely kept.
func (h history) Buckets(ctx context.Context, service string, from, to time.Time) ([]outcry.Bucket, error) {
	switch back := max(h.now().Sub(from), to.Sub(from)); {
	case back <= h.keep.surely():
		return h.Store.Buckets(ctx, service, from, to)
	case back <= h.keep.fives-keptMargin:
		return h.coarse(ctx, service, from, to, outcry.StepFiveMinutes)
	}
	return h.coarse(ctx, service, from, to, outcry.StepHour)
}

// coarse reads roll-ups, and minutes as far back as they are surely kept: those
// are never behind.
func (h history) coarse(ctx context.Context, service string, from, to time.Time, step outcry.Step) ([]outcry.Bucket, error) {
	young := h.now().Add(-h.keep.surely()).Truncate(time.Hour)
	if !young.Before(to) {
		return h.Store.Rollups(ctx, service, from, to, step)
	}
	old, err := h.Store.Rollups(ctx, service, from, young, step)
	if err != nil {
		return nil, err
	}
	recent, err := h.Store.Buckets(ctx, service, young, to)
	return append(old, recent...), err
}
