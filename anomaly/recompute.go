package anomaly

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"outcry"
	"outcry/anomaly/detect"
)

// Recomputed is what came of judging an incident again.
type Recomputed struct {
	// Differences say, in a sentence each, where the record and the
	// recomputation part; none: the verdict is reproduced.
	Differences []string
	// Stated are the parts that rest on other services' and on regions'
	// reports, which a record does not hold.
	Stated []string
	// Detection is the minute of the record in which the incident was detected.
	Detection outcry.RecordMinute
	Minutes   int
}

// mostDifferences is how many are listed.
const mostDifferences = 10

// Recompute judges the minutes of a record again, by the code that judged them
// the first time, and compares what comes of it with what the record says: the
// forecast, evidence and threshold of every minute since detection, and the
// incident. An error is a record that cannot be judged at all.
func Recompute(r outcry.Record) (Recomputed, error) {
	x, err := fromRecord(r)
	if err != nil {
		return Recomputed{}, err
	}
	out := Recomputed{Minutes: int(r.To.Sub(r.From) / time.Minute)}
	buckets, inputs, stated, minutes := r.Buckets, r.Inputs, r.Stated, r.Minutes
	for minute := r.From; minute.Before(r.To); minute = minute.Add(time.Minute) {
		b := outcry.Bucket{Minute: minute}
		if len(buckets) > 0 && buckets[0].Minute.Equal(minute) {
			b, buckets = buckets[0], buckets[1:]
		}
		for len(inputs) > 1 && !inputs[1].Minute.After(minute) {
			inputs = inputs[1:]
		}
		for len(stated) > 1 && !stated[1].Minute.After(minute) {
			stated = stated[1:]
		}
		in, s := inputs[0], outcry.RecordStated{Within: 1}
		if len(stated) > 0 && !stated[0].Minute.After(minute) {
			s = stated[0]
		}
		in.Minute = minute
		m := x.step(b, in)
		m.judgement.Regions = regionsOf(s)
		x.given = &s.Within
		x.take(m)
		out.decide(x, m, s)
		if len(minutes) > 0 && minutes[0].Minute.Equal(minute) {
			out.compareMinute(minutes[0], recordMinute(m))
			minutes = minutes[1:]
		}
	}
	if len(buckets) > 0 {
		out.differ("counts are given of %s, which is not a minute that was judged", stamp(buckets[0].Minute))
	}
	if len(minutes) > 0 {
		out.differ("a judgement is given of %s, which is not a minute that was judged", stamp(minutes[0].Minute))
	}
	out.compareIncident(r.Incident, x.incident)
	if i := slices.IndexFunc(r.Minutes, func(m outcry.RecordMinute) bool { return m.Minute.Add(time.Minute).Equal(r.Incident.DetectedAt) }); i >= 0 {
		out.Detection = r.Minutes[i]
	}
	return out, nil
}

// fromRecord is the service as it was before the record's first minute.
func fromRecord(r outcry.Record) (*watched, error) {
	switch n := r.To.Sub(r.From); {
	case r.From.IsZero() || n <= 0 || n > 60*24*time.Hour || !r.From.Equal(r.From.Truncate(time.Minute)):
		return nil, fmt.Errorf("%w: the record's times make no sense", outcry.ErrInvalid)
	case len(r.Inputs) == 0 || r.Inputs[0].Minute.After(r.From):
		return nil, fmt.Errorf("%w: the record does not say what the detector was told", outcry.ErrInvalid)
	}
	w := NewWatcher(Config{FalseAlarms: r.FalseAlarms})
	x := w.watch(r.Service)
	if r.From.After(r.Begun) || len(r.Detector) > 0 {
		if err := x.detector.UnmarshalBinary(r.Detector); err != nil {
			return nil, fmt.Errorf("%w: the detector's state cannot be read: %w", outcry.ErrInvalid, err)
		}
	}
	if err := json.Unmarshal(r.Usage, &x.usage); err != nil {
		return nil, fmt.Errorf("%w: the networks' usual parts cannot be read", outcry.ErrInvalid)
	}
	x.usage.maps()
	x.begun, x.frozen = r.Begun, r.Incident.DetectedAt
	return x, nil
}

// regionsOf makes the judgement on regions that a record states.
func regionsOf(s outcry.RecordStated) []detect.Part {
	list := make([]detect.Part, 0, s.Parts)
	for _, p := range s.Regions {
		list = append(list, detect.Part{Key: p.Key, Alarm: true, Evidence: p.Evidence, Onset: p.Onset, Share: p.Share, WindowCount: p.Count, WindowExpected: p.Expected})
	}
	for len(list) < s.Parts {
		list = append(list, detect.Part{})
	}
	return list
}

