package main

import (
	"context"
	"fmt"
	"time"
)

// The overload: what the way to Redis carries, how many people report one
// after the other to find the peak, how many times that then come, and how long
// those who are sent away come back.
const (
	narrow        = 100 << 10 // bytes a second
	narrowWorkers = 64
	peakWorkers   = 256
	overloadedBy  = 10
	leastGoodput  = 0.7
	overPatience  = 4 * time.Second
)

// narrowed is an overload where the way to Redis is so narrow that the peak is
// one that a generator on the same machine can multiply: ten times as much is
// sent, by people who come back when they are asked to.
func narrowed(ctx context.Context, st *stage) error {
	st.wire.set(weather{bandwidth: narrow})
	defer st.wire.set(weather{})
	st.crowd.o.patience, st.crowd.o.impatient = overPatience, 0
	return overload(ctx, st, narrowWorkers, func(peak float64, part time.Duration) error {
		over := make(chan struct{})
		close(over)
		return st.crowd.openLoop(ctx, overloadedBy*peak, part, over, true)
	})
}

// busy is an overload of the processor. The crowd shares it and cannot send ten
// times what is served: ten times as many clients send as fast as they are
// answered, and after a refusal at once.
func busy(ctx context.Context, st *stage) error {
	return overload(ctx, st, peakWorkers, func(_ float64, part time.Duration) error {
		return st.crowd.closedLoop(ctx, overloadedBy*peakWorkers, part)
	})
}

// overload measures the peak with a closed loop, and then what is served of more.
func overload(ctx context.Context, st *stage, workers int, more func(peak float64, part time.Duration) error) error {
	part := st.o.length * 2 / 5
	start := st.cpu()
	began := time.Now()
	if err := st.crowd.closedLoop(ctx, workers, part); err != nil {
		return err
	}
	atPeak := per(st.ledger.tally().acknowledged, st.cpu()-start)
	peak := st.ledger.goodput(began.Add(part/5), began.Add(part))
	if peak == 0 {
		return fmt.Errorf("nobody was served before the overload")
	}
	began = time.Now()
	before, served := st.crowd.attempts.Load(), st.ledger.tally().acknowledged
	start = st.cpu()
	if err := more(peak, part); err != nil {
		return err
	}
	atOver := per(st.ledger.tally().acknowledged-served, st.cpu()-start)
	tried := float64(st.crowd.attempts.Load()-before) / time.Since(began).Seconds()
	share := st.ledger.goodput(began.Add(part/5), began.Add(part)) / peak
	st.times++
	st.notes = append(st.notes, fmt.Sprintf("peak %.0f/s; of %d times as much (%.0f attempts/s were made), %.2f of the peak was served; served in a second of the servers' processor time: %.0f, then %.0f", peak, overloadedBy, tried, share, atPeak, atOver))
	if share < leastGoodput {
		st.complain("in an overload only %.2f of the peak was served, and %.2f is the least", share, leastGoodput)
	}
	return nil
}

// cpu is what the servers have used of the processor. The crowd, which shares it,
// uses more when it is ten times as large, and goodput falls by that alone.
func (st *stage) cpu() (ticks float64) {
	if st.redis != nil {
		ticks = st.redis.cpu()
	}
	for _, w := range st.webs {
		ticks += w.cpu()
	}
	return ticks
}

func per(n int, ticks float64) float64 { return float64(n) / max(ticks, 1) * 100 }
