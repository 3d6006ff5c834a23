package baseline

import (
	"math"
	"testing"
	"time"
)

func TestProfileIsRecoveredWithHonestVariance(t *testing.T) {
	for _, c := range []struct {
		name  string
		truth truth
		most  float64 // root mean square error of the log rate
	}{
		// 5 busy: six weeks of drift of sd 0.08 leave about 0.08/sqrt(42*0.3).
		{"busy", truth{peak: 40, noise: DefaultNoise()}, 0.06},
		// A hundred reports a day in all: 4 a half hour and six weeks at night.
		{"thin", truth{peak: 1, noise: DefaultNoise()}, 0.2},
	} {
		var sum, z2, n float64
		for seed := range uint64(6) {
			p, _ := Fit(c.truth.history(seed, someDay), someDay, c.truth.noise, binMinutes)
			for day := someDay + 1; day <= someDay+7; day++ {
				for k := range Slots {
					m := float64(k*slotMinutes + slotMinutes/2)
					lg, v := p.At(RowOf(Weekday(day)), m)
					e := lg - c.truth.logRate(day, m)
					sum, z2, n = sum+e*e, z2+e*e/v, n+1
				}
			}
		}
		if rms := math.Sqrt(sum / n); rms > c.most {
			t.Errorf("%s: rms error %.3f, want at most %.3f", c.name, rms, c.most)
		}
		// Smoothness priors and neighbouring slots' shared drift make the mean
		// squared z differ from 1; honest is between a third and three.
		if z2/n < 0.33 || z2/n > 3 {
			t.Errorf("%s: squared error is %.2f of its variance", c.name, z2/n)
		}
	}
}

func TestNoiseIsRecovered(t *testing.T) {
	for _, c := range []Noise{
		{InvR: 0.02, DriftVar: 0.004, DriftMinutes: 120},
		{InvR: 0.12, DriftVar: 0.012, DriftMinutes: 90},
		{InvR: 0.3, DriftVar: 0.05, DriftMinutes: 30},
	} {
		w := truth{peak: 60, noise: c}
		var invR, drift float64
		const sets = 4
		for seed := range uint64(sets) {
			n := w.learnt(seed, c)
			invR, drift = invR+n.InvR/sets, drift+n.DriftVar/sets
		}
		// Twelve thousand bins a set: scatter to a tenth, cut bursts included;
		// drift to two fifths, as the fit follows part of it.
		if math.Abs(invR/c.InvR-1) > 0.2 || math.Abs(drift/c.DriftVar-1) > 0.45 {
			t.Errorf("%+v: estimated scatter %.4f, drift %.4f", c, invR, drift)
		}
	}
}

func TestClumpsAreTold(t *testing.T) {
	// Reports in clumps of 1 + φ, each as likely as if they came alone, at rates
	// where clumps are hidden by drift and where a clump is nearly all there is.
	for _, c := range []struct{ peak, clump, low, high float64 }{
		{60, 0, 0, 0.25}, {60, 1, 0.5, 1.5}, {60, 3, 2, 4},
		{2, 0, 0, 0.15}, {2, 1, 0.6, 1.3}, {2, 3, 1.8, 3.8},
		{0.1, 0, 0, 0.1}, {0.1, 1, 0.3, 1.2}, {0.1, 3, 0.6, 3},
	} {
		w := truth{peak: c.peak, noise: DefaultNoise()}
		w.noise.Clump = c.clump
		var got float64
		const sets = 4
		for seed := range uint64(sets) {
			n := DefaultNoise()
			for range 3 { // each night builds on the last
				n = w.learnt(seed, n)
			}
			got += n.Clump / sets
		}
		if !(got >= c.low && got <= c.high) {
			t.Errorf("peak %g: clump %.2f, want %g to %g for %g", c.peak, got, c.low, c.high, c.clump)
		}
	}
}

func TestThinSeriesKeepThePriors(t *testing.T) {
	n := EstimateNoise(Moments{}, nil, binMinutes)
	if d := DefaultNoise(); math.Abs(n.DriftVar-d.DriftVar) > 1e-9 || math.Abs(n.InvR-d.InvR) > 1e-3 {
		t.Errorf("nothing seen: %+v", n)
	}
}

