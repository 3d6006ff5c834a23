package detect

import (
	"math"
	"testing"
)

func TestTodayKeepsEveryBin(t *testing.T) {
	// A day on which the clock goes forward at two and a few bins are missing.
	var d today
	d.First = 700
	var minutes, counts []float32
	for i := range 276 {
		m, x := float64(5*i)+2.5, float64(i%9)
		if i >= 24 {
			m += 60
		}
		d.add(x, m, i%50 == 7, 5)
		minutes, counts = append(minutes, float32(m)), append(counts, float32(x))
	}
	d.void(690, 703)
	d.void(740, 742)
	d.void(970, 2000)
	d.void(990, 2000) // beyond the day
	if !d.sound() || len(d.Clock) != 2 || len(d.Voided) != 3 {
		t.Fatalf("clock %v, voided %v", d.Clock, d.Voided)
	}
	b := d.unpack(5)
	for i := range counts {
		n := i + 700
		alarmed := n <= 703 || n >= 740 && n <= 742 || n >= 970
		missing := i%50 == 7
		if b.minutes[i] != minutes[i] || b.alarmed[i] != alarmed || missing != math.IsNaN(float64(b.count[i])) || !missing && b.count[i] != counts[i] {
			t.Errorf("bin %d: %g at %g, alarmed %v", i, b.count[i], b.minutes[i], b.alarmed[i])
		}
	}
	for name, bad := range map[string]today{
		"more bins than counts": {Bins: 2, Packed: d.Packed[:1], Clock: d.Clock[:1]},
		"no clock":              {Bins: 1, Packed: d.Packed[:1]},
		"voided beyond":         {Bins: 1, Packed: d.Packed[:1], Clock: d.Clock[:1], Voided: []span{{0, 1}}},
	} {
		if bad.sound() {
			t.Errorf("%s: taken for sound", name)
		}
	}
}
