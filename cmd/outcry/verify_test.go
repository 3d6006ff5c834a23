package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"outcry"
	"outcry/api/openapi"
	"outcry/ingest/replay"
	"outcry/ingest/simulate"
	"outcry/ingest/source"
)

// verify runs `outcry verify FILE` on a document.
func verify(t *testing.T, document []byte) (said string, err error) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "bundle.json")
	if err := os.WriteFile(file, document, 0o600); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	err = run(t.Context(), []string{"verify", file}, environment{strings.NewReader(""), &out, &out, func(string) (string, bool) { return "", false }, time.Now})
	return out.String(), err
}

// TestAnIncidentsBundleIsVerified: the record of CoursePlus' outage is judged
// into a store, a server gives the incident's bundle, and whoever has the file
// judges it again; one number changed, and it is not reproduced.
func TestAnIncidentsBundleIsVerified(t *testing.T) {
	redis := redisServer(t)
	p, err := openPipeline(config{listen: "127.0.0.1:0", role: roleAll, redisURL: redis, falseAlarms: 0.05}, source.Fleeting(), time.Now)
	if err != nil {
		t.Fatal(err)
	}
	defer p.close()
	s, ok := simulate.FindScenario("courseplus-2022-10-24")
	if !ok {
		t.Fatal("no scenario")
	}
	desk := &recorder{pipeline: p, stored: func(outcry.Report, outcry.Acknowledgement) {}}
	var last time.Time
	for l := range s.World.Lines(1) {
		if err := desk.take(t.Context(), replay.Line(l)); err != nil {
			t.Fatal(err)
		}
		last = l.Time
	}
	if err := desk.flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := p.judge(t.Context(), map[string]bool{"courseplus": true}, s.World.From, last); err != nil {
		t.Fatal(err)
	}
	base, stop := start(t, "--redis-url", redis, "--role", "web")
	var list []outcry.Incident
	get(t, base+"/api/v1/incidents", &list)
	if len(list) != 1 {
		t.Fatalf("%d incidents, want 1", len(list))
	}
	document := get(t, base+"/api/v1/incidents/"+list[0].ID+"/bundle", nil)
	stop() // from here on nothing but the file is there
	said, err := verify(t, document)
	if err != nil || !strings.Contains(said, "The verdict is reproduced.") {
		t.Fatalf("verify: %v\n%s", err, said)
	}
	for name, tamper := range map[string]func(b map[string]any){
		"a bucket":      func(b map[string]any) { bucketAt(b, -30)["down"] = 30 },
		"an old bucket": func(b map[string]any) { bucketAt(b, 0)["down"] = 30 },
		"the severity":  func(b map[string]any) { incidentOf(b)["severity"] = "minor" },
		"the threshold": func(b map[string]any) { b["thresholds"].(map[string]any)["log_odds"] = 5 },
		"the setting":   func(b map[string]any) { b["record"].(map[string]any)["false_alarms_per_week"] = 1 },
		"the record":    func(b map[string]any) { delete(b, "record") },
	} {
		if said, err := verify(t, forge(t, document, tamper)); err == nil || strings.Contains(said, "is reproduced.") {
			t.Errorf("%s was changed, and verify says %v\n%s", name, err, said)
		}
	}
	// What is not recomputed is named, so that nobody takes it for reproduced.
	for name, tamper := range map[string]func(b map[string]any){
		"buckets.regions":             func(b map[string]any) { bucketAt(b, -30)["regions"] = map[string]any{"US-MD": 999} },
		"buckets.works":               func(b map[string]any) { bucketAt(b, -30)["works"] = 999 },
		"incident.regions":            func(b map[string]any) { incidentOf(b)["regions"].([]any)[0].(map[string]any)["count"] = 999 },
		"incident.attribution.shares": func(b map[string]any) { incidentOf(b)["attribution"].(map[string]any)["shares"] = []any{} },
		"incident.attribution.related": func(b map[string]any) {
			incidentOf(b)["attribution"].(map[string]any)["related"] = []any{map[string]any{"service": "aws", "relation": "depends_on"}}
		},
		"incident.label":       func(b map[string]any) { incidentOf(b)["label"] = "confirmed" },
		"incident.official_at": func(b map[string]any) { incidentOf(b)["official_at"] = "2022-10-24T23:00:00Z" },
		"forecasts":            func(b map[string]any) { b["forecasts"] = []any{} },
		"record.networks":      func(b map[string]any) { b["record"].(map[string]any)["networks"] = map[string]any{"AS1": 1} },
		"software":             func(b map[string]any) { b["software"] = "99" },
	} {
		said, err := verify(t, forge(t, document, tamper))
		_, stated, _ := strings.Cut(said, "Taken as stated")
		stated, _, _ = strings.Cut(stated, "\n")
		if err != nil || !strings.Contains(stated, " "+name) || strings.Contains(said, "  differs") {
			t.Errorf("%s was changed, which is not recomputed, and verify says %v\n%s", name, err, said)
		}
	}
}

func incidentOf(b map[string]any) map[string]any { return b["incident"].(map[string]any) }

// TestEveryMemberOfABundleIsAccountedFor: each that the interface describes is
// recomputed, or judged from, or taken as stated.
func TestEveryMemberOfABundleIsAccountedFor(t *testing.T) {
	type schema struct {
		Ref        string            `json:"$ref"`
		Properties map[string]schema `json:"properties"`
		Items      *schema           `json:"items"`
	}
	var doc struct {
		Components struct{ Schemas map[string]schema }
	}
	if err := json.Unmarshal(openapi.Document, &doc); err != nil {
		t.Fatal(err)
	}
	parts := map[string]bool{"incident": true, "incident.attribution": true, "buckets": true, "record": true}
	var members []string
	var walk func(s schema, path string)
	walk = func(s schema, path string) {
		if s.Items != nil {
			s = *s.Items
		}
		if name := strings.TrimPrefix(s.Ref, "#/components/schemas/"); s.Ref != "" {
			s = doc.Components.Schemas[name]
		}
		for key, x := range s.Properties {
			if at := strings.TrimPrefix(path+"."+key, "."); parts[at] {
				walk(x, at)
			} else {
				members = append(members, at)
			}
		}
	}
	walk(doc.Components.Schemas["Bundle"], "")
	said := slices.Concat(comparedMembers, givenMembers, statedMembers)
	slices.Sort(members)
	slices.Sort(said)
	if len(members) < 40 || !slices.Equal(members, said) {
		t.Errorf("described: %q\naccounted for: %q", members, said)
	}
}

// bucketAt is a bundle's bucket, from the end where i is negative.
func bucketAt(b map[string]any, i int) map[string]any {
	list := b["buckets"].([]any)
	return list[(i+len(list))%len(list)].(map[string]any)
}

// forge is a document with something changed.
func forge(t *testing.T, document []byte, tamper func(b map[string]any)) []byte {
	t.Helper()
	var b map[string]any
	if err := json.Unmarshal(document, &b); err != nil {
		t.Fatal(err)
	}
	tamper(b)
	forged, err := json.Marshal(b)
	if err != nil {
		t.Fatal(err)
	}
	return forged
}
