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
	Clump      float64
	Discount   float64 // nats of doubt that today is a holiday
	Evidence   float64 // of the whole: where it explains more, no zone is reported
	Threshold  float64 // at which a zone is reported
	Alarm      bool    // of the whole
}

const (
	// memberNats is the evidence of its own that a member of the reported zone
	// must have, and joinNats what one must have that is reported later: over an
	// alarm of hours chance has many more bins to choose from.
	memberNats, joinNats = 3, 5
	// wholeBonus is what the whole gains over zones: it has no rivals. ln 60.
	wholeBonus = 4
)

// Threshold is the evidence at which a zone of n parts is reported, for perWeek
// false episodes of all parts of a service together: one a week at lawNats and
// ln n for having n parts, fewer by e^-lawSlope with every nat. Measured on
// simulated countries of sixty regions: 31 sets that were asked for one false
// episode a week, half of it for parts, raised 0.8. Fewer regions are quieter: at
// 0.3 nats more, 10 raised two thirds of what 60 did. Narrower bins cost what
// they cost the whole.
func Threshold(n int, perWeek, binSeconds float64) float64 {
	const lawNats, lawSlope = 6.2, 1.06
	narrow := onset.Threshold(1, binSeconds) - onset.Threshold(1, 300)
	return lawNats - math.Log(perWeek)/lawSlope + math.Log(max(1, float64(n))) + narrow
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
	if ended := b.hold(w); ended || w.Missing {
		return // what cleared the alarm has explained the reports before it
	}
	if !b.Joint.On && best.evidence >= w.Threshold && best.evidence > w.Evidence+wholeBonus || b.Joint.On && best.evidence >= w.Threshold {
		b.report(at, best, w)
	}
}

// survey weighs every zone and keeps each part's own best window.
func (b *Board) survey(w Whole) (best window, at int) {
	b.lay(w)
	for i := range b.zones {
		z := &b.zones[i]
		floor := 0.0
		if len(z.members) > 1 { // parts come first; a zone must beat the best
			floor = best.evidence + w.Discount
		}
		x := b.weigh(z, floor)
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

// report begins alarms: of members of the best zone that stand out, of the one
// that does most, and of any part that needs no zone.
func (b *Board) report(at int, best window, w Whole) {
	z := &b.zones[at]
	top := z.members[0]
	for _, i := range z.members {
		if b.stand(i, best) > b.stand(top, best) {
			top = i
		}
	}
	need := float64(joinNats)
	if !b.Joint.On {
		need = memberNats
		b.Joint.Begin(b.onset(best, w), best.ratio(), best.mean)
	}
	b.begin(top, best, w)
	for _, i := range z.members {
		if z.wide || b.stand(i, best) >= need {
			b.begin(i, best, w)
		}
	}
	for i := range b.Parts {
		if b.Parts[i].best.evidence >= w.Threshold {
			b.begin(i, best, w)
		}
	}
}

// begin puts part i's alarm on, by its own best window if it has one, else by
// that of its zone.
func (b *Board) begin(i int, zone window, w Whole) {
	p := &b.Parts[i]
	if p.Alarm.On {
		return
	}
	x := zone
	if p.best.evidence > 0 {
		x = p.best
	}
	p.Alarm.Begin(b.onset(x, w), x.ratio(), x.mean)
}

// onset is the minute at which a window begins.
func (b *Board) onset(x window, w Whole) int64 {
	return w.Minute - int64(float64(x.bins-1)*b.bin)
}

// hold moves the alarms that are on, each by itself and all together, and tells
// whether they have ended.
func (b *Board) hold(w Whole) (ended bool) {
	if !b.Joint.On {
		return false
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
		return true
	}
	return false
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
