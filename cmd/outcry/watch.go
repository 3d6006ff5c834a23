package main

import (
	"context"
	"crypto/rand"
	"log/slog"
	"sync/atomic"
	"time"

	"outcry/anomaly"
	"outcry/ingest/store"
)

// The times of the detector's loop.
const (
	// lookEvery is how often it is asked whether a minute has ended.
	lookEvery = 2 * time.Second
	// grace is how long after its end a minute is judged.
	grace = 5 * time.Second
	// leaseFor is how long one process is the detector without renewing; a
	// killed one is replaced after it.
	leaseFor = 20 * time.Second
	// tickWithin bounds one look.
	tickWithin = time.Minute
)

// watch is the one process' detector among those that could be it.
type watch struct {
	store  *store.Store
	config anomaly.Config
	owner  string
	log    *slog.Logger
	last   atomic.Int64 // Unix time of the last look that went well
	active *anomaly.Watcher
	every  time.Duration
}

func newWatch(s *store.Store, c anomaly.Config, log *slog.Logger) *watch {
	return &watch{store: s, config: c, owner: rand.Text(), log: log, every: lookEvery}
}

// take lets the loop begin with a watcher that has judged something already,
// and look that often.
func (w *watch) take(watcher *anomaly.Watcher, every time.Duration) {
	w.active, w.every = watcher, every
}

// run looks until ctx ends, and then leaves a checkpoint and the lease.
func (w *watch) run(ctx context.Context, now func() time.Time) {
	t := time.NewTicker(w.every)
	defer t.Stop()
	for {
		w.look(ctx, now())
		select {
		case <-ctx.Done():
			w.leave(context.WithoutCancel(ctx))
			return
		case <-t.C:
		}
	}
}

// look holds or takes the lease and lets the watcher judge what has ended.
// Errors are logged; the next look goes on where this one stopped.
func (w *watch) look(ctx context.Context, now time.Time) {
	ctx, cancel := context.WithTimeout(ctx, tickWithin)
	defer cancel()
	held, err := w.store.Lease(ctx, "detector", w.owner, leaseFor)
	if err != nil {
		w.log.Warn("the detector cannot reach the store", "error", err)
		return
	}
	if !held {
		w.active = nil // another process judges; its checkpoint is the truth
		w.last.Store(now.Unix())
		return
	}
	if err := w.step(ctx, now); err != nil {
		w.log.Error("the detector stopped short", "error", err)
		return
	}
	w.last.Store(now.Unix())
}

func (w *watch) step(ctx context.Context, now time.Time) error {
	if w.active == nil {
		x := anomaly.NewWatcher(w.config)
		if err := x.Resume(ctx, now); err != nil {
			return err
		}
		w.active = x
	}
	return w.active.Tick(ctx, now)
}

func (w *watch) leave(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	if w.active != nil {
		if err := w.active.Checkpoint(ctx); err != nil {
			w.log.Warn("no last checkpoint", "error", err)
		}
	}
	if err := w.store.Release(ctx, "detector", w.owner); err != nil {
		w.log.Warn("the lease was not given back", "error", err)
	}
}

// alive is true while looks go well.
func (w *watch) alive(now time.Time) bool {
	return now.Unix()-w.last.Load() < int64((leaseFor + tickWithin).Seconds())
}
