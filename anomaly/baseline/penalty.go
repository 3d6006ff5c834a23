package baseline

import (
	"math"

	"outcry/anomaly/nb"
)

// penalise adds what is known of any service before its history: days are
// smooth circles, weekends differ smoothly, weekdays differ little.
func (f *fitter) penalise() {
	curve := [3]float64{1, -2, 1}
	slope := [2]float64{1, -1}
	for k := range Slots {
		var at [3]int
		for j := range at {
			at[j] = 2 * ((k + j) % Slots)
		}
		f.quadratic(at[:], curve[:], 1/(shapeSD*shapeSD))
		f.quadratic([]int{at[0] + 1, at[1] + 1}, slope[:], 1/(weekendSD*weekendSD))
		f.h.add(2*k, 2*k, meanPull)
		f.g[2*k] -= meanPull * (f.theta[2*k] - f.mean)
		f.ridge(2*k+1, 1/(weekendPrior*weekendPrior))
	}
	for i := 2 * Slots; i < params; i++ {
		f.ridge(i, 1/(weekdaySD*weekdaySD))
	}
}

// quadratic adds the penalty weight/2 * (sum c theta[at])².
func (f *fitter) quadratic(at []int, c []float64, weight float64) {
	dot := 0.0
	for i, p := range at {
		dot += c[i] * f.theta[p]
	}
	for i, p := range at {
		f.g[p] -= weight * c[i] * dot
		for j, q := range at[:i+1] {
			f.h.add(p, q, weight*c[i]*c[j])
		}
	}
}

func (f *fitter) ridge(i int, weight float64) {
	f.h.add(i, i, weight)
	f.g[i] -= weight * f.theta[i]
}

// levels sets the level of each day from those around it, weighted by nearness;
// holidays have a level of their own and lend it to nobody.
func (f *fitter) levels(clip bool) {
	for i := range f.days {
		f.sums(&f.days[i], clip)
	}
	next := make([]float64, len(f.days))
	for i := range f.days {
		d := &f.days[i]
		if d.row == Holiday {
			n, m := 2.0, 2.0
			for k, c := range d.cells {
				if c.bins > 0 && !c.alarmed {
					n, m = n+c.n, m+f.expected(d, k)/d.factor
				}
			}
			next[i] = math.Log(n / m)
			continue
		}
		next[i] = f.pooledLevel(d.date)
	}
	for i := range f.days {
		f.days[i].level, f.days[i].factor = next[i], math.Exp(next[i])
	}
}

// sums weighs up a day's reports and fitted means.
func (f *fitter) sums(d *day, clip bool) {
	d.sumN, d.sumM = 0, 0
	for k, c := range d.cells {
		if c.bins == 0 || c.alarmed {
			continue
		}
		m := f.expected(d, k)
		n := c.n
		if clip {
			n = f.clipped(n, m, c.rho)
		}
		w := 1 / (f.base + m*c.rho)
		d.sumN, d.sumM = d.sumN+w*n, d.sumM+w*m
	}
}

// pooledLevel is the level around a date from ordinary days. The sums hold each
// day's old level, which is taken out again.
func (f *fitter) pooledLevel(date int) float64 {
	n, m := float64(levelPrior), float64(levelPrior)
	for i := range f.days {
		q := &f.days[i]
		off := math.Abs(float64(q.date - date))
		if off > levelReach || q.row == Holiday {
			continue
		}
		w := 1 - off/(levelReach+1)
		n, m = n+w*q.sumN, m+w*q.sumM/q.factor
	}
	return math.Log(n / m)
}

// A weekday's own hours: nearly all are nought, few are large, drawn from a log
// ratio of sd 1 (spike and slab, Mitchell and Beauchamp 1988).
const (
	slabShare = 0.06
	habitDays = 2
	slabNodes = 9   // of the sum that stands for the slab's integral
	slabStep  = 0.5 // between nodes, in logs
)

// deviate estimates what each weekday does at each half hour on its own, from
// the sums of its weeks, of which the largest is cut to the second: one past
// outage must not become a weekly habit.
func (f *fitter) deviate(noise Noise, binMinutes float64) {
	perSlot := slotMinutes / binMinutes
	rho := noise.InvR/perSlot + noise.DriftVar
	for k := range Slots {
		habit := f.habitual(k)
		for w := range 7 {
			f.dev[w][k] = f.deviation(Row(w), k, rho, habit)
		}
	}
}

// habitual tells whether alarms at half hour k may be a weekday's habit: a
// deadline alarms on its own weekday, week after week, and would never be learnt
// if alarmed hours were always left out. What alarms on more weekdays than
// habitDays, say each night, is no weekday's habit and not learnt.
func (f *fitter) habitual(k int) bool {
	var weeks [7]int
	for i := range f.days {
		if d := &f.days[i]; d.row != Holiday && d.cells[k].alarmed {
			weeks[d.row]++
		}
	}
	days := 0
	for _, n := range weeks {
		if n >= 2 {
			days++
		}
	}
	return days <= habitDays
}

func (f *fitter) deviation(w Row, k int, rho float64, habit bool) float64 {
	var n, m, weeks float64
	usual := math.Exp(-f.dev[w][k]) // takes the deviation out
	var top, second, topM float64   // largest ratio, second, and the mean the largest had
	for i := range f.days {
		d := &f.days[i]
		c := d.cells[k]
		if d.row != w || c.bins == 0 || c.alarmed && !habit {
			continue
		}
		mu := f.expected(d, k) * usual
		weeks++
		n, m = n+c.n, m+mu
		if q := c.n / mu; q > top {
			top, second, topM = q, top, mu
		} else if q > second {
			second = q
		}
	}
	if weeks < 3 {
		return 0
	}
	if n > m {
		n = max(m, n-(top-second)*topM)
	}
	return slab(n, m, weeks/rho)
}

// slab is the posterior mean of the log ratio of count n to its mean m, of
// negative binomial size r. Likelihoods are of the counts themselves: a weekday
// that brought no report where two were due is no discovery.
func slab(n, m, r float64) float64 {
	if e := n - m; e*e < 2*(m+m*m/r) {
		return 0 // no slab wins within one and a half sd
	}
	var llr [slabNodes]float64
	top := 0.0 // what the spike has; taken off before the exponential overflows
	for i := range llr {
		llr[i] = nb.LLR(n, m, m*math.Exp(slabStep*float64(i-slabNodes/2)), r)
		top = max(top, llr[i])
	}
	weight, mean, norm := 0.0, 0.0, 0.0
	for i, l := range llr {
		z := slabStep * float64(i-slabNodes/2)
		prior := math.Exp(-z * z / 2)
		norm += prior
		p := prior * math.Exp(l-top)
		weight, mean = weight+p, mean+p*z
	}
	in, out := slabShare*weight/norm, (1-slabShare)*math.Exp(-top)
	return mean / weight * in / (in + out)
}
