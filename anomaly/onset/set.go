package onset

import (
	"math"

	"outcry/anomaly/baseline"
)

// horizonMinutes is the age at which a candidate is given up.
const horizonMinutes = 360

// spare is the room that a full set gets for more.
const spare = 4

// Set holds the living candidates of one series, oldest first: every onset of
// the last 16 bins, every second of the 16 before, every fourth of the 32 before
// and so on. About 33 at five minutes, 50 at one.
type Set struct {
	All []Candidate
}

// Drop forgets all candidates: the past has been explained.
func (s *Set) Drop() { s.All = s.All[:0] }

// Step opens a candidate at b in the state of f (already predicted for b),
// thins the old and moves all by b.
func (s *Set) Step(b Bin, f *baseline.Filter, d baseline.Dynamics, binMinutes float64) {
	kept := s.All[:0]
	for _, c := range s.All {
		if keep(b.Number, c.Start, binMinutes) {
			kept = append(kept, c)
		}
	}
	if len(kept) == cap(kept) { // append would double
		kept = append(make([]Candidate, 0, len(kept)+spare), kept...)
	}
	s.All = append(kept, Candidate{
		Start: b.Number, Drift: float32(f.Drift), V: float32(f.DriftVar), P: f.LevelVar,
		Joint: float32(f.Cov), Factor: float32(math.Exp(f.Level + f.Drift)),
	})
	b.rate = math.Exp(b.LogRate)
	for i := range s.All {
		s.All[i].advance(b, d)
	}
}

func keep(now, start int64, binMinutes float64) bool {
	age := now - start
	if float64(age)*binMinutes > horizonMinutes {
		return false
	}
	every := int64(1)
	for limit := int64(16); age > limit; limit *= 2 {
		every *= 2
	}
	return start%every == 0
}

// Best is the candidate with the most evidence; ok is false where none has any.
func (s *Set) Best(fiveMinutes float64) (best Candidate, evidence float64, ok bool) {
	for i := range s.All {
		if e := s.All[i].Evidence(fiveMinutes); e > evidence {
			best, evidence, ok = s.All[i], e, true
		}
	}
	return best, evidence, ok
}
