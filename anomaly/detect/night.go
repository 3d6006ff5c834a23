package detect

import (
	"outcry/anomaly/baseline"
	"outcry/anomaly/holiday"
)

// midnight closes the day: its bins become half hours of history, profile and
// noise are refitted, and the level goes on from where it was.
func (e *engine) midnight(t tick) {
	if e.Alarm.On {
		e.Day.void(e.bins(e.Alarm.Onset), t.number)
	}
	if e.known() {
		e.Own.Learn(60 * e.bin)
	}
	level := e.Holiday.Level
	wasHoliday := e.Holiday.Midnight()
	bins := e.Day.unpack(e.bin)
	e.History.Put(e.Day.Date, bins.count, bins.minutes, bins.alarmed, wasHoliday)
	if wasHoliday {
		e.endHoliday(level)
	}
	if e.History.Observed(e.Day.Date) > 0 {
		e.refit(bins)
	}
	e.Day = today{Date: t.wall.Day, First: t.number, Packed: e.Day.Packed[:0]}
}

func (e *engine) refit(bins dayBins) {
	date := e.Day.Date
	old, noise := e.Profile, e.Noise
	if old.Days == 0 {
		noise = baseline.DefaultNoise()
	}
	p, moments := baseline.Fit(e.History, date, noise, e.bin)
	if p.Days >= knownDays && markHolidays(e.History, p, date, old.Days < knownDays, noise) {
		p, moments = baseline.Fit(e.History, date, noise, e.bin)
	}
	bins.silence()
	means := e.History.Means(p, date, bins.minutes)
	e.Spread[ring(date)] =
		baseline.MeasureSpread(date, bins.count, means, bins.minutes, noise)
	e.Noise = baseline.EstimateNoise(moments, e.Spread[:], e.bin)
	e.Profile = p
	e.carryLevel(old, p)
	e.prepare()
}

// carryLevel keeps rate continuous across a refit: what moved into the profile
// leaves the level, of which a third is forgotten.
func (e *engine) carryLevel(old, p *baseline.Profile) {
	if old.Days == 0 {
		e.Filter = baseline.Filter{LevelVar: 0.05, DriftVar: e.Noise.DriftVar}
		e.Candidates.Drop()
		return
	}
	row := baseline.RowOf(baseline.Weekday(e.Day.Date + 1))
	e.Filter.Level = 0.7 * (e.Filter.Level + old.MeanShift(p, row))
}

// leap passes over n missing bins at once: nothing is known of them, so the
// drift is forgotten, the level is in doubt and no alarm survives.
func (e *engine) leap(n int64) {
	if e.Alarm.On {
		e.Day.void(e.bins(e.Alarm.Onset), e.Next)
	}
	e.Next += n
	e.Candidates.Drop()
	e.Alarm.On = false
	e.Window = window{}
	e.Filter.Drift, e.Filter.Cov, e.Filter.DriftVar = 0, 0, e.dyn.DriftVar
	e.Filter.LevelVar = min(e.Filter.LevelVar+float64(n)*e.dyn.Walk, 0.5)
	for range min(int(n), len(e.Recent.Count)) {
		e.Recent.add(Observation{Missing: true}, 0)
	}
}

// doubt added to the level when the day's kind changes.
const switchVar = 0.03

// compareHoliday adds one bin to the comparison with a holiday; it returns
// whether the kind of day has changed.
func (e *engine) compareHoliday(t tick, o Observation) bool {
	h := &e.Holiday
	level, drift, usualVar := e.Filter.Level, e.Filter.Drift, e.Filter.LevelVar+e.Filter.DriftVar
	if h.On {
		level, drift = h.Level, 0
	}
	row := baseline.RowOf(baseline.Weekday(t.wall.Day))
	m := holiday.ModelOf(e.Profile, row, t.wall.Minute, level, drift, usualVar, e.Filter.DriftVar, e.dyn)
	h.Observe(o.Total, m, o.Pool)
	switch {
	case h.Starts():
		h.On, h.Level = true, e.Filter.Level
		e.Filter.Level += h.Shift
		e.Filter.LevelVar += switchVar
	case h.Ends():
		h.On = false
		e.Filter.Level = h.Level
	default:
		return false
	}
	e.Filter.Drift = 0
	e.Candidates.Drop()
	return true
}

// A day's shape speaks for a moved level when it is its weekday's by movedNats,
// or by doubtNats less where the day before had been taken for a holiday too.
const movedNats, doubtNats = 2, 4

// endHoliday goes back to the usual. A day that ran at another level, but with
// its weekday's shape, was no holiday: the level has moved, and stays there.
func (e *engine) endHoliday(level float64) {
	i, row := ring(e.Day.Date), baseline.RowOf(baseline.Weekday(e.Day.Date))
	need := float64(-movedNats)
	if e.Holiday.Run > 1 {
		need += doubtNats
	}
	if holidayOdds(e.History, e.Profile, e.Day.Date, i, e.Noise) < need {
		e.History.Holiday[i] = false
		level = levelOf(e.History, e.Profile, row, i)
		e.Filter.LevelVar += switchVar
		e.Holiday.Run = 0
	}
	e.Filter.Level, e.Filter.Drift = level, 0
	e.Candidates.Drop()
}
