package anomaly

import (
	"testing"
	"time"

	"outcry"
	"outcry/anomaly/detect"
)

const moodle = `{"slug":"moodle","name":"Moodle","symptoms":[{"slug":"login","label":"I can't log in"},{"slug":"video","label":"Videos don't play"}]}`

// troubledMoodle is a service whose people fail to log in, in Maryland, from
// 18:45 on the 18th day for 40 minutes; videos are reported as ever, and so is
// Texas.
func troubledMoodle(t *testing.T) *world {
	t.Helper()
	w := newWorld(t, moodle)
	for n := range 20 * 24 {
		minute := epoch.Add(time.Duration(n*60+w.rand.IntN(60)) * time.Minute)
		symptom, region := "login", "US-MD"
		if n%2 == 0 {
			symptom = "video"
		}
		if n%4 < 2 {
			region = "US-TX"
		}
		w.say("moodle", minute, symptom, region, 1, anyNetwork(w.rand.IntN(40)))
	}
	for n := range 40 {
		w.say("moodle", at(18, 18, 45).Add(time.Duration(n)*time.Minute), "login", "US-MD", 4, networks(12)[n%8:]...)
	}
	return w
}

// TestASymptomThatRisesSaysSo: what failed is told apart from what did not, all
// through an outage, though the whole's alarm explains more.
func TestASymptomThatRisesSaysSo(t *testing.T) {
	w := troubledMoodle(t)
	w.watch(t, at(18, 19, 10))
	x := w.snapshots["moodle"]
	if x.Verdict.State != outcry.Likely {
		t.Fatalf("the service is %s, want likely", x.Verdict.State)
	}
	for _, s := range x.Verdict.Symptoms {
		want := map[string]outcry.State{"login": outcry.Likely, "video": outcry.Operational}[s.Symptom]
		if s.State != want {
			t.Errorf("%s is %s with %d reports where %.2f are usual, want %s", s.Symptom, s.State, s.Count, s.Expected, want)
		}
	}
	for region, want := range map[string]outcry.State{"US-MD": outcry.Likely, "US-TX": outcry.Operational} {
		if got := x.Shares[region].State; got != want {
			t.Errorf("%s is %s, want %s", region, got, want)
		}
	}
}

// TestWhatRoseBeforeDoesNotRise: three who could not see their videos, half an
// hour before nobody could log in, make no failure of videos.
func TestWhatRoseBeforeDoesNotRise(t *testing.T) {
	w := troubledMoodle(t)
	for n := range 3 {
		w.say("moodle", at(18, 18, 10+5*n), "video", "US-TX", 1, anyNetwork(30+n))
	}
	all := w.watch(t, at(18, 18, 55))
	x := w.snapshots["moodle"]
	if x.Verdict.State != outcry.Likely || x.Verdict.Symptoms[0].State != outcry.Likely || x.Verdict.Symptoms[1].State != outcry.Operational {
		t.Errorf("the service is %s, want likely; its symptoms are %+v", x.Verdict.State, x.Verdict.Symptoms)
	}
	for _, p := range all[0].Symptoms {
		if want := (map[string]outcry.State{"login": outcry.Likely, "video": outcry.Operational})[p.Key]; p.Worst != want {
			t.Errorf("%s was %s at worst, want %s", p.Key, p.Worst, want)
		}
	}
}

// TestASymptomNeverReportedBeforeSaysSo: the detector has no evidence of a part
// that it met today.
func TestASymptomNeverReportedBeforeSaysSo(t *testing.T) {
	w := newWorld(t, moodle)
	for n := range 20 * 12 {
		w.say("moodle", epoch.Add(time.Duration(n*120+w.rand.IntN(120))*time.Minute), "video", "US-MD", 1, anyNetwork(w.rand.IntN(40)))
	}
	for n := range 20 {
		w.say("moodle", at(18, 18, 45).Add(time.Duration(n)*time.Minute), "login", "US-TX", 2, networks(12)[n%8:]...)
	}
	w.watch(t, at(18, 19, 5))
	x := w.snapshots["moodle"]
	if got := x.Verdict.Symptoms; got[0].State != x.Verdict.State || got[1].State != outcry.Operational || x.Verdict.State != outcry.Likely {
		t.Errorf("the service is %s, want likely; its symptoms are %+v", x.Verdict.State, got)
	}
	if x.Shares["US-TX"].State != outcry.Likely || x.Shares["US-MD"].State != outcry.Operational {
		t.Errorf("regions are %+v", x.Shares)
	}
}

