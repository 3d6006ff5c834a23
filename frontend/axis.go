package frontend

import (
	"time"

	"outcry"
)

// levels are the horizontal lines: none, half, top.
func levels(top float64) []tick {
	return []tick{
		{At: "0", Label: whole(int(top))},
		{At: "50", Label: whole(int(top / 2))},
		{At: "100", Label: "0"},
	}
}

// hourTicks are five at most, on round hours of UTC, with room for the letters
// at both ends.
func hourTicks(from, to time.Time) []tick {
	total := to.Sub(from)
	every := time.Hour
	for _, e := range []time.Duration{1, 2, 3, 6, 12, 24, 48, 168} {
		every = e * time.Hour
		if total/every <= 5 {
			break
		}
	}
	var list []tick
	for t := from.UTC().Truncate(every); t.Before(to); t = t.Add(every) {
		at := float64(t.Sub(from)) / float64(total) * 100
		if at < 0 || at > 94 {
			continue
		}
		label := t.Format("15:04")
		if t.Hour() == 0 {
			label = t.Format("2 Jan")
		}
		list = append(list, tick{At: short(at), Label: label, First: at < 6})
	}
	return list
}

// shades are the incidents that lie in the chart. One that was taken back is
// not shaded: its evidence fell away.
func shades(from, to time.Time, incidents []outcry.Incident) []shade {
	var list []shade
	total := float64(to.Sub(from))
	for _, i := range incidents {
		end := to
		if i.ResolvedAt != nil {
			end = *i.ResolvedAt
		}
		if i.State == outcry.Retracted || !i.StartedAt.Before(to) || !end.After(from) {
			continue
		}
		a, b := max(float64(i.StartedAt.Sub(from)), 0), min(float64(end.Sub(from)), total)
		list = append(list, shade{X: short(a / total * 100), Width: short(max((b-a)/total*100, 0.4)), Incident: i})
	}
	return list
}

// hourly sums a series by the hour, for its table.
func hourly(s outcry.Series) []chartRow {
	var rows []chartRow
	for i, k := range s.Counts {
		hour := s.Start.Add(time.Duration(i) * time.Duration(s.Step)).UTC().Truncate(time.Hour)
		if len(rows) == 0 || !rows[len(rows)-1].From.Equal(hour) {
			rows = append(rows, chartRow{From: hour})
		}
		r := &rows[len(rows)-1]
		r.Count += k
		if i < len(s.Expected) {
			r.Expected += s.Expected[i]
		}
	}
	return rows
}

// spark is a small silhouette, 24 × 10 units for a day of hours.
type spark struct {
	Slots int
	Bars  string
	Total int
}

func newSpark(counts []int) spark {
	s := spark{Slots: max(len(counts), 1)}
	top := 0
	for _, k := range counts {
		top = max(top, k)
		s.Total += k
	}
	// Under eight an hour a lone report would look like an outage.
	s.Bars, _ = silhouette(counts, scale(float64(max(top, 8)), 10), func(int) bool { return true })
	return s
}

// coarse sums a series into slots of about width.
func coarse(s outcry.Series, width time.Duration) []int {
	if s.Step <= 0 {
		return nil
	}
	per := max(int(width/time.Duration(s.Step)), 1)
	sums := make([]int, (len(s.Counts)+per-1)/per)
	for i, k := range s.Counts {
		sums[i/per] += k
	}
	return sums
}