func TestPastOutageIsNoHabit(t *testing.T) {
	w := truth{peak: 20, noise: DefaultNoise()}
	clean := w.history(5, someDay)
	hit := *clean
	i := index(someDay - 10) // a Thursday
	d := hit.at(i)
	for k := 20; k < 24; k++ {
		d.count[k] *= 10
	}
	hit.set(i, &d)
	p, _ := Fit(clean, someDay, w.noise, binMinutes)
	q, _ := Fit(&hit, someDay, w.noise, binMinutes)
	for k := range Slots {
		// One of six weeks, cut at three sd: no more than ten per cent may stay.
		if d := math.Abs(float64(p.Log[4][k] - q.Log[4][k])); d > 0.1 {
			t.Errorf("half hour %d moved by %.2f", k, d)
		}
	}
}

func TestWeeklyDeadlineIsLearnt(t *testing.T) {
	w := truth{peak: 20, noise: DefaultNoise()}
	h := w.history(6, someDay)
	for day := someDay - Days + 1; day <= someDay; day++ {
		if Weekday(day) == time.Tuesday {
			d := h.at(index(day))
			d.count[46] *= 4
			h.set(index(day), &d)
		}
	}
	p, _ := Fit(h, someDay, w.noise, binMinutes)
	rise := math.Exp(float64(p.Log[2][46] - p.Log[3][46]))
	if rise < 2.5 || rise > 5 {
		t.Errorf("Tuesday 23:00 is at %.1f of Wednesday's, want about 4", rise)
	}
}

func TestFilterFollows(t *testing.T) {
	w := truth{peak: 30, noise: DefaultNoise(), level: func(day int) float64 {
		if day >= someDay+3 {
			return 0.3 // a level that moves and stays
		}
		return 0
	}}
	p, _ := Fit(w.history(7, someDay), someDay, w.noise, binMinutes)
	d := w.noise.Dynamics(binMinutes)
	f := Filter{LevelVar: 0.05, DriftVar: d.DriftVar}
	var before, after float64
	w.draw(8, someDay+1, someDay+6, func(day int, x, minutes []float32) {
		for i := range x {
			f.Predict(d)
			lg, v := p.At(RowOf(Weekday(day)), float64(minutes[i]))
			f.Update(float64(x[i]), math.Exp(lg+f.Level+f.Drift), v, d)
		}
		if day <= someDay+2 {
			before = f.Level + f.Drift
		}
		after = f.Level + f.Drift
	})
	// The drift of sd 0.08 is part of what is followed.
	if math.Abs(before) > 0.25 || math.Abs(after-0.3) > 0.25 {
		t.Errorf("level %.2f before, %.2f after a rise of 0.3", before, after)
	}
	if v := f.Var(); v <= 0 || v > 0.02 {
		t.Errorf("variance %.4f of a followed rate", v)
	}
}

func TestOneBurstHardlyMovesTheFilter(t *testing.T) {
	d := DefaultNoise().Dynamics(binMinutes)
	f := Filter{LevelVar: 0.002, DriftVar: d.DriftVar}
	f.Update(1000, 10, 0.001, d)
	if moved := f.Level + f.Drift; moved > 0.1 {
		t.Errorf("a bin of a hundred times the usual moved the rate by %.2f", moved)
	}
}

func TestClumpsTeachLess(t *testing.T) {
	// Where four report at once, a bin tells of the rate a quarter of what it would:
	// the filter moves less, and a profile is known less well.
	moved := func(clump float64) float64 {
		d := Noise{InvR: 0.05, Clump: clump, DriftVar: 0.0064, DriftMinutes: 120}.Dynamics(binMinutes)
		f := Filter{LevelVar: 0.002, DriftVar: d.DriftVar}
		f.Update(2, 1, 0.001, d)
		return f.Level + f.Drift
	}
	if a, b := moved(0), moved(3); b <= 0 || b > a/2 {
		t.Errorf("the filter moved by %.4f, in clumps by %.4f", a, b)
	}
	w := truth{peak: 1, noise: DefaultNoise()}
	h := w.history(3, someDay)
	known := func(clump float64) float64 {
		n := w.noise
		n.Clump = clump
		p, _ := Fit(h, someDay, n, binMinutes)
		_, v := p.At(RowOf(time.Tuesday), 180)
		return v
	}
	if a, b := known(0), known(3); b < 1.5*a {
		t.Errorf("the profile's variance is %.4f, in clumps %.4f", a, b)
	}
}

