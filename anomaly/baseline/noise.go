package baseline

import "math"

// Noise is how a series scatters about its profile.
type Noise struct {
	InvR         float64 // 1/r of the negative binomial: relative variance of a bin beyond Poisson
	Clump        float64 // φ: variance beyond Poisson as a multiple of the mean
	DriftVar     float64 // variance of the log drift
	DriftMinutes float64 // time in which a drift falls to 1/e
}

// Priors of the noise and their reach; the width costs nothing where series are
// alike and keeps the false-alarm rate where one wanders more.
const (
	priorInvR, priorInvRSD = 0.05, 0.2
	priorDrift             = 0.0064
	priorDriftSD           = 4 * priorDrift
	priorDriftMinutes      = 120
	priorDriftMinutesSD    = 1 // of the log
	minInvR, minDrift      = 0.008, 0.0009
	residualClip           = 3.5 // sd at which a residual is cut
)

// DefaultNoise is the prior.
func DefaultNoise() Noise {
	return Noise{InvR: priorInvR, DriftVar: priorDrift, DriftMinutes: priorDriftMinutes}
}

// Spread is one day's evidence on InvR: how unevenly the reports of a half hour
// fall on its bins. The half hour's own level cancels, so neither drift nor a
// wrong profile is taken for scatter.
type Spread struct {
	Date int32   // local day number + 1, 0 where empty
	Sum  float32 // sum of u² (x(x-1) - what independent bins would give)
	Base float32 // what Sum would be at InvR = 1
	Flat float32 // the same at Clump = 1
	Err  float32 // variance of Sum where InvR is small
}

// MeasureSpread takes a day's counts x (NaN: missing) and fitted means m per
// bin, the local half hour of each bin, and the noise believed so far, which
// weighs bins by their precision and cuts bursts.
func MeasureSpread(date int, x []float32, m []float64, minutes []float32, n Noise) Spread {
	s := Spread{Date: int32(date) + 1}
	for i := 0; i < len(x); {
		k := Wall{Minute: float64(minutes[i])}.Slot()
		j := i
		for j < len(x) && (Wall{Minute: float64(minutes[j])}).Slot() == k {
			j++
		}
		s.add(x[i:j], m[i:j], n)
		i = j
	}
	return s
}

// add takes the bins of one half hour. For independent bins with means m_i,
// E x_i(x_i-1) = m_i² (1+InvR) and E x_i x_j = m_i m_j.
func (s *Spread) add(x []float32, m []float64, n Noise) {
	var same, total, squares, means, meanSquares, bins float64
	for i, c := range x {
		if c != c {
			continue
		}
		mu := m[i]
		v := min(float64(c), mu+residualClip*math.Sqrt(mu*(1+n.Clump)+mu*mu*(n.InvR+n.DriftVar))+0.5)
		same += v * (v - 1)
		total, squares = total+v, squares+v*v
		means, meanSquares = means+mu, meanSquares+mu*mu
		bins++
	}
	cross := means*means - meanSquares
	if bins < 2 || cross <= 0 {
		return
	}
	u := 1 / (1 + n.Clump + means/bins*n.InvR)
	base := u * u * (total*total - squares) * meanSquares / cross
	s.Sum += float32(u*u*same - base)
	s.Base += float32(base)
	s.Flat += float32(u * u * means)
	s.Err += float32(u * u * u * u * (2*meanSquares + means))
}

// driftLags is the number of covariances that tell the drift: of a half hour
// with itself, with the next, and so on.
const driftLags = 5

// Moments are products of half hours' residuals over all days. Counting noise is
// independent from one half hour to the next, so beyond lag nought they hold the
// drift alone; at nought the noise is subtracted.
type Moments struct {
	Product [driftLags]float64 // sum of z z; at lag 0 less the Poisson part
	Base    [driftLags]float64 // what Product would be at a covariance of 1
	Err     [driftLags]float64 // sum of (z z)²
	Scatter float64            // what Product[0] holds of InvR = 1
	Clumps  float64            // and of Clump = 1

	Thin thin // what tells clumps from the rest
}

// add takes one day's weighted residuals z = u e and weights w = u m by half
// hour, u²m (the Poisson part of z²) and the numbers of bins.
func (q *Moments) add(z, w, poisson, bins *[Slots]float64) {
	for k := range Slots {
		if bins[k] == 0 {
			continue
		}
		q.Product[0] += z[k]*z[k] - poisson[k]
		q.Base[0] += w[k] * w[k]
		q.Err[0] += z[k] * z[k] * z[k] * z[k]
		q.Scatter += w[k] * w[k] / bins[k]
		q.Clumps += poisson[k]
		for l := 1; l < driftLags && l <= k; l++ {
			p := z[k] * z[k-l]
			q.Product[l] += p
			q.Base[l] += w[k] * w[k-l]
			q.Err[l] += p * p
		}
	}
}

