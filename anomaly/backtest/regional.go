package backtest

import (
	"context"
	"time"

	"outcry/anomaly/detect"
)

// regionBudget is how many times the budget of one series a country gets: by
// default one false episode a week. A service of sixty regions is watched for
// more than one series is. Half of it is for the country as a whole, half for
// all its regions together. Asked for one in all, 62 sets of simulated countries
// raised 0.8 a week.
const regionBudget = 4

// standsOut is the evidence, in nats, with which a region is marked while the
// whole country is alarmed.
const standsOut = 3

// national names the extra series that says "the whole country".
const national = "/national"

// regional judges the series of a group as regions of one service.
func regional(ctx context.Context, r *recording, o Options, emit func(int, row)) error {
	budget := o.FalseAlarms
	if budget <= 0 {
		budget = detect.DefaultFalseAlarms
	}
	for g, members := range r.meta.groups() {
		if err := country(ctx, r, members, budget, len(r.meta.Series)+g, emit); err != nil {
			return err
		}
	}
	return nil
}

// groups are the indices of the series of each group, in order of appearance.
func (m *Meta) groups() [][]int {
	var out [][]int
	at := map[string]int{}
	for i, s := range m.Series {
		g, ok := at[s.Group]
		if !ok {
			g = len(out)
			at[s.Group] = g
			out = append(out, nil)
		}
		out[g] = append(out[g], i)
	}
	return out
}

// country judges one group; whole is the index of its national series.
func country(ctx context.Context, r *recording, members []int, budget float64, whole int, emit func(int, row)) error {
	m := r.meta
	first := &m.Series[members[0]]
	c := detect.Config{
		Bin: m.bin, Zone: first.zone,
		FalseAlarms: regionBudget * budget / 2, PartFalseAlarms: regionBudget * budget / 2,
		Neighbors: map[string][]string{},
	}
	from, to := first.Start, first.End
	for _, i := range members {
		s := &m.Series[i]
		c.Neighbors[s.ID] = s.Neighbors
		if s.Start.Before(from) {
			from = s.Start
		}
		if s.End.After(to) {
			to = s.End
		}
	}
	d := detect.New(c)
	counts := make(map[string]float64, len(members))
	for t := from; t.Before(to); t = t.Add(m.bin) {
		if err := ctx.Err(); err != nil {
			return err
		}
		total := 0.0
		for _, i := range members {
			counts[m.Series[i].ID] = 0
			if b := m.Series[i].at(t, m.bin); b >= 0 {
				counts[m.Series[i].ID] = r.counts[i][b]
				total += r.counts[i][b]
			}
		}
		j := d.Step(detect.Observation{Start: t, Total: total, Regions: counts})
		say(m, members, whole, t, j, emit)
	}
	return nil
}

// say writes one bin's judgement of all regions and of the country. While
// regions explain the evidence, the country as such is not alarmed; while it is,
// the regions that stand out in it are.
func say(m *Meta, members []int, whole int, t time.Time, j detect.Judgement, emit func(int, row)) {
	parts := make(map[string]*detect.Part, len(j.Regions))
	local, top := false, 0.0
	for i := range j.Regions {
		p := &j.Regions[i]
		parts[p.Key] = p
		local = local || p.Alarm
		top = max(top, p.Evidence)
	}
	country := j.Alarm && !local
	for _, i := range members {
		s := &m.Series[i]
		if b := s.at(t, m.bin); b >= s.eval {
			p := parts[s.ID]
			on := p.Alarm || country && p.Evidence >= min(top, standsOut)
			emit(i, row{bin: b, alarm: on, score: p.Evidence, expected: p.Expected, upper: p.Upper})
		}
	}
	s := &m.Series[members[0]]
	if b := s.at(t, m.bin); b >= s.eval {
		emit(whole, row{bin: b, alarm: country, score: j.Evidence, expected: j.Expected, upper: j.Upper})
	}
}

// at is the bin that begins at t or holds it, -1 outside the series.
func (s *Series) at(t time.Time, bin time.Duration) int {
	if t.Before(s.Start) || !t.Before(s.End) {
		return -1
	}
	if b := int(t.Sub(s.Start) / bin); b < s.bins {
		return b
	}
	return -1
}
