package main

import (
	"context"
	"errors"
	"time"

	"outcry"
	"outcry/ingest"
	"outcry/ingest/commit"
	"outcry/ingest/embedded"
	"outcry/ingest/geo"
	"outcry/ingest/replay"
	"outcry/ingest/source"
	"outcry/ingest/store"
)

// pipeline is a report's way into the store, as every command uses it.
type pipeline struct {
	catalogs    *catalogs
	store       *store.Store
	desk        *ingest.Desk
	embedded    *embedded.Redis // nil with a Redis of its own
	falseAlarms float64
	closers     []func() error
}

// openPipeline opens catalogue, place databases and store, and puts the desk
// before them.
func openPipeline(c config, hasher *source.Hasher) (*pipeline, error) {
	p := &pipeline{falseAlarms: c.falseAlarms}
	if err := p.open(c, hasher); err != nil {
		p.close()
		return nil, err
	}
	return p, nil
}

func (p *pipeline) open(c config, hasher *source.Hasher) (err error) {
	if p.catalogs, err = openCatalog(c.catalogFile); err != nil {
		return err
	}
	places, err := geo.Open(c.geoip, c.geoipASN)
	if err != nil {
		return err
	}
	p.later(places.Close)
	if err := p.openStore(c); err != nil {
		return err
	}
	committer := commit.New(p.store, commit.Config{})
	p.later(committer.Close)
	p.desk = ingest.NewDesk(p.catalogs.get, places, hasher, committer, p.store)
	return nil
}

func (p *pipeline) openStore(c config) error {
	if c.redisURL == "" {
		r, err := embedded.Open()
		if err != nil {
			return err
		}
		p.later(r.Close)
		p.embedded, p.store = r, store.New(r.Client(), store.Config{})
		return nil
	}
	client, err := store.Dial(c.redisURL)
	if err != nil {
		return errors.Join(errUsage, err)
	}
	p.later(client.Close)
	p.store = store.New(client, store.Config{})
	return nil
}

func (p *pipeline) later(f func() error) { p.closers = append(p.closers, f) }

// close ends everything, the last opened first.
func (p *pipeline) close() error {
	var err error
	for i := len(p.closers) - 1; i >= 0; i-- {
		err = errors.Join(err, p.closers[i]())
	}
	p.closers = nil
	return err
}

// take submits one recorded report at its own time.
func (p *pipeline) take(ctx context.Context, l replay.Line) (outcry.Receipt, error) {
	submission, now := l.Submission()
	return p.desk.Submit(ctx, submission, now)
}

// isRejection tells what is wrong with a report from what is wrong with us.
func isRejection(err error) bool {
	for _, kind := range []error{outcry.ErrInvalid, outcry.ErrUnknownService, outcry.ErrUnknownSymptom, outcry.ErrTimeRange} {
		if errors.Is(err, kind) {
			return true
		}
	}
	return false
}

// age lets the embedded store's keys grow old with the clock on the wall.
func (p *pipeline) age(ctx context.Context) {
	const every = time.Second
	t := time.NewTicker(every)
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-t.C:
			p.embedded.Advance(every)
		}
	}
}
