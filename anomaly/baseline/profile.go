package baseline

import (
	"math"
	"time"
)

// Row is a kind of day: a weekday (Sunday 0 to Saturday 6) or the Holiday row,
// the weekend's shape without any weekday's own ways.
type Row uint8

// Holiday is the row of a day that keeps no weekday's rhythm.
const Holiday Row = 7

// Rows is how many kinds of day a profile knows.
const Rows = 8

// RowOf is the row of an ordinary day.
func RowOf(d time.Weekday) Row { return Row(d) }

// Profile is the usual course of a day of each kind: log rate per bin at the
// middle of every half hour, and the variance of that estimate.
type Profile struct {
	Log  [Rows][Slots]float32
	Var  [Rows][Slots]float32
	Days int // days of history it was fitted on; 0 is the cautious prior
}

// Prior is what is assumed of a service nobody has seen: about rate reports per
// bin round the clock, give or take a factor e^sqrt(variance).
func Prior(rate, variance float64) *Profile {
	p := &Profile{}
	for r := range p.Log {
		for k := range p.Log[r] {
			p.Log[r][k], p.Var[r][k] = float32(math.Log(rate)), float32(variance)
		}
	}
	return p
}

// At is the log rate and its variance on a day of kind row at minute of the
// local day, linear in the log between the middles of half hours. The day is
// taken as a circle: each row knows its own midnight only.
func (p *Profile) At(row Row, minute float64) (logRate, variance float64) {
	pos := minute/slotMinutes - 0.5
	if pos < 0 {
		pos += Slots
	}
	k := int(pos)
	w := pos - float64(k)
	j := k + 1
	if j >= Slots {
		j -= Slots
	}
	if k >= Slots {
		k -= Slots
	}
	lg, v := &p.Log[row], &p.Var[row]
	return float64(lg[k])*(1-w) + float64(lg[j])*w, float64(v[k])*(1-w) + float64(v[j])*w
}

// MeanShift is the mean over the day of p's log rate less q's on row: what a
// refit has moved from the level into the profile.
func (p *Profile) MeanShift(q *Profile, row Row) float64 {
	sum := 0.0
	for k := range p.Log[row] {
		sum += float64(p.Log[row][k]) - float64(q.Log[row][k])
	}
	return sum / Slots
}
