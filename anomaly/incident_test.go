package anomaly

import (
	"strings"
	"testing"
	"time"

	"outcry"
)

var t0 = time.Date(2026, 3, 2, 18, 45, 0, 0, time.UTC)

// minuteOf is what an incident of a small service is told of one minute: n
// complaints, and how bad that is.
func minuteOf(at, n int, level outcry.State) view {
	v := view{
		now: t0.Add(time.Duration(at) * time.Minute), known: true,
		service:  outcry.Service{Slug: "canvas", Name: "Canvas", Symptoms: []outcry.Symptom{{Slug: "login", Label: "I can't log in"}, {Slug: "video", Label: "Videos don't play"}}},
		bad:      level != outcry.Operational,
		state:    level,
		severity: outcry.SeverityMajor,
		onset:    t0,
		minute:   n,
		expected: 0.5,
		tally:    window{total: 10 * (at + 1), symptoms: map[string]int{"login": 8, "video": 2}},
		shares:   map[string]float64{"login": 0.4, "video": 0.6},
		failing:  []string{"login"},
	}
	if !v.bad {
		v.severity, v.failing = outcry.SeverityNone, nil
	}
	return v
}

// run plays one character a minute: '.' quiet, 'p' possible, 'L' likely. It
// returns every incident seen, in order of first appearance, in its last form.
func play(minutes string) []*outcry.Incident {
	var all []*outcry.Incident
	var current *outcry.Incident
	for at, c := range minutes {
		level := map[rune]outcry.State{'.': outcry.Operational, 'p': outcry.Possible, 'L': outcry.Likely}[c]
		next, _ := advance(current, minuteOf(at, at%7, level))
		if next != nil && (len(all) == 0 || all[len(all)-1].ID != next.ID) {
			all = append(all, next)
		} else if next != nil {
			all[len(all)-1] = next
		}
		current = next
	}
	return all
}

func quiet(n int) string { return strings.Repeat(".", n) }

func TestAnIncidentsLife(t *testing.T) {
	cases := []struct {
		name, minutes string
		want          string // states of the log of each incident; incidents parted by "|"
	}{
		{"nothing happens", quiet(300), ""},
		{"an outage", "pLLLLL" + quiet(30), "suspected ongoing recovering resolved"},
		{"likely at once", "LLL" + quiet(30), "ongoing recovering resolved"},
		{"a fleeting suspicion is taken back", "pp" + quiet(30), "suspected retracted"},
		{"a long suspicion is closed, not taken back", strings.Repeat("p", 30) + quiet(30), "suspected recovering resolved"},
		{"a suspicion that comes back is no more than one", strings.Repeat("p", 30) + quiet(5) + "pp" + quiet(30),
			"suspected recovering suspected recovering resolved"},
		{"what was likely comes back as that", "LLL" + quiet(5) + "pp" + quiet(30), "ongoing recovering ongoing recovering resolved"},
		{"a lull is no all-clear", "LLL" + quiet(5) + "LLL" + quiet(30), "ongoing recovering ongoing recovering resolved"},
		{"trouble within two hours is the same incident", "LLL" + quiet(60) + "LLL" + quiet(30),
			"ongoing recovering resolved ongoing recovering resolved"},
		{"trouble later is another", "LLL" + quiet(200) + "LLL" + quiet(30),
			"ongoing recovering resolved|ongoing recovering resolved"},
		{"still open at the end", quiet(10) + "LLL", "ongoing"},
	}
	for _, c := range cases {
		var logs []string
		for _, i := range play(c.minutes) {
			var states []string
			for _, u := range i.Updates {
				if n := len(states); n == 0 || states[n-1] != string(u.State) {
					states = append(states, string(u.State))
				}
			}
			logs = append(logs, strings.Join(states, " "))
		}
		if got := strings.Join(logs, "|"); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

func TestTheAllClearComesTenMinutesAfterTheEnd(t *testing.T) {
	i := play("LLLLL" + quiet(30))[0]
	if want := t0.Add(15 * time.Minute); i.ResolvedAt == nil || !i.ResolvedAt.Equal(want) {
		t.Errorf("resolved at %v, want %v", i.ResolvedAt, want)
	}
	if i.Reports.Peak != 6 || !i.PeakAt.Equal(t0.Add(5*time.Minute)) {
		t.Errorf("peak %d at %v, want 6 in the minute of 18:50", i.Reports.Peak, i.PeakAt)
	}
}

func TestAReopenedIncidentIsNotResolved(t *testing.T) {
	i := play("LLL" + quiet(40) + "LL")[0]
	if i.ResolvedAt != nil || i.State != outcry.Ongoing {
		t.Errorf("state %s, resolved at %v; want ongoing and no end", i.State, i.ResolvedAt)
	}
}

func TestAdvanceDoesNotTouchWhatItIsGiven(t *testing.T) {
	first, _ := advance(nil, minuteOf(0, 5, outcry.Possible))
	before := len(first.Updates)
	advance(first, minuteOf(1, 9, outcry.Likely))
	if first.State != outcry.Suspected || len(first.Updates) != before {
		t.Errorf("the old incident is %s with %d updates, want suspected with %d", first.State, len(first.Updates), before)
	}
}

func TestSymptomsAreToldApart(t *testing.T) {
	v := minuteOf(0, 5, outcry.Likely)
	i, _ := advance(nil, v)
	if got := i.Updates[0].Text; !strings.Contains(got, "“I can't log in”") || strings.Contains(got, "Videos") {
		t.Errorf("the first word names the wrong symptoms: %q", got)
	}
	v = minuteOf(1, 5, outcry.Likely)
	v.failing = []string{"video"}
	i, _ = advance(i, v)
	want := "People now also say: “Videos don't play”. Back to the usual: “I can't log in”."
	if got := i.Updates[len(i.Updates)-1].Text; got != want {
		t.Errorf("news %q, want %q", got, want)
	}
	for _, p := range i.Symptoms {
		if want := map[string]outcry.State{"login": outcry.Operational, "video": outcry.Likely}[p.Key]; p.State != want {
			t.Errorf("%s is %s, want %s", p.Key, p.State, want)
		}
	}
}

func TestFewReportersAreNotNamed(t *testing.T) {
	v := minuteOf(0, 5, outcry.Likely)
	v.tally.regions = map[string]int{"US-MD": 5, "US-VT": 9}
	v.tally.crowds = map[string]int{"US-MD": 5, "US-VT": 4}
	v.tally.networks = map[string]int{"AS64500": 4}
	v.places = map[string]float64{"US-MD": 0.5}
	i, _ := advance(nil, v)
	if len(i.Regions) != 1 || i.Regions[0].Key != "US-MD" || i.Regions[0].Expected != 0.25 || len(i.Networks) != 0 {
		t.Errorf("regions %v, networks %v: want only US-MD, which five people reported", i.Regions, i.Networks)
	}
}
