package anomaly

import (
	"math"
	"math/rand/v2"
)

// poisson draws a count, by Knuth's product in parts that do not underflow.
func poisson(r *rand.Rand, mean float64) int {
	n := 0
	for ; mean > 30; mean -= 30 {
		n += poisson(r, 30)
	}
	limit, p := math.Exp(-mean), r.Float64()
	for p > limit {
		n++
		p *= r.Float64()
	}
	return n
}
