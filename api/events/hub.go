// Package events passes what changes on to everyone who follows it. However
// many follow, the store is read by one reader:
//
//	store → Run → ring of the last few thousand events → a Follower each
//
// The ring is shared. A follower is a position in it, so it costs no queue of
// its own, sees every event once and in order, and can never hold up another.
// One who falls behind the ring is told so (ErrGap) and has to look at the
// present state instead; so is one who comes back with an event id that is no
// longer there.
package events

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	"outcry"
)

// Source is where events are read: see Stream in package api.
type Source interface {
	Events(ctx context.Context, after string, wait time.Duration) ([]outcry.Event, error)
}

const (
	// wait is how long one reading of the source lasts at most.
	wait = 20 * time.Second
	// pause is between readings while the source fails.
	pause = time.Second
	// oldest is the id before all others.
	oldest = "0-0"
	// backlog bounds the readings that fill the ring at the start.
	backlog = 64
)

// Hub keeps the latest events. Make it with NewHub.
type Hub struct {
	size int

	mu      sync.Mutex
	ring    []frame
	first   uint64            // number of ring[0], counting all events from 1
	numbers map[string]uint64 // by event id
	changed chan struct{}     // closed and replaced at each change
	closed  bool
}

// frame is an event as it is sent.
type frame struct {
	id, service string
	text        []byte
}

// NewHub keeps the last size events.
func NewHub(size int) *Hub {
	return &Hub{size: size, first: 1, numbers: map[string]uint64{}, changed: make(chan struct{})}
}

// Run reads the source until ctx is done, and then ends all followers. It first
// takes what the source still has, so that those who followed before a restart
// can go on where they were.
func (h *Hub) Run(ctx context.Context, source Source) {
	defer h.close()
	after := h.fill(ctx, source)
	for ctx.Err() == nil {
		list, err := source.Events(ctx, after, wait)
		if err != nil {
			rest(ctx, pause)
			continue
		}
		h.publish(list)
		if n := len(list); n > 0 {
			after = list[n-1].ID
		}
	}
}

// fill reads the backlog and gives the id to go on from.
func (h *Hub) fill(ctx context.Context, source Source) string {
	after := oldest
	for range backlog {
		list, err := source.Events(ctx, after, 0)
		if errors.Is(err, outcry.ErrInvalid) {
			return "" // a source that keeps nothing
		}
		if err != nil || len(list) == 0 {
			break
		}
		h.publish(list)
		after = list[len(list)-1].ID
	}
	return after
}

func rest(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

// publish adds events and wakes all followers once.
func (h *Hub) publish(list []outcry.Event) {
	if len(list) == 0 {
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, e := range list {
		if _, twice := h.numbers[e.ID]; twice {
			continue
		}
		h.numbers[e.ID] = h.first + uint64(len(h.ring))
		h.ring = append(h.ring, frame{e.ID, e.Service, format(e)})
	}
	if over := len(h.ring) - h.size; over > 0 {
		for _, f := range h.ring[:over] {
			delete(h.numbers, f.id)
		}
		h.ring = append(h.ring[:0:0], h.ring[over:]...)
		h.first += uint64(over)
	}
	h.wake()
}

func (h *Hub) wake() {
	close(h.changed)
	h.changed = make(chan struct{})
}

func (h *Hub) close() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.closed = true
	h.wake()
}

// format writes an event as the stream has it. The data is JSON on one line;
// what is not JSON is left out rather than breaking the stream.
func format(e outcry.Event) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "id: %s\nevent: %s\ndata: ", oneLine(e.ID), oneLine(string(e.Kind)))
	if err := json.Compact(&b, e.Data); err != nil {
		b.WriteString("{}")
	}
	b.WriteString("\n\n")
	return b.Bytes()
}

func oneLine(s string) string {
	return string(bytes.Map(func(r rune) rune {
		if r < ' ' {
			return -1
		}
		return r
	}, []byte(s)))
}
