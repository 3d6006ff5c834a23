package detect

import (
	"math"
	"math/rand/v2"
	"time"
)

// world draws the reports of one service as a test wants them: a daily course,
// weekends at half, a wandering rate and negative binomial scatter.
type world struct {
	r     *rand.Rand
	bin   time.Duration
	peak  float64 // reports per five minutes at noon of a workday
	drift float64 // sd of the log drift, 0 for none
	size  float64 // of the negative binomial
	clump float64 // reports that come at once, 0 for one
	state float64
}

func newWorld(seed uint64, bin time.Duration, peak float64) *world {
	return &world{r: rand.New(rand.NewPCG(seed, 1)), bin: bin, peak: peak, drift: 0.08, size: 20}
}

// rate is the mean of the bin that begins at t, without drift.
func (w *world) rate(t time.Time) float64 {
	hour := float64(t.Hour()) + float64(t.Minute())/60
	course := math.Exp(-1.5 + 1.5*math.Sin((hour-6)/24*2*math.Pi)) // 1 at noon, 1/20 at midnight
	if d := t.Weekday(); d == time.Saturday || d == time.Sunday {
		course *= 0.5
	}
	return w.peak * w.bin.Minutes() / 5 * course
}

// draw is the count of the bin at t, times ratio.
func (w *world) draw(t time.Time, ratio float64) float64 {
	rho := math.Exp(-w.bin.Minutes() / 120)
	w.state = rho*w.state + w.drift*math.Sqrt(1-rho*rho)*w.r.NormFloat64()
	mean := w.rate(t) * math.Exp(w.state) * ratio
	mean *= gamma(w.r, w.size) / w.size
	clump := max(1, w.clump)
	return clump * poisson(w.r, mean/clump)
}

// poisson by counting exponential gaps, halving large means.
func poisson(r *rand.Rand, mean float64) float64 {
	n := 0.0
	for mean > 50 { // the k-th of n arrivals splits the rest (Devroye 1986, X.3)
		k := math.Floor(mean * 7 / 8)
		x := gamma(r, k)
		if x > mean {
			for range int(k) - 1 {
				if r.Float64() < mean/x {
					n++
				}
			}
			return n
		}
		n += k
		mean -= x
	}
	for t := r.ExpFloat64(); t < mean; t += r.ExpFloat64() {
		n++
	}
	return n
}

// gamma of shape a >= 1 and scale 1 (Marsaglia and Tsang 2000).
func gamma(r *rand.Rand, a float64) float64 {
	d := a - 1.0/3
	c := 1 / math.Sqrt(9*d)
	for {
		x := r.NormFloat64()
		v := 1 + c*x
		if v <= 0 {
			continue
		}
		v = v * v * v
		if math.Log(r.Float64()) < x*x/2+d-d*v+d*math.Log(v) {
			return d * v
		}
	}
}

var monday = time.Date(2025, 2, 17, 0, 0, 0, 0, time.UTC)

// run steps d over days of w from day first, with the ratio that at gives.
func run(d *Detector, w *world, first, days int, at func(t time.Time) float64, each func(Judgement)) {
	for t := monday.AddDate(0, 0, first); t.Before(monday.AddDate(0, 0, first+days)); t = t.Add(w.bin) {
		ratio := 1.0
		if at != nil {
			ratio = at(t)
		}
		j := d.Step(Observation{Start: t, Total: w.draw(t, ratio)})
		if each != nil {
			each(j)
		}
	}
}
