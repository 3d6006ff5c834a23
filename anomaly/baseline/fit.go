package baseline

import (
	"math"
	"time"
)

// The profile's model, for a half hour k of a day d of weekday w:
//
//	ln rate = s[k] + [weekend] e[k] + phi[w] + dev[w][k] + a[d]
//
// s is the day's shape, e the weekend's difference, phi the weekday's level, dev
// what one weekday does at one hour (a weekly deadline), a the level of the day.
// A holiday takes s + e + a only. It is fitted by penalised quasi-likelihood for
// an overdispersed count (Wood 2017, Generalized Additive Models, ch. 4), by a
// fixed number of Newton steps so that equal history gives equal profiles.
const (
	steps        = 7
	clipFrom     = 2   // step from which outlying cells are cut
	deviateFrom  = 3   // step from which weekdays may have hours of their own
	largestStep  = 1.5 // of one coefficient in one step
	shapeSD      = 0.15
	weekendSD    = 0.2
	weekendPrior = 1.5
	weekdaySD    = 0.15
	meanPull     = 0.02
	levelPrior   = 30 // reports' worth of belief that a day is like any other
	levelReach   = 4  // days on either side that share a day's level
)

// params is the number of coefficients: s and e interleaved by half hour, phi.
const params = 2*Slots + 7

// cell is one half hour of one day.
type cell struct {
	n, bins, rho float64 // reports, bins observed, relative extra variance
	alarmed      bool    // tells nothing but what its weekday makes a habit of
}

type day struct {
	date    int
	row     Row // Holiday on holidays
	weekend bool
	level   float64 // a[d]
	factor  float64 // e^level
	cells   [Slots]cell
	sumN    float64 // weighted, cut
	sumM    float64 // the fitted means, weighted alike
}

// fitter holds one fit's state.
type fitter struct {
	days  []day
	theta [params]float64
	dev   [7][Slots]float64
	rate  [Rows][Slots]float64 // e^(s + e + phi + dev), by table
	mean  float64              // overall log rate
	base  float64              // variance over mean of a cell with few reports: 1 + Clump
	h     *envelope
	g     []float64
}

// Fit estimates the profile from the six weeks of h that end at day today, in
// the light of the noise believed so far, and gathers from its residuals what
// tells the drift. binMinutes is the bins' width.
func Fit(h *History, today int, noise Noise, binMinutes float64) (*Profile, Moments) {
	f := newFitter(h, today, noise, binMinutes)
	for it := range steps {
		f.step(it)
		f.table()
		if it > 0 {
			f.levels(it >= clipFrom)
		}
		if it >= deviateFrom {
			f.deviate(noise, binMinutes)
			f.table()
		}
	}
	return f.profile(), f.moments()
}

func newFitter(h *History, today int, noise Noise, binMinutes float64) *fitter {
	f := &fitter{base: 1 + noise.Clump, h: newEnvelope(ribbon()), g: make([]float64, params)}
	var n, bins [Slots]float64
	var sumN, sumBins float64
	for date := today - Days + 1; date <= today; date++ {
		i := index(date)
		if int(h.Date[i]) != date+1 || !h.live(i, today) {
			continue
		}
		w := Weekday(date)
		d := day{date: date, row: RowOf(w), weekend: weekend(w) || h.Holiday[i], factor: 1}
		if h.Holiday[i] {
			d.row = Holiday
		}
		stored := h.at(i)
		for k := range d.cells {
			c := cell{n: float64(stored.count[k]), bins: float64(stored.bins[k])}
			if c.bins > 0 {
				c.rho = noise.InvR/c.bins + noise.DriftVar
			}
			if c.alarmed = h.Alarmed[i]>>k&1 == 1; c.alarmed {
				d.cells[k] = c
				continue
			}
			d.cells[k] = c
			n[k], bins[k] = n[k]+c.n, bins[k]+c.bins
			sumN, sumBins = sumN+c.n, sumBins+c.bins
		}
		f.days = append(f.days, d)
	}
	rate := (sumN + 0.5) / (sumBins + 1)
	f.mean = math.Log(rate)
	for k := range Slots { // a first guess: each half hour's mean, with four reports of the whole day's
		f.theta[2*k] = math.Log((n[k] + 4) / (bins[k] + 4/rate))
	}
	f.table()
	return f
}

