package detect

import (
	"math"

	"outcry/anomaly/baseline"
	"outcry/anomaly/holiday"
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
		i := ((d % baseline.Days) + baseline.Days) % baseline.Days
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

func ranLikeHoliday(h *baseline.History, p *baseline.Profile, date, i int, n baseline.Noise) bool {
	row := baseline.RowOf(baseline.Weekday(date))
	var odds [2]holiday.Watch // as a holiday; as its weekday at another level
	usual := 0.0
	for k := range baseline.Slots {
		count, bins := h.Usual(i, k)
		if bins == 0 {
			continue
		}
		lg, hol := float64(p.Log[row][k]), float64(p.Log[baseline.Holiday][k])
		v := n.InvR/bins + n.DriftVar + 0.03
		mu := bins * math.Exp(math.Max(lg, hol))
		x := min(count, mu+3*math.Sqrt(mu+mu*mu*v))
		odds[0].Observe(x, holiday.Model{Usual: bins * math.Exp(lg), UsualVar: v, Holiday: bins * math.Exp(hol), HolidayVar: v}, 0)
		odds[1].Observe(x, holiday.Model{Usual: bins * math.Exp(lg), UsualVar: v, Holiday: bins * math.Exp(lg), HolidayVar: v}, 0)
		usual++
	}
	return usual > 0 && odds[0].Bayes()-odds[1].Bayes() > pastHolidayNats
}
