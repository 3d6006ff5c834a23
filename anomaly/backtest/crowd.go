package backtest

import (
	"context"
	"time"

	"outcry/anomaly/detect"
)

// crowd judges each series as a service of its own. All are stepped together in
// time, for two things they tell each other: that today is a holiday, and how
// high evidence rises when nothing is wrong.
func crowd(ctx context.Context, r *recording, o Options, emit func(int, row)) error {
	m := r.meta
	c := newChorus(m, o)
	first, last := span(m)
	for t := first; t.Before(last); t = t.Add(m.bin) {
		if err := ctx.Err(); err != nil {
			return err
		}
		c.pool()
		c.listen(t)
		for i := range m.Series {
			s := &m.Series[i]
			bin := int(t.Sub(s.Start) / m.bin)
			if t.Before(s.Start) || bin >= s.bins {
				continue
			}
			j := c.step(i, s.Start.Add(time.Duration(bin)*m.bin), r.counts[i][bin])
			if bin >= s.eval {
				emit(i, row{bin: bin, alarm: j.Alarm, score: j.Evidence, expected: j.Expected, upper: j.Upper})
			}
		}
	}
	return nil
}

// span is from the earliest start to the latest end.
func span(m *Meta) (first, last time.Time) {
	for i, s := range m.Series {
		if i == 0 || s.Start.Before(first) {
			first = s.Start
		}
		if i == 0 || s.End.After(last) {
			last = s.End
		}
	}
	return first, last
}

// chorus is the detectors of one recording.
type chorus struct {
	detectors []*detect.Detector
	last      []detect.Judgement
	zones     [][]int   // series by time zone
	pools     []float64 // for the next bin
	fleet     detect.Fleet
	shift     float64
	day       int // of the last shift
	bin       time.Duration
	budget    float64
	names     []string
}

func newChorus(m *Meta, o Options) *chorus {
	n := len(m.Series)
	c := &chorus{detectors: make([]*detect.Detector, n), last: make([]detect.Judgement, n), pools: make([]float64, n), bin: m.bin, budget: o.FalseAlarms}
	if c.budget <= 0 {
		c.budget = detect.DefaultFalseAlarms
	}
	byZone := map[string]int{}
	for i, s := range m.Series {
		c.detectors[i] = detect.New(detect.Config{Bin: m.bin, Zone: s.zone, FalseAlarms: c.budget})
		c.names = append(c.names, s.ID)
		z, ok := byZone[s.TZ]
		if !ok {
			z = len(c.zones)
			byZone[s.TZ] = z
			c.zones = append(c.zones, nil)
		}
		c.zones[z] = append(c.zones[z], i)
	}
	return c
}

// pool lets the series of a zone tell each other of a holiday.
func (c *chorus) pool() {
	odds := make([]float64, 0, len(c.detectors))
	for _, zone := range c.zones {
		odds = odds[:0]
		for _, i := range zone {
			odds = append(odds, c.last[i].HolidayOdds)
		}
		for k, i := range zone {
			c.pools[i] = detect.Pool(odds, k)
		}
	}
}

// listen takes the fleet's own tail into account, once a day.
func (c *chorus) listen(t time.Time) {
	if day := int(t.Unix() / 86400); day != c.day {
		c.day, c.shift = day, c.fleet.Shift(t, c.bin, c.budget)
	}
}

func (c *chorus) step(i int, start time.Time, count float64) detect.Judgement {
	j := c.detectors[i].Step(detect.Observation{Start: start, Total: count, Pool: c.pools[i], Shift: c.shift})
	c.fleet.Add(c.names[i], j, c.bin)
	c.last[i] = j
	return j
}