func TestWallClockAcrossAChange(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal("no time zone data")
	}
	start := time.Date(2025, 3, 30, 0, 30, 0, 0, time.UTC) // clocks go from 2:00 to 3:00 at 1:00 UTC
	for _, c := range []struct {
		at     time.Duration
		minute float64
	}{{0, 92.5}, {25 * time.Minute, 117.5}, {30 * time.Minute, 182.5}} {
		w := WallOf(start.Add(c.at), 5*time.Minute, berlin)
		if w.Day != someDay || math.Abs(w.Minute-c.minute) > 1e-6 {
			t.Errorf("%v after: %+v, want minute %g", c.at, w, c.minute)
		}
	}
	if w := WallOf(time.Date(1969, 12, 31, 23, 0, 0, 0, time.UTC), time.Minute, time.UTC); w.Day != -1 || w.Minute < 1380 {
		t.Errorf("before the epoch: %+v", w)
	}
	if Weekday(someDay) != time.Sunday || Weekday(-1) != time.Wednesday {
		t.Error("weekdays are off")
	}
}

func TestHistoryForgets(t *testing.T) {
	h := &History{}
	x, minutes := []float32{1, 2, float32(math.NaN())}, []float32{2, 7, 12}
	h.Put(100, x, minutes, nil, false)
	if d := h.at(index(100)); d.count[0] != 3 || d.bins[0] != 2 {
		t.Fatalf("half hour %v of %v bins", d.count[0], d.bins[0])
	}
	if h.Observed(100) != 1 || h.Observed(100+Days) != 0 {
		t.Error("a day must count for six weeks and no longer")
	}
	h.Suspect(100, 0)
	if h.Observed(100) != 0 {
		t.Error("a forgotten day still counts")
	}
}

func TestWeekdaysHabitIsLearntFromAlarms(t *testing.T) {
	// Four times the usual from 22:00 to 23:00, all of it alarmed: on Sundays it is
	// a habit; on a single Sunday an outage; each night, one trouble that lasts.
	const slot = 44
	for _, c := range []struct {
		name      string
		hit       func(day int) bool
		low, high float64 // the profile's rate then, in multiples of the true usual
	}{
		{"every Sunday", func(day int) bool { return Weekday(day) == 0 }, 2.5, 5},
		{"one Sunday", func(day int) bool { return day == someDay-14 }, 0.8, 1.2},
		{"every night", func(int) bool { return true }, 0.8, 1.2},
	} {
		w := truth{peak: 60, noise: Noise{InvR: 0.05, DriftVar: 0.005, DriftMinutes: 120}}
		h := &History{}
		w.draw(5, someDay-Days+1, someDay, func(day int, x, minutes []float32) {
			alarmed := make([]bool, len(x))
			for i, m := range minutes {
				if k := int(m) / slotMinutes; c.hit(day) && (k == slot || k == slot+1) {
					x[i], alarmed[i] = 4*x[i], true
				}
			}
			h.Put(day, x, minutes, alarmed, false)
		})
		p, _ := Fit(h, someDay, DefaultNoise(), binMinutes)
		const minute = slot*slotMinutes + slotMinutes/2
		lg, _ := p.At(RowOf(time.Sunday), minute)
		if got := math.Exp(lg - w.logRate(someDay, minute)); got < c.low || got > c.high {
			t.Errorf("%s: %.2f of the usual, want %g to %g", c.name, got, c.low, c.high)
		}
	}
}

func TestSlabOfAHugeHabit(t *testing.T) {
	// Evidence beyond what an exponential holds: the habit is what was counted.
	for _, c := range []struct{ n, m, want float64 }{
		{40, 10, math.Log(4)}, {5e5, 1e5, math.Log(5)}, {5e7, 1e7, math.Log(5)}, {1e6, 1e7, math.Log(0.1)},
	} {
		if got := slab(c.n, c.m, 2000); !(math.Abs(got-c.want) <= 0.35) {
			t.Errorf("%g where %g were due: %.2f, want %.2f", c.n, c.m, got, c.want)
		}
	}
}

func TestEnvelopeSolves(t *testing.T) {
	// The ribbon against plain multiplication: A x = b for a matrix whose
	// diagonal dominates.
	e := newEnvelope(ribbon())
	a := make([][]float64, params)
	for i := range a {
		a[i] = make([]float64, params)
	}
	for i, first := range e.first {
		for j := first; j <= i; j++ {
			v := math.Sin(float64(7*i + 3*j))
			if i == j {
				v = 150
			}
			e.add(i, j, v)
			a[i][j], a[j][i] = v, v
		}
	}
	x := make([]float64, params)
	for i := range x {
		for j := range x {
			x[i] += a[i][j] * float64(j%5)
		}
	}
	e.factor()
	e.solve(x)
	for i, v := range x {
		if math.Abs(v-float64(i%5)) > 1e-9 {
			t.Fatalf("entry %d is %g, want %d", i, v, i%5)
		}
	}
}
