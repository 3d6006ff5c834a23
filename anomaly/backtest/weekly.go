package backtest

import (
	"context"

	"outcry/anomaly/weekly"
)

// weeks judges series of weekly counts, each week by those before it.
func weeks(ctx context.Context, r *recording, o Options, emit func(int, row)) error {
	alpha := o.FalseAlarms
	if alpha <= 0 {
		alpha = weekly.DefaultFalseWeeks
	}
	for i := range r.meta.Series {
		s := &r.meta.Series[i]
		for t := s.eval; t < s.bins; t++ {
			if err := ctx.Err(); err != nil {
				return err
			}
			j := weekly.Judge(r.counts[i][:t+1], alpha)
			emit(i, row{bin: t, alarm: j.Alarm, score: -j.LogP, expected: j.Expected, upper: j.Upper})
		}
	}
	return nil
}
