package onset

import "math"

// Own is what one series' evidence does when nothing is wrong, learnt from the
// series itself: how often it rises above BandLow, and how fast that falls with
// height. A stream that is not what the model believes (reports that breed
// reports, scatter with a heavy tail) rises too often and too high; Calibrated
// brings its evidence down to what the law says of all series. One series is
// little to learn from, so the law counts as prior.
//
// The fields are exported for checkpoints.
type Own struct {
	Peaks  float64 // excursions that peaked between BandLow and BandHigh, decayed
	Excess float64 // sum of their peaks over BandLow, nats
	Over   float64 // excursions that peaked above BandHigh, and not beyond chance
	Weeks  float64 // watched
	Peak   float64 // of the excursion that lasts; 0: none
	Since  int     // bins since evidence was last above BandLow
	Shift  float64 // nats taken off
	Scale  float64 // of what lies above BandLow; 0: nothing learnt yet
}

const (
	ownDays    = 28  // after which an excursion counts 1/e
	ownRate    = 5   // excursions' worth of belief in the law's rate: series differ by a third
	ownSlope   = 8   // and in its slope: more belief costs streams that breed reports their promise
	ownMostUp  = 4   // nats
	ownHighest = 20  // nats: no chance but an outage or a flood peaks above
	ownOutages = 0.3 // excursions a week above the band that may be outages
	ownGap     = 30  // minutes that join two excursions
)

// Add takes the evidence of one observed bin.
func (o *Own) Add(evidence, binMinutes float64) {
	o.Weeks += binMinutes / (7 * 1440)
	o.Since++
	if o.Peak > 0 && float64(o.Since)*binMinutes > ownGap {
		o.close()
	}
	if evidence >= BandLow {
		o.Peak, o.Since = max(o.Peak, evidence), 0
	}
}

// close counts the excursion that is over.
func (o *Own) close() {
	switch {
	case InBand(o.Peak):
		o.Peaks++
		o.Excess += o.Peak - BandLow
	case o.Peak <= ownHighest:
		o.Over++
	}
	o.Peak = 0
}

// Learn draws the conclusions, each midnight.
//
// Peaks over BandLow are taken as exponential. How many of those above BandHigh
// are by chance is not known: as many as the band's own slope predicts, or all
// but ownOutages a week, whichever is more (expectation maximisation for a
// censored tail, Dempster, Laird and Rubin 1977).
func (o *Own) Learn(binSeconds float64) {
	f := math.Exp(-1.0 / ownDays)
	o.Peaks, o.Excess, o.Over, o.Weeks = o.Peaks*f, o.Excess*f, o.Over*f, o.Weeks*f
	const width = BandHigh - BandLow
	slope, over := lawSlope, 0.0
	for range 20 {
		tail := math.Exp(-slope * width)
		over = max(0, o.Peaks*tail/(1-tail), o.Over-ownOutages*o.Weeks)
		slope = (o.Peaks + over + ownSlope) / (o.Excess + width*over + ownSlope/lawSlope)
	}
	law := lawRate * math.Exp(lawSlope*(Threshold(lawRate, binSeconds)-lawMargin-BandLow))
	rate := (o.Peaks + over + ownRate) / (o.Weeks + ownRate/law)
	o.Shift = min(max(math.Log(rate/law)/lawSlope, 0), ownMostUp)
	o.Scale = min(slope/lawSlope, 1)
}

// Calibrated is evidence as a series that keeps to the law would have it. It is
// never raised: a series that has been calm may be lucky.
func (o *Own) Calibrated(evidence float64) float64 {
	if o.Scale == 0 {
		return evidence
	}
	if evidence > BandLow {
		evidence = BandLow + (evidence-BandLow)*o.Scale
	}
	return max(0, evidence-o.Shift)
}
