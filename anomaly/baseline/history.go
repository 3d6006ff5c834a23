package baseline

// Days of history that a fit looks at: six weeks, so that every weekday is seen
// six times while last season's habits are forgotten.
const Days = 42

// History holds six weeks of half-hour counts, a ring by local day. It is the
// only long memory of a series (10 kB).
type History struct {
	Count   [Days][Slots]float32 // reports in observed bins
	Bins    [Days][Slots]uint8   // how many such bins
	Alarmed [Days]uint64         // half hours touched by an alarm, a bit each
	Date    [Days]int32          // local day number + 1, 0 where empty
	Holiday [Days]bool           // the day kept another day's rhythm
}

// Put stores day's bins in the ring, replacing what was there six weeks ago.
// alarmed tells of each bin whether it was part of an alarm; nil: none was.
func (h *History) Put(date int, counts []float32, minutes []float32, alarmed []bool, holiday bool) {
	i := index(date)
	h.Count[i], h.Bins[i], h.Alarmed[i] = [Slots]float32{}, [Slots]uint8{}, 0
	h.Date[i], h.Holiday[i] = int32(date)+1, holiday
	for j, x := range counts {
		if x != x {
			continue
		}
		k := Wall{Minute: float64(minutes[j])}.Slot()
		if h.Bins[i][k] < 255 {
			h.Count[i][k] += x
			h.Bins[i][k]++
		}
		if j < len(alarmed) && alarmed[j] {
			h.Alarmed[i] |= 1 << k
		}
	}
}

// Suspect marks the half hours of a stored day from slot on as alarmed: an
// incident that was noticed after midnight had begun before it.
func (h *History) Suspect(date, slot int) {
	i := index(date)
	if h.Date[i] != int32(date)+1 {
		return
	}
	for k := max(slot, 0); k < Slots; k++ {
		h.Alarmed[i] |= 1 << k
	}
}

// Usual is what half hour k of ring place i has to teach about ordinary days:
// reports and bins, nought where an alarm touched it.
func (h *History) Usual(i, k int) (reports, bins float64) {
	if h.Alarmed[i]>>k&1 == 1 {
		return 0, 0
	}
	return float64(h.Count[i][k]), float64(h.Bins[i][k])
}

// Observed is the number of stored days up to date that hold any bin.
func (h *History) Observed(date int) int {
	n := 0
	for i := range h.Date {
		if h.live(i, date) {
			n++
		}
	}
	return n
}

// live tells whether ring place i holds one of the six weeks that end at date.
func (h *History) live(i, date int) bool {
	d := int(h.Date[i]) - 1
	if h.Date[i] == 0 || d > date || d <= date-Days {
		return false
	}
	for k := range h.Bins[i] {
		if _, n := h.Usual(i, k); n > 0 {
			return true
		}
	}
	return false
}

func index(date int) int { return ((date % Days) + Days) % Days }
