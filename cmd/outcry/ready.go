package main

import (
	"context"
	"sync"
	"time"

	"outcry/api"
	"outcry/ingest/store"
)

// readyWithin bounds the question whether the store answers.
const readyWithin = 500 * time.Millisecond

// Ready says whether a report could be stored now, and how it would be kept.
func (p *pipeline) Ready(ctx context.Context) api.Readiness {
	ctx, cancel := context.WithTimeout(ctx, readyWithin)
	defer cancel()
	switch {
	case p.keeper != nil:
		if err := p.keeper.Ready(); err != nil {
			return api.Readiness{How: "The journal cannot be written: reports are refused."}
		}
		return api.Readiness{Ready: true, How: "Reports are kept in the embedded store, and on disk in its journal before they are acknowledged."}
	case p.embedded != nil:
		return api.Readiness{Ready: true, How: "Reports are kept in this process' memory only: a restart forgets them. Set --data-dir to keep them on disk."}
	}
	notes, err := p.store.Check(ctx)
	if err == nil {
		err = p.writing.try(ctx, p.store, p.wall())
	}
	if err == nil {
		return api.Readiness{Ready: true, How: "Reports are kept in Redis.", Notes: notes}
	}
	if p.spool != nil && p.spool.State().Err == nil {
		return api.Readiness{Ready: true, How: ailing(err) + ": reports are kept in the journal until it does.", Notes: notes}
	}
	return api.Readiness{How: ailing(err) + ": reports are refused.", Notes: notes}
}

// ailing says what is wrong with Redis, by the code that its error begins with
// (such as OOM, NOPERM, WRONGPASS), if it answered with one.
func ailing(err error) string {
	code, answered := store.Refusal(err)
	switch {
	case !answered:
		return "Redis does not answer"
	case code == "":
		return "Redis does not take what we write"
	}
	return "Redis does not take what we write (" + code + ")"
}

// writing is whether Redis took what was last tried. However many ask, it is
// tried once a second.
type writing struct {
	mu   sync.Mutex
	last time.Time
	err  error
}

const tryEvery = time.Second

func (w *writing) try(ctx context.Context, s *store.Store, now time.Time) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if since := now.Sub(w.last); w.last.IsZero() || since >= tryEvery || since < 0 {
		w.last, w.err = now, s.Writable(ctx)
	}
	return w.err
}
