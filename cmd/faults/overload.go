package main

import (
	"context"
	"fmt"
	"time"
)

// The overload: what the way to Redis carries, how many people report one
// after the other to find the peak, and how many times that then come.
const (
	narrow       = 100 << 10 // bytes a second
	peakWorkers  = 64
	overloadedBy = 10
	leastGoodput = 0.7
)

// overload narrows the way to Redis, so that the peak is one that a generator
// on the same machine can multiply, measures it with a closed loop, and then
// sends ten times as much.
func overload(ctx context.Context, st *stage) error {
	st.wire.set(weather{bandwidth: narrow})
	defer st.wire.set(weather{})
	part := st.o.length * 2 / 5
	began := time.Now()
	if err := st.crowd.closedLoop(ctx, peakWorkers, part); err != nil {
		return err
	}
	peak := st.ledger.goodput(began.Add(part/5), began.Add(part))
	if peak == 0 {
		return fmt.Errorf("nobody was served before the overload")
	}
	began = time.Now()
	over := make(chan struct{})
	close(over)
	if err := st.crowd.openLoop(ctx, overloadedBy*peak, part, over, false); err != nil {
		return err
	}
	share := st.ledger.goodput(began.Add(part/5), began.Add(part)) / peak
	st.times++
	st.notes = append(st.notes, fmt.Sprintf("peak %.0f/s; at %d times that, %.2f of it was served", peak, overloadedBy, share))
	if share < leastGoodput {
		st.complain("at %d times the peak only %.2f of it was served, and %.2f is the least", overloadedBy, share, leastGoodput)
	}
	return nil
}
