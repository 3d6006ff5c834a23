package detect

import (
	"time"

	"outcry/anomaly/onset"
)

// Fleet checks the threshold on what an installation's own services do when
// nothing is wrong: it counts how often evidence rises to a height well under
// the threshold, over two weeks and all services. Where the world wanders more
// than the model believes, the count says so, and Shift raises the threshold of
// all. One service alone is too few, so what is seen counts against a prior belief
// in the threshold's law.
//
// The fields are exported for checkpoints.
type Fleet struct {
	Days  [tailDays]tailDay    // a ring
	Above map[string]Excursion // by series, while one lasts
}

// tailDays is the past that is counted.
const tailDays = 14

// tailDay is what one day (UTC) adds.
type tailDay struct {
	Day int64 // days since 1970
	onset.Tail
}

// Excursion is evidence risen above the band's foot; dips shorter than half an
// hour belong to it.
type Excursion struct {
	Peak float64
	Last time.Time // last bin above the foot
}

// excursionGap joins what is closer.
const excursionGap = 30 * time.Minute

// Add takes the judgement of one bin of the series named key. Services without
// enough history do not count.
func (f *Fleet) Add(key string, j Judgement, bin time.Duration) {
	if !j.Known {
		return
	}
	d := j.Start.Unix() / 86400
	t := &f.Days[d%tailDays]
	if t.Day != d {
		*t = tailDay{Day: d}
	}
	t.Weeks += bin.Hours() / (7 * 24)
	x, on := f.Above[key]
	if on && j.Start.Sub(x.Last) > excursionGap {
		if onset.InBand(x.Peak) {
			t.Peaks++
			t.Excess += x.Peak - onset.BandLow
		}
		delete(f.Above, key)
		x = Excursion{}
	}
	if j.Evidence >= onset.BandLow {
		if f.Above == nil {
			f.Above = map[string]Excursion{}
		}
		f.Above[key] = Excursion{Peak: max(x.Peak, j.Evidence), Last: j.Start}
	}
}

// Shift is what to put into Observation.Shift after the bins of now: nats to
// add to the threshold for perWeek false episodes per series.
func (f *Fleet) Shift(now time.Time, bin time.Duration, perWeek float64) float64 {
	var tail onset.Tail
	today := now.Unix() / 86400
	for _, d := range f.Days {
		if d.Day > today-tailDays && d.Day <= today {
			tail.Peaks += d.Peaks
			tail.Excess += d.Excess
			tail.Weeks += d.Weeks
		}
	}
	return tail.Shift(onset.Threshold(perWeek, bin.Seconds()), perWeek)
}
