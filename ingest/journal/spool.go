package journal

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"outcry"
	"outcry/ingest/store"
)

// Store is what a Spool stands before: *store.Store.
type Store interface {
	AddBatches(ctx context.Context, batches [][]outcry.Report) []store.Result
	Ping(ctx context.Context) error
	Token(ctx context.Context, r outcry.Report) (string, error)
	Withdraw(ctx context.Context, service, id, token string, now time.Time) error
}

// Spool takes reports in while Redis is away: they are written to a log on
// this machine, synced, and handed to Redis by the same script when it is
// back. As the script is idempotent, a report whose storing had an unknown
// outcome is spooled too and counts once all the same.
//
// What a spooled report is told is optimistic: nobody knows yet whether its
// person counted before Redis went away or its address is over the cap, so it is
// told that it counts (or is late) unless its person was told so already, and the
// buckets are right when it is handed over. Sent again after that, it is told what
// became of it.
//
// The log holds keyed hashes as Redis would, no address, and in the place of a
// report's id its key, as id and key together would help to find the address.
type Spool struct {
	store Store
	log   *Log

	// try bounds one attempt at Redis, so that a caller who must wait for its
	// failure is still answered within a second.
	try time.Duration

	away    atomic.Bool // Redis failed last: do not try it for each report
	pending atomic.Int64
	mu      sync.Mutex
	failed  error // why the last report could not be spooled
	told    foretold

	drain   sync.Mutex
	portion int               // reports handed over in one round trip
	segment uint64            // that was begun to be handed over
	read    int               // of its entries
	rest    [][]outcry.Report // of those, what was not handed over yet
}

// OpenSpool opens the spool in dir, with what it still holds from before.
func OpenSpool(dir string, s Store) (*Spool, error) { return Options{}.OpenSpool(dir, s) }

// OpenSpool is the function of that name, with options.
func (o Options) OpenSpool(dir string, s Store) (*Spool, error) {
	log, err := o.openLog(filepath.Join(dir, "spool"))
	if err != nil {
		return nil, err
	}
	if log.salvaged > 0 {
		if err := log.Drop(log.salvaged); err != nil {
			return nil, errors.Join(err, log.Close())
		}
	}
	p := &Spool{store: s, log: log, try: 350 * time.Millisecond, portion: mostHanded}
	segments, err := log.Segments()
	if err == nil {
		for _, n := range segments {
			if err = log.Read(n, func([]byte) error { p.pending.Add(1); return nil }); err != nil {
				break
			}
		}
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open the spool: %w", err), log.Close())
	}
	return p, nil
}

// AddBatches stores batches in Redis, or in the spool.
func (p *Spool) AddBatches(ctx context.Context, batches [][]outcry.Report) []store.Result {
	results := make([]store.Result, len(batches))
	for i := range results {
		results[i].Err = outcry.ErrUnavailable
	}
	if !p.away.Load() {
		try, cancel := context.WithTimeout(ctx, p.try)
		results = p.store.AddBatches(try, batches)
		cancel()
	}
	var left []int
	for i, r := range results {
		if errors.Is(r.Err, outcry.ErrUnavailable) {
			left = append(left, i)
		}
	}
	if len(left) > 0 {
		p.away.Store(true)
		p.spool(batches, left, results)
	}
	return results
}

