package simulate

import (
	"math"
	"time"
)

// Habit is how the usual rate moves with the clock.
type Habit struct {
	// Hours is the relative rate at each full hour of the home's local day, and
	// Week that of each weekday from Sunday. Only their shape matters.
	Hours [24]float64
	Week  [7]float64
	// Deadlines and Surges multiply the rate.
	Deadlines []Deadline
	Surges    []Surge
}

// Deadline is a weekly peak: Factor at that minute in Zone, rising over Before
// and gone After.
type Deadline struct {
	Zone          *time.Location
	Weekday       time.Weekday
	Hour, Minute  int
	Factor        float64
	Before, After time.Duration
}

// Surge is a stretch of days that are busier (exams) or quieter (holidays).
type Surge struct {
	From, Until time.Time
	Factor      float64
}

// studyHabit is the day of people who learn beside work or school: little at
// night, most in the evening, Sunday evening's work included.
func studyHabit() Habit {
	return Habit{
		Hours: [24]float64{.62, .38, .24, .17, .14, .18, .30, .52, .80, 1.02, 1.18, 1.24,
			1.22, 1.25, 1.30, 1.32, 1.30, 1.28, 1.34, 1.52, 1.68, 1.70, 1.45, 1.02},
		Week: [7]float64{1.02, 1.12, 1.12, 1.10, 1.04, .86, .74},
	}
}

// workHabit is the day of what is used in class and at work.
func workHabit() Habit {
	return Habit{
		Hours: [24]float64{.30, .18, .12, .10, .12, .22, .48, .95, 1.55, 1.95, 2.05, 1.95,
			1.70, 1.80, 1.90, 1.75, 1.45, 1.10, .92, .88, .85, .80, .65, .45},
		Week: [7]float64{.55, 1.28, 1.30, 1.28, 1.22, 1.00, .45},
	}
}

// at is the rate of a home at its local time t, 1 on average over a week.
func (h Habit) at(t time.Time) float64 {
	var day, week float64
	for _, x := range h.Hours {
		day += x
	}
	for _, x := range h.Week {
		week += x
	}
	if day == 0 || week == 0 {
		return 1
	}
	a, b := h.Hours[t.Hour()], h.Hours[(t.Hour()+1)%24]
	x := a + (b-a)*float64(t.Minute())/60
	return x * 24 / day * h.Week[t.Weekday()] * 7 / week
}

// factor is what deadlines and surges make of the rate at t.
func (h Habit) factor(t time.Time) float64 {
	f := 1.0
	for _, s := range h.Surges {
		if !t.Before(s.From) && t.Before(s.Until) {
			f *= s.Factor
		}
	}
	for _, d := range h.Deadlines {
		f *= d.at(t)
	}
	return f
}

// at is a peak that is linear in the logarithm on both sides.
func (d Deadline) at(t time.Time) float64 {
	local := t.In(d.Zone)
	days := int(d.Weekday-local.Weekday()+7) % 7
	for _, shift := range []int{days, days - 7} { // the next one, and the last
		due := time.Date(local.Year(), local.Month(), local.Day()+shift, d.Hour, d.Minute, 0, 0, d.Zone)
		gap, width := due.Sub(t), d.Before
		if gap < 0 {
			gap, width = -gap, d.After
		}
		if gap < width {
			return math.Pow(d.Factor, 1-gap.Seconds()/width.Seconds())
		}
	}
	return 1
}
