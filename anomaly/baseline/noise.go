package baseline

import "math"

// Noise is how a series scatters about its profile.
type Noise struct {
	InvR         float64 // 1/r of the negative binomial: relative variance of a bin beyond Poisson
	DriftVar     float64 // variance of the log drift
	DriftMinutes float64 // time in which a drift falls to 1/e
}

// Priors of the noise and their reach; the width costs nothing where series are
// alike and keeps the false-alarm rate where one wanders more.
const (
	priorInvR, priorInvRSD           = 0.05, 0.2
	priorDrift, priorDriftSD         = 0.0064, 4 * 0.0064
	priorDriftMinutes                = 120
	minInvR, minDrift                = 0.008, 0.0009
	residualClip                     = 3.5   // sd at which a residual is cut
	shortLagFrom, shortLagTo         = 5, 15 // minutes
	longLagFrom, longLagTo           = 50, 70
	shortLagLoss                     = 1.08 // e^(10/120): a drift's loss over ten minutes
	minDriftMinutes, maxDriftMinutes = 15, 400
)

// DefaultNoise is the prior.
func DefaultNoise() Noise {
	return Noise{InvR: priorInvR, DriftVar: priorDrift, DriftMinutes: priorDriftMinutes}
}

// DaySums are one day's moments of residuals, of which Noise is estimated.
// Counting noise is independent from bin to bin, so products of residuals some
// minutes apart hold the drift alone.
type DaySums struct {
	Date                       int32   // local day number + 1, 0 where empty
	Spread, SpreadBase         float32 // sum u²(e²-(m+e)); sum u²m²
	SpreadErr                  float32 // sum u⁴(2m²+m)
	Short, ShortBase, ShortErr float32 // sum zz; sum (mu)(mu); sum z²z², lags of 5 to 15 minutes
	Long, LongBase             float32 // the same at 50 to 70 minutes
	ShortLags                  float32 // number of short lags
}

// MeasureDay takes a day's counts x and fitted means m (per bin; NaN in x:
// missing) and the noise believed so far, which weighs bins by their precision.
func MeasureDay(date int, x []float32, m []float64, n Noise, minutes float64) DaySums {
	z, w := make([]float64, len(x)), make([]float64, len(x))
	s := DaySums{Date: int32(date) + 1}
	var spread, base, err float64
	for i, c := range x {
		if c != c {
			continue
		}
		mu := m[i]
		rho := n.InvR + n.DriftVar
		sd := math.Sqrt(mu + mu*mu*rho)
		e := min(max(float64(c)-mu, -residualClip*sd), residualClip*sd+0.5)
		u := 1 / (1 + mu*rho)
		spread += u * u * (e*e - (mu + e))
		base += u * u * mu * mu
		err += u * u * u * u * (2*mu*mu + mu)
		z[i], w[i] = e*u, mu*u
	}
	s.Spread, s.SpreadBase, s.SpreadErr = float32(spread), float32(base), float32(err)
	var a, b, c float64
	for l := lag(shortLagFrom, minutes); l <= lag(shortLagTo, minutes); l++ {
		p, q, r := lagged(z, w, l)
		a, b, c = a+p, b+q, c+r
		s.ShortLags++
	}
	s.Short, s.ShortBase, s.ShortErr = float32(a), float32(b), float32(c)
	a, b = 0, 0
	for l := lag(longLagFrom, minutes); l <= lag(longLagTo, minutes); l++ {
		p, q, _ := lagged(z, w, l)
		a, b = a+p, b+q
	}
	s.Long, s.LongBase = float32(a), float32(b)
	return s
}

func lag(m, binMinutes float64) int { return max(1, int(math.Round(m/binMinutes))) }

// lagged sums products l bins apart. Missing bins are zero in both.
func lagged(z, w []float64, l int) (zz, ww, zzzz float64) {
	for i := l; i < len(z); i++ {
		p := z[i] * z[i-l]
		zz += p
		ww += w[i] * w[i-l]
		zzzz += p * p
	}
	return zz, ww, zzzz
}

// EstimateNoise shrinks the moments of all days towards the prior by their own
// error (normal-normal).
func EstimateNoise(days []DaySums) Noise {
	var t DaySums
	for _, d := range days {
		if d.Date == 0 {
			continue
		}
		t.Spread, t.SpreadBase, t.SpreadErr = t.Spread+d.Spread, t.SpreadBase+d.SpreadBase, t.SpreadErr+d.SpreadErr
		t.Short, t.ShortBase, t.ShortErr = t.Short+d.Short, t.ShortBase+d.ShortBase, t.ShortErr+d.ShortErr
		t.Long, t.LongBase = t.Long+d.Long, t.LongBase+d.LongBase
		t.ShortLags = max(t.ShortLags, d.ShortLags)
	}
	n := DefaultNoise()
	if t.ShortBase <= 0 || t.SpreadBase <= 0 {
		return n
	}
	c1 := float64(t.Short / t.ShortBase)
	g := shrink(priorDriftSD, 2*math.Sqrt(float64(t.ShortErr))/float64(t.ShortBase))
	n.DriftVar = max(minDrift, priorDrift+g*(shortLagLoss*c1-priorDrift))
	spread := float64(t.Spread / t.SpreadBase)
	h := shrink(priorInvRSD, 1.5*math.Sqrt(float64(t.SpreadErr))/float64(t.SpreadBase))
	n.InvR = max(minInvR, priorInvR+h*(spread-n.DriftVar-priorInvR))
	if g > 0.8 && c1 > 0.002 && t.LongBase > 0 {
		n.DriftMinutes = driftMinutes(float64(t.Long/t.LongBase) / c1)
	}
	return n
}

// shrink is the weight of an estimate with error sd err against a prior of sd.
func shrink(prior, err float64) float64 {
	return prior * prior / (prior*prior + err*err)
}

// driftMinutes turns the share of the drift's covariance left between lags of
// ten and sixty minutes into its time constant, in logs four fifths of the way
// from the prior.
func driftMinutes(left float64) float64 {
	left = min(max(left, 0.2), 0.95)
	tau := min(max(-52/math.Log(left), minDriftMinutes), maxDriftMinutes)
	return math.Exp(0.2*math.Log(priorDriftMinutes) + 0.8*math.Log(tau))
}
