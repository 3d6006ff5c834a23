package baseline

import (
	"math"
	"math/rand/v2"
	"time"
)

// truth is a service whose rate tests know: a daily course, a weekend at its own
// shape, and the noise they ask for.
type truth struct {
	peak  float64 // reports per bin at noon of a workday
	noise Noise
	level func(day int) float64 // log level of a day, nil for none
}

// logRate of a minute of a local day.
func (w truth) logRate(day int, minute float64) float64 {
	lg := math.Log(w.peak) - 1.2 + 1.2*math.Sin((minute/1440-0.25)*2*math.Pi)
	if weekend(Weekday(day)) {
		lg += -0.7 + 0.4*math.Cos(minute/1440*2*math.Pi)
	}
	if w.level != nil {
		lg += w.level(day)
	}
	return lg
}

const binMinutes = 5

// draw makes the counts of days first to last, and the middles of their bins.
func (w truth) draw(seed uint64, first, last int, each func(day int, x, minutes []float32)) {
	r := rand.New(rand.NewPCG(seed, 3))
	rho := math.Exp(-binMinutes / w.noise.DriftMinutes)
	sd := math.Sqrt(w.noise.DriftVar)
	drift := sd * r.NormFloat64()
	for day := first; day <= last; day++ {
		var x, minutes []float32
		for m := binMinutes / 2.0; m < 1440; m += binMinutes {
			drift = rho*drift + sd*math.Sqrt(1-rho*rho)*r.NormFloat64()
			mean := math.Exp(w.logRate(day, m) + drift)
			if w.noise.InvR > 0 {
				mean *= gammaDraw(r, 1/w.noise.InvR) * w.noise.InvR
			}
			clump := 1 + w.noise.Clump
			x, minutes = append(x, float32(clump*poissonDraw(r, mean/clump))), append(minutes, float32(m))
		}
		each(day, x, minutes)
	}
}

// history fills six weeks that end at last.
func (w truth) history(seed uint64, last int) *History {
	h := &History{}
	w.draw(seed, last-Days+1, last, func(day int, x, minutes []float32) { h.Put(day, x, minutes, nil, false) })
	return h
}

// learnt is the noise that six weeks show to who believed in before.
func (w truth) learnt(seed uint64, before Noise) Noise {
	h := &History{}
	var spread [Days]Spread
	w.draw(seed, someDay-Days+1, someDay, func(day int, x, minutes []float32) {
		h.Put(day, x, minutes, nil, false)
		means := make([]float64, len(x))
		for i, m := range minutes {
			means[i] = math.Exp(w.logRate(day, float64(m)))
		}
		spread[index(day)] = MeasureSpread(day, x, means, minutes, before)
	})
	_, q := Fit(h, someDay, before, binMinutes)
	return EstimateNoise(q, spread[:], binMinutes)
}

// poissonDraw is exact below 60 and a rounded normal above, where the two are
// alike.
func poissonDraw(r *rand.Rand, mean float64) float64 {
	if mean > 60 {
		return math.Max(0, math.Round(mean+math.Sqrt(mean)*r.NormFloat64()))
	}
	n := 0.0
	for s := r.ExpFloat64(); s < mean; s += r.ExpFloat64() {
		n++
	}
	return n
}

// gammaDraw of shape a >= 1 (Marsaglia and Tsang 2000).
func gammaDraw(r *rand.Rand, a float64) float64 {
	d := a - 1.0/3
	c := 1 / math.Sqrt(9*d)
	for {
		z := r.NormFloat64()
		v := 1 + c*z
		v *= v * v
		if v > 0 && math.Log(r.Float64()) < z*z/2+d-d*v+d*math.Log(v) {
			return d * v
		}
	}
}

// someDay is a Sunday.
var someDay = int(time.Date(2025, 3, 30, 0, 0, 0, 0, time.UTC).Unix() / 86400)
