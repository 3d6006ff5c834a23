package commit

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"outcry"
	"outcry/ingest/store"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// slow is a store that takes its time and remembers what it was given.
type slow struct {
	takes time.Duration
	fail  error

	mu     sync.Mutex
	groups []int
	seen   map[string]int
}

func (s *slow) AddBatches(ctx context.Context, batches [][]outcry.Report) []store.Result {
	results := make([]store.Result, len(batches))
	select {
	case <-time.After(s.takes):
	case <-ctx.Done():
		for i := range results {
			results[i].Err = outcry.ErrUnavailable
		}
		return results
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	n := 0
	for i, b := range batches {
		n += len(b)
		for _, r := range b {
			if r.Service != b[0].Service {
				panic("a batch of two services")
			}
			s.seen[r.ID]++
			results[i].Acknowledgements = append(results[i].Acknowledgements, outcry.Acknowledgement{ID: r.ID})
		}
		results[i].Err = s.fail
	}
	s.groups = append(s.groups, n)
	return results
}

func report(i int) outcry.Report {
	at := time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC)
	return outcry.Report{ID: fmt.Sprint(i), Service: fmt.Sprintf("s%d", i%3), Symptom: "site", Received: at, Occurred: at}
}

// TestEverybodyGetsTheirOwnAnswer: a thousand callers, a slow store, few round
// trips.
func TestEverybodyGetsTheirOwnAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &slow{takes: 10 * time.Millisecond, seen: map[string]int{}}
		m := New(s, Config{})
		var wg sync.WaitGroup
		for i := range 1000 {
			wg.Go(func() {
				ack, err := m.Add(t.Context(), report(i))
				if err != nil || ack.ID != fmt.Sprint(i) {
					t.Errorf("report %d was answered %+v, %v", i, ack, err)
				}
			})
		}
		wg.Wait()
		if err := m.Close(); err != nil {
			t.Fatal(err)
		}
		if len(s.seen) != 1000 || len(s.groups) > 3 {
			t.Errorf("%d reports stored in %d round trips; want 1000 in at most 3", len(s.seen), len(s.groups))
		}
	})
}

// TestOverloadIsToldToComeAgain: what finds no place within the patience is
// refused, the rest is stored.
func TestOverloadIsToldToComeAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &slow{takes: 400 * time.Millisecond, seen: map[string]int{}}
		m := New(s, Config{Queue: 10, Group: 10})
		var mu sync.Mutex
		stored, refused := 0, 0
		var wg sync.WaitGroup
		for i := range 100 {
			wg.Go(func() {
				start := time.Now()
				_, err := m.Add(t.Context(), report(i))
				mu.Lock()
				defer mu.Unlock()
				switch {
				case err == nil:
					stored++
				case errors.Is(err, outcry.ErrUnavailable):
					refused++
					if waited := time.Since(start); waited != 250*time.Millisecond {
						t.Errorf("refused after %v, want 250ms", waited)
					}
				default:
					t.Error(err)
				}
			})
		}
		wg.Wait()
		m.Close()
		if stored != len(s.seen) || stored+refused != 100 || refused == 0 || stored < 11 {
			t.Errorf("%d stored (the store saw %d), %d refused", stored, len(s.seen), refused)
		}
	})
}

func TestAStoreThatHangsIsGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := New(&slow{takes: time.Hour, seen: map[string]int{}}, Config{})
		start := time.Now()
		_, err := m.Add(t.Context(), report(1))
		if !errors.Is(err, outcry.ErrUnavailable) || time.Since(start) > time.Second {
			t.Errorf("%v after %v, want unavailable within a second", err, time.Since(start))
		}
		m.Close()
	})
}

func TestCloseStoresWhatWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &slow{takes: 100 * time.Millisecond, seen: map[string]int{}}
		m := New(s, Config{Group: 5})
		var wg sync.WaitGroup
		for i := range 30 {
			wg.Go(func() {
				if _, err := m.Add(t.Context(), report(i)); err != nil {
					t.Error(err)
				}
			})
		}
		synctest.Wait()
		m.Close()
		wg.Wait()
		if len(s.seen) != 30 {
			t.Errorf("%d reports stored, want 30", len(s.seen))
		}
		if _, err := m.Add(t.Context(), report(31)); !errors.Is(err, outcry.ErrUnavailable) {
			t.Errorf("after Close: %v, want unavailable", err)
		}
	})
}

func TestACallerThatGivesUpHoldsNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &slow{takes: 300 * time.Millisecond, seen: map[string]int{}}
		m := New(s, Config{})
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
		defer cancel()
		if _, err := m.Add(ctx, report(1)); !errors.Is(err, outcry.ErrUnavailable) {
			t.Errorf("%v, want unavailable", err)
		}
		if _, err := m.Add(t.Context(), report(2)); err != nil {
			t.Error(err)
		}
		m.Close()
	})
}

// TestABadReportSpoilsNoBatch: it is refused before it is among others.
func TestABadReportSpoilsNoBatch(t *testing.T) {
	m := New(&slow{seen: map[string]int{}}, Config{})
	defer m.Close()
	bad := report(1)
	bad.Symptom = "a:b"
	if _, err := m.Add(t.Context(), bad); !errors.Is(err, outcry.ErrInvalid) {
		t.Errorf("%v, want invalid", err)
	}
}

// TestNobodyWaitsForTwoSlowGroups: who is queued behind a group that takes all
// its time is told so within a second, not after two groups.
func TestNobodyWaitsForTwoSlowGroups(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &slow{takes: 650 * time.Millisecond, seen: map[string]int{}}
		m := New(s, Config{})
		var wg sync.WaitGroup
		for i := range 3 {
			wg.Go(func() {
				time.Sleep(time.Duration(i) * 10 * time.Millisecond)
				start := time.Now()
				if _, err := m.Add(t.Context(), report(i)); time.Since(start) > 950*time.Millisecond {
					t.Errorf("caller %d waited %v (%v)", i, time.Since(start), err)
				}
			})
		}
		wg.Wait()
		m.Close()
	})
}
