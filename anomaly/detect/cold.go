package detect

import (
	"math"

	"outcry/anomaly/baseline"
)

// What a Detector believes of a service it has not known for two weeks. Until
// the first midnight there is no profile at all, only a level that is searched
// for in wide steps; then profiles are fitted each night whose variance says how
// little they rest on.
const (
	coldRate     = 0.1 // reports a minute of a service nobody has seen
	coldLevelVar = 1.0
	knownDays    = 14 // days of history from which a verdict is a promise
	coldLongest  = 3 * 60
	coldFrozen   = 60
	coldVarMax   = 1.0 // of a provisional profile: beyond, nothing would ever be noticed
)

// coldNoise: the unknown course of the day looks like drift.
func coldNoise() baseline.Noise {
	return baseline.Noise{InvR: 0.1, DriftVar: 2, DriftMinutes: 480}
}

// known tells whether the profile rests on enough days.
func (e *engine) known() bool { return e.Profile.Days >= knownDays }

// cautious lifts a young profile: its rate to a floor that sinks with every day
// seen, so that a handful of reports is no outage of a service that nobody has
// used yet, and its variance cut where the hour was never seen.
func (e *engine) cautious(lg, variance, mu float64) (float64, float64, float64) {
	if e.known() {
		return lg, variance, mu
	}
	least := coldRate * e.bin * (1 - float64(e.Profile.Days)/knownDays)
	if mu < least {
		lg, mu = lg+math.Log(least/mu), least
	}
	return lg, min(variance, coldVarMax), mu
}