// spool appends the batches that are left in one entry, so that they share a
// sync of the disk.
func (p *Spool) spool(batches [][]outcry.Report, left []int, results []store.Result) {
	kept := make([][]outcry.Report, 0, len(left))
	for _, i := range left {
		batch := make([]outcry.Report, len(batches[i]))
		for j, r := range batches[i] {
			r.ID = spooledID(r)
			batch[j] = r
		}
		kept = append(kept, batch)
	}
	entry, err := json.Marshal(kept)
	if err == nil {
		// Counted before it is there: a report must not be missing unseen.
		p.pending.Add(1)
		if err = p.log.Append(entry); err != nil {
			p.pending.Add(-1)
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.failed = err
	for _, i := range left {
		if err != nil {
			results[i].Err = fmt.Errorf("%w: neither Redis nor the spool took the report: %w", outcry.ErrUnavailable, err)
			continue
		}
		results[i] = store.Result{}
		for _, r := range batches[i] {
			results[i].Acknowledgements = append(results[i].Acknowledgements, p.told.answer(r))
		}
	}
}

// Drain looks whether Redis is back, and hands over what is spooled. Call it
// from a ticker, such as four times a second. It returns the number of entries
// handed over. An error means that Redis is still, or again, away; one that wraps
// ErrNotHanded, that it answers and does not take what is spooled.
func (p *Spool) Drain(ctx context.Context) (int, error) {
	p.drain.Lock()
	defer p.drain.Unlock()
	if !p.away.Load() && p.pending.Load() == 0 {
		return 0, nil
	}
	ping, cancel := context.WithTimeout(ctx, p.try)
	defer cancel()
	if err := p.store.Ping(ping); err != nil {
		return 0, err
	}
	done, err := p.handOver(ctx)
	if err != nil {
		return done, fmt.Errorf("%w: %w", ErrNotHanded, err)
	}
	p.away.Store(false)
	return done, nil
}

// ErrNotHanded marks a Redis that answers and takes no spooled reports.
var ErrNotHanded = errors.New("hand over spooled reports")

// handOver empties the segments there are now, the oldest first. After a failure
// it goes on where it was, with less at a time: a Redis too slow for what it was
// given would be so again.
func (p *Spool) handOver(ctx context.Context) (int, error) {
	if p.pending.Load() == 0 {
		return 0, nil
	}
	end, err := p.log.Rotate()
	if err != nil {
		return 0, err
	}
	segments, err := p.log.Segments()
	if err != nil {
		return 0, err
	}
	done := 0
	for _, n := range segments {
		if n >= end {
			break
		}
		entries, err := p.handSegment(ctx, n)
		if err != nil {
			return done, err
		}
		if err := p.log.Drop(n + 1); err != nil {
			return done, err
		}
		p.pending.Add(int64(-entries))
		done += entries
	}
	return done, nil
}

// handSegment hands a segment over, and says how many entries it has.
func (p *Spool) handSegment(ctx context.Context, n uint64) (entries int, err error) {
	if n != p.segment {
		p.segment, p.read, p.rest = n, 0, nil
	}
	if err := p.hand(ctx); err != nil {
		return 0, err
	}
	g := gathering{}
	full := func() error {
		p.read, p.rest = entries, g.batches
		g = gathering{}
		return p.hand(ctx)
	}
	err = p.log.Read(n, func(entry []byte) error {
		if entries++; entries <= p.read {
			return nil
		}
		if err := g.add(entry); err != nil || g.reports < mostHanded {
			return err
		}
		return full()
	})
	if err != nil {
		return entries, err
	}
	return entries, full()
}

// mostHanded is how many reports are handed over in one round trip, and
// leastHanded however slow Redis is. Entries are small where few reported at a
// time, and handing each over by itself would be slower than new ones come in.
const (
	mostHanded  = 4000
	leastHanded = 20
)

// gathering is entries put together by service.
type gathering struct {
	batches [][]outcry.Report
	open    map[string]int // service → its batch that has room
	reports int
}

func (g *gathering) add(entry []byte) error {
	var batches [][]outcry.Report
	if err := json.Unmarshal(entry, &batches); err != nil {
		return fmt.Errorf("read spool: %w", err)
	}
	if g.open == nil {
		g.open = map[string]int{}
	}
	for _, batch := range batches {
		for _, r := range batch {
			if store.CheckReport(r) != nil {
				continue // would hold up the rest for ever; the committer lets none in
			}
			i, ok := g.open[r.Service]
			if !ok || len(g.batches[i]) == store.MaxBatch {
				i = len(g.batches)
				g.batches = append(g.batches, nil)
				g.open[r.Service] = i
			}
			g.batches[i] = append(g.batches[i], r)
			g.reports++
		}
	}
	return nil
}

// hand gives the rest to Redis, a portion at a time: after a failure less, and
// more again when all was taken.
func (p *Spool) hand(ctx context.Context) error {
	for len(p.rest) > 0 {
		n, reports := 0, 0
		for n < len(p.rest) && reports+len(p.rest[n]) <= p.portion {
			reports += len(p.rest[n])
			n++
		}
		if n == 0 { // not even one batch
			p.rest = append([][]outcry.Report{p.rest[0][:p.portion], p.rest[0][p.portion:]}, p.rest[1:]...)
			n = 1
		}
		if err := p.give(ctx, p.rest[:n]); err != nil {
			p.portion = max(p.portion/4, leastHanded)
			return err
		}
		if p.rest = p.rest[n:]; len(p.rest) == 0 {
			p.portion = min(2*p.portion, mostHanded)
		}
	}
	return nil
}

func (p *Spool) give(ctx context.Context, batches [][]outcry.Report) error {
	call, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	for _, r := range p.store.AddBatches(call, batches) {
		if r.Err != nil {
			return r.Err
		}
	}
	return nil
}

// Token is the store's: it needs no Redis once the key is known.
func (p *Spool) Token(ctx context.Context, r outcry.Report) (string, error) {
	return p.store.Token(ctx, r)
}

// Withdraw takes a report back. While reports are spooled, one that Redis does
// not know may be among them: that is no reason to say that it is not there.
func (p *Spool) Withdraw(ctx context.Context, service, id, token string, now time.Time) error {
	waiting := p.pending.Load() > 0
	err := p.store.Withdraw(ctx, service, id, token, now)
	if waiting && errors.Is(err, outcry.ErrNotFound) {
		return fmt.Errorf("%w: the report is on its way to the store", outcry.ErrUnavailable)
	}
	return err
}

// State is how reports are stored now.
type State struct {
	// Redis is whether it answered last; Spooled how many entries wait for it.
	Redis   bool
	Spooled int
	// Err is why neither Redis nor the spool took the last report, or nil.
	Err error
}

// State tells how reports are stored now.
func (p *Spool) State() State {
	p.mu.Lock()
	defer p.mu.Unlock()
	s := State{Redis: !p.away.Load(), Spooled: int(p.pending.Load())}
	if !s.Redis {
		s.Err = p.failed
	}
	return s
}

// Close ends the spool; what is in it waits for the next start.
func (p *Spool) Close() error { return p.log.Close() }
