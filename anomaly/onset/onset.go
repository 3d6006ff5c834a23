// Package onset weighs, bin by bin, how much the counts speak for "something
// began at bin t" against "all is as usual".
//
// Every bin opens a Candidate: the hypothesis that an outage began there. It
// freezes what the filter believed at that moment and carries its own forecast
// of the usual onwards, growing more doubtful as it ages; so an outage cannot
// teach the baseline that it is normal, and a long slow drift is not mistaken
// for an outage. Its evidence is the log likelihood ratio (nats) of the reports
// summed since, under the best-fitting multiple of the usual, against the usual
// with all its doubt (a generalised likelihood ratio over onset and size, Lai
// 1998; Höhle and Paul 2008 for negative binomial counts).
//
// The forecast's doubt is a variance of the summed reports with four sources:
// scatter of single bins (W), drift since the onset (D, the exact variance of a
// summed Ornstein-Uhlenbeck process given its state), slow level (P), profile
// (Vp). D is worth the most.
//
// One bin proves nothing: a candidate must be two bins old, and what its largest
// bin has over the second counts two nats at most (a link shared for a minute is
// a blip, not an outage), unless it is far larger than any blip.
package onset

import (
	"math"

	"outcry/anomaly/baseline"
	"outcry/anomaly/nb"
)

// Candidate is one hypothesis "it began at bin Start" and its sums since. A
// series has dozens, so what takes no long sums is kept in half the bytes.
type Candidate struct {
	Start int64 // bin number

	Drift  float32 // forecast of the drift now
	Factor float32 // e^(level of the filter at Start + Drift)
	V      float32 // variance of that forecast
	Cov    float32 // covariance of the drift now with the sum so far
	Joint  float32 // covariance of the level with the drift now
	Cross  float32 // the same with the drift's part of the sum
	Bins   float32 // observed bins
	Last   float32 // mean of the previous bin

	P     float64 // variance of the level
	Count float64 // C: reports
	Mean  float64 // M: expected reports
	Drawn float64 // W: variance of the sum by scatter of single bins, beyond Poisson
	Wand  float64 // D: variance of the sum by drift
	Shape float64 // sum of mean times profile variance
	Top   float64 // largest excess of a bin over its mean
	Next  float64 // second largest
}

// Bin is one observed bin as all candidates see it.
type Bin struct {
	Number     int64
	Count      float64
	Missing    bool
	LogRate    float64 // of the profile
	ProfileVar float64

	rate float64 // e^LogRate
}

const (
	levelShare = 0.67 // of the level's walk that a frozen level is charged with
	// MaxRatio caps how many times the usual an outage is credited with.
	MaxRatio = 50
	// minReports is the fewest reports that are evidence at all: two people are
	// no outage, however quiet the service. It costs nothing at equal false alarms.
	minReports = 2.5
	// blipNats is what a candidate's largest bin may add to what the others say. A
	// bin in which a blip falls is rare, one in a thousand, so the others need say
	// less there than where chance has all bins to choose from; with two nats less
	// blips are a tenth of the false alarms. noiseNats is what the whole, whose
	// largest bin chance may have picked, must say more than the threshold.
	blipNats, noiseNats = 2, 0.5
	// blipReports and blipMultiple say how large a single bin's excess may be and
	// still be a blip: what lies beyond counts even alone.
	blipReports, blipMultiple = 24, 12
)

// advance moves c by one bin.
func (c *Candidate) advance(b Bin, d baseline.Dynamics) {
	if b.Number != c.Start {
		step := float64(c.Drift) * (d.Rho - 1)
		c.Factor = float32(float64(c.Factor) * grow(step))
		c.Drift = float32(float64(c.Drift) + step)
		c.Joint = float32(d.Rho * float64(c.Joint))
		c.Cov = float32(d.Rho * (float64(c.Cov) + float64(c.Last)*float64(c.V)))
		c.V = float32(d.Rho*d.Rho*float64(c.V) + (1-d.Rho*d.Rho)*d.DriftVar)
		c.P += levelShare * d.Walk
	}
	c.Last = 0
	if b.Missing {
		return
	}
	m := b.rate * float64(c.Factor)
	c.Wand += 2*m*float64(c.Cov) + m*m*float64(c.V)
	c.Cross += float32(m * float64(c.Joint))
	c.Mean += m
	c.Count += b.Count
	c.Drawn += m * (m*d.InvR + d.Clump)
	c.Shape += m * b.ProfileVar
	c.Bins++
	c.Last = float32(m)
	if e := b.Count - m; e > c.Top {
		c.Top, c.Next = e, c.Top
	} else if e > c.Next {
		c.Next = e
	}
}

// grow is e^x, by its series where x is as small as a drift's decay in one bin.
func grow(x float64) float64 {
	if math.Abs(x) > 0.05 {
		return math.Exp(x)
	}
	return 1 + x*(1+x*(0.5+x*(1.0/6+x*(1.0/24))))
}

// Guarded is the count less what only the largest bin supports.
func (c *Candidate) Guarded(fiveMinutes float64) float64 {
	perBin := c.Mean / float64(c.Bins) * fiveMinutes // usual reports of five minutes
	allowed := max(c.Next, c.Top-blipReports-blipMultiple*perBin)
	return c.Count - c.Top + allowed
}

// Doubt is the relative variance of the forecast: drift, level, both together
// (the filter knows their sum better than either) and profile.
func (c *Candidate) Doubt() float64 {
	return max(0, c.Wand/(c.Mean*c.Mean)+c.P+2*float64(c.Cross)/c.Mean) + c.Shape/c.Mean
}

// Variance of the summed reports under the usual, beyond Poisson, as relative
// variance of the mean (1/size of the matching negative binomial).
func (c *Candidate) Variance() float64 {
	return c.Drawn/(c.Mean*c.Mean) + c.Doubt()
}

// Evidence in nats that more than the usual has come since Start. fiveMinutes is
// the number of bins that make five minutes.
func (c *Candidate) Evidence(fiveMinutes float64) float64 {
	if c.Bins < 2 {
		return 0
	}
	x := c.Guarded(fiveMinutes)
	if x <= c.Mean || x < minReports {
		return 0
	}
	size := 1 / c.Variance()
	return max(0, min(c.against(x, size)+blipNats, c.against(c.Count, size)-noiseNats))
}

// against is the log likelihood ratio of x reports, under the multiple of the
// usual that fits them best, against the usual.
func (c *Candidate) against(x, size float64) float64 {
	return nb.LLR(x, c.Mean, c.Mean*min(x/c.Mean, MaxRatio), size)
}

// Ratio of the reports to the usual, blip taken out.
func (c *Candidate) Ratio(fiveMinutes float64) float64 {
	if c.Mean <= 0 {
		return 1
	}
	return c.Guarded(fiveMinutes) / c.Mean
}
