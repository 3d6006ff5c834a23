package events

import (
	"errors"
	"time"
)

// What ends or interrupts following.
var (
	// ErrGap: events were missed; the present state must be looked at anew.
	ErrGap = errors.New("events were missed")
	// ErrClosed: the hub is shut.
	ErrClosed = errors.New("no more events")
)

// Follower is one reader's place among the events. It is for one goroutine.
type Follower struct {
	hub     *Hub
	service string // "" is all
	next    uint64
	gap     bool
}

// Follow begins after the event named, or with what comes next if after is "".
// With a service only that one's events are given.
func (h *Hub) Follow(after, service string) *Follower {
	h.mu.Lock()
	defer h.mu.Unlock()
	f := &Follower{hub: h, service: service, next: h.first + uint64(len(h.ring))}
	if after != "" {
		if n, ok := h.numbers[after]; ok {
			f.next = n + 1
		} else {
			f.gap = true
		}
	}
	return f
}

// Next gives the events that came since, as text to send, and waits for the
// first up to patience; "" is none. After ErrGap it goes on with what is new.
func (f *Follower) Next(patience time.Duration) (string, error) {
	timer := time.NewTimer(patience)
	defer timer.Stop()
	for {
		text, changed, err := f.take()
		if text != "" || err != nil {
			return text, err
		}
		select {
		case <-changed:
		case <-timer.C:
			return "", nil
		}
	}
}

// batch bounds what one Next gives, in bytes.
const batch = 64 << 10

// take gives what is there, or the channel that is closed when there is more.
func (f *Follower) take() (string, <-chan struct{}, error) {
	h := f.hub
	h.mu.Lock()
	defer h.mu.Unlock()
	end := h.first + uint64(len(h.ring))
	if f.gap || f.next < h.first {
		f.gap, f.next = false, end
		return "", nil, ErrGap
	}
	var text []byte
	for ; f.next < end && len(text) < batch; f.next++ {
		if e := h.ring[f.next-h.first]; f.service == "" || e.service == f.service {
			text = append(text, e.text...)
		}
	}
	if len(text) == 0 && h.closed {
		return "", nil, ErrClosed
	}
	return string(text), h.changed, nil
}
