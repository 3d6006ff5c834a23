package anomaly

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"outcry"
	"outcry/anomaly/detect"
)

// An incident can be judged again by anybody (Recompute): the watcher keeps,
// for each, the detector's state of some hours before and what it was told
// since. The states are laid up on the board every anchorEvery, a few of them
// in turn, so that one from before the onset is still there when an incident
// begins.
const (
	anchorEvery = 3 * time.Hour
	anchorsKept = 6
	// lookBack is how far the record of an incident that begins now may reach:
	// to the anchor before the oldest onset.
	lookBack = recentSpan + anchorEvery
)

// anchorName is the board's name of the state before minute t.
func anchorName(service string, t time.Time) string {
	return fmt.Sprintf("anchor-%d-%s", t.Unix()/int64(anchorEvery.Seconds())%anchorsKept, service)
}

// isAnchor tells whether a state is laid up before this minute.
func isAnchor(minute time.Time) bool { return minute.Unix()%int64(anchorEvery.Seconds()) == 0 }

// anchor is a state to be laid up; it says of when it is, as its name will be
// another's.
type anchor struct {
	service string
	before  time.Time
	state   []byte
}

func (a anchor) write(ctx context.Context, board Board) error {
	b := binary.BigEndian.AppendUint64(nil, uint64(a.before.Unix()))
	if err := board.SaveState(ctx, anchorName(a.service, a.before), append(b, a.state...)); err != nil {
		return fmt.Errorf("lay up the state of %s: %w", a.service, err)
	}
	return nil
}

// readAnchor is the state before a minute, or nil where it is not there.
func readAnchor(ctx context.Context, board Board, service string, before time.Time) ([]byte, error) {
	b, err := board.LoadState(ctx, anchorName(service, before))
	switch {
	case errors.Is(err, outcry.ErrNotFound):
		return nil, nil
	case err != nil:
		return nil, fmt.Errorf("read the state of %s: %w", service, err)
	case !bytes.HasPrefix(b, binary.BigEndian.AppendUint64(nil, uint64(before.Unix()))):
		return nil, nil
	}
	return b[8:], nil
}

// history is what records are made of. Both lists hold from their minute on.
// The fields are exported for checkpoints.
type history struct {
	Inputs []outcry.RecordInput
	Stated []outcry.RecordStated
}

// told remembers what the detector was told, where it changed; what held
// before keep is forgotten.
func (h *history) told(in outcry.RecordInput, keep time.Time) {
	if n := len(h.Inputs); n == 0 || h.Inputs[n-1].Pool != in.Pool || h.Inputs[n-1].Shift != in.Shift || h.Inputs[n-1].Missing != in.Missing {
		h.Inputs = append(h.Inputs, in)
	}
	for len(h.Inputs) > 1 && !h.Inputs[1].Minute.After(keep) {
		h.Inputs = h.Inputs[1:]
	}
}

// states remembers what rests on others, where it changed.
func (h *history) states(s outcry.RecordStated, keep time.Time) {
	if n := len(h.Stated); n == 0 || !sameStated(h.Stated[n-1], s) {
		h.Stated = append(h.Stated, s)
	}
	for len(h.Stated) > 1 && !h.Stated[1].Minute.After(keep) {
		h.Stated = h.Stated[1:]
	}
}

func sameStated(a, b outcry.RecordStated) bool {
	return a.Cause == b.Cause && a.Name == b.Name && a.Umbrella == b.Umbrella && a.Within == b.Within &&
		a.Momentary == b.Momentary && a.Possible == b.Possible && a.Likely == b.Likely && a.Parts == b.Parts && slices.Equal(a.Regions, b.Regions)
}

// keepFrom is the earliest minute that a record may still need: that of the
// open record, or of one that would be opened now.
func (x *watched) keepFrom(now time.Time) time.Time {
	back := now.Add(-lookBack)
	if x.record != nil && x.record.From.Before(back) {
		return x.record.From
	}
	return back
}

// stated is what of this minute's decision rests on others.
func (x *watched) stated(minute time.Time) outcry.RecordStated {
	s := outcry.RecordStated{Minute: minute, Cause: x.cause.Cause, Name: x.cause.Name, Umbrella: x.cause.umbrella, Within: 1, Possible: x.need.possible, Likely: x.need.likely}
	if !alarmed(x.last) {
		return s
	}
	s.Within, s.Parts, s.Momentary = x.cause.within, len(x.last.Regions), x.cause.momentary
	for _, p := range x.last.Regions {
		if p.Alarm {
			s.Regions = append(s.Regions, outcry.RecordPart{Key: p.Key, Evidence: p.Evidence, Onset: p.Onset, Share: p.Share, Count: roughly(p.WindowCount), Expected: p.WindowExpected})
		}
	}
	return s
}

