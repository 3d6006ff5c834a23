package simulate

import (
	"hash/fnv"
	"math"
	"math/rand/v2"
)

// stream is a random stream of its own for each seed and name.
func stream(seed uint64, names ...string) *rand.Rand {
	h := fnv.New64a()
	for _, n := range names {
		h.Write([]byte(n))
		h.Write([]byte{0})
	}
	return rand.New(rand.NewPCG(seed, h.Sum64()))
}

// poisson draws a count. Large means are split, as Knuth's product underflows
// near 700; a minute of a simulated crowd stays below a hundred.
func poisson(r *rand.Rand, mean float64) int {
	n := 0
	for ; mean > 30; mean -= 30 {
		n += poisson(r, 30)
	}
	if !(mean > 0) {
		return n
	}
	limit, p := math.Exp(-mean), r.Float64()
	for p > limit {
		n++
		p *= r.Float64()
	}
	return n
}

// gamma draws from the gamma distribution of that shape and mean 1, for shapes
// from 1 (Marsaglia and Tsang, 2000).
func gamma(r *rand.Rand, shape float64) float64 {
	d := shape - 1.0/3
	c := 1 / math.Sqrt(9*d)
	for {
		x := r.NormFloat64()
		v := 1 + c*x
		if v <= 0 {
			continue
		}
		v = v * v * v
		if math.Log(1-r.Float64()) < 0.5*x*x+d-d*v+d*math.Log(v) {
			return d * v / shape
		}
	}
}

// noiseSize is the r of the negative binomial: variance = mean + mean²/r. At
// 20 a minute's rate scatters by a fifth beyond chance.
const noiseSize = 20

// count draws a negative binomial count.
func count(r *rand.Rand, mean float64) int {
	if mean <= 0 {
		return 0
	}
	return poisson(r, mean*gamma(r, noiseSize))
}

// Drift of the usual rate: a log-normal factor of spread driftSpread that
// forgets itself over driftMinutes.
const (
	driftSpread  = 0.12
	driftMinutes = 360
)

// drift is an Ornstein–Uhlenbeck process of one step a minute.
type drift struct{ log float64 }

// next is the factor of the next minute; its mean is 1.
func (d *drift) next(r *rand.Rand) float64 {
	keep := math.Exp(-1.0 / driftMinutes)
	d.log = keep*d.log + driftSpread*math.Sqrt(1-keep*keep)*r.NormFloat64()
	return math.Exp(d.log - driftSpread*driftSpread/2)
}
