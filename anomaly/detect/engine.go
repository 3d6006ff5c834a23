package detect

import (
	"math"
	"time"

	"outcry/anomaly/alarm"
	"outcry/anomaly/baseline"
	"outcry/anomaly/holiday"
	"outcry/anomaly/onset"
)

// frozenMinutes after an alarm's onset the filter stays as it was; then it may
// learn, should the trouble be the new usual.
const frozenMinutes = 6 * 60

// engine is the state of one counted series. Exported fields are what a
// checkpoint keeps.
type engine struct {
	Begun bool
	Next  int64 // number of the bin that comes next

	Profile *baseline.Profile
	Noise   baseline.Noise
	Filter  baseline.Filter
	History *baseline.History
	Spread  [baseline.Days]baseline.Spread

	Candidates onset.Set
	Holiday    holiday.Watch
	Own        onset.Own // what evidence does here when nothing is wrong
	Alarm      alarm.Machine
	Window     window // since the onset of the running alarm
	Recent     recent // the last half hour

	Day   today
	width time.Duration
	bin   float64 // minutes
	five  float64 // bins in five minutes
	dyn   baseline.Dynamics
}

// tick is one bin on all clocks.
type tick struct {
	number int64
	minute int64 // bin start, minutes since 1970
	wall   baseline.Wall
}

func newEngine(bin time.Duration) engine {
	e := engine{History: &baseline.History{}}
	e.scale(bin)
	e.Profile = baseline.Prior(coldRate*e.bin, 0)
	e.Noise = coldNoise()
	e.Filter = baseline.Filter{LevelVar: coldLevelVar}
	e.Recent = newRecent(e.bin)
	e.prepare()
	return e
}

// scale sets the bins' width.
func (e *engine) scale(bin time.Duration) {
	e.width, e.bin, e.five = bin, bin.Minutes(), 5/bin.Minutes()
}

// prepare derives what follows from the state.
func (e *engine) prepare() { e.dyn = e.Noise.Dynamics(e.bin) }

// sight is what one step has found.
type sight struct {
	mu, variance float64 // the usual in this bin; relative variance of the forecast beside 1/r
	evidence     float64
	best         onset.Candidate
	found        bool
	change       alarm.Change
}

// step takes one bin. The order matters: predict, compare, alarm, and only then
// learn.
func (e *engine) step(t tick, o Observation, threshold float64) sight {
	if !e.Begun {
		e.Begun, e.Day = true, today{Date: t.wall.Day, First: t.number}
	}
	if t.wall.Day != e.Day.Date {
		e.midnight(t)
	}
	e.Next = t.number + 1
	e.Day.add(o.Total, t.wall.Minute, o.Missing, e.bin)
	e.Filter.Predict(e.dyn)
	row := e.row(t.wall.Day)
	lg, pv := e.Profile.At(row, t.wall.Minute)
	mu := math.Exp(lg + e.Filter.Level + e.Filter.Drift)
	fitted := mu // what the filter learns against
	lg, pv, mu = e.cautious(lg, pv, mu)
	if !o.Missing && e.known() && e.compareHoliday(t, o) {
		row = e.row(t.wall.Day)
		lg, pv = e.Profile.At(row, t.wall.Minute)
		mu = math.Exp(lg + e.Filter.Level + e.Filter.Drift)
		fitted = mu
	}
	e.Candidates.Step(onset.Bin{
		Number: t.number, Count: o.Total, Missing: o.Missing, LogRate: lg, ProfileVar: pv,
	}, &e.Filter, e.dyn, e.bin)
	s := sight{mu: mu, variance: e.Filter.Var() + pv}
	s.best, s.evidence, s.found = e.Candidates.Best(e.five)
	s.evidence = max(0, s.evidence-e.Holiday.Discount())
	if e.known() && !o.Missing {
		e.Own.Add(s.evidence, e.bin)
	}
	s.evidence = e.Own.Calibrated(s.evidence)
	s.change = e.Alarm.Step(e.input(t, o, s, threshold))
	e.follow(t, o, s)
	if !o.Missing && !e.frozen(t) {
		e.learn(o.Total, fitted, pv)
	}
	e.Recent.add(o, mu)
	return s
}

// row of the profile that today follows.
func (e *engine) row(day int) baseline.Row {
	if e.Holiday.On {
		return baseline.Holiday
	}
	return baseline.RowOf(baseline.Weekday(day))
}

func (e *engine) input(t tick, o Observation, s sight, threshold float64) alarm.Input {
	in := alarm.Input{
		Minute: t.minute, Width: int64(e.bin), Evidence: s.evidence, Threshold: threshold,
		Count: o.Total, Mean: s.mu, InvR: e.dyn.InvR, Clump: e.dyn.Clump, Missing: o.Missing,
	}
	if s.found {
		in.Onset = t.minute - (t.number-s.best.Start)*int64(e.width/time.Minute)
		in.Ratio, in.Usual = s.best.Ratio(e.five), s.best.Mean
	}
	if !e.known() {
		in.Longest = coldLongest
	}
	return in
}

// follow keeps the alarm's own window and, when it begins or ends, marks what
// must not be learnt.
func (e *engine) follow(t tick, o Observation, s sight) {
	switch s.change {
	case alarm.Began:
		e.Window = windowOf(s.best)
		if first := e.Day.First; s.best.Start < first {
			before := int(first-s.best.Start)*int(e.width/time.Minute) + int(e.Day.Clock[0].Minute)
			e.History.Suspect(e.Day.Date-1, baseline.Slots-1-before/(1440/baseline.Slots))
		}
	case alarm.Ended:
		e.Day.void(e.bins(e.Alarm.Onset), t.number)
		e.Candidates.Drop()
	case alarm.Same:
		if e.Alarm.On && !o.Missing {
			e.Window.add(o.Total, s.mu, s.variance+e.dyn.Scatter(s.mu))
		}
	}
}

// bins turns minutes since 1970 into a bin number.
func (e *engine) bins(minute int64) int64 { return minute / int64(e.width/time.Minute) }

// frozen tells whether the filter must not learn from this bin.
func (e *engine) frozen(t tick) bool {
	limit := int64(frozenMinutes)
	if !e.known() {
		limit = coldFrozen
	}
	return e.Alarm.On && t.minute-e.Alarm.Onset < limit
}

func (e *engine) learn(x, mu, profileVar float64) {
	if e.Profile.Days == 0 {
		e.Filter.Search(x, mu, e.dyn)
		return
	}
	e.Filter.Update(x, mu, profileVar, e.dyn)
}
