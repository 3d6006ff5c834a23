package detect

import (
	"math"

	"outcry/anomaly/baseline"
)

// today holds the local day's bins until midnight.
type today struct {
	Date   int
	First  int64 // number of the first bin held
	Bins   int   // held
	Packed baseline.Counts
	Clock  []clock // ascending; more than one where the clock was changed
	Voided []span  // bins that were part of an alarm
}

// clock is the wall's: from this bin of the day on, minutes follow each other.
type clock struct {
	Bin    int
	Minute float32 // local minute of that bin's middle
}

// span is a row of bins of the day, both ends included.
type span struct{ From, To int }

func (d *today) add(x, minute float64, missing bool, width float64) {
	if missing {
		x = math.NaN()
	}
	m := float32(minute)
	if n := len(d.Clock); n == 0 || d.Clock[n-1].minute(d.Bins, width) != m {
		d.Clock = append(d.Clock, clock{Bin: d.Bins, Minute: m})
	}
	d.Packed = d.Packed.Append(float32(x))
	d.Bins++
}

// minute of the middle of a bin of the day, for bins of width minutes.
func (c clock) minute(bin int, width float64) float32 {
	return float32(float64(c.Minute) + float64(bin-c.Bin)*width)
}

// void takes bins from up to and including to out of what is learnt.
func (d *today) void(from, to int64) {
	s := span{From: int(max(from-d.First, 0)), To: int(min(to-d.First, int64(d.Bins)-1))}
	if s.From <= s.To {
		d.Voided = append(d.Voided, s)
	}
}

// sound tells whether a day that was read can be unpacked.
func (d *today) sound() bool {
	if d.Bins < 0 || d.Bins > len(d.Packed) || (d.Bins > 0) != (len(d.Clock) > 0) {
		return false
	}
	for i, c := range d.Clock {
		if i == 0 && c.Bin != 0 || !(c.Minute >= 0 && c.Minute <= 1440) {
			return false
		}
	}
	for _, s := range d.Voided {
		if s.From < 0 || s.To >= d.Bins {
			return false
		}
	}
	return true
}

// dayBins is a day unpacked, an entry for each bin.
type dayBins struct {
	count   []float32 // NaN: missing
	minutes []float32 // local minute of the middle
	alarmed []bool    // part of an alarm
}

func (d *today) unpack(width float64) dayBins {
	b := dayBins{make([]float32, d.Bins), make([]float32, d.Bins), make([]bool, d.Bins)}
	left, at := d.Packed, 0
	for i := range b.count {
		b.count[i], _ = left.Next()
		for at+1 < len(d.Clock) && d.Clock[at+1].Bin <= i {
			at++
		}
		b.minutes[i] = d.Clock[at].minute(i, width)
	}
	for _, s := range d.Voided {
		for i := s.From; i <= s.To; i++ {
			b.alarmed[i] = true
		}
	}
	return b
}

// silence makes alarmed bins missing ones, once history has them.
func (b dayBins) silence() {
	for i, a := range b.alarmed {
		if a {
			b.count[i] = float32(math.NaN())
		}
	}
}
