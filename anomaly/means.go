package anomaly

import "time"

// means is what was expected of each minute of the last recentSpan, a ring by
// the minute. The fields are exported for checkpoints.
type means struct {
	Last int64     // minute pushed last, since 1970
	Ring []float32 // empty before the first
}

// push takes the next minute's forecast; minutes left out expected nothing.
func (m *means) push(minute time.Time, mean float64) {
	at, n := minute.Unix()/60, int64(recentSpan/time.Minute)
	if len(m.Ring) == 0 {
		m.Ring, m.Last = make([]float32, n), at-1
	}
	for gap := max(m.Last+1, at-n+1); gap < at; gap++ {
		m.Ring[gap%n] = 0
	}
	m.Ring[at%n], m.Last = float32(mean), at
}

// sum is what was expected from (inclusive) to (exclusive), as far as it is
// remembered.
func (m *means) sum(from, to time.Time) float64 {
	n, total := int64(len(m.Ring)), 0.0
	for at := max(from.Unix()/60, m.Last-n+1); at < to.Unix()/60 && at <= m.Last; at++ {
		total += float64(m.Ring[at%n])
	}
	return total
}
