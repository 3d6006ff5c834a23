package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
)

// scenario is a named play: what goes wrong, and with what servers.
type scenario struct {
	name string
	setting
	faults       fault                               // beside the load; nil: none
	load         func(context.Context, *stage) error // nil: the even rate
	after        func(context.Context, *stage) error // what else must hold in the end; may be nil
	neverRefuses bool                                // with a spool there is always room
}

// scenarios are all there are, in the order in which they are played.
func scenarios() []scenario {
	spool := setting{kept: true}
	list := []scenario{
		{name: "kill-redis", faults: throughout(often, killRedis)},
		{name: "kill-redis/spool", setting: spool, faults: throughout(often, killRedis), neverRefuses: true},
		{name: "kill-web", faults: throughout(often, killWeb)},
		{name: "kill-web/spool", setting: spool, faults: throughout(often, killWeb)},
		{name: "kill-web/embedded", setting: setting{embedded: true, kept: true}, faults: throughout(often, killWeb)},
		{name: "kill-both", faults: throughout(often, one(killRedis, killWeb, killBoth))},
		{name: "kill-both/spool", setting: spool, faults: throughout(often, one(killRedis, killWeb, killBoth))},
		{name: "stop-redis", faults: stopRedis},
		{name: "stop-redis/spool", setting: spool, faults: stopRedis, neverRefuses: true},
	}
	for _, x := range skies() {
		list = append(list, scenario{name: "toxic/" + x.name, setting: setting{wired: true}, faults: throughout(once, toxic(x.sky))})
	}
	return append(list,
		scenario{name: "toxic/spool", setting: setting{wired: true, kept: true}, faults: throughout(often, anySky), neverRefuses: true},
		scenario{name: "full-disk/redis", setting: setting{small: "redis"}, faults: throughout(once, fillDisk)},
		scenario{name: "full-disk/spool", setting: setting{kept: true, small: "data-0"}, faults: throughout(once, fillSpool)},
		scenario{name: "full-disk/embedded", setting: setting{embedded: true, kept: true, small: "data-0"}, faults: throughout(once, fillDisk)},
		scenario{name: "no-redis-at-start", setting: setting{late: true}, faults: redisComes},
		scenario{name: "no-redis-at-start/spool", setting: setting{late: true, kept: true}, faults: redisComes, neverRefuses: true, after: tokensWork},
		scenario{name: "no-redis-at-start/killed", setting: setting{late: true, kept: true}, faults: redisComesAfterKill, after: tokensWork},
		scenario{name: "no-redis-at-start/secret", setting: setting{late: true, kept: true, secret: true}, faults: redisComes, neverRefuses: true, after: tokensWork},
		scenario{name: "flushall", faults: throughout(flushes, flushAll)},
		scenario{name: "flushall/spool", setting: spool, faults: throughout(flushes, flushAll), neverRefuses: true},
		scenario{name: "two-webs", setting: setting{pair: true}, faults: throughout(often, one(killWeb, killRedis))},
		scenario{name: "two-webs/spool", setting: setting{pair: true, kept: true}, faults: throughout(often, one(killWeb, killRedis, killBoth))},
		scenario{name: "overload/narrow", setting: setting{wired: true}, load: narrowed},
		scenario{name: "overload/busy", load: busy},
		scenario{name: "overload/embedded", setting: setting{embedded: true, kept: true}, load: busy},
		scenario{name: "mix", setting: setting{pair: true, kept: true, wired: true}, faults: throughout(often, one(killRedis, killWeb, killBoth, anySky, stopFor(200*time.Millisecond, 1500*time.Millisecond)))},
	)
}

func scenarioNames() []string {
	var names []string
	for _, s := range scenarios() {
		names = append(names, s.name)
	}
	return names
}

// choose finds scenarios by name, or by the name before the slash.
func choose(names string) ([]scenario, error) {
	if names == "all" {
		return scenarios(), nil
	}
	var chosen []scenario
	for name := range strings.SplitSeq(names, ",") {
		before := len(chosen)
		for _, s := range scenarios() {
			family, _, _ := strings.Cut(s.name, "/")
			if s.name == name || family == name {
				chosen = append(chosen, s)
			}
		}
		if len(chosen) == before {
			return nil, fmt.Errorf("%w: there is no fault %q; there are %s", errUsage, name, strings.Join(scenarioNames(), ", "))
		}
	}
	return chosen, nil
}

// stopRedis halts redis-server for as long as asked, and notes how many were
// served soon after.
func stopRedis(ctx context.Context, st *stage) error {
	pause(ctx, st.o.length/10)
	length := min(st.o.stop, st.o.length/2)
	if err := stopFor(length, length+time.Millisecond)(ctx, st); err != nil {
		return err
	}
	began := time.Now()
	st.ledger.faultEnded(began)
	st.times++
	pause(ctx, min(5*time.Second, st.o.length/5))
	share := st.ledger.goodput(began, time.Now()) / st.o.rate
	st.notes = append(st.notes, fmt.Sprintf("halted %v, then %.2f of the rate was served", length, share))
	if share < 0.9 {
		st.complain("after redis-server went on, only %.2f of the rate was served", share)
	}
	return nil
}

// toxic puts the wire under one weather for half the scenario.
func toxic(sky weather) fault {
	return func(ctx context.Context, st *stage) error {
		return under(sky, st.o.length/2, st.o.length/2+time.Millisecond)(ctx, st)
	}
}

// anySky puts the wire under a weather of chance for a second or two.
func anySky(ctx context.Context, st *stage) error {
	all := skies()
	return under(all[st.chance.IntN(len(all))].sky, 200*time.Millisecond, 1500*time.Millisecond)(ctx, st)
}

// redisComes starts Redis only when reports have been coming for a while.
func redisComes(ctx context.Context, st *stage) error {
	pause(ctx, st.o.length/2)
	err := st.redis.start(ctx)
	st.ledger.faultEnded(time.Now())
	st.times++
	return err
}

// redisComesAfterKill also kills the web process before Redis was ever there.
func redisComesAfterKill(ctx context.Context, st *stage) error {
	pause(ctx, st.o.length/4)
	if err := killWeb(ctx, st); err != nil {
		return err
	}
	st.times++
	return redisComes(ctx, st)
}

// tokensWork takes back some of the first reports, which were acknowledged
// while Redis had never been there: their tokens must be good, and the counts
// lose them.
func tokensWork(ctx context.Context, st *stage) error {
	early := st.ledger.entries[:min(20, len(st.ledger.entries))]
	for _, e := range early {
		if !e.counted {
			return errors.New("one of the first reports was not counted")
		}
		status, err := st.crowd.withdraw(e, st.webs[0].addr)
		if err != nil {
			return err
		}
		if status != 204 {
			return fmt.Errorf("a withdrawal token given out before Redis was there was answered %d", status)
		}
		e.counted = false
	}
	if _, _, err := st.agree(ctx); err != nil {
		return fmt.Errorf("after %d withdrawals: %w", len(early), err)
	}
	return nil
}
