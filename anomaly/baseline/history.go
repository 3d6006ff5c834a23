package baseline

// Days of history that a fit looks at: six weeks, so that every weekday is seen
// six times while last season's habits are forgotten.
const Days = 42

// History holds six weeks of half-hour counts, a ring by local day. It is the
// only long memory of a series (10 kB).
type History struct {
	Count   [Days][Slots]float32 // reports in bins fit for learning
	Bins    [Days][Slots]uint8   // how many such bins
	Date    [Days]int32          // local day number + 1, 0 where empty
	Holiday [Days]bool           // the day kept another day's rhythm
}

// Put stores day's bins in the ring, replacing what was there six weeks ago.
func (h *History) Put(date int, counts []float32, minutes []float32, holiday bool) {
	i := index(date)
	h.Count[i], h.Bins[i] = [Slots]float32{}, [Slots]uint8{}
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
	}
}

// Forget voids the half hours of a stored day from slot on: an incident that
// was noticed after midnight had begun before it.
func (h *History) Forget(date, slot int) {
	i := index(date)
	if h.Date[i] != int32(date)+1 {
		return
	}
	for k := max(slot, 0); k < Slots; k++ {
		h.Count[i][k], h.Bins[i][k] = 0, 0
	}
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
	for _, n := range h.Bins[i] {
		if n > 0 {
			return true
		}
	}
	return false
}

func index(date int) int { return ((date % Days) + Days) % Days }
