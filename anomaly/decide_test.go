package anomaly

import (
	"testing"
	"time"

	"outcry"
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
