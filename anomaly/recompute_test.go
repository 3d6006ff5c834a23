package anomaly

import (
	"encoding/json"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"outcry"
)

// recordOf is the record of an incident as it is kept, by way of JSON.
func (w *world) recordOf(t *testing.T, id string) outcry.Record {
	t.Helper()
	var r outcry.Record
	if err := json.Unmarshal(w.states[outcry.RecordName(id)], &r); err != nil {
		t.Fatal(err)
	}
	r.Detector = w.states[outcry.RecordState(id)]
	return r
}

// troubled is a world of several incidents: an outage that comes and goes, one
// on the first day, one under an umbrella, one that is a region's, one that is
// not over yet.
func troubled(t *testing.T) *world {
	w := newWorld(t, `{"slug":"aws","name":"AWS"},{"slug":"a","name":"A","depends_on":["aws"],"time_zone":"Asia/Tokyo"},
		{"slug":"b","name":"B","depends_on":["aws"]},{"slug":"c","name":"C","depends_on":["aws"]},{"slug":"d","name":"D"},{"slug":"e","name":"E"}`)
	for _, s := range []string{"aws", "a", "b", "c", "d"} {
		w.usual(s, 20, 40)
		w.outage(s, at(18, 18, 40), 30, 6, networks(30)...)
	}
	w.outage("a", at(18, 19, 40), 20, 6, networks(30)...)
	w.outage("e", at(0, 3, 0), 30, 4, networks(20)...)
	w.outage("d", at(19, 23, 30), 60, 6, networks(30)...)
	return w
}

func TestIncidentsAreReproduced(t *testing.T) {
	w := troubled(t)
	all := w.watch(t, at(20, 0, 20))
	if len(all) < 7 {
		t.Fatalf("%d incidents, want seven at least", len(all))
	}
	for _, i := range all {
		r := w.recordOf(t, i.ID)
		got, err := Recompute(r)
		if err != nil || len(got.Differences) > 0 {
			t.Errorf("%s (%s, %s): %v, %s", i.ID, i.State, i.Attribution.Cause, err, strings.Join(got.Differences, "\n"))
		}
		if got.Detection.Minute.Add(time.Minute) != i.DetectedAt || got.Detection.Found == nil {
			t.Errorf("%s was detected at %s; the record's minute is %+v", i.ID, i.DetectedAt, got.Detection)
		}
	}
}

// TestTamperingIsSeen: any one number of the record changed, and the verdict is
// no longer reproduced.
func TestTamperingIsSeen(t *testing.T) {
	w := troubled(t)
	var id string
	for _, i := range w.watch(t, at(19, 3, 0)) {
		if i.Service == "a" && i.DetectedAt.After(at(18, 0, 0)) {
			id = i.ID
		}
	}
	random := rand.New(rand.NewPCG(3, 4))
	for name, tamper := range map[string]func(*outcry.Record){
		"a count of the outage":    func(r *outcry.Record) { r.Buckets[len(r.Buckets)-20].Down++ },
		"any count":                func(r *outcry.Record) { r.Buckets[random.IntN(len(r.Buckets))].Down++ },
		"the first count":          func(r *outcry.Record) { r.Buckets[0].Down-- },
		"a minute left out":        func(r *outcry.Record) { r.Buckets = slices.Delete(r.Buckets, 30, 31) },
		"a symptom":                func(r *outcry.Record) { r.Buckets[len(r.Buckets)-20].Symptoms["site"]++ },
		"a network":                func(r *outcry.Record) { r.Buckets[len(r.Buckets)-5].Networks["AS64500"] += 5 },
		"the severity":             func(r *outcry.Record) { r.Incident.Severity = outcry.SeverityMinor },
		"the state":                func(r *outcry.Record) { r.Incident.State = outcry.Retracted },
		"the start":                func(r *outcry.Record) { r.Incident.StartedAt = r.Incident.StartedAt.Add(time.Minute) },
		"the detection":            func(r *outcry.Record) { r.Incident.DetectedAt = r.Incident.DetectedAt.Add(-time.Minute) },
		"the total":                func(r *outcry.Record) { r.Incident.Reports.Total++ },
		"the cause":                func(r *outcry.Record) { r.Incident.Attribution.Cause = outcry.CauseRegion },
		"the text":                 func(r *outcry.Record) { r.Incident.Updates[0].Text += "!" },
		"a threshold":              func(r *outcry.Record) { r.Minutes[0].Threshold -= 1 },
		"a forecast":               func(r *outcry.Record) { r.Minutes[3].Expected *= 2 },
		"the rate of false alarms": func(r *outcry.Record) { r.FalseAlarms *= 2 },
		"what the zone said":       func(r *outcry.Record) { r.Inputs[0].Pool += 3 },
		"what the fleet said":      func(r *outcry.Record) { r.Inputs[0].Shift += 0.5 },
		"a stated cause": func(r *outcry.Record) {
			each(r.Stated, func(s *outcry.RecordStated) { s.Cause = outcry.CauseRegion })
		},
		"a minute's evidence and alarm": func(r *outcry.Record) { r.Minutes[1].LogOdds = 3; r.Minutes[1].Alarm = false },
	} {
		r := w.recordOf(t, id)
		tamper(&r)
		if got, err := Recompute(r); err == nil && len(got.Differences) == 0 {
			t.Errorf("%s was changed and nothing is said", name)
		}
	}
	for name, spoil := range map[string]func(*outcry.Record){
		"no times":  func(r *outcry.Record) { r.From, r.To = time.Time{}, time.Time{} },
		"centuries": func(r *outcry.Record) { r.From = r.From.AddDate(-300, 0, 0) },
		"no input":  func(r *outcry.Record) { r.Inputs = nil },
		"no state":  func(r *outcry.Record) { r.Detector = nil },
		"garbage":   func(r *outcry.Record) { r.Detector = []byte("garbage") },
		"no usage":  func(r *outcry.Record) { r.Usage = nil },
	} {
		r := w.recordOf(t, id)
		spoil(&r)
		if _, err := Recompute(r); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func each[T any](list []T, do func(*T)) {
	for i := range list {
		do(&list[i])
	}
}
