package baseline

import "math"

// envelope is a symmetric positive definite matrix, and after factor its
// Cholesky triangle, of which each row is kept from its first entry that is not
// zero. The profile's matrix is a ribbon with a few full rows at the end, so
// this is an eighth of the work of a dense one.
type envelope struct {
	first []int       // first column held of each row
	row   [][]float64 // row[i][j-first[i]] is entry (i, j), j <= i
}

func newEnvelope(first []int) *envelope {
	e := &envelope{first: first, row: make([][]float64, len(first))}
	size := 0
	for i, f := range first {
		size += i - f + 1
	}
	cells := make([]float64, size)
	for i, f := range first {
		e.row[i], cells = cells[:i-f+1], cells[i-f+1:]
	}
	return e
}

// zero empties the matrix for the next step.
func (e *envelope) zero() {
	for _, r := range e.row {
		clear(r)
	}
}

// add puts v onto entry (i, j), given in either order.
func (e *envelope) add(i, j int, v float64) {
	if j > i {
		i, j = j, i
	}
	e.row[i][j-e.first[i]] += v
}

// factor overwrites the matrix by its Cholesky triangle. A pivot that rounding
// has made negative is lifted to a hair above zero.
func (e *envelope) factor() {
	for i, ri := range e.row {
		fi := e.first[i]
		for j := fi; j < i; j++ {
			rj, fj := e.row[j], e.first[j]
			k := max(fi, fj)
			a, b := ri[k-fi:j-fi], rj[k-fj:j-fj]
			sum := ri[j-fi]
			for n, v := range a {
				sum -= v * b[n]
			}
			ri[j-fi] = sum / rj[j-fj]
		}
		d := ri[i-fi]
		for _, v := range ri[:i-fi] {
			d -= v * v
		}
		ri[i-fi] = math.Sqrt(max(d, 1e-12))
	}
}

// forward solves L y = b in place; b is zero before entry from.
func (e *envelope) forward(b []float64, from int) {
	for i := from; i < len(b); i++ {
		ri, fi := e.row[i], e.first[i]
		sum := b[i]
		for j := max(fi, from); j < i; j++ {
			sum -= ri[j-fi] * b[j]
		}
		b[i] = sum / ri[i-fi]
	}
}

// solve solves A x = b in place, after factor.
func (e *envelope) solve(b []float64) {
	e.forward(b, 0)
	for i := len(b) - 1; i >= 0; i-- {
		ri, fi := e.row[i], e.first[i]
		b[i] /= ri[i-fi]
		for j := fi; j < i; j++ {
			b[j] -= ri[j-fi] * b[i]
		}
	}
}
