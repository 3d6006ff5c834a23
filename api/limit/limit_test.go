package limit

import (
	"context"
	"net/netip"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"
)

func source(n int) netip.Prefix {
	a := netip.AddrFrom4([4]byte{byte(n >> 24), byte(n >> 16), byte(n >> 8), byte(n)})
	return netip.PrefixFrom(a, 32)
}

func TestRates(t *testing.T) {
	r, now := NewRates(60), time.Date(2026, 1, 2, 0, 0, 0, 0, time.UTC)
	for i := range 60 {
		if ok, _ := r.Allow(source(1), now); !ok {
			t.Fatalf("request %d was refused", i+1)
		}
	}
	if ok, after := r.Allow(source(1), now); ok || after != time.Second {
		t.Errorf("the 61st: %v, retry after %v, want refused for 1s", ok, after)
	}
	if ok, _ := r.Allow(source(2), now); !ok {
		t.Error("another source was refused")
	}
	if ok, _ := r.Allow(source(1), now.Add(time.Second)); !ok {
		t.Error("refused after the wait")
	}
	if ok, _ := r.Allow(netip.Prefix{}, now); !ok {
		t.Error("the unknown source was refused")
	}
	if ok, _ := r.Allow(source(1), now.Add(-time.Hour)); ok {
		t.Error("a clock that went back gave tokens")
	}
}

// Over any time a source gets no more than its burst and its rate.
func TestRatesNeverExceeded(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		limit := rapid.IntRange(1, 50).Draw(t, "limit")
		r, start := NewRates(limit), time.Unix(1e9, 0)
		now, passed := start, 0
		for range rapid.IntRange(1, 200).Draw(t, "requests") {
			now = now.Add(time.Duration(rapid.IntRange(0, 3000).Draw(t, "ms")) * time.Millisecond)
			ok, after := r.Allow(source(1), now)
			if ok {
				passed++
			} else if after <= 0 || after > time.Minute {
				t.Fatalf("refused for %v", after)
			}
		}
		if most := float64(limit) * (1 + now.Sub(start).Minutes()); float64(passed) > most+1e-6 {
			t.Fatalf("%d passed, at most %.1f may", passed, most)
		}
	})
}

func TestRatesMemoryIsBounded(t *testing.T) {
	r, now := NewRates(60), time.Unix(1e9, 0)
	for i := range 3 * maxSources {
		if ok, _ := r.Allow(source(i), now); !ok {
			t.Fatalf("source %d was refused its first request", i)
		}
		if len(r.sources) > maxSources {
			t.Fatalf("%d sources are kept", len(r.sources))
		}
	}
}

func TestSlots(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := NewSlots(1, 250*time.Millisecond)
		if !s.Take(t.Context()) {
			t.Fatal("the first got no slot")
		}
		start := time.Now()
		if s.Take(t.Context()) || time.Since(start) != 250*time.Millisecond {
			t.Errorf("the second waited %v", time.Since(start))
		}
		time.AfterFunc(100*time.Millisecond, s.Done)
		start = time.Now()
		if !s.Take(t.Context()) || time.Since(start) != 100*time.Millisecond {
			t.Errorf("the third did not get the slot that came free (%v)", time.Since(start))
		}
		gone, cancel := context.WithCancel(t.Context())
		cancel()
		if s.Take(gone) {
			t.Error("someone who left got a slot")
		}
		s.Done()
	})
}

func TestCrowd(t *testing.T) {
	c := NewCrowd(2, 3)
	for i, want := range []Entry{Welcome, Welcome, SourceFull} {
		if got := c.Enter(source(1)); got != want {
			t.Errorf("entry %d: got %v, want %v", i+1, got, want)
		}
	}
	if got := c.Enter(netip.Prefix{}); got != Welcome {
		t.Errorf("unknown source: %v", got)
	}
	if got := c.Enter(source(2)); got != AllFull {
		t.Errorf("a full house: %v", got)
	}
	c.Leave(source(1))
	if got := c.Enter(source(2)); got != Welcome {
		t.Errorf("after one left: %v", got)
	}
	c.Leave(source(1))
	c.Leave(source(2))
	c.Leave(netip.Prefix{})
	if c.Size() != 0 || len(c.sources) != 0 {
		t.Errorf("%d and %d sources are left", c.Size(), len(c.sources))
	}
}
