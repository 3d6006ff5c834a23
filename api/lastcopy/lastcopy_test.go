package lastcopy

import (
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

var (
	errAway = errors.New("away")
	errNone = errors.New("none")
)

// source counts its readings and can fail.
type source struct {
	readings int
	err      error
}

func (s *source) read() (int, error) {
	s.readings++
	return s.readings, s.err
}

func cache(size int) *Cache[int] {
	return New[int](size, time.Now, func(err error) bool { return errors.Is(err, errNone) })
}

func get(t *testing.T, c *Cache[int], key string, s *source) Copy[int] {
	t.Helper()
	got, err := c.Get(key, time.Second, s.read)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func TestReadsOncePerTimeToLive(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, s := cache(8), &source{}
		for range 5 {
			if got := get(t, c, "a", s); got != (Copy[int]{1, 0}) {
				t.Errorf("got %+v", got)
			}
		}
		time.Sleep(time.Second)
		if got := get(t, c, "a", s); got != (Copy[int]{2, 0}) {
			t.Errorf("after a second: %+v", got)
		}
	})
}

func TestTouchIsSeenWithinTheBudget(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, s := cache(8), &source{}
		get(t, c, "a", s)
		for i := range burst {
			c.Touch("a")
			if got := get(t, c, "a", s); got.Value != i+2 {
				t.Fatalf("touch %d was not seen: %+v", i+1, got)
			}
		}
		for range 1000 {
			c.Touch("a")
			get(t, c, "a", s)
		}
		if s.readings != burst+1 {
			t.Errorf("%d readings, want %d", s.readings, burst+1)
		}
		time.Sleep(time.Second)
		if got := get(t, c, "a", s); got.Value != burst+2 {
			t.Errorf("the last touch was never seen: %+v", got)
		}
		c.TouchAll()
		time.Sleep(time.Second)
		if got := get(t, c, "a", s); got.Value != burst+3 {
			t.Errorf("TouchAll was not seen: %+v", got)
		}
	})
}

func TestLastCopyWhereReadingFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, s := cache(8), &source{err: errAway}
		if _, err := c.Get("a", time.Second, s.read); !errors.Is(err, errAway) {
			t.Errorf("no copy: %v", err)
		}
		time.Sleep(pause)
		s.err = nil
		get(t, c, "a", s)
		s.err = errAway
		time.Sleep(10 * time.Second)
		for range 3 {
			if got := get(t, c, "a", s); got != (Copy[int]{2, 10 * time.Second}) {
				t.Errorf("got %+v", got)
			}
		}
		if s.readings != 3 {
			t.Errorf("tried %d times, want one try a second", s.readings)
		}
		s.err = errNone
		time.Sleep(pause)
		if _, err := c.Get("a", time.Second, s.read); !errors.Is(err, errNone) {
			t.Errorf("an answer was taken for a failure: %v", err)
		}
		s.err = nil
		if got := get(t, c, "a", s); got != (Copy[int]{5, 0}) {
			t.Errorf("back again: %+v", got)
		}
	})
}

func TestOneReadsAtATime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, s := cache(8), &source{}
		slow := func() (int, error) {
			time.Sleep(time.Minute)
			return s.read()
		}
		var wg sync.WaitGroup
		for range 50 {
			wg.Go(func() {
				if got, err := c.Get("a", 2*time.Minute, slow); err != nil || got.Value != 1 {
					t.Errorf("got %+v, %v", got, err)
				}
			})
		}
		wg.Wait()
		time.Sleep(2 * time.Minute)
		go func() { _, _ = c.Get("a", 2*time.Minute, slow) }()
		synctest.Wait()
		if got, err := c.Get("a", 2*time.Minute, slow); err != nil || got.Value != 1 {
			t.Errorf("who comes meanwhile gets %+v, %v, want the older copy", got, err)
		}
		time.Sleep(2 * time.Minute)
	})
}

func TestForgetsTheLeastUsed(t *testing.T) {
	c, s := cache(2), &source{}
	for _, key := range []string{"a", "b", "a", "c"} {
		get(t, c, key, s)
	}
	if len(c.entries) != 2 || c.entries["b"] != nil || c.order.Len() != 2 {
		t.Errorf("%d entries, b kept: %v", len(c.entries), c.entries["b"] != nil)
	}
	if got := get(t, c, "a", s); got.Value != 1 {
		t.Errorf("a was forgotten: %+v", got)
	}
}

func TestAPanicLeavesNothingLocked(t *testing.T) {
	c, s := cache(2), &source{}
	func() {
		defer func() { _ = recover() }()
		_, _ = c.Get("a", time.Second, func() (int, error) { panic("boom") })
	}()
	if got := get(t, c, "a", s); got.Value != 1 {
		t.Errorf("got %+v", got)
	}
}

func TestNamesOfNothingPushNothingOut(t *testing.T) {
	c, s := cache(2), &source{}
	get(t, c, "a", s)
	for _, err := range []error{errNone, errAway} {
		for key := range 100 {
			if _, got := c.Get("none "+string(rune(key)), time.Second, func() (int, error) { return 0, err }); !errors.Is(got, err) {
				t.Fatalf("got %v", got)
			}
		}
	}
	if got := get(t, c, "a", s); got.Value != 1 || len(c.entries) != 1 || c.order.Len() != 1 {
		t.Errorf("got %+v, %d entries, %d in order", got, len(c.entries), c.order.Len())
	}
}
