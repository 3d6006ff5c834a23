package onset

import "math"

// The law of false alarms, measured over many simulated worlds of five-minute
// bins: chance alone raises lawRate false episodes a week and series at lawNats,
// fewer by e^-lawSlope with every nat. Narrower bins look more often. lawMargin
// pays for what is not chance and yet no outage: levels that shift, blips,
// holidays, drifts stronger than any that the series has shown.
const (
	lawNats, lawRate = 6.9, 0.25
	lawSlope         = 0.87
	lawPerBin        = 1.2 // nats for bins narrower by a factor e
	lawMargin        = 0.2
)

// Threshold is the evidence at which an alarm goes on, so that a series of bins
// binSeconds wide raises perWeek false episodes. It holds for all series alike,
// because each candidate carries its own variance.
func Threshold(perWeek, binSeconds float64) float64 {
	return lawMargin + lawNats + math.Log(lawRate/perWeek)/lawSlope + lawPerBin*math.Log(300/min(binSeconds, 300))
}

// Tail checks the law on the fleet's own past: how often evidence rises above
// BandLow, and how fast that falls with height. Peaks above the band are not
// counted, so that past outages do not spoil it. One series is too few; all of
// an installation are enough.
type Tail struct {
	Peaks  float64 // excursions of evidence that peaked inside the band
	Excess float64 // sum of their peaks over BandLow, nats
	Weeks  float64 // series-weeks watched
}

// BandLow and BandHigh bound the peaks that are counted, in nats.
const BandLow, BandHigh = 3.5, 8

const (
	ratePrior        = 30 // peaks' worth of belief in the law's rate
	slopePrior       = 30 // and in its slope
	mostDown, mostUp = 0, 2.5
)

// InBand tells whether an excursion with this peak is counted.
func InBand(peak float64) bool { return peak >= BandLow && peak <= BandHigh }

// Shift is how much to add to the threshold h for perWeek false episodes, from
// what was seen and the belief in the law. It is never negative: a fleet that
// has been calm may be lucky.
func (t Tail) Shift(h, perWeek float64) float64 {
	h -= lawMargin
	slope := t.slope()
	law := perWeek * math.Exp(lawSlope*(h-BandLow)) // a week, above BandLow
	inBand := 1 - math.Exp(-slope*(BandHigh-BandLow))
	lawInBand := 1 - math.Exp(-lawSlope*(BandHigh-BandLow))
	rate := (t.Peaks + ratePrior*lawInBand) / (t.Weeks + ratePrior/law) / inBand
	own := BandLow + math.Log(rate/perWeek)/slope
	return min(max(own-h, -mostDown), mostUp)
}

// slope is the most probable fall per nat of exponential excesses cut off at the
// band's top, with slopePrior excesses of the law's mean as prior.
func (t Tail) slope() float64 {
	best, at := math.Inf(-1), lawSlope
	for s := 0.4; s <= 1.4; s += 0.01 {
		l := (t.Peaks+slopePrior)*math.Log(s) - s*(t.Excess+slopePrior/lawSlope) -
			t.Peaks*math.Log(1-math.Exp(-s*(BandHigh-BandLow)))
		if l > best {
			best, at = l, s
		}
	}
	return at
}
