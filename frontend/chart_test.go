package frontend

import (
	"math"
	"reflect"
	"testing"
	"time"

	"outcry"
)

func all(int) bool { return true }

func TestScale(t *testing.T) {
	y := scale(40, 100)
	for v, want := range map[float64]string{0: "0", 40: "0", 20: "50", 10: "75", 1: "97.5", -5: "100", 400: "0"} {
		if v == 0 {
			want = "100"
		}
		if got := y(v); got != want {
			t.Errorf("scale(40)(%g) = %s, want %s", v, got, want)
		}
	}
}

func TestNiceTopIsEvenAndNotUnder(t *testing.T) {
	for x, want := range map[float64]float64{0: 4, 4: 4, 5: 6, 7: 8, 9: 10, 11: 20, 31: 40, 74: 80, 99: 100, 101: 200, 12345: 20000} {
		if got := niceTop(x); got != want {
			t.Errorf("niceTop(%g) = %g, want %g", x, got, want)
		}
	}
	if got := niceTop(math.NaN()); got != 4 {
		t.Errorf("niceTop(NaN) = %g", got)
	}
}

func TestSilhouette(t *testing.T) {
	d, n := silhouette([]int{0, 2, 4, 0, 1}, scale(4, 100), all)
	if want := "M1 100V50h1V0h1V100zM4 100V75h1V100z"; d != want || n != 3 {
		t.Errorf("got %q, %d; want %q, 3", d, n, want)
	}
	if d, n := silhouette([]int{0, 0}, scale(4, 100), all); d != "" || n != 0 {
		t.Errorf("nothing drew %q, %d", d, n)
	}
}

func TestAreaAndLineAreSteps(t *testing.T) {
	y := scale(4, 100)
	if got, want := line([]float64{1, 1, 2, math.NaN()}, y), "M0 75H2V50H3V100H4"; got != want {
		t.Errorf("line = %q, want %q", got, want)
	}
	if got, want := area([]float64{2, 2}, y), "M0 50H2V100H0z"; got != want {
		t.Errorf("area = %q, want %q", got, want)
	}
	if got := area([]float64{0, 0}, y); got != "" {
		t.Errorf("no forecast drew %q", got)
	}
}

func TestChartCountsWhatItDraws(t *testing.T) {
	s := outcry.Series{Start: at.Truncate(time.Hour), Step: outcry.StepFiveMinutes,
		Counts: make([]int, 24), Expected: make([]float64, 24), Upper: make([]float64, 24)}
	for i := range s.Counts {
		s.Counts[i], s.Expected[i], s.Upper[i] = 1, 1, 3
	}
	s.Counts[14] = 9
	end := s.Start.Add(80 * time.Minute)
	c := newChart(s, []outcry.Incident{
		{StartedAt: s.Start.Add(time.Hour), ResolvedAt: &end},
		{StartedAt: s.Start.Add(-5 * time.Hour), ResolvedAt: &s.Start},
		{StartedAt: s.Start, State: outcry.Retracted},
	})
	if c.Total != 32 || c.Peak != 9 || c.Hot != 1 || !c.PeakAt.Equal(s.Start.Add(70*time.Minute)) || c.ExpectedTotal != 24 {
		t.Errorf("total %d, peak %d at %s, hot %d, expected %g", c.Total, c.Peak, c.PeakAt, c.Hot, c.ExpectedTotal)
	}
	if len(c.Shades) != 1 || c.Shades[0].X != "50" || c.Shades[0].Width != "16.7" {
		t.Errorf("shades %+v", c.Shades)
	}
	sum := 0
	for _, r := range c.Rows {
		sum += r.Count
	}
	if len(c.Rows) != 2 || sum != c.Total {
		t.Errorf("%d rows of the table sum to %d, chart to %d", len(c.Rows), sum, c.Total)
	}
}

func TestHourTicks(t *testing.T) {
	from := time.Date(2026, 11, 19, 19, 0, 0, 0, time.UTC)
	got := hourTicks(from, from.Add(24*time.Hour))
	want := []tick{{"20.8", "20 Nov", false}, {"45.8", "06:00", false}, {"70.8", "12:00", false}}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v", got)
	}
	for _, hours := range []int{1, 3, 7, 30, 24 * 7, 24 * 60} {
		if n := len(hourTicks(from, from.Add(time.Duration(hours)*time.Hour))); n > 12 {
			t.Errorf("%d hours have %d ticks", hours, n)
		}
	}
}

func TestSparkKeepsALoneReportSmall(t *testing.T) {
	if got, want := newSpark([]int{0, 1}).Bars, "M1 10V8.8h1V10z"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got := newSpark(nil); got.Slots != 1 || got.Bars != "" {
		t.Errorf("empty: %+v", got)
	}
}
