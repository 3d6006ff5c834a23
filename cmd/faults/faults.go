package main

import (
	"context"
	"errors"
	"fmt"
	"syscall"
	"time"
)

// fault is one thing that goes wrong, and is over when it returns.
type fault func(ctx context.Context, st *stage) error

// between is a time that the seed chooses.
func (st *stage) between(least, most time.Duration) time.Duration {
	return least + time.Duration(st.chance.Int64N(int64(most-least)))
}

// one is any of them.
func one(faults ...fault) fault {
	return func(ctx context.Context, st *stage) error { return faults[st.chance.IntN(len(faults))](ctx, st) }
}

// killRedis ends redis-server as a crash would, and starts it again.
func killRedis(ctx context.Context, st *stage) error {
	st.redis.kill()
	pause(ctx, st.between(0, 300*time.Millisecond))
	return st.redis.start(ctx)
}

// killWeb ends one web process as a crash would, and starts it again.
func killWeb(ctx context.Context, st *stage) error {
	w := st.webs[st.chance.IntN(len(st.webs))]
	w.kill()
	pause(ctx, st.between(0, 300*time.Millisecond))
	return w.start(ctx)
}

// killBoth ends redis-server and a web process; which comes back first is
// chance.
func killBoth(ctx context.Context, st *stage) error {
	w := st.webs[st.chance.IntN(len(st.webs))]
	down := []func(){st.redis.kill, w.kill}
	up := []func(context.Context) error{st.redis.start, w.start}
	st.chance.Shuffle(2, func(i, j int) { down[i], down[j] = down[j], down[i] })
	st.chance.Shuffle(2, func(i, j int) { up[i], up[j] = up[j], up[i] })
	down[0]()
	pause(ctx, st.between(0, 100*time.Millisecond))
	down[1]()
	pause(ctx, st.between(0, 300*time.Millisecond))
	err := up[0](ctx)
	pause(ctx, st.between(0, 500*time.Millisecond))
	return errors.Join(err, up[1](ctx))
}

// stopFor halts redis-server without ending it: connections stay, and nobody
// answers.
func stopFor(least, most time.Duration) fault {
	return func(ctx context.Context, st *stage) error {
		st.redis.signal(syscall.SIGSTOP)
		pause(ctx, st.between(least, most))
		st.redis.signal(syscall.SIGCONT)
		return nil
	}
}

// under puts the wire under a weather for a while.
func under(sky weather, least, most time.Duration) fault {
	return func(ctx context.Context, st *stage) error {
		st.wire.set(sky)
		pause(ctx, st.between(least, most))
		st.wire.set(weather{})
		return nil
	}
}

// skies are the weathers of the scenario toxic.
func skies() []struct {
	name string
	sky  weather
} {
	return []struct {
		name string
		sky  weather
	}{
		{"latency", weather{latency: 300 * time.Millisecond, jitter: 200 * time.Millisecond}},
		{"bandwidth", weather{bandwidth: 100 << 10}},
		{"slicer", weather{slice: 200, bandwidth: 2 << 20}},
		{"timeout", weather{silent: true}},
		{"reset", weather{reset: true}},
	}
}

// flushAll empties Redis. What comes after is told from what came before.
func flushAll(_ context.Context, st *stage) error {
	if st.ledger.phase+1 >= mostPhases {
		return fmt.Errorf("a scenario can empty the store %d times at most", mostPhases-1)
	}
	if err := st.redis.do("FLUSHALL", "+OK"); err != nil {
		return err
	}
	st.emptied = time.Now()
	st.ledger.nextPhase()
	return nil
}

// fillDisk leaves no room for a while. A Redis that ends over it is run again,
// as a supervisor would.
func fillDisk(ctx context.Context, st *stage) error {
	if err := st.disk.fill(); err != nil {
		return err
	}
	for range 8 {
		pause(ctx, st.o.length/40)
		if st.redis != nil && !st.redis.alive() {
			_ = st.redis.run() // will end again while there is no room
		}
	}
	st.disk.free()
	if st.redis == nil || st.redis.alive() && st.redis.do("PING", "+PONG") == nil {
		return nil
	}
	st.redis.kill()
	return st.redis.start(ctx)
}

// fillSpool leaves no room for the spool while Redis is away.
func fillSpool(ctx context.Context, st *stage) error {
	if err := st.disk.fill(); err != nil {
		return err
	}
	st.redis.kill()
	pause(ctx, st.o.length/5)
	st.disk.free()
	pause(ctx, st.o.length/10) // room, but no Redis
	return st.redis.start(ctx)
}

// throughout does a fault so many times, spread over the scenario.
func throughout(times func(options) int, f fault) fault {
	return func(ctx context.Context, st *stage) error {
		n := times(st.o)
		slot := st.o.length * 85 / 100 / time.Duration(n)
		for range n {
			end := time.Now().Add(slot)
			if !pause(ctx, st.between(slot/10, slot/2)) {
				return ctx.Err()
			}
			if err := f(ctx, st); err != nil {
				return err
			}
			st.ledger.faultEnded(time.Now())
			st.times++
			pause(ctx, time.Until(end))
		}
		return nil
	}
}

func often(o options) int   { return o.times }
func once(options) int      { return 1 }
func flushes(o options) int { return min(o.times, mostPhases-1, int(o.length.Seconds())/5+1) }
