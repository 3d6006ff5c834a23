package frontend

import (
	"math"
	"strconv"
	"strings"
	"time"

	"outcry"
)

// chart is a series ready to be drawn. Its paths lie in a box of Slots ×
// chartHeight units that the page stretches to any width; labels are placed in
// per cent, so that their letters keep their size on a phone.
type chart struct {
	Slots            int
	Bars, Over       string // silhouettes: all slots, and those above Upper
	Upper, Expected  string // area up to the upper bound; line of the expected
	Shades           []shade
	Hours, Levels    []tick
	Rows             []chartRow
	Total, Peak, Hot int // Hot: how many slots lie above Upper
	PeakAt           time.Time
	From, To         time.Time
	StepWords        string
	ExpectedTotal    float64
	HasForecast      bool
	StepSeconds      int
	// Counts and Usual are the numbers themselves, for script to read out.
	Counts, Usual string
}

// chartHeight is the height of the box; its top is the highest level.
const chartHeight = 100

// shade is the part of a chart that an incident covers.
type shade struct {
	X, Width string
	Incident outcry.Incident
}

// tick is a label and where it stands, in per cent of width or height.
type tick struct {
	At    string
	Label string
	First bool
}

// chartRow is an hour of the chart's table.
type chartRow struct {
	From     time.Time
	Count    int
	Expected float64
}

func newChart(s outcry.Series, incidents []outcry.Incident) chart {
	n := len(s.Counts)
	step := time.Duration(s.Step)
	c := chart{Slots: max(n, 1), From: s.Start, To: s.Start.Add(time.Duration(n) * step), StepWords: span(step)}
	if n == 0 || step <= 0 {
		return c
	}
	top := niceTop(highest(s))
	y := scale(top, chartHeight)
	c.Bars, _ = silhouette(s.Counts, y, func(int) bool { return true })
	c.Over, c.Hot = silhouette(s.Counts, y, func(i int) bool { return above(s, i) })
	c.Upper = area(s.Upper, y)
	c.Expected = line(s.Expected, y)
	c.Levels = levels(top)
	c.Hours = hourTicks(c.From, c.To)
	c.Shades = shades(c.From, c.To, incidents)
	c.Rows = hourly(s)
	for i, k := range s.Counts {
		c.Total += k
		if k > c.Peak {
			c.Peak, c.PeakAt = k, s.Start.Add(time.Duration(i)*step)
		}
	}
	for _, x := range s.Expected {
		c.ExpectedTotal += x
		c.HasForecast = c.HasForecast || x > 0
	}
	c.StepSeconds = int(step / time.Second)
	c.Counts = joined(s.Counts, strconv.Itoa)
	c.Usual = joined(s.Expected, short)
	return c
}

// joined writes numbers with single spaces between them.
func joined[T int | float64](list []T, write func(T) string) string {
	var b strings.Builder
	for i, x := range list {
		if i > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(write(x))
	}
	return b.String()
}

// above reports whether slot i has more than the most that is usual.
func above(s outcry.Series, i int) bool {
	return i < len(s.Upper) && s.Upper[i] > 0 && float64(s.Counts[i]) > s.Upper[i]
}

func highest(s outcry.Series) float64 {
	top := 0.0
	for i, k := range s.Counts {
		top = max(top, float64(k))
		if i < len(s.Upper) && !math.IsInf(s.Upper[i], 0) && !math.IsNaN(s.Upper[i]) {
			top = max(top, s.Upper[i])
		}
	}
	return top
}

// niceTop is the least of 4, 6, 8, 10, 20, 30, 40, 60, 80, 100 … that is not
// under x: an even number, so that its half is a whole one.
func niceTop(x float64) float64 {
	if !(x > 4) {
		return 4
	}
	unit := math.Pow(10, math.Floor(math.Log10(x)))
	for _, m := range []float64{1, 2, 3, 4, 6, 8} {
		if top := m * unit; top >= x && math.Mod(top, 2) == 0 {
			return top
		}
	}
	return 10 * unit
}

// scale maps a number in 0..top to a height in the box, 0 at its top.
func scale(top, height float64) func(float64) string {
	return func(v float64) string {
		v = min(max(v, 0), top)
		return short(height - v/top*height)
	}
}

// short writes a coordinate with one decimal at most.
func short(x float64) string {
	s := strconv.FormatFloat(x, 'f', 1, 64)
	return strings.TrimSuffix(s, ".0")
}

// silhouette is the outline of the bars that keep chooses; bars that touch are
// one shape. It also tells how many there were.
func silhouette(counts []int, y func(float64) string, keep func(int) bool) (string, int) {
	var d strings.Builder
	base, open, kept := y(0), false, 0
	for i, k := range counts {
		if k <= 0 || !keep(i) {
			if open {
				d.WriteString("V" + base + "z")
			}
			open = false
			continue
		}
		kept++
		if !open {
			d.WriteString("M" + strconv.Itoa(i) + " " + base)
			open = true
		}
		d.WriteString("V" + y(float64(k)) + "h1")
	}
	if open {
		d.WriteString("V" + base + "z")
	}
	return d.String(), kept
}

// area fills everything under v; line follows it. Both are "" where nothing
// was forecast.
func area(v []float64, y func(float64) string) string {
	l := line(v, y)
	if l == "" {
		return ""
	}
	return l + "V" + y(0) + "H0z"
}

func line(v []float64, y func(float64) string) string {
	var d strings.Builder
	any, last := false, ""
	for i, x := range v {
		if math.IsNaN(x) || math.IsInf(x, 0) {
			x = 0
		}
		any = any || x > 0
		h := y(x)
		switch {
		case i == 0:
			d.WriteString("M0 " + h)
		case h != last:
			d.WriteString("H" + strconv.Itoa(i) + "V" + h)
		}
		last = h
	}
	if !any {
		return ""
	}
	d.WriteString("H" + strconv.Itoa(len(v)))
	return d.String()
}
