package baseline

import "math"

// levelPerDay is how far the slow level may walk: 0.1 (ten per cent) per square
// root of a day. Twice as nimble learns outages, half as nimble alarms on growth.
const levelPerDay = 0.1

// Dynamics is Noise made ready for bins of one width.
type Dynamics struct {
	InvR     float64 // 1/r: relative extra variance of a single bin
	Clump    float64 // φ: extra variance over the mean
	DriftVar float64 // stationary variance of the log drift
	Rho      float64 // share of the drift left after one bin
	Walk     float64 // variance the slow level gains per bin
}

// Dynamics for bins of the given minutes.
func (n Noise) Dynamics(minutes float64) Dynamics {
	return Dynamics{
		InvR: n.InvR, Clump: n.Clump, DriftVar: n.DriftVar,
		Rho:  math.Exp(-minutes / n.DriftMinutes),
		Walk: levelPerDay * levelPerDay * minutes / 1440,
	}
}

// Scatter is the relative variance of a bin of mean mu beyond Poisson's 1/mu.
func (d Dynamics) Scatter(mu float64) float64 { return d.InvR + d.Clump/mu }

// Filter follows where the rate is in relation to the profile: ln rate =
// profile + Level + Drift. Level walks slowly and stays; Drift is an
// Ornstein-Uhlenbeck process that falls back to nought within hours.
type Filter struct {
	Level, Drift       float64
	LevelVar, DriftVar float64
	Cov                float64 // of Level and Drift
}

// Limits of the level, in logs, and of its variance after an update.
const (
	levelMin, levelMax = -1.5, 2.5
	levelVarMax        = 0.05
	clipSD             = 3 // an observation counts as at most this many sd above
)

// Predict moves one bin ahead.
func (f *Filter) Predict(d Dynamics) {
	f.Drift *= d.Rho
	f.LevelVar += d.Walk
	f.Cov *= d.Rho
	f.DriftVar = d.Rho*d.Rho*f.DriftVar + (1-d.Rho*d.Rho)*d.DriftVar
}

// Var is the variance of Level + Drift.
func (f *Filter) Var() float64 { return f.LevelVar + 2*f.Cov + f.DriftVar }

// Update learns from count x where the predicted rate was mu and the profile's
// variance there profileVar. Counts far above are cut to three sd: the filter
// follows a crowd that grows, not one that bursts.
func (f *Filter) Update(x, mu, profileVar float64, d Dynamics) {
	v := f.Var()
	x = math.Min(x, mu+clipSD*math.Sqrt(mu*(1+d.Clump)+mu*mu*(d.InvR+v))+0.5)
	y := (x - mu) / mu
	f.correct(y, v+1/mu+d.Scatter(mu)+0.3*profileVar)
	f.Level = min(max(f.Level, levelMin), levelMax)
	if f.LevelVar > levelVarMax {
		f.Cov *= math.Sqrt(levelVarMax / f.LevelVar) // as correlated as before
		f.LevelVar = levelVarMax
	}
}

// correct is the Kalman update for innovation y of variance s.
func (f *Filter) correct(y, s float64) {
	ps, pf := f.LevelVar+f.Cov, f.Cov+f.DriftVar
	ks, kf := ps/s, pf/s
	f.Level += ks * y
	f.Drift += kf * y
	f.LevelVar -= ks * ps
	f.Cov -= ks * pf
	f.DriftVar -= kf * pf
}

// Search is Update for a series without a profile: it takes steps in logs, has
// no limits on the level, and so finds any rate within a few bins.
func (f *Filter) Search(x, mu float64, d Dynamics) {
	v := f.Var()
	x = math.Min(x, mu+clipSD*math.Sqrt(mu*(1+d.Clump)+mu*mu*(d.InvR+v))+0.5)
	y := (x - mu) / mu
	if y > 0 {
		y = math.Log1p(y)
	}
	f.correct(y, v+1/mu+d.Scatter(mu))
}
