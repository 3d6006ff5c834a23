package limit

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

func TestDoor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := NewDoor(1, time.Second, 250*time.Millisecond)
		if !d.Enter(t.Context()) {
			t.Fatal("the first found no place")
		}
		start := time.Now()
		if d.Enter(t.Context()) || time.Since(start) != 250*time.Millisecond {
			t.Errorf("the second waited %v", time.Since(start))
		}
		start = time.Now()
		time.AfterFunc(100*time.Millisecond, func() { d.Leave(start, time.Now(), true) })
		if !d.Enter(t.Context()) || time.Since(start) != 100*time.Millisecond {
			t.Errorf("the third did not get the place that came free (%v)", time.Since(start))
		}
		gone, cancel := context.WithCancel(t.Context())
		cancel()
		if d.Enter(gone) {
			t.Error("someone who left got a place")
		}
		d.Leave(start, time.Now(), true)
		if !d.Enter(t.Context()) {
			t.Error("a place was lost")
		}
	})
}

// TestAPlaceIsTheFirstComers, and no more wait than may be inside.
func TestAPlaceIsTheFirstComers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := NewDoor(2, time.Second, 250*time.Millisecond)
		d.Enter(t.Context())
		d.Enter(t.Context())
		var waiters sync.WaitGroup
		var came [2]bool
		for i := range came {
			waiters.Go(func() { came[i] = d.Enter(t.Context()) })
			synctest.Wait()
		}
		start := time.Now()
		if d.Enter(t.Context()) || time.Since(start) != 0 {
			t.Errorf("the third who waits was refused after %v", time.Since(start))
		}
		d.Leave(start, start, true)
		waiters.Wait()
		if came != [2]bool{true, false} {
			t.Errorf("a place that came free was got by %v", came)
		}
	})
}

// TestADoorLetsInWhatIsServed: 10 times as many come as a store can serve, who
// serves them one after the other. After a while nearly all that it can serve
// are served in time; and when it is quick again, so is everybody.
func TestADoorLetsInWhatIsServed(t *testing.T) {
	for _, perSecond := range []int{200, 2000} {
		synctest.Test(t, func(t *testing.T) {
			const stay, patience = 400 * time.Millisecond, 950 * time.Millisecond
			d := NewDoor(8192, stay, 250*time.Millisecond)
			store := make(chan struct{}, 1)
			var served, late, refused int
			var mu sync.Mutex
			come := func(takes time.Duration) {
				if !d.Enter(t.Context()) {
					mu.Lock()
					refused++
					mu.Unlock()
					return
				}
				entered := time.Now()
				ctx, cancel := context.WithTimeout(t.Context(), patience)
				defer cancel()
				ok := false
				select {
				case store <- struct{}{}:
					time.Sleep(takes)
					<-store
					ok = ctx.Err() == nil
				case <-ctx.Done():
				}
				d.Leave(entered, time.Now(), ok)
				mu.Lock()
				defer mu.Unlock()
				if ok {
					served++
				} else {
					late++
				}
			}
			crowd := func(length time.Duration, rate int, takes time.Duration) {
				var people sync.WaitGroup
				for range int(length.Seconds() * float64(rate)) {
					people.Go(func() { come(takes) })
					time.Sleep(time.Second / time.Duration(rate))
				}
				people.Wait()
			}
			slow := time.Second / time.Duration(perSecond)
			crowd(3*time.Second, 10*perSecond, slow) // to learn
			served, late, refused = 0, 0, 0
			crowd(5*time.Second, 10*perSecond, slow)
			if served < 9*5*perSecond/10 || late > served/20 {
				t.Errorf("%d a second: %d were served in time, %d late, %d refused", perSecond, served, late, refused)
			}
			served, late, refused = 0, 0, 0
			crowd(3*time.Second, perSecond/2, slow)
			if refused+late > 0 {
				t.Errorf("%d a second: of few, %d were refused and %d late", perSecond, refused, late)
			}
		})
	}
}

// TestADoorForgets: what was learned of a store that stood still holds while
// people come, and not for ever.
func TestADoorForgets(t *testing.T) {
	d, now := NewDoor(1000, 400*time.Millisecond, 0), time.Unix(1e9, 0)
	come := func(after time.Duration, served bool) {
		now = now.Add(after)
		d.Enter(t.Context())
		d.Leave(now.Add(-950*time.Millisecond), now, served)
	}
	for range 3 {
		come(time.Second, false)
	}
	if d.limit != leastInside {
		t.Errorf("while nobody is served %d may be inside", d.limit)
	}
	come(time.Minute, true)
	if d.limit != 1000 {
		t.Errorf("a minute later %d may be inside", d.limit)
	}
}

// TestWhatADoorLearns: the number inside follows from those served, unless a
// span says nothing of how many could be.
func TestWhatADoorLearns(t *testing.T) {
	const stay, most = 400 * time.Millisecond, 8192
	for _, c := range []struct {
		name string
		span span
		want int
	}{
		{"quick", span{served: 2000, left: 2000, stayed: 2000 * 5 * time.Millisecond}, most},
		{"nobody", span{}, most},
		{"full", span{served: 2000, left: 2000, stayed: 2000 * 600 * time.Millisecond, full: true}, 800},
		{"slow", span{served: 5000, left: 5000, stayed: 5000 * 500 * time.Millisecond}, 2000},
		{"all in vain", span{left: 300, stayed: 300 * 950 * time.Millisecond, full: true}, leastInside},
		{"more than the most", span{served: 90000, left: 90000, full: true}, most},
	} {
		if got := c.span.limit(time.Second, stay, most); got != c.want {
			t.Errorf("%s: %d, want %d", c.name, got, c.want)
		}
	}
}
