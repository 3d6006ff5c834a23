package commit

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"outcry"
	"outcry/ingest/store"
)

func TestPace(t *testing.T) {
	const within = 700 * time.Millisecond
	p := newPace(2000, within)
	for i, x := range []struct {
		n    int
		took time.Duration
		size int
	}{
		{2000, 20 * time.Millisecond, 2000},
		{3, 600 * time.Millisecond, 2000}, // once is chance
		{2000, 20 * time.Millisecond, 2000},
		{2000, within, 2000},
		{2000, within, 500}, // it was not done
		{500, 400 * time.Millisecond, 250},
		{250, 400 * time.Millisecond, 125},
		{125, 300 * time.Millisecond, 125}, // as it should be
		{125, 100 * time.Millisecond, 250}, // room for more
		{100, 100 * time.Millisecond, 250}, // but nobody needs it
		{250, within, 250},
		{2, within, 16}, // a round trip is shared by some
		{16, within, 16},
		{16, time.Millisecond, 32},
	} {
		if p.after(x.n, x.took); p.size != x.size {
			t.Fatalf("step %d: groups of %d, want %d", i, p.size, x.size)
		}
	}
}

// narrow stores so many reports a second and no more.
type narrow struct {
	rate   int
	stored atomic.Int64
}

func (s *narrow) AddBatches(ctx context.Context, batches [][]outcry.Report) []store.Result {
	results, n := make([]store.Result, len(batches)), 0
	for i, b := range batches {
		n += len(b)
		results[i].Acknowledgements = make([]outcry.Acknowledgement, len(b))
	}
	select {
	case <-time.After(time.Duration(n) * time.Second / time.Duration(s.rate)):
		s.stored.Add(int64(n))
	case <-ctx.Done():
		for i := range results {
			results[i] = store.Result{Err: outcry.ErrUnavailable}
		}
	}
	return results
}

// TestGoodputUnderOverload: ten times what the store can take come, and nearly
// as many are served as it can take.
func TestGoodputUnderOverload(t *testing.T) {
	for _, rate := range []int{100, 1000} {
		synctest.Test(t, func(t *testing.T) {
			s := &narrow{rate: rate}
			m := New(s, Config{})
			var people sync.WaitGroup
			var served, late atomic.Int64
			const settling, length = 6 * time.Second, 3 * time.Second
			began := time.Now()
			for at := time.Duration(0); at < settling+length; at += 10 * time.Millisecond {
				time.Sleep(time.Until(began.Add(at))) // in the test's bubble: no time passes
				for i := range 10 * rate / 100 {
					people.Go(func() {
						sent := time.Now()
						_, err := m.Add(t.Context(), report(i))
						if err == nil && at >= settling {
							served.Add(1)
						}
						if time.Since(sent) > time.Second {
							late.Add(1)
						}
					})
				}
			}
			people.Wait()
			if err := m.Close(); err != nil {
				t.Fatal(err)
			}
			share := float64(served.Load()) / (float64(rate) * length.Seconds())
			t.Logf("of %d a second, %.2f were served at ten times that", rate, share)
			if share < 0.9 || late.Load() > 0 {
				t.Errorf("a store of %d a second served %.2f of that, %d answers took more than a second", rate, share, late.Load())
			}
		})
	}
}
