package anomaly

import (
	"fmt"
	"time"

	"outcry"
	"outcry/anomaly/detect"
)

// judged is one minute of one service: what its detector was told, and what it
// said.
type judged struct {
	bucket    outcry.Bucket
	in        outcry.RecordInput
	judgement detect.Judgement
	found     *outcry.RecordFound // what its evidence rests on, where it is alarmed
	anchor    []byte              // the state before, where it is laid up
}

// stepAll steps every service's detector through the minutes [from, to), the
// services side by side within each minute.
func (w *Watcher) stepAll(crowd []*watched, buckets [][]outcry.Bucket, open func(time.Time) bool, from, to time.Time) [][]judged {
	n := int(to.Sub(from) / time.Minute)
	stretch := make([][]judged, len(crowd))
	for i := range crowd {
		stretch[i] = make([]judged, 0, n)
	}
	zones, pools := zones(crowd), make([]float64, len(crowd))
	for minute := from; minute.Before(to); minute = minute.Add(time.Minute) {
		w.chorus.listen(minute, w.falseAlarms())
		pool(crowd, zones, pools)
		sideBySide(len(crowd), func(i int) {
			b := outcry.Bucket{Minute: minute}
			if list := buckets[i]; len(list) > 0 && list[0].Minute.Equal(minute) {
				b, buckets[i] = list[0], list[1:]
			}
			in := outcry.RecordInput{Minute: minute, Pool: pools[i], Shift: w.chorus.Shift, Missing: !open(minute) && b.Down == 0}
			stretch[i] = append(stretch[i], crowd[i].step(b, in))
		})
		for i, x := range crowd {
			j := stretch[i][len(stretch[i])-1].judgement
			x.odds = j.HolidayOdds
			w.chorus.Fleet.Add(x.service.Slug, j, time.Minute)
		}
	}
	return stretch
}

// step lets x's detector judge one minute.
func (x *watched) step(b outcry.Bucket, in outcry.RecordInput) judged {
	m := judged{bucket: b, in: in}
	if isAnchor(b.Minute) || x.fresh {
		x.fresh = false
		state, err := x.detector.MarshalPublic()
		if err != nil { // plain structs of our own
			panic(fmt.Sprintf("anomaly: marshal a detector: %v", err))
		}
		m.anchor = state
	}
	m.judgement = x.detector.Step(detect.Observation{
		Start: b.Minute, Total: float64(b.Down), Missing: in.Missing,
		Symptoms: floats(b.Symptoms), Regions: floats(b.Regions), Pool: in.Pool, Shift: in.Shift,
	})
	if alarmed(m.judgement) {
		m.found = foundOf(x.detector)
	}
	return m
}

// falseAlarms is the accepted number a series and week.
func (w *Watcher) falseAlarms() float64 {
	if w.config.FalseAlarms > 0 {
		return w.config.FalseAlarms
	}
	return detect.DefaultFalseAlarms
}