// EstimateNoise joins what the days say with the priors. Drift within a half
// hour looks like scatter and scatter like drift, so both are taken out of each
// other in turn.
func EstimateNoise(q Moments, days []Spread, binMinutes float64) Noise {
	n := DefaultNoise()
	var sum, base, flat, err float64
	for _, d := range days {
		if d.Date != 0 {
			sum, base, flat, err = sum+float64(d.Sum), base+float64(d.Base), flat+float64(d.Flat), err+float64(d.Err)
		}
	}
	raw, clumps, se := priorInvR, 0.0, priorInvRSD
	if base > 0 {
		raw, clumps, se = sum/base, flat/base, 1.5*math.Sqrt(err)/base
	}
	g := shrink(priorInvRSD, se)
	for range 8 {
		within := n.DriftVar * (1 - withinHalfHour(n.DriftMinutes, binMinutes))
		n.InvR = max(minInvR, priorInvR+g*(raw-n.Clump*clumps-within-priorInvR))
		n.DriftVar, n.DriftMinutes = q.drift(n, math.Sqrt(g)*se)
		n.Clump = q.Thin.clump(n)
	}
	return n
}

// shrink is the weight of an estimate with error sd err against a prior of sd.
func shrink(prior, err float64) float64 {
	return prior * prior / (prior*prior + err*err)
}

// driftGrid are the time constants considered, in minutes.
var driftGrid = [...]float64{15, 22, 33, 50, 75, 110, 160, 240, 360}

// drift is the posterior mean of variance and time constant, given InvR and its
// error: for each time constant the variance that fits the covariances best
// (normal prior), weighed by fit and prior.
func (q Moments) drift(n Noise, invRErr float64) (variance, minutes float64) {
	var top float64
	var post, at [len(driftGrid)]float64
	for i, tau := range driftGrid {
		at[i], post[i] = q.fitDrift(tau, n, invRErr)
		d := math.Log(tau/priorDriftMinutes) / priorDriftMinutesSD
		post[i] -= d * d / 2
		if i == 0 || post[i] > top {
			top = post[i]
		}
	}
	var weight, v, logTau float64
	for i, p := range post {
		p = math.Exp(p - top)
		weight, v, logTau = weight+p, v+p*at[i], logTau+p*math.Log(driftGrid[i])
	}
	return max(minDrift, v/weight), math.Exp(logTau / weight)
}

// fitDrift is the best variance for one time constant and its log posterior.
func (q Moments) fitDrift(tau float64, n Noise, invRErr float64) (variance, logPost float64) {
	precision := 1 / (priorDriftSD * priorDriftSD)
	info, score := precision, precision*priorDrift
	var c, g, prec [driftLags]float64
	for l := range driftLags {
		if q.Base[l] <= 0 || q.Err[l] <= 0 {
			continue
		}
		c[l] = q.Product[l] / q.Base[l]
		g[l] = halfHours(tau, l)
		se := math.Sqrt(q.Err[l]) / q.Base[l]
		if l == 0 {
			scatter := q.Scatter / q.Base[0]
			c[0] -= scatter*n.InvR + q.Clumps/q.Base[0]*n.Clump
			se = math.Hypot(se, scatter*invRErr)
		}
		prec[l] = 1 / (se * se)
		info += prec[l] * g[l] * g[l]
		score += prec[l] * g[l] * c[l]
	}
	variance = max(minDrift, score/info)
	d := variance - priorDrift
	logPost = -precision * d * d / 2
	for l := range driftLags {
		d := c[l] - variance*g[l]
		logPost -= prec[l] * d * d / 2
	}
	return variance, logPost
}

// halfHours is the correlation of a drift's means over two half hours lag apart.
func halfHours(tau float64, lag int) float64 {
	t := slotMinutes / tau
	if lag == 0 {
		return 2 * (t - 1 + math.Exp(-t)) / (t * t)
	}
	a := (1 - math.Exp(-t)) / t
	return a * a * math.Exp(-t*float64(lag-1))
}

// withinHalfHour is the mean correlation of a drift at two different bins of a
// half hour.
func withinHalfHour(tau, binMinutes float64) float64 {
	n := slotMinutes / binMinutes
	if n < 2 {
		return 1
	}
	sum := 0.0
	for l := 1.0; l < n; l++ {
		sum += (n - l) * math.Exp(-l*binMinutes/tau)
	}
	return 2 * sum / (n * (n - 1))
}
