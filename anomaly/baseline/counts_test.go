package baseline

import (
	"math"
	"testing"
)

func TestCountsAreKeptExactly(t *testing.T) {
	nan := float32(math.NaN())
	for _, c := range []struct {
		x     float32
		bytes int
	}{{0, 1}, {125, 1}, {126, 2}, {16381, 2}, {1<<24 - 1, 4}, {1 << 24, 5}, {0.5, 5}, {-3, 5}, {1e30, 5}, {nan, 1}} {
		row := Counts(nil).Append(7).Append(c.x).Append(9)
		if len(row) != c.bytes+2 {
			t.Errorf("%g: %d bytes, want %d", c.x, len(row)-2, c.bytes)
		}
		for _, want := range []float32{7, c.x, 9} {
			if got, ok := row.Next(); !ok || got != want && (got == got || want == want) {
				t.Errorf("%g comes back as %g, %v", want, got, ok)
			}
		}
		if x, ok := row.Next(); ok {
			t.Errorf("%g after the last count", x)
		}
	}
	if _, ok := (&Counts{countRaw, 1, 2}).Next(); ok {
		t.Error("a float cut short was read")
	}
}

func TestHistoryKeepsEveryHalfHour(t *testing.T) {
	// Days of all kinds of counts and gaps, put in again and again: what is read
	// is what was put last, in every ring place.
	h, want := &History{}, [Days]halves{}
	for date := 1000; date < 1000+3*Days; date++ {
		var x, minutes []float32
		var d halves
		for m := range 288 {
			c := float32((date*m)%(1+date%300)) * float32(1+date%7) / float32(1+date%2)
			if (date+m/30)%5 == 0 || date%11 == 0 && m < 100 {
				continue
			}
			x, minutes = append(x, c), append(minutes, float32(5*m)+2.5)
			d.count[m/6] += c
			d.bins[m/6]++
		}
		h.Put(date, x, minutes, nil, false)
		want[index(date)] = d
		for i := range want {
			if got := h.at(i); h.Size[i] > 0 && got != want[i] {
				t.Fatalf("day %d: place %d holds %v, want %v", date, i, got, want[i])
			}
		}
	}
	if h.Packed = h.Packed[1:]; h.Sound() {
		t.Error("a history cut short is taken for sound")
	}
}
