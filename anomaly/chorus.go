package anomaly

import (
	"runtime"
	"sync"
	"time"

	"outcry/anomaly/detect"
)

// chorus is what the services tell each other: that today is a holiday in
// their zone, and how high evidence rises when nothing is wrong. It is stepped
// minute by minute, from what all of them said of the minute before, so that
// neither the length of a stretch nor the order of goroutines matters.
//
// The fields are exported for checkpoints.
type chorus struct {
	Fleet detect.Fleet
	Day   int64   // of Shift, days since 1970
	Shift float64 // nats added to every threshold on Day
}

// listen takes the fleet's own tail into account, once a day.
func (c *chorus) listen(minute time.Time, perWeek float64) {
	if day := minute.Unix() / 86400; day != c.Day {
		c.Day, c.Shift = day, c.Fleet.Shift(minute, time.Minute, perWeek)
	}
}

// zones are the services of each time zone, as places in the crowd.
func zones(crowd []*watched) [][]int {
	var list [][]int
	at := map[string]int{}
	for i, x := range crowd {
		name := x.service.Location().String()
		z, met := at[name]
		if !met {
			z = len(list)
			at[name] = z
			list = append(list, nil)
		}
		list[z] = append(list[z], i)
	}
	return list
}

// pool fills in, for every service, what the others of its zone said of a
// holiday after the minute before.
func pool(crowd []*watched, zones [][]int, into []float64) {
	odds := make([]float64, 0, len(crowd))
	for _, zone := range zones {
		odds = odds[:0]
		for _, i := range zone {
			odds = append(odds, crowd[i].odds)
		}
		for k, i := range zone {
			into[i] = detect.Pool(odds, k)
		}
	}
}

// sideBySide calls do for 0 to n-1 on all processors, and waits.
func sideBySide(n int, do func(int)) {
	workers := min(runtime.GOMAXPROCS(0), n)
	if workers <= 1 {
		for i := range n {
			do(i)
		}
		return
	}
	var wg sync.WaitGroup
	for first := range workers {
		wg.Go(func() {
			for i := first; i < n; i += workers {
				do(i)
			}
		})
	}
	wg.Wait()
}
