package main

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"time"

	"outcry"
	"outcry/anomaly"
	"outcry/ingest/replay"
	"outcry/ingest/simulate"
	"outcry/ingest/source"
)

// The demo's clock starts some hours ago and runs fast until it has caught up
// with the wall clock: an outage of fifty minutes and its all-clear pass in
// less than two.
const (
	demoBehind = 3 * time.Hour
	demoSpeed  = 60
	demoSeed   = 2022_10_24
	// demoLook is how often the detector asks whether a minute has ended.
	demoLook = 250 * time.Millisecond
)

const demoNotice = "This is a simulation: every report, outage and number here is invented, and the clock runs fast."

func runDemo(ctx context.Context, args []string, env environment) error {
	var c config
	f := flagSet("demo")
	serveFlags(f, &c)
	if err := parseAlone(f, args, env); err != nil {
		return err
	}
	c.role, c.simulation = roleAll, demoNotice
	if err := c.check(); err != nil {
		return err
	}
	log := newLog(env)
	kept := c
	kept.dataDir = "" // what is invented is not kept
	p, err := openPipeline(kept, source.Fleeting(), env.now)
	if err != nil {
		return err
	}
	defer p.close()
	start := env.now().UTC().Add(-demoBehind).Truncate(time.Minute)
	history, live := simulate.Demo(start, demoSeed)
	fmt.Fprintln(env.stderr, "simulating fifteen days of history …")
	watcher, err := p.past(ctx, history, start, log)
	if err != nil {
		return err
	}
	env.now = fastClock(env.now, start, demoSpeed)
	return p.run(ctx, c, env, log, watcher, func(ctx context.Context) error { return p.feed(ctx, live, env.now) })
}

// fastClock starts at start now and runs speed times as fast as the clock it
// is given, until it has caught up with it.
func fastClock(wall func() time.Time, start time.Time, speed int) func() time.Time {
	began := wall()
	return func() time.Time {
		now := wall()
		fast := start.Add(now.Sub(began) * time.Duration(speed))
		if fast.After(now) {
			return now
		}
		return fast
	}
}

// past takes the history in, narrows the catalogue to the services in it, and
// returns a watcher that has judged all of it.
func (p *pipeline) past(ctx context.Context, history iter.Seq[replay.Line], end time.Time, log *slog.Logger) (*anomaly.Watcher, error) {
	seen, first := map[string]bool{}, end
	desk := &recorder{pipeline: p, stored: func(r outcry.Report, _ outcry.Acknowledgement) { seen[r.Service] = true }}
	for l := range history {
		if l.Time.Before(first) {
			first = l.Time
		}
		if err := desk.take(ctx, l); err != nil {
			return nil, fmt.Errorf("simulated report: %w", err)
		}
	}
	if err := desk.flush(ctx); err != nil {
		return nil, err
	}
	p.rollUpAll(ctx, first, end, log)
	p.catalogs.narrow(func(s outcry.Service) bool { return seen[s.Slug] })
	config := p.watcherConfig(log)
	config.AlwaysOpen, config.Grace = true, 0
	w := anomaly.NewWatcher(config)
	w.StartAt(first)
	return w, w.Tick(ctx, end)
}

// rollUpAll rolls up days of which the minutes are still there, however old.
func (p *pipeline) rollUpAll(ctx context.Context, first, end time.Time, log *slog.Logger) {
	const day = 24 * time.Hour
	for from := first.Truncate(day); from.Before(end); from = from.Add(day) {
		to := from.Add(day)
		if to.After(end) {
			to = end
		}
		p.rollUp(ctx, from, to, log)
	}
}

// feed submits the live reports as the clock reaches them.
func (p *pipeline) feed(ctx context.Context, live iter.Seq[replay.Line], now func() time.Time) error {
	for l := range live {
		for now().Before(l.Time) {
			select {
			case <-ctx.Done():
				return nil
			case <-time.After(20 * time.Millisecond):
			}
		}
		if err := p.persist(ctx, l); err != nil && ctx.Err() == nil {
			return fmt.Errorf("simulated report: %w", err)
		}
	}
	return nil
}

// persist stores a simulated report as a person's page does: again and again
// while it is not known whether it was stored, and counted once.
func (p *pipeline) persist(ctx context.Context, l replay.Line) error {
	submission, now := l.Submission()
	report, err := p.desk.Check(submission, now)
	if err != nil {
		return err
	}
	for {
		_, err := p.store.Add(ctx, []outcry.Report{report})
		if !errors.Is(err, outcry.ErrUnavailable) {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(time.Second):
		}
	}
}
