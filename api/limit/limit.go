// Package limit keeps one client, and all of them together, from taking more
// than the server can give. It decides on requests, never on evidence: how much
// one address may move a verdict is settled where reports are counted.
//
// Everything is in memory and bounded, and nothing of it outlives the process.
package limit

import (
	"context"
	"net/netip"
	"sync"
	"time"
)

// maxSources bounds the memory of Rates: 65,536 entries are about 6 MB.
const maxSources = 1 << 16

// Rates allows each source a number of requests a minute, on average, and as
// many at once (a token bucket). It is safe for concurrent use.
type Rates struct {
	perMinute float64
	mu        sync.Mutex
	sources   map[netip.Prefix]bucket
}

type bucket struct {
	used float64 // tokens spent, draining at perMinute
	at   time.Time
}

// NewRates allows perMinute requests a minute from every source.
func NewRates(perMinute int) *Rates {
	return &Rates{perMinute: float64(perMinute), sources: map[netip.Prefix]bucket{}}
}

// Allow takes one request of source at now. If it may not pass, it says after
// how long the next one may. An unknown source always passes: there is nothing
// to tell its requests from others'.
func (r *Rates) Allow(source netip.Prefix, now time.Time) (bool, time.Duration) {
	if !source.IsValid() {
		return true, 0
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	b, known := r.sources[source]
	if !known && len(r.sources) >= maxSources {
		r.forget(now)
	}
	b = b.drained(now, r.perMinute)
	if b.used+1 > r.perMinute {
		return false, max(1, time.Duration((b.used+1-r.perMinute)/r.perMinute*float64(time.Minute)))
	}
	b.used++
	r.sources[source] = b
	return true, 0
}

func (b bucket) drained(now time.Time, perMinute float64) bucket {
	if idle := now.Sub(b.at); idle > 0 {
		b.used = max(0, b.used-idle.Minutes()*perMinute)
		b.at = now
	}
	return b
}

// forget drops the sources with nothing to remember; where all have something,
// it drops every second one, so that memory stays bounded whatever comes.
func (r *Rates) forget(now time.Time) {
	for source, b := range r.sources {
		if b.drained(now, r.perMinute).used == 0 {
			delete(r.sources, source)
		}
	}
	for source := range r.sources {
		if len(r.sources) <= maxSources/2 {
			return
		}
		delete(r.sources, source)
	}
}

// Slots bounds how many things are done at once. An overload is waited out for
// a moment first: refusing at once makes clients come back at once.
type Slots struct {
	free chan struct{}
	wait time.Duration
}

// NewSlots allows n at once and lets others wait up to wait for their turn.
func NewSlots(n int, wait time.Duration) *Slots {
	return &Slots{free: make(chan struct{}, n), wait: wait}
}

// Take waits for a slot and reports whether it got one, which Done gives back.
func (s *Slots) Take(ctx context.Context) bool {
	select {
	case s.free <- struct{}{}:
		return true
	default:
	}
	timer := time.NewTimer(s.wait)
	defer timer.Stop()
	select {
	case s.free <- struct{}{}:
		return true
	case <-timer.C:
	case <-ctx.Done():
	}
	return false
}

// Done gives a slot back.
func (s *Slots) Done() { <-s.free }

// Crowd counts who is there, per source and in all.
type Crowd struct {
	perSource, total int
	mu               sync.Mutex
	count            int
	sources          map[netip.Prefix]int
}

// NewCrowd admits perSource of each source and total in all.
func NewCrowd(perSource, total int) *Crowd {
	return &Crowd{perSource: perSource, total: total, sources: map[netip.Prefix]int{}}
}

// Entry is the answer to someone who asks to be let in.
type Entry int

// The answers.
const (
	Welcome Entry = iota
	SourceFull
	AllFull
)

// Enter admits one of source, who must Leave afterwards if Welcome.
func (c *Crowd) Enter(source netip.Prefix) Entry {
	c.mu.Lock()
	defer c.mu.Unlock()
	if source.IsValid() && c.sources[source] >= c.perSource {
		return SourceFull
	}
	if c.count >= c.total {
		return AllFull
	}
	c.count++
	c.sources[source]++
	return Welcome
}

// Leave undoes one Enter.
func (c *Crowd) Leave(source netip.Prefix) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.count--
	if c.sources[source]--; c.sources[source] <= 0 {
		delete(c.sources, source)
	}
}

// Size is how many are there.
func (c *Crowd) Size() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.count
}
