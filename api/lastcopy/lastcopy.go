// Package lastcopy keeps the last copy of what was read from somewhere slow or
// unreliable. It serves three ends at once:
//
//   - however many ask, a thing is read at most once per its time to live, and
//     never twice at the same time;
//   - who changes a thing can Touch it, and the next reader reads anew, so that
//     people see at once what they did; a budget keeps this from undoing the
//     first end under load;
//   - where reading fails, the last copy is given with its age.
package lastcopy

import (
	"container/list"
	"sync"
	"time"
)

// Copy is a value and how old it is. Age is 0 as long as reading works.
type Copy[V any] struct {
	Value V
	Age   time.Duration
}

// Cache keeps copies by key. It is safe for concurrent use.
type Cache[V any] struct {
	now   func() time.Time
	lasts func(error) bool
	size  int

	mu      sync.Mutex
	entries map[string]*entry[V]
	order   *list.List // of keys, most recently used first
	touched uint64     // counts TouchAll
}

type entry[V any] struct {
	value   V
	known   bool // value was read once
	read    time.Time
	failed  time.Time // the last failed reading, if later than read
	dirty   uint64    // counts Touch
	seen    uint64    // dirty+touched when value was read
	credit  float64   // readings that touches may still cause
	credits time.Time
	pending chan struct{} // closed when the reading under way ends
	place   *list.Element
}

const (
	// burst and perSecond are the budget of readings that touches may cause.
	burst, perSecond = 10, 1
	// pause is how long after a failure nothing is tried: while the store is
	// away its time-outs must not add up.
	pause = time.Second
)

// New keeps up to size copies. An error for which lasting is true is an answer
// (there is no such thing) rather than a failure, and is given to the caller.
func New[V any](size int, now func() time.Time, lasting func(error) bool) *Cache[V] {
	return &Cache[V]{now: now, lasts: lasting, size: size, entries: map[string]*entry[V]{}, order: list.New()}
}

// Get gives the copy under key if it is younger than ttl, and otherwise reads.
// Who comes while another reads gets the older copy, if that one was not
// touched, and else waits.
func (c *Cache[V]) Get(key string, ttl time.Duration, read func() (V, error)) (Copy[V], error) {
	for {
		c.mu.Lock()
		e := c.entry(key)
		now := c.now()
		if c.fresh(e, ttl, now) || e.pending != nil && e.known && !c.stale(e) {
			defer c.mu.Unlock()
			return c.copyOf(e, now), nil
		}
		if e.pending == nil {
			if since := now.Sub(e.failed); e.known && since < pause && since >= 0 {
				defer c.mu.Unlock()
				return c.copyOf(e, now), nil
			}
			return c.read(key, e, now, read) // unlocks
		}
		pending := e.pending
		c.mu.Unlock()
		<-pending
	}
}

// read is called locked and returns unlocked.
func (c *Cache[V]) read(key string, e *entry[V], now time.Time, read func() (V, error)) (got Copy[V], err error) {
	if c.stale(e) {
		e.credit--
	}
	generation := e.dirty + c.touched
	e.pending = make(chan struct{})
	c.mu.Unlock()

	ok := false // stays so if read panics
	var value V
	defer func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		close(e.pending)
		e.pending = nil
		switch {
		case ok && err == nil:
			e.value, e.known, e.read, e.seen, e.failed = value, true, now, generation, time.Time{}
			got = Copy[V]{Value: value}
		case !e.known:
			// Names of nothing must not push out copies of something.
			c.forget(key, e)
		case ok && c.lasts(err):
			e.failed = time.Time{}
		case ok:
			e.failed = c.now()
			got, err = c.copyOf(e, e.failed), nil
		}
	}()
	value, err = read()
	ok = true
	return got, err
}

func (c *Cache[V]) forget(key string, e *entry[V]) {
	c.order.Remove(e.place)
	if c.entries[key] == e {
		delete(c.entries, key)
	}
}

// entry finds or makes the entry of key and forgets the one that was not used
// for longest where there are too many.
func (c *Cache[V]) entry(key string) *entry[V] {
	if e, ok := c.entries[key]; ok {
		c.order.MoveToFront(e.place)
		return e
	}
	if len(c.entries) >= c.size {
		oldest := c.order.Back().Value.(string) // only keys are in order
		c.forget(oldest, c.entries[oldest])
	}
	e := &entry[V]{credit: burst, credits: c.now()}
	e.place = c.order.PushFront(key)
	c.entries[key] = e
	return e
}

// stale reports whether e was touched since it was read.
func (c *Cache[V]) stale(e *entry[V]) bool { return e.known && e.seen != e.dirty+c.touched }

func (c *Cache[V]) fresh(e *entry[V], ttl time.Duration, now time.Time) bool {
	age := now.Sub(e.read)
	if !e.known || age >= ttl || age < 0 {
		return false
	}
	if !c.stale(e) {
		return true
	}
	if since := now.Sub(e.credits); since > 0 {
		e.credit = min(burst, e.credit+since.Seconds()*perSecond)
		e.credits = now
	}
	return e.credit < 1
}

// copyOf tells the age only of what could not be read anew.
func (c *Cache[V]) copyOf(e *entry[V], now time.Time) Copy[V] {
	if e.failed.IsZero() {
		return Copy[V]{Value: e.value}
	}
	return Copy[V]{Value: e.value, Age: max(now.Sub(e.read), 1)}
}

// Touch says that what is kept under key is no longer true.
func (c *Cache[V]) Touch(key string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if e, ok := c.entries[key]; ok {
		e.dirty++
	}
}

// TouchAll touches every key.
func (c *Cache[V]) TouchAll() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.touched++
}
