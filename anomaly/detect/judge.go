package detect

import (
	"math"
	"time"

	"outcry/anomaly/baseline"
	"outcry/anomaly/holiday"
	"outcry/anomaly/nb"
	"outcry/anomaly/onset"
)

// upperAlpha is the chance of a usual bin to exceed Judgement.Upper, upperZ its
// normal quantile.
const upperAlpha, upperZ = 0.005, 2.5758

func (d *Detector) threshold() float64 {
	return onset.Threshold(d.config.FalseAlarms, d.config.Bin.Seconds())
}

func (d *Detector) tick(n int64) tick {
	start := d.start(n)
	return tick{number: n, minute: start.Unix() / 60, wall: baseline.WallOf(start, d.config.Bin, d.config.Zone)}
}

// judge puts a step's findings into words for the caller.
func (d *Detector) judge(o Observation, s sight, threshold float64) Judgement {
	e := &d.total
	j := Judgement{
		Start: o.Start, Count: o.Total, Expected: s.mu,
		Evidence: s.evidence, Threshold: threshold, Alarm: e.Alarm.On,
		Known: e.known(), Holiday: e.Holiday.On, HolidayOdds: e.lend(),
	}
	size := 1 / (s.variance + e.dyn.Scatter(s.mu))
	j.Upper = nb.Upper(s.mu, size, upperAlpha, upperZ)
	variance := 0.0
	switch {
	case e.Alarm.On:
		j.Onset = time.Unix(e.Alarm.Onset*60, 0).UTC()
		j.WindowCount, j.WindowExpected, variance = e.Window.Count, e.Window.Mean, e.Window.Var
	case s.found && s.evidence > 0:
		j.Onset = d.start(s.best.Start)
		w := windowOf(s.best)
		j.WindowCount, j.WindowExpected, variance = w.Count, w.Mean, w.Var
	default:
		j.WindowCount, j.WindowExpected = e.Recent.sums()
		j.Onset = o.Start.Add(d.config.Bin - recentMinutes*time.Minute)
		variance = j.WindowExpected * j.WindowExpected * s.variance
	}
	j.PValue = 1
	if j.WindowExpected > 0 {
		j.Ratio = j.WindowCount / j.WindowExpected
		j.PValue = math.Exp(nb.LogTail(j.WindowCount, j.WindowExpected, j.WindowExpected*j.WindowExpected/variance))
	}
	j.Detectable = e.detectable(s, threshold)
	return j
}

// lend is what this series says to its neighbours about a holiday.
func (e *engine) lend() float64 {
	if e.Holiday.On {
		return holiday.Switched
	}
	if !e.known() {
		return 0
	}
	return e.Holiday.Bayes()
}

// detectable is the smallest multiple of the usual whose mean course, kept up for
// half an hour from now, reaches the threshold.
func (e *engine) detectable(s sight, threshold float64) float64 {
	n := recentMinutes / e.bin
	m := n * s.mu
	v := e.dyn.Scatter(s.mu)/n + s.variance
	size := 1 / v
	h := threshold + e.Holiday.Discount()
	if k := float64(onset.MaxRatio); nb.LLR(k*m, m, k*m, size) < h {
		// Beyond the cap evidence is linear in the count.
		rise := m * (math.Log(k) - math.Log((size+k*m)/(size+m)))
		return k + (h-nb.LLR(k*m, m, k*m, size))/rise
	}
	k := 1 + math.Sqrt(2*h*(1/m+v)) // the normal law's answer
	for range 8 {                   // evidence is convex in k: Newton's steps close in from above
		f := nb.LLR(k*m, m, k*m, size) - h
		step := f / (m * (math.Log(k) - math.Log((size+k*m)/(size+m))))
		k = max(k-step, 1+(k-1)/8)
		if math.Abs(step) < 1e-4*k {
			break
		}
	}
	return k
}