// decide takes x through a minute's decision, the causes that rest on others
// as they are stated.
func (out *Recomputed) decide(x *watched, m judged, s outcry.RecordStated) {
	minute := m.bucket.Minute
	c := x.attribute(nil, []*watched{x})
	if alarmed(x.last) && (c.Cause != s.Cause || c.Name != s.Name || s.Umbrella != "") {
		if x.incident != nil && (c.Cause != s.Cause || c.Name != s.Name) && !restsOnOthers(c.Cause, s) {
			out.differ("at %s the cause is recomputed as %s, and the record states %s", stamp(minute), said(c.Cause, c.Name), said(s.Cause, s.Name))
		}
		if c.Cause != s.Cause || s.Umbrella != "" {
			out.state("that it is due to %s%s", said(s.Cause, s.Name), under(s.Umbrella))
		}
		c.Cause, c.Name, c.umbrella = s.Cause, s.Name, s.Umbrella
	}
	if len(s.Regions) > 0 && alarmed(x.last) {
		c.momentary = s.Momentary
		out.state("that regions are alarmed")
	}
	switch {
	case !alarmed(x.last):
	case s.Possible == never:
		out.state("that several services were told of at their birth")
	case s.Possible+s.Likely > 0:
		out.state("that the site asks for %.1f nats more than the threshold, and for %.1f to call it likely", s.Possible, max(surer, s.Likely))
	}
	x.conclude(minute.Add(time.Minute), c, need{possible: s.Possible, likely: s.Likely})
}

// restsOnOthers tells whether a stated cause may differ from the one that a
// service's own reports say: where it rides on another's trouble, and where
// several services have trouble from one home network.
func restsOnOthers(own outcry.Cause, s outcry.RecordStated) bool {
	return own == outcry.CauseService && (s.Cause == outcry.CauseSpillover || s.Cause == outcry.CauseNetwork)
}

func said(c outcry.Cause, name string) string {
	if name == "" {
		return string(c)
	}
	return fmt.Sprintf("%s (%s)", c, name)
}

func under(umbrella string) string {
	if umbrella == "" {
		return ""
	}
	return ", under " + umbrella
}

func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }

func (out *Recomputed) differ(format string, args ...any) {
	if len(out.Differences) < mostDifferences {
		out.Differences = append(out.Differences, fmt.Sprintf(format, args...))
	}
}

// state lists what was taken as stated, once.
func (out *Recomputed) state(format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	if len(out.Stated) < mostDifferences && !slices.Contains(out.Stated, text) {
		out.Stated = append(out.Stated, text)
	}
}

// compareMinute compares one minute's numbers. They are the same to the last
// digit: it is the same code on the same numbers.
func (out *Recomputed) compareMinute(want, got outcry.RecordMinute) {
	a, b := fields(want), fields(got)
	for _, name := range minuteFields {
		if string(a[name]) != string(b[name]) {
			out.differ("at %s %s is recomputed as %s, and the record says %s", stamp(want.Minute), name, b[name], a[name])
		}
	}
}

var minuteFields = [...]string{"expected", "upper", "log_odds", "threshold", "alarm", "onset", "window_count", "window_expected", "p_value", "beyond", "found"}

// compareIncident compares what the counts say of an incident. What people add
// later (label, official word, corrections) and what rests on others (regions,
// related services) is not compared.
func (out *Recomputed) compareIncident(want outcry.Incident, got *outcry.Incident) {
	if got == nil {
		out.differ("recomputed, there is no incident")
		return
	}
	again := *got
	a, b := fields(want), fields(again)
	for _, name := range incidentFields {
		if string(a[name]) != string(b[name]) {
			out.differ("the incident's %s is recomputed as %.200s, and the record says %.200s", name, b[name], a[name])
		}
	}
	if want.Attribution.Cause != again.Attribution.Cause || want.Attribution.Name != again.Attribution.Name {
		out.differ("the incident's cause is recomputed as %s, and the record says %s",
			said(again.Attribution.Cause, again.Attribution.Name), said(want.Attribution.Cause, want.Attribution.Name))
	}
}

var incidentFields = [...]string{"id", "service", "name", "state", "severity", "started_at", "detected_at", "peak_at", "resolved_at",
	"reports", "symptoms", "networks", "updates", "umbrella", "updated_at"}

// fields is a value as the JSON of its fields.
func fields(v any) map[string]json.RawMessage {
	b, err := json.Marshal(v)
	if err == nil {
		var m map[string]json.RawMessage
		if err = json.Unmarshal(b, &m); err == nil {
			return m
		}
	}
	panic(fmt.Sprintf("anomaly: marshal %T: %v", v, err)) // plain structs of numbers and words
}
