package limit

import (
	"container/list"
	"context"
	"sync"
	"time"
)

// Door lets in as many at once as can be served within a time. How many that
// is it learns from those who leave: by Little's law (1961) it is their number
// a second times the seconds each may stay. So a store that becomes slow keeps
// few, who are served, and not many, who all give up; and as many as a quick
// one can serve need not be sent away.
//
// Who finds it full waits a moment for a place: refusing at once makes clients
// come back at once. Who waits is bounded too.
type Door struct {
	stay, wait time.Duration
	most       int

	mu     sync.Mutex
	limit  int
	inside int
	queue  list.List // of chan struct{}, closed when its owner may enter
	span   span
}

// span is what was seen since a moment.
type span struct {
	since  time.Time
	served int
	stayed time.Duration // of all who left
	left   int
	full   bool // somebody found no place
}

const (
	// leastInside are let in whatever was learned: a store that stood still
	// must be tried again.
	leastInside = 64
	// learnEvery is long against what a group of reports takes, so that a slow
	// store shows in it how many it serves.
	learnEvery = time.Second
)

// NewDoor lets in at most most at once, and no more than leave, served, in
// stay; at most as many others wait up to wait.
func NewDoor(most int, stay, wait time.Duration) *Door {
	return &Door{stay: stay, wait: wait, most: most, limit: most}
}

// Enter waits for a place and reports whether it got one. Who did must Leave.
func (d *Door) Enter(ctx context.Context) bool {
	d.mu.Lock()
	if d.inside < d.limit && d.queue.Len() == 0 {
		d.inside++
		d.mu.Unlock()
		return true
	}
	d.span.full = true
	if d.queue.Len() >= d.most {
		d.mu.Unlock()
		return false
	}
	turn := make(chan struct{})
	place := d.queue.PushBack(turn)
	d.mu.Unlock()

	patience := time.NewTimer(d.wait)
	defer patience.Stop()
	select {
	case <-turn:
		return true
	case <-patience.C:
	case <-ctx.Done():
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	select {
	case <-turn: // at the last moment
		return true
	default:
	}
	d.queue.Remove(place)
	return false
}

// Leave gives a place back at now, taken at entered, and says whether whoever
// had it was served.
func (d *Door) Leave(entered, now time.Time, served bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.inside--
	d.span.left++
	d.span.stayed += now.Sub(entered)
	if served {
		d.span.served++
	}
	switch over := now.Sub(d.span.since); {
	case over < 0 || over > 2*learnEvery: // the first for a while: all is open again
		d.limit, d.span = d.most, span{since: now}
	case over >= learnEvery:
		d.limit = d.span.limit(over, d.stay, d.most)
		d.span = span{since: now}
	}
	for d.inside < d.limit && d.queue.Len() > 0 {
		close(d.queue.Remove(d.queue.Front()).(chan struct{}))
		d.inside++
	}
}

// limit is how many may be inside after a span that was over long. A span in
// which nobody was refused and nobody stayed long says nothing of how many
// could be served.
func (s span) limit(over, stay time.Duration, most int) int {
	if !s.full && s.stayed <= time.Duration(s.left)*stay {
		return most
	}
	perStay := float64(s.served) / over.Seconds() * stay.Seconds()
	return min(max(int(perStay), leastInside), most)
}
