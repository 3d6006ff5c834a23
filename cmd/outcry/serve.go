package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"sync"

	"outcry/anomaly"
	"outcry/ingest/store"
)

func runServe(ctx context.Context, args []string, env environment) error {
	var c config
	f := flagSet("serve")
	serveFlags(f, &c)
	f.StringVar(&c.role, "role", roleAll, "what this process does: all, web or detector")
	f.BoolVar(&c.opening.AcceptDamage, "accept-damage", false, "take what can be read of a damaged journal or snapshot, and keep the damaged files as *.damaged")
	f.StringVar(&c.redisURL, "redis-url", "", "redis://, rediss:// or unix:// address (empty: the embedded store)")
	if err := parseAlone(f, args, env); err != nil {
		return err
	}
	if err := c.check(); err != nil {
		return err
	}
	return serve(ctx, c, env, newLog(env))
}

func newLog(env environment) *slog.Logger {
	return slog.New(slog.NewJSONHandler(env.stderr, nil))
}

// serve opens the pipeline and runs the roles.
func serve(ctx context.Context, c config, env environment, log *slog.Logger) error {
	secret, err := openSecret(c.secretFile)
	if err != nil {
		return err
	}
	c.tokenKey, c.opening.Log = secret, log
	store.LogTo(log, env.now)
	p, err := openPipeline(c, hasher(secret), env.now)
	if err != nil {
		return err
	}
	err = p.run(ctx, c, env, log, nil)
	unclosed := p.close()
	if unclosed != nil {
		log.Error("the store was not closed as it should be", "error", unclosed)
	}
	return errors.Join(err, unclosed)
}

// run runs the roles, and whatever else it is given, until ctx ends or one of
// them fails. The detector begins with the watcher, if there is one.
func (p *pipeline) run(ctx context.Context, c config, env environment, log *slog.Logger, watcher *anomaly.Watcher, others ...func(context.Context) error) error {
	listener, err := net.Listen("tcp", c.listen)
	if err != nil {
		return fmt.Errorf("--listen: %w", err)
	}
	defer listener.Close()
	parts := append(others, p.upkeep(c, env.now, log)...)
	w := newWatch(p.store, p.watcherConfig(log), log)
	if watcher != nil {
		w.take(watcher, demoLook)
	}
	if c.role != roleWeb {
		parts = append(parts, func(ctx context.Context) error { w.run(ctx, env.now); return nil })
	}
	if c.role == roleDetector {
		parts = append(parts, func(ctx context.Context) error { return serveHealth(ctx, listener, w, env.now) })
	} else {
		server, err := p.server(c, env, log, listener.Addr())
		if err != nil {
			return err
		}
		parts = append(parts,
			func(ctx context.Context) error { p.beat(ctx, env.now, log); return nil },
			func(ctx context.Context) error { return serveWeb(ctx, server, listener) })
	}
	g := newGroup(ctx)
	for _, part := range parts {
		g.start(part)
	}
	// Whoever came since the port was opened is not to wait for the store to
	// be asked.
	p.greet(g.ctx, env, log, listener.Addr())
	return g.wait()
}

// watcherConfig is the detector's, over this pipeline.
func (p *pipeline) watcherConfig(log *slog.Logger) anomaly.Config {
	return anomaly.Config{
		Catalog: p.catalogs.get, Counts: p.store, Board: p.store, Past: p.store, Earlier: p.store,
		FalseAlarms: p.falseAlarms, Grace: grace, Log: log,
	}
}

// group runs the parts of a process together: when one returns an error, or
// the context ends, all are asked to end, and wait returns when all have.
type group struct {
	ctx    context.Context
	cancel context.CancelFunc
	wg     sync.WaitGroup
	mu     sync.Mutex
	err    error
}

func newGroup(ctx context.Context) *group {
	g := &group{}
	g.ctx, g.cancel = context.WithCancel(ctx)
	return g
}

func (g *group) start(part func(context.Context) error) {
	g.wg.Go(func() {
		if err := part(g.ctx); err != nil {
			g.mu.Lock()
			g.err = errors.Join(g.err, err)
			g.mu.Unlock()
			g.cancel()
		}
	})
}

func (g *group) wait() error {
	g.wg.Wait()
	g.cancel()
	return g.err
}
