package onset

import "math"

// Threshold is the evidence at which an alarm goes on, so that a series of bins
// binSeconds wide raises perWeek false episodes. The law was measured over many
// simulated worlds: false episodes fall by e^-0.9 a nat, and narrower bins look
// more often.
//
// It holds for all series alike because each candidate carries its own variance.
func Threshold(perWeek, binSeconds float64) float64 {
	const at5Minutes, perNat, perBin = 6.65, 0.9, 0.93
	return at5Minutes + math.Log(0.25/perWeek)/perNat + perBin*math.Log(300/min(binSeconds, 300))
}

// Tail checks the law on the fleet's own past: how often evidence rose into a
// band well under the threshold, where incidents are too few to matter, says
// where the threshold ought to be. One series is too few; all of an
// installation are enough.
type Tail struct {
	Peaks float64 // excursions that peaked inside the band
	Weeks float64 // series-weeks watched
}

// BandLow is the foot of the band, in nats.
const BandLow = 3.5

// The band's top, and the fall of excursions a nat that is assumed above it: a
// slope fitted from the data itself does worse than a fixed one.
const (
	bandHigh         = 5.5
	tailSlope        = 0.93
	peakPrior        = 50
	mostDown, mostUp = 0.5, 2.5
)

// InBand tells whether an excursion with this peak is counted.
func InBand(peak float64) bool { return peak >= BandLow && peak <= bandHigh }

// Shift is how much to add to the threshold h for perWeek false episodes. What
// has been seen is joined with peakPrior peaks' worth of belief in the law.
func (t Tail) Shift(h, perWeek float64) float64 {
	inBand := 1 - math.Exp(-tailSlope*(bandHigh-BandLow))
	law := perWeek * inBand * math.Exp(tailSlope*(h-BandLow)) // peaks a week
	rate := (t.Peaks + peakPrior) / (t.Weeks + peakPrior/law)
	own := BandLow + math.Log(rate/(perWeek*inBand))/tailSlope
	return min(max(own-h, -mostDown), mostUp)
}
