// Package alarm turns evidence into an alarm with a beginning and an end.
//
// It begins when the evidence reaches the threshold. It ends on the newest bins
// alone, not on the long sums that began it: a running log likelihood ratio of
// "back to usual" against "still k times the usual" (a CUSUM, Page 1954) must
// reach 2.5 nats. k follows the present size, but stays above half the mean size
// since the onset: where the usual is almost nothing, silence must end an alarm,
// and an hour of it always does.
package alarm

import (
	"math"

	"outcry/anomaly/nb"
)

// Constants of the state machine. Limits of 2, 2.5, 3 and 4 nats gave 1.10,
// 1.07, 1.06 and 1.05 episodes an outage and ended 2.5 to 4.8 bins after it.
const (
	clearNats     = 2.5
	worstBin      = -2.5 // nats that one bin may take back
	gain          = 0.15 // of ln k
	minRatio      = 1.4
	firstRatio    = 1.5
	maxRatio      = 50
	extraVar      = 0.02
	meanShare     = 0.5    // of the mean size, below which "still" does not fall
	longestMin    = 8 * 60 // minutes after which an alarm has become the usual
	silentMin     = 60     // minutes without any report that end it too
	rejoinMinutes = 60     // within which half the evidence reopens the incident
)

// Machine is the state of one alarm. Minutes are bin starts since 1970.
type Machine struct {
	On      bool
	Onset   int64   // minute the trouble is thought to have begun
	Cleared int64   // minute of the last clearing
	Ever    bool    // there was one
	Ratio   float64 // k
	Back    float64 // nats for "back to usual"
	Count   float64 // reports since the onset
	Mean    float64 // usual since the onset
	Silent  int64   // minutes since the last report
}

// Input is one bin as the machine sees it.
type Input struct {
	Minute    int64
	Width     int64 // of the bin, minutes
	Evidence  float64
	Threshold float64
	Onset     int64   // of the best candidate, minutes
	Ratio     float64 // of the best candidate: its reports to its usual
	Usual     float64 // of the best candidate: its usual
	Count     float64
	Mean      float64 // the usual, by the filter left alone since the onset
	InvR      float64 // relative variance of a bin beyond Poisson
	Clump     float64 // the same as a multiple of the mean
	Missing   bool
	Longest   int64   // minutes; 0: eight hours
	Gain      float64 // of ln k; 0: the usual
}

// Change is what a step did.
type Change int

// The three outcomes of a step.
const (
	Same Change = iota
	Began
	Ended
)

// Step moves the machine by one bin.
func (m *Machine) Step(in Input) Change {
	if m.On {
		return m.hold(in)
	}
	need := in.Threshold
	if m.Ever && in.Minute-m.Cleared <= rejoinMinutes {
		need /= 2
	}
	if in.Missing || in.Evidence < need || in.Evidence <= 0 {
		return Same
	}
	m.Begin(in.Onset, in.Ratio, in.Usual)
	return Began
}

// Begin puts the alarm on: since onset ratio times the usual has come.
func (m *Machine) Begin(onset int64, ratio, usual float64) {
	m.On, m.Onset, m.Back, m.Silent = true, onset, 0, 0
	m.Count, m.Mean = ratio*usual, usual
	m.Ratio = min(max(ratio, firstRatio), maxRatio)
}

// End puts it off, if it is on.
func (m *Machine) End(minute int64) {
	if m.On {
		m.On, m.Cleared, m.Ever = false, minute, true
	}
}

func (m *Machine) hold(in Input) Change {
	if !in.Missing && in.Mean > 0 {
		m.Count, m.Mean = m.Count+in.Count, m.Mean+in.Mean
		still := max(m.Ratio, meanShare*m.Count/m.Mean)
		l := nb.LLR(in.Count, still*in.Mean, in.Mean, 1/(in.InvR+in.Clump/(still*in.Mean)+extraVar))
		m.Back = max(0, m.Back+max(worstBin, l))
		now := math.Log(max(in.Count, 0.2*in.Mean) / in.Mean)
		k, g := math.Log(m.Ratio), in.Gain
		if g == 0 {
			g = gain
		}
		m.Ratio = min(max(math.Exp(k+g*(now-k)), minRatio), maxRatio)
	}
	if !in.Missing {
		m.Silent += in.Width
	}
	if in.Count > 0 {
		m.Silent = 0
	}
	longest := in.Longest
	if longest == 0 {
		longest = longestMin
	}
	if m.Back < clearNats && m.Silent < silentMin && in.Minute-m.Onset < longest {
		return Same
	}
	m.End(in.Minute)
	return Ended
}
