package scan

import (
	"math"

	"outcry/anomaly/alarm"
	"outcry/anomaly/onset"
)

// Whole is what the board needs to know of the whole service in this bin.
type Whole struct {
	Number     int64 // bin number
	Minute     int64 // bin start, minutes since 1970
	Missing    bool
	Usual      float64    // expected reports in this bin
	Candidates *onset.Set // already moved by this bin
	InvR       float64
	Discount   float64 // nats of doubt that today is a holiday
	Evidence   float64 // of the whole: where it explains more, no zone is reported
	Threshold  float64 // at which a zone is reported
	Alarm      bool    // of the whole
}

const (
	// memberNats is the evidence of its own that a member of the reported zone
	// must have.
	memberNats = 3
	// wholeBonus is what the whole gains over zones: it has no rivals. ln 60.
	wholeBonus = 4
)

// Threshold is the evidence at which a zone of n parts is reported, for perWeek
// false episodes of all parts of a service together: the law of one series,
// and ln n nats for having n parts. zoneNats was measured on simulated countries
// of 60 regions: one episode a week at about 10 nats.
func Threshold(n int, perWeek, binSeconds float64) float64 {
	const zoneNats = 0.6
	return onset.Threshold(perWeek, binSeconds) + zoneNats + math.Log(max(1, float64(n)))
}

// Step takes one bin of counts by key and moves the parts' alarms.
func (b *Board) Step(counts map[string]float64, w Whole) {
	if !w.Missing {
		b.meet(counts)
	}
	b.push(counts, w.Usual, w.Missing)
	if len(b.Parts) == 0 {
		return
	}
	best, at := b.survey(w)
	b.hold(w)
	if w.Missing {
		return
	}
	if !b.Joint.On && best.evidence >= w.Threshold && best.evidence > w.Evidence+wholeBonus || b.Joint.On && best.evidence >= w.Threshold {
		b.report(at, best, w)
	}
}

// survey weighs every zone and keeps each part's own best window.
func (b *Board) survey(w Whole) (best window, at int) {
	fs := b.forecasts(w.Candidates, w.Number, w.InvR)
	for i := range b.zones {
		z := &b.zones[i]
		x := b.weigh(z, fs, b.reach(z, w))
		x.evidence = max(0, x.evidence-w.Discount)
		if len(z.members) == 1 {
			b.Parts[z.members[0]].best = x
		}
		if x.evidence > best.evidence {
			best, at = x, i
		}
	}
	return best, at
}

// reach is how many bins a zone may look back: not beyond the clearing of one of
// its members, whose reports are explained.
func (b *Board) reach(z *zone, w Whole) int {
	n := len(b.Usual)
	for _, i := range z.members {
		if float64(b.Seen-b.Parts[i].First)*b.bin < newDays*1440 {
			return 0
		}
		if a := &b.Parts[i].Alarm; a.Ever {
			n = min(n, int(float64(w.Minute-a.Cleared)/b.bin))
		}
	}
	return n
}

// report begins alarms: of members of the best zone that stand out, and of any
// part that needs no zone.
func (b *Board) report(at int, best window, w Whole) {
	z := &b.zones[at]
	top := z.members[0]
	for _, i := range z.members {
		if b.Parts[i].best.evidence > b.Parts[top].best.evidence {
			top = i
		}
		if z.wide || b.Parts[i].best.evidence >= memberNats {
			b.begin(i, best, w)
		}
	}
	if b.Parts[top].best.evidence > 0 {
		b.begin(top, b.Parts[top].best, w)
	}
	for i := range b.Parts {
		if b.Parts[i].best.evidence >= w.Threshold {
			b.begin(i, b.Parts[i].best, w)
		}
	}
}

// begin puts part i's alarm on.
func (b *Board) begin(i int, x window, w Whole) {
	p := &b.Parts[i]
	if p.Alarm.On {
		return
	}
	if p.best.evidence > 0 {
		x = p.best
	}
	onset := w.Minute - int64(float64(x.bins-1)*b.bin)
	ratio := x.count / math.Max(x.mean, 1e-9)
	p.Alarm.Begin(onset, ratio, x.mean)
	if !b.Joint.On {
		b.Joint.Begin(onset, ratio, x.mean)
	}
}

// hold moves the alarms that are on, each by itself and all together.
func (b *Board) hold(w Whole) {
	if !b.Joint.On {
		return
	}
	var count, mean float64
	on := false
	for i := range b.Parts {
		p := &b.Parts[i]
		if !p.Alarm.On {
			continue
		}
		x, m := float64(p.Ring[b.At]), b.Share(i)*w.Usual
		count, mean = count+x, mean+m
		p.Alarm.Step(b.input(w, x, m))
		on = on || p.Alarm.On
	}
	if b.Joint.Step(b.input(w, count, mean)) == alarm.Ended || !on {
		b.end(w.Minute)
	}
}

// gain of the ratio that parts' alarms follow, faster than the whole's.
const gain = 0.25

func (b *Board) input(w Whole, x, m float64) alarm.Input {
	return alarm.Input{Minute: w.Minute, Width: int64(b.bin), Count: x, Mean: m, InvR: b.InvR(), Missing: w.Missing, Gain: gain}
}

// end clears all parts.
func (b *Board) end(minute int64) {
	for i := range b.Parts {
		b.Parts[i].Alarm.End(minute)
	}
	b.Joint.End(minute)
}
