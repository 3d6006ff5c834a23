package holiday

import (
	"math"
	"testing"
)

// morning observes bins of a workday that should bring forty and, were it a
// holiday, ten at the weekend's level.
func morning(w *Watch, count float64, bins int, pool float64) {
	for range bins {
		w.Observe(count, Model{Usual: 40, UsualVar: 0.06, Holiday: 10, HolidayVar: 0.08}, pool)
	}
}

func TestHolidayShows(t *testing.T) {
	var w Watch
	w.Midnight()
	morning(&w, 7.5, 12, 0)
	if !w.Starts() {
		t.Fatalf("an hour at a quarter of the usual: odds %.1f", w.Pooled)
	}
	// 7.5 where a weekend has ten is its level 0.75, between two neighbours.
	if got := math.Exp(w.Shift); got < 0.6 || got > 0.9 {
		t.Errorf("level %.2f of a weekend's", got)
	}
}

func TestWorkdayStaysOne(t *testing.T) {
	var w Watch
	w.Midnight()
	morning(&w, 40, 12, 8) // even where all neighbours think otherwise
	if w.Starts() || w.Discount() > 0.01 {
		t.Errorf("a usual morning: odds %.1f, discount %.2f", w.Pooled, w.Discount())
	}
	if w.Bayes() < floor-1e-9 {
		t.Errorf("Bayes factor %.1f below its floor", w.Bayes())
	}
}

func TestWayBack(t *testing.T) {
	var w Watch
	w.Midnight()
	morning(&w, 10, 6, 0)
	w.On = w.Starts()
	if !w.On {
		t.Fatal("no holiday to come back from")
	}
	morning(&w, 40, 12, 0)
	if !w.Ends() {
		t.Errorf("an hour as usual did not end it: odds %.1f", w.Pooled)
	}
	if was := w.Midnight(); !was || w.On || w.Bayes() != 0 {
		t.Error("midnight must forget, and say that it was a holiday")
	}
}

func TestPool(t *testing.T) {
	for _, c := range []struct {
		odds []float64
		own  int
		want float64
	}{
		{[]float64{100, 0, 0}, 0, 0}, // a series does not persuade itself
		{[]float64{0, 4, -1}, 0, 1.5},
		{[]float64{0, 40, 40, 40}, 0, 8}, // three sure neighbours are not nine nats
		{[]float64{0, -60, -60}, 0, -3},
		{nil, 0, 0},
	} {
		if got := Pool(c.odds, c.own); got != c.want {
			t.Errorf("Pool(%v, %d) = %g, want %g", c.odds, c.own, got, c.want)
		}
	}
}
