// Package holiday notices, from the counts alone, that today keeps another kind
// of day's rhythm.
//
// A public holiday turns a workday's course into something like a Sunday's, at
// a level of its own: what looks like a long outage of a streaming service, or
// hides one of a school's. No calendar knows all of them (strikes, storms, a
// school's own days), so from local midnight on a running likelihood ratio
// compares "as usual" with five levels of "weekend shape". One service alone
// needs hours to be sure; services of the same zone lend each other their
// doubts (Pool).
package holiday

import (
	"math"

	"outcry/anomaly/baseline"
	"outcry/anomaly/nb"
)

// Levels at which a holiday may run, as factors of a weekend's rate.
var levels = [5]float64{math.Log(0.55), math.Log(0.75), 0, math.Log(1.35), math.Log(1.7)}

const (
	floor    = -60.0 // nats: a long normal morning may not make a holiday impossible
	on       = 3.0   // nats at which the day counts as one
	off      = -1.0  // nats at which it counts as a mistake
	extraVar = 0.01
)

// prior odds: eleven days a year.
var priorOdds = math.Log(0.03 / 0.97)

// Watch is the comparison since local midnight.
type Watch struct {
	On     bool
	Odds   [5]float64 // nats for each holiday level against the usual
	Pooled float64    // L: odds with prior and the neighbours' doubts
	Level  float64    // remembered level of the usual while On
	Shift  float64    // posterior mean of the holiday's level, relative
	Run    int        // days in a row that were taken for holidays
}

// Midnight forgets the day. It returns whether it had been a holiday.
func (w *Watch) Midnight() bool {
	was := w.On
	run := 0
	if was {
		run = w.Run + 1
	}
	*w = Watch{Pooled: priorOdds, Run: run}
	return was
}

// Model is the two rates that are compared in a bin, each with the relative
// variance of a single count about it.
type Model struct {
	Usual, UsualVar     float64
	Holiday, HolidayVar float64 // at the weekend's own level
}

// ModelOf builds the comparison for a bin: level and drift are of the usual day.
func ModelOf(p *baseline.Profile, row baseline.Row, minute, level, drift, usualVar, driftVar float64, d baseline.Dynamics) Model {
	lg, v := p.At(row, minute)
	hol, hv := p.At(baseline.Holiday, minute)
	m := Model{Usual: math.Exp(lg + level + drift), Holiday: math.Exp(hol + level)}
	m.UsualVar = d.Scatter(m.Usual) + usualVar + v + extraVar
	m.HolidayVar = d.Scatter(m.Holiday) + driftVar + hv + extraVar
	return m
}

// Observe adds count x. pool is what the neighbours say (Pool).
func (w *Watch) Observe(x float64, m Model, pool float64) {
	usual := nb.Core(x, m.Usual, 1/m.UsualVar)
	for j, g := range levels {
		w.Odds[j] += nb.Core(x, m.Holiday*math.Exp(g), 1/m.HolidayVar) - usual
	}
	if b := w.Bayes(); b < floor {
		for j := range w.Odds {
			w.Odds[j] += floor - b
		}
	}
	w.Pooled = w.Bayes() + priorOdds + pool
	w.Shift = w.meanLevel()
}

// Bayes is the log Bayes factor B of "holiday" against "as usual".
func (w *Watch) Bayes() float64 {
	top := w.Odds[0]
	for _, l := range w.Odds {
		top = max(top, l)
	}
	sum := 0.0
	for _, l := range w.Odds {
		sum += math.Exp(l - top)
	}
	return top + math.Log(sum/float64(len(w.Odds)))
}

// meanLevel is the posterior mean of the holiday's log level.
func (w *Watch) meanLevel() float64 {
	b, sum, mean := w.Bayes(), 0.0, 0.0
	for j, l := range w.Odds {
		p := math.Exp(l - b)
		sum, mean = sum+p, mean+p*levels[j]
	}
	return mean / sum
}

// Starts tells whether the day has just become a holiday; Ends whether it was
// taken for one by mistake (an outage at night can look like one).
func (w *Watch) Starts() bool { return !w.On && w.Pooled > on }

// Ends: see Starts.
func (w *Watch) Ends() bool { return w.On && w.Pooled < off }

// Discount is what evidence loses to the doubt that today is a holiday.
func (w *Watch) Discount() float64 {
	if w.On {
		return 0
	}
	return softplus(w.Pooled)
}

func softplus(x float64) float64 {
	if x > 30 {
		return x
	}
	return math.Log1p(math.Exp(x))
}

// Switched is what a series that is sure lends to its neighbours.
const Switched = 6.0

// Pool is what the other series of a zone say about today being a holiday, in
// nats: half their log Bayes factors, each and together limited, because what
// they share (one user base, one storm) is not independent. own is not counted.
func Pool(odds []float64, own int) float64 {
	sum := 0.0
	for i, b := range odds {
		if i != own {
			sum += Lend(b)
		}
	}
	return Limit(sum)
}

// Lend is one series' contribution to Pool.
func Lend(b float64) float64 { return min(max(b/2, -2), 3) }

// Limit clips a sum of contributions.
func Limit(sum float64) float64 { return min(max(sum, -3), 8) }
