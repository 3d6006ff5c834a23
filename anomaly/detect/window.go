package detect

import "outcry/anomaly/onset"

// window sums an alarm from its onset on.
type window struct {
	Count, Mean float64
	Var         float64 // of Count beyond Poisson
}

func windowOf(c onset.Candidate) window {
	return window{Count: c.Count, Mean: c.Mean, Var: c.Variance() * c.Mean * c.Mean}
}

// add takes one more bin whose mean has relative variance v. Forecasts of
// neighbouring bins err alike, hence the product of the deviations.
func (w *window) add(x, mu, v float64) {
	w.Count += x
	if w.Mean > 0 {
		w.Var *= (w.Mean + mu) * (w.Mean + mu) / (w.Mean * w.Mean)
	} else {
		w.Var += mu * mu * v
	}
	w.Mean += mu
}

// recent holds the last half hour, bin by bin.
type recent struct {
	Count, Mean []float32
	At          int
}

// recentMinutes is the window shown while all is quiet.
const recentMinutes = 30

func newRecent(bin float64) recent {
	n := max(1, int(recentMinutes/bin))
	return recent{Count: make([]float32, n), Mean: make([]float32, n)}
}

func (r *recent) add(o Observation, mu float64) {
	if o.Missing {
		r.Count[r.At], r.Mean[r.At] = 0, 0
	} else {
		r.Count[r.At], r.Mean[r.At] = float32(o.Total), float32(mu)
	}
	r.At = (r.At + 1) % len(r.Count)
}

func (r *recent) sums() (count, mean float64) {
	for i, x := range r.Count {
		count += float64(x)
		mean += float64(r.Mean[i])
	}
	return count, mean
}
