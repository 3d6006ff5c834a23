package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"outcry"
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
		"the severity":  func(b map[string]any) { b["incident"].(map[string]any)["severity"] = "minor" },
		"the threshold": func(b map[string]any) { b["thresholds"].(map[string]any)["log_odds"] = 5 },
		"the setting":   func(b map[string]any) { b["record"].(map[string]any)["false_alarms_per_week"] = 1 },
		"the record":    func(b map[string]any) { delete(b, "record") },
	} {
		var b map[string]any
		if err := json.Unmarshal(document, &b); err != nil {
			t.Fatal(err)
		}
		tamper(b)
		forged, err := json.Marshal(b)
		if err != nil {
			t.Fatal(err)
		}
		if said, err := verify(t, forged); err == nil || strings.Contains(said, "is reproduced.") {
			t.Errorf("%s was changed, and verify says %v\n%s", name, err, said)
		}
	}
}

// bucketAt is a bundle's bucket, from the end where i is negative.
func bucketAt(b map[string]any, i int) map[string]any {
	list := b["buckets"].([]any)
	return list[(i+len(list))%len(list)].(map[string]any)
}