// ribbon is the shape of the matrix: s and e of a half hour touch those of the
// two before; the last two half hours touch the first (midnight), and phi all.
func ribbon() []int {
	first := make([]int, params)
	for i := range first {
		switch {
		case i >= 2*(Slots-2):
			first[i] = 0
		default:
			first[i] = max(0, i-i%2-4)
		}
	}
	return first
}

// table writes down the rate of every kind of day, from which that of a half
// hour is one product.
func (f *fitter) table() {
	for r := range f.rate {
		row := Row(r)
		for k := range Slots {
			v := f.theta[2*k]
			if row == Holiday || weekend(time.Weekday(r)) {
				v += f.theta[2*k+1]
			}
			if row != Holiday {
				v += f.theta[2*Slots+r] + f.dev[r][k]
			}
			f.rate[r][k] = math.Exp(v)
		}
	}
}

// expected reports of half hour k of d.
func (f *fitter) expected(d *day, k int) float64 {
	return d.cells[k].bins * f.rate[d.row][k] * d.factor
}

// step is one Newton step on the coefficients, all else held.
func (f *fitter) step(it int) {
	f.h.zero()
	clear(f.g)
	for i := range f.days {
		f.gather(&f.days[i], it >= clipFrom)
	}
	f.penalise()
	f.h.factor()
	f.h.solve(f.g)
	for i, v := range f.g {
		f.theta[i] += min(max(v, -largestStep), largestStep)
	}
}

// gather adds a day's cells to score and information.
func (f *fitter) gather(d *day, clip bool) {
	for k := range d.cells {
		c := &d.cells[k]
		if c.bins == 0 || c.alarmed {
			continue
		}
		m := f.expected(d, k)
		n := c.n
		if clip {
			n = f.clipped(n, m, c.rho)
		}
		w := 1 / (f.base + m*c.rho)
		f.observe(d, k, (n-m)*w, m*w)
	}
}

func (f *fitter) clipped(n, m, rho float64) float64 {
	sd := math.Sqrt(m*f.base + m*m*rho)
	return min(max(n, m-3*sd), m+3*sd+0.5)
}

// observe adds one cell's score and information to all coefficients it shares.
func (f *fitter) observe(d *day, k int, score, info float64) {
	s, e, p := 2*k, 2*k+1, 2*Slots+int(d.row)
	f.g[s] += score
	f.h.add(s, s, info)
	if d.weekend {
		f.g[e] += score
		f.h.add(e, e, info)
		f.h.add(e, s, info)
	}
	if d.row != Holiday {
		f.g[p] += score
		f.h.add(p, p, info)
		f.h.add(p, s, info)
		if d.weekend {
			f.h.add(p, e, info)
		}
	}
}

// moments are taken of the residuals that remain.
func (f *fitter) moments() Moments {
	var q Moments
	for i := range f.days {
		d := &f.days[i]
		var z, w, poisson, bins [Slots]float64
		for k, c := range d.cells {
			if c.bins == 0 || c.alarmed {
				continue
			}
			m := f.expected(d, k)
			kappa := f.base + m*c.rho
			sd, u := math.Sqrt(m*kappa), 1/kappa
			z[k] = u * min(max(c.n-m, -residualClip*sd), residualClip*sd+0.5)
			q.Thin.add(m, min(c.n-m, residualClip*sd+clumpClip), c.bins, kappa)
			w[k], poisson[k], bins[k] = u*m, u*u*m, c.bins
		}
		q.add(&z, &w, &poisson, &bins)
	}
	return q
}
