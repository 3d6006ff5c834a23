package baseline

import "math"

// deviationVar is the share of a squared weekday deviation that is taken as its
// variance: a weekly peak is high, but never twice equally high.
const deviationVar = 0.4

// profile reads the result out: log rates at the level of the last day, and by
// the delta method the variance of each.
func (f *fitter) profile() *Profile {
	p := &Profile{Days: len(f.days)}
	level := 0.0
	if n := len(f.days); n > 0 {
		level = f.pooledLevel(f.days[n-1].date)
	}
	unit := f.inverseRoot()
	for r := range Rows {
		row := Row(r)
		we := row == Holiday || r == 0 || r == 6
		for k := range Slots {
			lg := f.theta[2*k] + level
			rows := [][]float64{unit[2*k]}
			if we {
				lg += f.theta[2*k+1]
				rows = append(rows, unit[2*k+1])
			}
			dev := 0.0
			if row != Holiday {
				dev = f.dev[r][k]
				lg += f.theta[2*Slots+r] + dev
				rows = append(rows, unit[2*Slots+r])
			}
			p.Log[r][k] = float32(lg)
			p.Var[r][k] = float32(squaredSum(rows, 2*k) + deviationVar*dev*dev)
		}
	}
	return p
}

// inverseRoot gives for each coefficient i the column L⁻¹ 1_i: the covariance of
// i and j is the product of their columns.
func (f *fitter) inverseRoot() [][]float64 {
	cells := make([]float64, params*params)
	u := make([][]float64, params)
	for i := range u {
		u[i] = cells[i*params : (i+1)*params]
		u[i][i] = 1
		f.h.forward(u[i], i)
	}
	return u
}

// squaredSum is |sum of rows|², all zero before entry from.
func squaredSum(rows [][]float64, from int) float64 {
	total := 0.0
	for i := from; i < len(rows[0]); i++ {
		v := 0.0
		for _, r := range rows {
			v += r[i]
		}
		total += v * v
	}
	return total
}

// Means are the fitted rates of bins on the last stored day: what residuals are
// taken from. An ordinary day is at the profile's level; a holiday has its own.
// minutes are the middles of the bins, local.
func (h *History) Means(p *Profile, date int, minutes []float32) []float64 {
	i := index(date)
	row, level := RowOf(Weekday(date)), 0.0
	if h.Holiday[i] {
		row = Holiday
		n, m := 2.0, 2.0
		reports, bins := h.Usual(i)
		for k, b := range bins {
			if b > 0 {
				lg, _ := p.At(row, float64(k*slotMinutes+slotMinutes/2))
				n, m = n+reports[k], m+b*math.Exp(lg)
			}
		}
		level = math.Log(n / m)
	}
	out := make([]float64, len(minutes))
	for j, q := range minutes {
		lg, _ := p.At(row, float64(q))
		out[j] = math.Exp(lg + level)
	}
	return out
}
