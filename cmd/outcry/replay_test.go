package main

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"outcry"
	"outcry/ingest/replay"
	"outcry/ingest/simulate"
)

// runLines runs text through `outcry replay --json` and returns its document.
func runLines(t *testing.T, text string, flags ...string) (result replayed, stderr string, err error) {
	t.Helper()
	var stdout, log bytes.Buffer
	args := append([]string{"replay", "-", "--json"}, flags...)
	err = run(t.Context(), args, environment{strings.NewReader(text), &stdout, &log, func(string) (string, bool) { return "", false }, time.Now})
	if stdout.Len() > 0 {
		if err := json.Unmarshal(stdout.Bytes(), &result); err != nil {
			t.Fatal(err)
		}
	}
	return result, log.String(), err
}

// scenario is a simulated crowd as a record.
func scenario(t *testing.T, name string) string {
	t.Helper()
	s, ok := simulate.FindScenario(name)
	if !ok {
		t.Fatalf("there is no scenario %q", name)
	}
	var text bytes.Buffer
	w := replay.NewWriter(&text)
	for l := range s.World.Lines(1) {
		if err := w.Write(l); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	return text.String()
}

func TestAMalformedLineIsNamedAndStopsNothing(t *testing.T) {
	const text = `{"time":"2026-01-05T12:00:00Z","service":"coursera","device":"a"}
{"time":"2026-01-05T12:00:01Z","service":
{"time":"2026-01-05T12:00:02Z","service":"nowhere"}
{"time":"2026-01-05T12:00:03Z","service":"coursera","symptom":"nothing"}
{"time":"2026-01-05T12:00:04Z","service":"coursera","device":"b","kind":"works"}
{"time":"2026-01-05T12:00:05Z","service":"coursera","device":"a"}
`
	result, stderr, err := runLines(t, text)
	if err != nil {
		t.Fatal(err)
	}
	if result.Reports != 3 || result.Counted != 2 || result.Discounted != 1 || result.Rejected != 3 || len(result.Incidents) != 0 {
		t.Errorf("got %+v, want 3 reports, 2 counted, 1 discounted, 3 rejected, no incident", result)
	}
	for _, line := range []string{"line 2:", "line 3:", "line 4:"} {
		if !strings.Contains(stderr, line) {
			t.Errorf("%q is not named in %q", line, stderr)
		}
	}
	if _, _, err := runLines(t, text, "--strict"); err == nil {
		t.Error("--strict does not fail on rejected lines")
	}
}

// TestARejectedTimeIsNamed: the line and the field, in words.
func TestARejectedTimeIsNamed(t *testing.T) {
	for _, value := range []string{`5`, `true`, `{}`, `"noon"`} {
		_, stderr, err := runLines(t, `{"time":`+value+`,"service":"coursera"}`)
		if want := "line 1: time is not of the form 2006-01-02T15:04:05Z\n"; err != nil || stderr != want {
			t.Errorf("%s: got %q (%v), want %q", value, stderr, err, want)
		}
	}
	_, _, err := runLines(t, "", "--until", "noon")
	if err == nil || !strings.Contains(err.Error(), `"noon" for flag --until: a time is written like 2006-01-02T15:04:05Z`) || strings.Contains(err.Error(), "parsing time") {
		t.Errorf("--until noon: %v", err)
	}
}

// TestScenarioCoursePlus holds the replay to what happened: down from 18:45 to
// 19:37 US Eastern on 2022-10-24, a service that hardly anybody reports.
func TestScenarioCoursePlus(t *testing.T) {
	result, _, err := runLines(t, scenario(t, "courseplus-2022-10-24"))
	if err != nil {
		t.Fatal(err)
	}
	if len(result.Incidents) != 1 {
		t.Fatalf("%d incidents, want exactly one: %+v", len(result.Incidents), result.Incidents)
	}
	i := result.Incidents[0]
	down, up := time.Date(2022, 10, 24, 22, 45, 0, 0, time.UTC), time.Date(2022, 10, 24, 23, 37, 0, 0, time.UTC)
	if i.Service != "courseplus" || i.Attribution.Cause != outcry.CauseService || i.State != outcry.Resolved {
		t.Errorf("%s, cause %s, %s; want courseplus itself, resolved", i.Service, i.Attribution.Cause, i.State)
	}
	if i.DetectedAt.Before(down) || i.DetectedAt.After(down.Add(8*time.Minute)) {
		t.Errorf("detected %s, want within 8 minutes of %s", i.DetectedAt, down)
	}
	if i.ResolvedAt.Before(up) || i.ResolvedAt.After(up.Add(20*time.Minute)) {
		t.Errorf("resolved %s, want within 20 minutes of %s", i.ResolvedAt, up)
	}
}

// TestScenarioCoursera: partial, intermittent, in two steps, and one incident.
func TestScenarioCoursera(t *testing.T) {
	result, _, err := runLines(t, scenario(t, "coursera-2013-02-22"))
	if err != nil {
		t.Fatal(err)
	}
	if len(result.Incidents) != 1 {
		t.Fatalf("%d incidents, want exactly one: %+v", len(result.Incidents), result.Incidents)
	}
	i := result.Incidents[0]
	if day := i.StartedAt.Format(time.DateOnly); day != "2013-02-22" || i.Attribution.Cause != outcry.CauseService || len(i.Updates) < 4 {
		t.Errorf("started %s, cause %s, %d updates; want 2013-02-22, service, several", day, i.Attribution.Cause, len(i.Updates))
	}
	var said strings.Builder
	for _, u := range i.Updates {
		said.WriteString(u.Text)
	}
	for label, failed := range map[string]bool{
		"Search and the course catalogue don't work": true, "I can't log in": true, "My dashboard or course list doesn't load": true,
		"Lecture videos don't play": false, "Quizzes or tests don't open or save": false,
	} {
		if strings.Contains(said.String(), label) != failed {
			t.Errorf("%q is called failing: %v, want %v", label, !failed, failed)
		}
	}
}

// TestScenarioNoOutage: crowds that are not a service's outage make none.
func TestScenarioNoOutage(t *testing.T) {
	for name, day := range map[string]string{"deadline-sunday": "", "campus-network": "2025-11-12"} {
		result, _, err := runLines(t, scenario(t, name))
		if err != nil {
			t.Fatal(err)
		}
		for _, i := range result.Incidents {
			if strings.HasPrefix(i.StartedAt.Format(time.DateOnly), day) && i.Attribution.Cause == outcry.CauseService && i.State != outcry.Retracted {
				t.Errorf("%s: %s is called down: %s", name, i.Service, i.Updates[0].Text)
			}
		}
	}
}

// TestScenarioAttacks: pretenders of few networks take no service out of its
// state on the day of their attack, not even for a minute.
func TestScenarioAttacks(t *testing.T) {
	for _, name := range []string{"brigade", "hosting-attack"} {
		result, _, err := runLines(t, scenario(t, name))
		if err != nil {
			t.Fatal(err)
		}
		if result.Discounted == 0 {
			t.Errorf("%s: nothing is discounted", name)
		}
		for _, i := range result.Incidents {
			if i.StartedAt.Format(time.DateOnly) == "2025-11-19" {
				t.Errorf("%s: %s is called down: %s", name, i.Service, i.Updates[0].Text)
			}
		}
	}
}