// roughly is a part's count as it may be shown: so few that they could be known
// are told as the privacy threshold.
func roughly(count float64) float64 { return max(count, outcry.PrivacyThreshold) }

// guarded is regions, of which those that are alarmed and have too few people
// count as the privacy threshold, however often these reported: records tell
// of them.
func (x *watched) guarded(regions []detect.Part) []detect.Part {
	list := slices.Clone(regions)
	for i := range list {
		p := &list[i]
		if p.Alarm && outcry.Crowds(x.bucketsSince(p.Onset))[p.Key] < outcry.PrivacyThreshold {
			p.WindowCount = outcry.PrivacyThreshold
		}
	}
	return list
}

// document opens, continues or ends the record of x's incident, and returns it
// where the incident changed.
func (x *watched) document(m judged, falseAlarms float64, changed bool) *outcry.Record {
	if x.incident == nil {
		x.record = nil
		return nil
	}
	if x.record == nil || x.record.Incident.ID != x.incident.ID {
		x.record = x.open(falseAlarms)
	}
	x.record.Minutes = append(x.record.Minutes, recordMinute(m))
	if !changed {
		return nil
	}
	r := x.complete(m.bucket.Minute.Add(time.Minute))
	return &r
}

// open begins the record of an incident.
func (x *watched) open(falseAlarms float64) *outcry.Record {
	r := &outcry.Record{
		From: maxTime(x.incident.StartedAt.Truncate(anchorEvery), x.begun), Begun: x.begun,
		Service: x.service, FalseAlarms: falseAlarms,
		Networks: make(map[string]float64, len(x.usage.Counts)), Known: x.usage.Total,
		Incident: outcry.Incident{ID: x.incident.ID, StartedAt: x.incident.StartedAt},
	}
	for key, n := range x.usage.Counts {
		r.Networks[key] = n / x.usage.Total
	}
	usage, err := json.Marshal(x.usage)
	if err != nil { // maps of numbers
		panic(fmt.Sprintf("anomaly: marshal %T: %v", x.usage, err))
	}
	r.Usage = usage
	return r
}

// complete is the record as of now: with the minutes, and the incident.
func (x *watched) complete(now time.Time) outcry.Record {
	r := *x.record
	r.To, r.Incident, r.Minutes, r.Stated = now, *x.incident, slices.Clone(r.Minutes), slices.Clone(x.history.Stated)
	for _, b := range x.recent {
		if b.Minute.Before(r.From) {
			continue
		}
		b.Regions = nil
		r.Buckets = append(r.Buckets, b)
	}
	for k, in := range x.history.Inputs {
		if k+1 == len(x.history.Inputs) || x.history.Inputs[k+1].Minute.After(r.From) {
			r.Inputs = append(r.Inputs, in)
		}
	}
	return r
}

// recordMinute puts a judgement into a record's words.
func recordMinute(m judged) outcry.RecordMinute {
	j := m.judgement
	return outcry.RecordMinute{
		Minute: j.Start, Expected: finite(j.Expected), Upper: finite(j.Upper), LogOdds: finite(j.Evidence), Threshold: finite(j.Threshold),
		Alarm: j.Alarm, Onset: j.Onset, WindowCount: j.WindowCount, WindowExpected: finite(j.WindowExpected), PValue: finite(j.PValue),
		Beyond: finite(beyond(j)), Found: m.found,
	}
}

// foundOf is what the evidence of a detector's last bin rests on.
func foundOf(d *detect.Detector) *outcry.RecordFound {
	c, guarded, ok := d.Found()
	if !ok {
		return nil
	}
	return &outcry.RecordFound{
		Start: time.Unix(c.Start*60, 0).UTC(), Count: c.Count, Guarded: guarded, Mean: c.Mean,
		Scatter: c.Drawn, Drift: c.Wand, Level: c.P * c.Mean * c.Mean, Profile: c.Shape * c.Mean,
	}
}

// writeRecord keeps a record, and once the state that it begins from.
func writeRecord(ctx context.Context, board Board, r outcry.Record) error {
	b, err := json.Marshal(r)
	if err != nil {
		return fmt.Errorf("write the record of %s: %w", r.Incident.ID, err)
	}
	if err := board.SaveState(ctx, outcry.RecordName(r.Incident.ID), b); err != nil {
		return fmt.Errorf("write the record of %s: %w", r.Incident.ID, err)
	}
	name := outcry.RecordState(r.Incident.ID)
	if _, err := board.LoadState(ctx, name); !errors.Is(err, outcry.ErrNotFound) {
		return err
	}
	state, err := readAnchor(ctx, board, r.Service.Slug, r.From)
	if err != nil || state == nil {
		return err
	}
	return board.SaveState(ctx, name, state)
}
