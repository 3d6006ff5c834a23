package main

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"outcry/ingest/store"
)

// kinds are measured in turns, so that a slow moment of the machine hits all.
var kinds = []string{"bare", "each", "grouped", "ours"}

// bench is one Redis with the servers before it.
type bench struct {
	settings settings
	crowd    *crowd
	redis    *child
	servers  map[string]*child
}

func open(s settings, sync string) (*bench, func(), error) {
	b := &bench{settings: s, servers: map[string]*child{}, crowd: &crowd{seed: rand.Uint64()}}
	for i := range s.services {
		b.crowd.slugs = append(b.crowd.slugs, "service-"+strconv.Itoa(i))
	}
	dir, err := os.MkdirTemp("", "outcry-bench-")
	if err != nil {
		return nil, nil, err
	}
	end := func() {
		for _, server := range b.servers {
			server.end()
		}
		if b.redis != nil {
			b.redis.end()
		}
		os.RemoveAll(dir)
	}
	if b.redis, err = startRedis(dir, sync); err != nil {
		end()
		return nil, nil, err
	}
	for _, kind := range kinds {
		if b.servers[kind], err = startServer(s, dir, kind, b.redis.addr, b.crowd.slugs); err != nil {
			end()
			return nil, nil, err
		}
	}
	return b, end, nil
}

// measure prints the tables.
func measure(ctx context.Context, s settings, out io.Writer) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "appendfsync\tclients\tserver\treports/s\tof bare\tof each\tp50\tp99\trefused\tload us\tserver us\tRedis us\treports a call\t")
	for _, sync := range s.syncs {
		b, end, err := open(s, sync)
		if err != nil {
			return err
		}
		err = b.rows(ctx, w, sync)
		end()
		if err != nil {
			return err
		}
	}
	return w.Flush()
}

func (b *bench) rows(ctx context.Context, w io.Writer, sync string) error {
	// First, as the memory of a report is told by a store that is still empty.
	if err := b.even(ctx, w, sync); err != nil {
		return err
	}
	for _, n := range b.settings.clients {
		found, err := b.turns(ctx, func(addr string) (tally, error) { return b.crowd.closed(ctx, addr, n, b.settings.span) })
		if err != nil {
			return err
		}
		rows(w, sync, strconv.Itoa(n), found)
	}
	return nil
}

// even measures the open loop.
func (b *bench) even(ctx context.Context, w io.Writer, sync string) error {
	before, err := b.info(ctx, "memory", "used_memory_dataset:")
	if err != nil {
		return err
	}
	t, err := b.crowd.open(ctx, b.servers["ours"].addr, b.settings.rate, 2*b.settings.span)
	if err != nil {
		return err
	}
	after, err := b.info(ctx, "memory", "used_memory_dataset:")
	if err != nil {
		return err
	}
	fmt.Fprintf(w, "%s\topen\tours\t%.0f\t\t\t%v\t%v\t%d\t\t\t\t\t\n", sync, t.perSecond(), round(t.percentile(0.5)), round(t.percentile(0.99)), t.refused)
	fmt.Fprintf(w, "%s\topen\tbytes of Redis a report\t%.0f\t\t\t\t\t\t\t\t\t\t\n", sync, float64(after-before)/float64(max(t.stored, 1)))
	return nil
}

// turns measures every server once a round.
func (b *bench) turns(ctx context.Context, one func(addr string) (tally, error)) (map[string][]tally, error) {
	found := map[string][]tally{}
	for range b.settings.rounds {
		for _, kind := range kinds {
			t, err := b.timed(ctx, b.servers[kind], one)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", kind, err)
			}
			found[kind] = append(found[kind], t)
		}
	}
	return found, ctx.Err()
}

// timed adds to a measurement the processor time of load, server and Redis. On
// a machine that others use too, it is what still tells servers apart.
func (b *bench) timed(ctx context.Context, server *child, one func(addr string) (tally, error)) (tally, error) {
	processes := [...]*child{server, b.redis}
	var before, after [2]time.Duration
	var err error
	for i, c := range processes {
		if before[i], err = c.cpu(); err != nil {
			return tally{}, err
		}
	}
	calls, err := b.info(ctx, "commandstats", "cmdstat_evalsha:calls=")
	if err != nil {
		return tally{}, err
	}
	own, err := ownCPU()
	if err != nil {
		return tally{}, err
	}
	t, err := one(server.addr)
	if err != nil {
		return t, err
	}
	if t.load, err = ownCPU(); err != nil {
		return t, err
	}
	t.load -= own
	later, err := b.info(ctx, "commandstats", "cmdstat_evalsha:calls=")
	if err != nil {
		return t, err
	}
	t.calls = later - calls
	for i, c := range processes {
		if after[i], err = c.cpu(); err != nil {
			return t, err
		}
	}
	t.server, t.redis = after[0]-before[0], after[1]-before[1]
	return t, nil
}

// info is a number that Redis tells of itself.
func (b *bench) info(ctx context.Context, section, name string) (int, error) {
	client, err := store.Dial("redis://" + b.redis.addr)
	if err != nil {
		return 0, err
	}
	defer client.Close()
	info, err := client.Info(ctx, section).Result()
	if err != nil {
		return 0, err
	}
	_, rest, found := strings.Cut(info, name)
	if !found {
		return 0, nil
	}
	return strconv.Atoi(rest[:strings.IndexAny(rest, ",\r")])
}

// rows prints the medians; ratios are medians of the rounds' ratios.
func rows(w io.Writer, sync, clients string, found map[string][]tally) {
	for _, kind := range kinds {
		var rate, ofBare, ofEach []float64
		var p50, p99 []time.Duration
		var load, server, redis, grouped []float64
		refused := 0
		for i, t := range found[kind] {
			rate = append(rate, t.perSecond())
			ofBare = append(ofBare, t.perSecond()/found["bare"][i].perSecond())
			ofEach = append(ofEach, t.perSecond()/found["each"][i].perSecond())
			p50, p99 = append(p50, t.percentile(0.5)), append(p99, t.percentile(0.99))
			refused += t.refused
			load = append(load, t.load.Seconds()*1e6/float64(t.stored))
			server = append(server, t.server.Seconds()*1e6/float64(t.stored))
			grouped = append(grouped, float64(t.stored)/float64(max(t.calls, 1)))
			redis = append(redis, t.redis.Seconds()*1e6/float64(t.stored))
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%.0f\t%.2f\t%.2f\t%v\t%v\t%d\t%.1f\t%.1f\t%.1f\t%.1f\t\n",
			sync, clients, kind, median(rate), median(ofBare), median(ofEach), round(median(p50)), round(median(p99)), refused, median(load), median(server), median(redis), median(grouped))
	}
}

func median[T float64 | time.Duration](list []T) T {
	slices.Sort(list)
	return list[len(list)/2]
}

func round(d time.Duration) time.Duration { return d.Round(10 * time.Microsecond) }
