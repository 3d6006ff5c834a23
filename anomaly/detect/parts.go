package detect

import (
	"time"

	"outcry/anomaly/nb"
	"outcry/anomaly/scan"
)

// stepParts judges symptoms and regions in the light of what the whole's step
// has found, and learns their shares while all is quiet.
func (d *Detector) stepParts(t tick, o Observation, s sight) {
	quiet := !d.total.Alarm.On
	for _, k := range []struct {
		board  *scan.Board
		counts map[string]float64
	}{{d.symptoms, o.Symptoms}, {d.regions, o.Regions}} {
		n := max(len(k.board.Parts), len(k.counts))
		if n == 0 {
			continue
		}
		k.board.Step(k.counts, scan.Whole{
			Number: t.number, Minute: t.minute, Missing: o.Missing,
			Usual: s.mu, Candidates: &d.total.Candidates, InvR: d.total.dyn.InvR, Clump: d.total.dyn.Clump,
			Discount: d.total.Holiday.Discount(), Evidence: s.evidence, Alarm: d.total.Alarm.On,
			Threshold: d.partThreshold(n) + o.Shift,
		})
		quiet = quiet && !k.board.Joint.On
	}
	if o.Missing || !quiet {
		return
	}
	d.symptoms.Learn()
	d.regions.Learn()
	if t.number%(int64(24*time.Hour/d.config.Bin)) == 0 {
		d.symptoms.Prune()
		d.regions.Prune()
	}
}

func (d *Detector) partThreshold(n int) float64 {
	return scan.Threshold(n, d.config.PartFalseAlarms, d.config.Bin.Seconds())
}

// parts puts a board into words; variance is of the whole's forecast.
func (d *Detector) parts(b *scan.Board, o Observation, variance float64) []Part {
	if len(b.Parts) == 0 {
		return nil
	}
	out := make([]Part, len(b.Parts))
	for i := range out {
		f := b.Finding(i)
		p := Part{
			Key: f.Key, Count: f.Count, Expected: f.Expected, Evidence: f.Evidence,
			Alarm: f.Alarm, Share: b.Share(i), WindowCount: f.WindowCount, WindowExpected: f.WindowExpected,
		}
		p.Upper = nb.Upper(f.Expected, 1/(variance+b.InvR()), upperAlpha, upperZ)
		p.Onset = time.Unix(f.Onset*60, 0).UTC()
		if !f.Alarm {
			p.Onset = o.Start.Add(-time.Duration(f.Bins-1) * d.config.Bin)
		}
		out[i] = p
	}
	return out
}
