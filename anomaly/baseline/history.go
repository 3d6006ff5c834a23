package baseline

import "slices"

// Days of history that a fit looks at: six weeks, so that every weekday is seen
// six times while last season's habits are forgotten.
const Days = 42

// History holds six weeks of half-hour counts, a ring by local day. It is the
// only long memory of a series (3 to 5 kB).
type History struct {
	Packed  []byte       // the days' half hours, one ring place after the other
	Size    [Days]uint16 // bytes of each in Packed
	Alarmed [Days]uint64 // half hours touched by an alarm, a bit each
	Date    [Days]int32  // local day number + 1, 0 where empty
	Holiday [Days]bool   // the day kept another day's rhythm
}

// halves is one day.
type halves struct {
	count [Slots]float32 // reports in observed bins
	bins  [Slots]uint8   // how many such bins
}

// pack writes runs of half hours with equally many bins (bins, length), then
// the counts.
func (d *halves) pack() []byte {
	var b []byte
	for k := 0; k < Slots; {
		n := 1
		for k+n < Slots && d.bins[k+n] == d.bins[k] {
			n++
		}
		b = append(b, d.bins[k], uint8(n))
		k += n
	}
	c := Counts(b)
	for _, x := range d.count {
		c = c.Append(x)
	}
	return c
}

// at reads ring place i.
func (h *History) at(i int) (d halves) {
	from := h.offset(i)
	c := Counts(h.Packed[from : from+int(h.Size[i])])
	for k := 0; k < Slots && len(c) >= 2; c = c[2:] {
		for n := c[1]; n > 0 && k < Slots; n-- {
			d.bins[k] = c[0]
			k++
		}
	}
	for k := range d.count {
		d.count[k], _ = c.Next()
	}
	return d
}

func (h *History) offset(i int) int {
	sum := 0
	for _, n := range h.Size[:i] {
		sum += int(n)
	}
	return sum
}

// Sound tells whether a history that was read can be read on.
func (h *History) Sound() bool { return h != nil && h.offset(Days) == len(h.Packed) }

// Put stores day's bins in the ring, replacing what was there six weeks ago.
// alarmed tells of each bin whether it was part of an alarm; nil: none was.
func (h *History) Put(date int, counts []float32, minutes []float32, alarmed []bool, holiday bool) {
	i := index(date)
	var d halves
	h.Alarmed[i], h.Date[i], h.Holiday[i] = 0, int32(date)+1, holiday
	for j, x := range counts {
		if x != x {
			continue
		}
		k := Wall{Minute: float64(minutes[j])}.Slot()
		if d.bins[k] < 255 {
			d.count[k] += x
			d.bins[k]++
		}
		if j < len(alarmed) && alarmed[j] {
			h.Alarmed[i] |= 1 << k
		}
	}
	h.set(i, &d)
}

// set replaces what ring place i holds.
func (h *History) set(i int, d *halves) {
	from, packed := h.offset(i), d.pack()
	h.Packed = slices.Concat(h.Packed[:from], packed, h.Packed[from+int(h.Size[i]):])
	h.Size[i] = uint16(len(packed))
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

// Usual is what the half hours of ring place i have to teach about ordinary days:
// reports and bins, nought where an alarm touched them.
func (h *History) Usual(i int) (reports, bins [Slots]float64) {
	d := h.at(i)
	for k := range Slots {
		if h.Alarmed[i]>>k&1 == 0 {
			reports[k], bins[k] = float64(d.count[k]), float64(d.bins[k])
		}
	}
	return reports, bins
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
	_, bins := h.Usual(i)
	return bins != [Slots]float64{}
}

func index(date int) int { return ((date % Days) + Days) % Days }
