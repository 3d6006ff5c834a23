package events

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"outcry"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// tape is a source that keeps everything, with ids 1-0, 2-0, …
type tape struct {
	mu    sync.Mutex
	list  []outcry.Event
	err   error
	more  chan struct{}
	reads int
}

func newTape(n int) *tape {
	t := &tape{more: make(chan struct{})}
	t.add(n, "zoom")
	return t
}

func (t *tape) add(n int, service string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for range n {
		t.list = append(t.list, outcry.Event{ID: fmt.Sprintf("%d-0", len(t.list)+1), Kind: outcry.EventCounts, Service: service, Data: []byte("{\n}")})
	}
	close(t.more)
	t.more = make(chan struct{})
}

func (t *tape) fail(err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.err = err
}

func (t *tape) Events(ctx context.Context, after string, wait time.Duration) ([]outcry.Event, error) {
	t.mu.Lock()
	t.reads++
	var from int
	_, _ = fmt.Sscanf(after, "%d-0", &from)
	list, err, more := t.list[from:], t.err, t.more
	t.mu.Unlock()
	if err != nil || len(list) > 0 || wait == 0 {
		return list[:min(len(list), 3)], err
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-more:
		return t.Events(ctx, after, 0)
	case <-timer.C:
		return nil, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func text(n int) string { return fmt.Sprintf("id: %d-0\nevent: counts\ndata: {}\n\n", n) }

// next reads with patience; errors are written as texts.
func next(f *Follower) string {
	got, err := f.Next(time.Minute)
	if err != nil {
		return err.Error()
	}
	return got
}

func run(t *testing.T, size, backlog int, test func(h *Hub, source *tape, stop func())) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		h, source := NewHub(size), newTape(backlog)
		ctx, cancel := context.WithCancel(t.Context())
		go h.Run(ctx, source)
		synctest.Wait()
		test(h, source, cancel)
		cancel()
		synctest.Wait()
	})
}

func TestFollow(t *testing.T) {
	run(t, 100, 0, func(h *Hub, source *tape, _ func()) {
		all, edx := h.Follow("", ""), h.Follow("", "edx")
		if got := next(all); got != "" {
			t.Errorf("nothing happened, but %q", got)
		}
		source.add(2, "zoom")
		synctest.Wait()
		source.add(1, "edx")
		synctest.Wait()
		if got, want := next(all), text(1)+text(2)+text(3); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
		if got := next(edx); got != text(3) {
			t.Errorf("one service: got %q", got)
		}
	})
}

func TestFollowAfter(t *testing.T) {
	run(t, 5, 8, func(h *Hub, source *tape, _ func()) {
		for after, want := range map[string]string{
			"6-0": text(7) + text(8), // the backlog was read at the start
			"8-0": "",
			"2-0": ErrGap.Error(), // out of the ring
			"9-9": ErrGap.Error(), // never was
		} {
			if got := next(h.Follow(after, "")); got != want {
				t.Errorf("after %s: got %q, want %q", after, got, want)
			}
		}
	})
}

func TestSlowFollowerIsToldOfTheGap(t *testing.T) {
	run(t, 5, 0, func(h *Hub, source *tape, _ func()) {
		f := h.Follow("", "")
		source.add(9, "zoom")
		synctest.Wait()
		if got := next(f); got != ErrGap.Error() {
			t.Errorf("got %q", got)
		}
		source.add(1, "zoom")
		if got := next(f); got != text(10) {
			t.Errorf("after the gap: %q", got)
		}
	})
}

func TestSurvivesAFailingSource(t *testing.T) {
	run(t, 100, 1, func(h *Hub, source *tape, _ func()) {
		f := h.Follow("1-0", "")
		source.fail(errors.New("away"))
		source.add(1, "zoom")
		time.Sleep(time.Minute)
		synctest.Wait()
		if source.reads > 70 {
			t.Errorf("%d readings in a minute of failure", source.reads)
		}
		source.fail(nil)
		if got := next(f); got != text(2) {
			t.Errorf("what came meanwhile: got %q", got)
		}
	})
}

func TestCloseEndsFollowers(t *testing.T) {
	run(t, 100, 0, func(h *Hub, _ *tape, stop func()) {
		f := h.Follow("", "")
		done := make(chan error)
		go func() {
			_, err := f.Next(time.Hour)
			done <- err
		}()
		synctest.Wait()
		stop()
		if err := <-done; !errors.Is(err, ErrClosed) {
			t.Errorf("got %v", err)
		}
	})
}

// Ten thousand followers each see every event once and in order.
func TestManyFollowers(t *testing.T) {
	h := NewHub(1000)
	ctx, cancel := context.WithCancel(t.Context())
	source := newTape(0)
	var running, following sync.WaitGroup
	running.Go(func() { h.Run(ctx, source) })
	var want strings.Builder
	for n := range 50 {
		want.WriteString(text(n + 1))
	}
	for range 10000 {
		f := h.Follow("", "")
		following.Go(func() {
			var got strings.Builder
			for got.Len() < want.Len() {
				part, err := f.Next(time.Minute)
				if err != nil || part == "" {
					t.Errorf("got %q, %v", part, err)
					return
				}
				got.WriteString(part)
			}
			if got.String() != want.String() {
				t.Errorf("got %q", got.String())
			}
		})
	}
	for range 50 {
		source.add(1, "zoom")
	}
	following.Wait()
	cancel()
	running.Wait()
}

func TestFormatCannotBeBroken(t *testing.T) {
	got := string(format(outcry.Event{ID: "1-0\nid: 2", Kind: "counts\r\n", Data: []byte("x\n\nevent: verdict")}))
	if want := "id: 1-0id: 2\nevent: counts\ndata: {}\n\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
