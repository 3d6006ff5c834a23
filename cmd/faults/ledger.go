package main

import (
	"sync"
	"time"
)

// cell is where a report is counted: a service, and the phase of the scenario
// in which its person came, which is sent as the symptom.
type cell struct{ service, phase int }

// entry is one report and what its client knows of it.
type entry struct {
	cell
	id, device, address string
	impatient           bool // gives up after one unknown outcome

	// Of the answer that settled it, if one did:
	acknowledged bool
	counted      bool
	sent         time.Time // when the attempt began that was acknowledged
	token        string
}

// outcome is what one attempt came to. Status 0 is no answer.
type outcome struct {
	status     int
	counted    bool
	token      string
	retryAfter time.Duration
	began      time.Time
	took       time.Duration
}

// ledger is what clients know. It may be used by many goroutines.
type ledger struct {
	mu      sync.Mutex
	entries []*entry
	phase   int

	refused int           // answers 429 and 503
	bare    int           // of them, those without Retry-After
	broken  int           // attempts without an answer
	wrong   map[int]int   // answers that nobody should get, by status
	slowest time.Duration // answer
	slow    int           // answers after more than a second
	good    map[int64]int // answers 201 by tenth of a second since 1970

	ended    time.Time // when the last fault did, until somebody was served
	recovery time.Duration
}

func newLedger() *ledger { return &ledger{wrong: map[int]int{}, good: map[int64]int{}} }

// open enters a report before it is sent, in the phase there is.
func (l *ledger) open(e *entry) {
	l.mu.Lock()
	defer l.mu.Unlock()
	e.phase = l.phase
	l.entries = append(l.entries, e)
}

// nextPhase lets reports from now on be told from those before.
func (l *ledger) nextPhase() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.phase++
}

// faultEnded begins the measuring of a recovery.
func (l *ledger) faultEnded(now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.ended = now
}

// note enters what an attempt came to.
func (l *ledger) note(e *entry, o outcome) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.slowest = max(l.slowest, o.took)
	if o.took > time.Second {
		l.slow++
	}
	switch o.status {
	case 201:
		l.acknowledge(e, o)
	case 0, 408: // 408: the machine was too busy to read what was sent
		l.broken++
	case 429, 503:
		l.refused++
		if o.retryAfter <= 0 {
			l.bare++
		}
	default:
		l.wrong[o.status]++
	}
}

func (l *ledger) acknowledge(e *entry, o outcome) {
	at := o.began.Add(o.took)
	l.good[tenth(at)]++
	e.acknowledged, e.counted, e.sent, e.token = true, o.counted, o.began, o.token
	if !l.ended.IsZero() && o.began.After(l.ended) {
		l.recovery = max(l.recovery, at.Sub(l.ended))
		l.ended = time.Time{}
	}
}

func tenth(t time.Time) int64 { return t.UnixMilli() / 100 }

// goodput is how many were served a second between two moments.
func (l *ledger) goodput(from, to time.Time) float64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	n := 0
	for t := tenth(from); t < tenth(to); t++ {
		n += l.good[t]
	}
	return float64(n) / to.Sub(from).Seconds()
}

// open reports by their fate, once nothing is under way.
func (l *ledger) unsettled() []*entry {
	l.mu.Lock()
	defer l.mu.Unlock()
	var out []*entry
	for _, e := range l.entries {
		if !e.acknowledged {
			out = append(out, e)
		}
	}
	return out
}

// tally is how often each fate came.
type tally struct{ sent, acknowledged, discounted, unknown int }

func (l *ledger) tally() tally {
	l.mu.Lock()
	defer l.mu.Unlock()
	t := tally{sent: len(l.entries)}
	for _, e := range l.entries {
		switch {
		case !e.acknowledged:
			t.unknown++
		case !e.counted:
			t.discounted++
			fallthrough
		default:
			t.acknowledged++
		}
	}
	return t
}

// bounds are what a cell may hold: at least what was acknowledged, at most
// that and what nobody knows.
type bounds struct{ least, most int }

// expected are the bounds of all cells. What was acknowledged before since is
// allowed to be gone, for somebody emptied the store then.
func (l *ledger) expected(since time.Time) map[cell]bounds {
	l.mu.Lock()
	defer l.mu.Unlock()
	out := map[cell]bounds{}
	for _, e := range l.entries {
		b := out[e.cell]
		switch {
		case e.acknowledged && !e.counted:
			continue
		case e.acknowledged && !e.sent.Before(since):
			b.least++
		}
		b.most++
		out[e.cell] = b
	}
	return out
}

// proof is what a comparison of counts with what is expected comes to.
type proof struct {
	counted, missing, twice int
}

func (p proof) holds() bool { return p.missing == 0 && p.twice == 0 }

// compare holds counts against their bounds, cell by cell, so that a loss here
// does not hide a repetition there.
func compare(expected map[cell]bounds, counts map[cell]int) proof {
	var p proof
	for c, n := range counts {
		p.counted += n
		if b := expected[c]; n > b.most {
			p.twice += n - b.most
		}
	}
	for c, b := range expected {
		if n := counts[c]; n < b.least {
			p.missing += b.least - n
		}
	}
	return p
}
