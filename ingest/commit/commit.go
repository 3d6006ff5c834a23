// Package commit stores reports in groups: a group commit without a timer.
//
// One collector takes what is queued, stores it in one round trip, answers
// everybody who waited for it, and begins again. While the store is quick the
// groups are small and nobody waits; while it is slow, as with an fsync for
// each write, the groups grow and carry the load (DeWitt et al. 1984 describe
// the method for logs). A caller is answered only once its own report is
// stored.
//
// The queue is bounded. When it is full a caller waits a little for a place
// and is then told to come again, so that an overload costs the excess and not
// the whole. Groups are bounded by what the store can take while people wait.
package commit

import (
	"context"
	"fmt"
	"runtime"
	"sync"
	"time"

	"outcry"
	"outcry/ingest/store"
)

// Store stores batches, each of one service, and may be given a batch again
// after any outcome: *store.Store.
type Store interface {
	AddBatches(ctx context.Context, batches [][]outcry.Report) []store.Result
}

// Config bounds a Committer; zero values take the defaults.
type Config struct {
	Queue    int           // reports that may wait: 8,192
	Group    int           // reports in one round trip: 2,000
	Patience time.Duration // how long a caller waits for a place: 250 ms
	Within   time.Duration // how long the store may take for a group: 700 ms
	Answer   time.Duration // how long a caller waits in all: 950 ms
}

func (c Config) withDefaults() Config {
	if c.Queue <= 0 {
		c.Queue = 8192
	}
	if c.Group <= 0 {
		c.Group = 2000
	}
	if c.Patience <= 0 {
		c.Patience = 250 * time.Millisecond
	}
	if c.Within <= 0 {
		c.Within = 700 * time.Millisecond
	}
	if c.Answer <= 0 {
		c.Answer = 950 * time.Millisecond
	}
	return c
}

// Committer takes reports one by one and stores them in groups.
type Committer struct {
	store  Store
	config Config
	queue  chan *waiting
	stop   chan struct{} // closed when no more are taken
	done   chan struct{} // closed when the last group is stored
	once   sync.Once
	mu     sync.RWMutex // held for reading while a caller may enqueue
}

// waiting is a report and whoever waits for it.
type waiting struct {
	report outcry.Report
	answer chan answer     // has room for one
	gone   context.Context // done when nobody waits any more
}

type answer struct {
	ack outcry.Acknowledgement
	err error
}

// batchSize is the most reports of one service in a script call.
const batchSize = 400

// New starts a Committer. Close it.
func New(s Store, c Config) *Committer {
	c = c.withDefaults()
	m := &Committer{
		store: s, config: c, queue: make(chan *waiting, c.Queue),
		stop: make(chan struct{}), done: make(chan struct{}),
	}
	go m.collect()
	return m
}

// Add stores one report and answers what became of it. An error wraps
// outcry.ErrUnavailable: the report may or may not have been stored, and
// sending the same again settles it.
func (m *Committer) Add(ctx context.Context, r outcry.Report) (outcry.Acknowledgement, error) {
	if err := store.CheckReport(r); err != nil {
		return outcry.Acknowledgement{}, err
	}
	// Behind a group that the store is slow with waits the next, and a caller
	// of that one would wait for both.
	if by, ok := ctx.Deadline(); !ok || time.Until(by) > m.config.Answer {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, m.config.Answer)
		defer cancel()
	}
	w := &waiting{report: r, answer: make(chan answer, 1), gone: ctx}
	if err := m.enqueue(ctx, w); err != nil {
		return outcry.Acknowledgement{}, err
	}
	select {
	case a := <-w.answer:
		return a.ack, a.err
	case <-ctx.Done():
		return outcry.Acknowledgement{}, fmt.Errorf("store a report: %w: %w", outcry.ErrUnavailable, ctx.Err())
	}
}

func (m *Committer) enqueue(ctx context.Context, w *waiting) error {
	m.mu.RLock()
	defer m.mu.RUnlock()
	select {
	case <-m.stop:
		return fmt.Errorf("store a report: %w: shutting down", outcry.ErrUnavailable)
	default:
	}
	select {
	case m.queue <- w:
		return nil
	default:
	}
	patience := time.NewTimer(m.config.Patience)
	defer patience.Stop()
	select {
	case m.queue <- w:
		return nil
	case <-patience.C:
		return fmt.Errorf("store a report: %w: too many are waiting", outcry.ErrUnavailable)
	case <-ctx.Done():
		return fmt.Errorf("store a report: %w: %w", outcry.ErrUnavailable, ctx.Err())
	}
}

// Close refuses new reports, stores those that wait, and returns when they are
// answered.
func (m *Committer) Close() error {
	m.once.Do(func() {
		close(m.stop)
		m.mu.Lock() // nobody is enqueueing any more
		close(m.queue)
		m.mu.Unlock()
	})
	<-m.done
	return nil
}

// collect is the one collector.
func (m *Committer) collect() {
	defer close(m.done)
	group := make([]*waiting, 0, m.config.Group)
	p := newPace(m.config.Group, m.config.Within)
	for first := range m.queue {
		// Whoever is ready to run may queue first: on a busy machine, where it
		// saves the most, groups grow; on an idle one nobody waits.
		runtime.Gosched()
		group = m.gather(append(group[:0], first), p)
		began := time.Now()
		m.commit(group)
		p.after(len(group), time.Since(began))
		clear(group)
	}
}

// gather adds what is queued already, and waits for nothing.
func (m *Committer) gather(group []*waiting, p pace) []*waiting {
	for len(group) < p.size {
		select {
		case w, ok := <-m.queue:
			if !ok {
				return group
			}
			by, _ := w.gone.Deadline() // Add sets one
			switch {
			case w.gone.Err() != nil:
			case p.hopeless(time.Until(by)):
				w.answer <- answer{err: fmt.Errorf("store a report: %w: too many are waiting", outcry.ErrUnavailable)}
			default:
				group = append(group, w)
			}
		default:
			return group
		}
	}
	return group
}

// commit stores a group and answers everybody in it.
func (m *Committer) commit(group []*waiting) {
	ctx, cancel := context.WithTimeout(context.Background(), m.config.Within)
	defer cancel()
	batches, places := split(group)
	for i, result := range m.store.AddBatches(ctx, batches) {
		for k, place := range places[i] {
			a := answer{err: result.Err}
			if result.Err == nil {
				a.ack = result.Acknowledgements[k]
			}
			group[place].answer <- a
		}
	}
}

// split parts a group into batches of one service each, in the order of
// arrival, with the place in the group of each report.
func split(group []*waiting) (batches [][]outcry.Report, places [][]int) {
	open := map[string]int{} // service → its batch that has room
	left := map[string]int{} // service → its reports that are in none yet
	for _, w := range group {
		left[w.report.Service]++
	}
	for place, w := range group {
		i, ok := open[w.report.Service]
		if !ok || len(batches[i]) == batchSize {
			i = len(batches)
			open[w.report.Service] = i
			room := min(left[w.report.Service], batchSize)
			left[w.report.Service] -= room
			batches, places = append(batches, make([]outcry.Report, 0, room)), append(places, make([]int, 0, room))
		}
		batches[i] = append(batches[i], w.report)
		places[i] = append(places[i], place)
	}
	return batches, places
}
