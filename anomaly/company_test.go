package anomaly

import (
	"testing"

	"outcry"
)

// TestACloudsFailureIsOneUmbrella: the cloud and four services on it fail
// together; a fifth, which is not on it, has a few reports from people who
// mix things up.
func TestACloudsFailureIsOneUmbrella(t *testing.T) {
	w := newWorld(t, `{"slug":"aws","name":"AWS"},
		{"slug":"a","name":"A","depends_on":["aws"]},{"slug":"b","name":"B","depends_on":["aws"]},
		{"slug":"c","name":"C","depends_on":["aws"]},{"slug":"d","name":"D","depends_on":["aws"]},
		{"slug":"echo","name":"Echo"}`)
	start := at(18, 18, 45)
	for _, s := range []string{"aws", "a", "b", "c", "d", "echo"} {
		w.usual(s, 20, 6)
	}
	w.outage("aws", start, 60, 20, networks(30)...)
	for _, s := range []string{"a", "b", "c", "d"} {
		w.outage(s, start, 60, 10, networks(30)...)
	}
	w.outage("echo", at(18, 18, 55), 40, 1, networks(30)...)
	var umbrella string
	byService := map[string]outcry.Incident{}
	for _, i := range w.watch(t, at(19, 0, 0)) {
		if i.DetectedAt.After(start) {
			byService[i.Service] = i
		}
		if i.Service == "aws" {
			umbrella = i.ID
		}
	}
	for _, s := range []string{"a", "b", "c", "d"} {
		if i := byService[s]; i.Umbrella != umbrella || i.Attribution.Cause != outcry.CauseService {
			t.Errorf("%s: umbrella %q, cause %s; want %q, service", s, i.Umbrella, i.Attribution.Cause, umbrella)
		}
	}
	echo := byService["echo"]
	for _, u := range echo.Updates {
		if u.State == outcry.Ongoing {
			t.Errorf("the echo is called an outage: %s", u.Text)
		}
	}
	if echo.Label != outcry.Spillover || byService["aws"].Umbrella != "" {
		t.Errorf("the echo is labelled %q, the cloud's own umbrella is %q; want spillover and none", echo.Label, byService["aws"].Umbrella)
	}
}

// TestACompetitorIsNotBlamed: one network fails with 114,000 reports, its like
// has eight in a hundred of them (scaled down).
func TestACompetitorIsNotBlamed(t *testing.T) {
	w := newWorld(t, `{"slug":"t-mobile","name":"T-Mobile","category":"mobile"},{"slug":"verizon","name":"Verizon","category":"mobile"}`)
	w.usual("t-mobile", 20, 12)
	w.usual("verizon", 20, 12)
	w.outage("t-mobile", at(18, 17, 0), 120, 40, networks(40)...)
	w.outage("verizon", at(18, 17, 5), 115, 3, networks(40)...)
	for _, i := range w.watch(t, at(19, 0, 0)) {
		if i.StartedAt.Before(at(18, 16, 0)) {
			continue
		}
		want := map[string]outcry.Cause{"t-mobile": outcry.CauseService, "verizon": outcry.CauseSpillover}[i.Service]
		if i.Attribution.Cause != want {
			t.Errorf("%s: cause %s, want %s", i.Service, i.Attribution.Cause, want)
		}
	}
}