// TestAllSymptomsAreWellAgain: after the all-clear.
func TestAllSymptomsAreWellAgain(t *testing.T) {
	w := troubledMoodle(t)
	w.watch(t, at(18, 20, 10))
	x := w.snapshots["moodle"]
	for _, s := range x.Verdict.Symptoms {
		if s.State != outcry.Operational {
			t.Errorf("%s is %s, want operational", s.Symptom, s.State)
		}
	}
	if got := x.Shares["US-MD"].State; got != outcry.Operational {
		t.Errorf("Maryland is %s, want operational", got)
	}
}

// TestOnePersonIsNoRegion: who reports from one region every half hour of a long
// outage is not told of by number, nor is their share; a crowd is.
func TestOnePersonIsNoRegion(t *testing.T) {
	w := troubledMoodle(t)
	from := at(18, 18, 45)
	for n := 40; n < 300; n++ {
		w.say("moodle", from.Add(time.Duration(n)*time.Minute), "login", "US-MD", 3, networks(12)[n%8:]...)
	}
	for n := range 10 {
		w.say("moodle", from.Add(time.Duration(n)*outcry.CountOncePer), "login", "DE", 1, "AS64999")
	}
	all := w.watch(t, from.Add(5*time.Hour))
	if len(all) != 1 {
		t.Fatalf("%d incidents, want 1", len(all))
	}
	if list := all[0].Regions; len(list) != 1 || list[0].Key != "US-MD" || list[0].Reporters < 90 || list[0].Reporters > 125 {
		t.Errorf("regions %+v, want Maryland alone, with the people of half an hour", list)
	}
	for _, a := range []outcry.Attribution{all[0].Attribution, w.snapshots["moodle"].Verdict.Attribution} {
		for _, s := range a.Shares {
			if s.Kind == "region" && s.Key != "US-MD" {
				t.Errorf("the share of %s is told, who is one person", s.Key)
			}
		}
	}
}

// TestARecordCountsPeople: what a record states of an alarmed region is no
// person's number of reports.
func TestARecordCountsPeople(t *testing.T) {
	x := &watched{last: detect.Judgement{Start: at(0, 12, 0)}}
	for n := range 12 {
		minute := at(0, 12, 0).Add(time.Duration(n-11) * outcry.CountOncePer)
		x.recent = append(x.recent, outcry.Bucket{Minute: minute, Regions: map[string]int{"DE": 1, "US-MD": 9}})
	}
	part := func(key string, count float64) detect.Part {
		return detect.Part{Key: key, Alarm: true, Onset: at(0, 7, 0), WindowCount: count}
	}
	got := x.guarded([]detect.Part{part("DE", 11), part("US-MD", 99), {Key: "FR", WindowCount: 3}})
	if got[0].WindowCount != outcry.PrivacyThreshold || got[1].WindowCount != 99 || got[2].WindowCount != 3 {
		t.Errorf("got %+v", got)
	}
}

// TestAFinishedIncidentKnowsWhatFailed: when all is well again, what it was like
// at worst is still there.
func TestAFinishedIncidentKnowsWhatFailed(t *testing.T) {
	w := troubledMoodle(t)
	all := w.watch(t, at(18, 20, 10))
	if len(all) != 1 || all[0].State != outcry.Resolved {
		t.Fatalf("got %+v, want one incident that is over", all)
	}
	worst := map[string]outcry.State{}
	for _, list := range [][]outcry.IncidentPart{all[0].Symptoms, all[0].Regions, all[0].Networks} {
		for _, p := range list {
			worst[p.Key] = p.Worst
			if p.State != outcry.Operational {
				t.Errorf("%s is %s, want operational", p.Key, p.State)
			}
		}
	}
	for key, want := range map[string]outcry.State{"login": outcry.Likely, "US-MD": outcry.Likely, "AS64507": outcry.Likely} {
		if worst[key] != want {
			t.Errorf("%s was %q at worst, want %s; all are %v", key, worst[key], want, worst)
		}
	}
}
