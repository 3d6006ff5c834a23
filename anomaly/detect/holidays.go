package detect

import (
	"math"

	"outcry/anomaly/baseline"
	"outcry/anomaly/nb"
)

// Looking back, a weekday counts as a holiday when its half hours speak for the
// weekend's shape by this many nats.
const pastHolidayNats = 6

// markHolidays marks past weekdays of h that ran like holidays, as the profile p
// sees them: the last day, or all days. It returns whether any was marked.
func markHolidays(h *baseline.History, p *baseline.Profile, date int, all bool, n baseline.Noise) bool {
	first := date
	if all {
		first = date - baseline.Days + 1
	}
	marked := false
	for d := first; d <= date; d++ {
		i := ring(d)
		if int(h.Date[i]) != d+1 || h.Holiday[i] {
			continue
		}
		if w := baseline.Weekday(d); w == 0 || w == 6 {
			continue
		}
		if ranLikeHoliday(h, p, d, i, n) {
			h.Holiday[i], marked = true, true
		}
	}
	return marked
}

// ring is the place of a day in the history.
func ring(date int) int { return ((date % baseline.Days) + baseline.Days) % baseline.Days }

func ranLikeHoliday(h *baseline.History, p *baseline.Profile, date, i int, n baseline.Noise) bool {
	return holidayOdds(h, p, date, i, n) > pastHolidayNats
}

// holidayOdds are the nats by which the half hours of a day speak for the
// weekend's shape against its weekday's, each at the day's own level.
func holidayOdds(h *baseline.History, p *baseline.Profile, date, i int, n baseline.Noise) float64 {
	row := baseline.RowOf(baseline.Weekday(date))
	usual, other := math.Exp(levelOf(h, p, row, i)), math.Exp(levelOf(h, p, baseline.Holiday, i))
	odds := 0.0
	reports, observed := h.Usual(i)
	for k, bins := range observed {
		if bins == 0 {
			continue
		}
		w, o := usual*bins*math.Exp(float64(p.Log[row][k])), other*bins*math.Exp(float64(p.Log[baseline.Holiday][k]))
		mu := max(w, o)
		v := n.InvR/bins + n.Clump/mu + n.DriftVar + 0.03
		x := min(reports[k], mu+3*math.Sqrt(mu+mu*mu*v))
		odds += nb.Core(x, o, 1/v) - nb.Core(x, w, 1/v)
	}
	return odds
}

// levelOf is the log of a day's reports over what a kind of day expects.
func levelOf(h *baseline.History, p *baseline.Profile, row baseline.Row, i int) float64 {
	n, m := 2.0, 2.0
	reports, bins := h.Usual(i)
	for k := range baseline.Slots {
		n, m = n+reports[k], m+bins[k]*math.Exp(float64(p.Log[row][k]))
	}
	return math.Log(n / m)
}
