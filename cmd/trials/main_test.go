package main

import (
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"outcry"
)

func TestWrongCallsAreNamed(t *testing.T) {
	for args, want := range map[string]string{
		"":                                 "-made",
		"-made today":                      "-made",
		"-made 2026-11-21 -sets 0":         "-sets",
		"-made 2026-11-21 -weeks 2":        "-weeks",
		"-made 2026-11-21 -services 0":     "-services",
		"-made 2026-11-21 -false-alarms 0": "-false-alarms",
		"-made 2026-11-21 more":            "more",
	} {
		if err := run(t.Context(), strings.Fields(args), io.Discard); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want a word on %s", args, err, want)
		}
	}
}

func TestFiguresAreWritten(t *testing.T) {
	out := filepath.Join(t.TempDir(), "trials.json")
	args := []string{"-made", "2026-11-21", "-seed", "7", "-sets", "1", "-services", "4", "-weeks", "3", "-source", "../..", "-out", out}
	if err := run(t.Context(), args, io.Discard); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	var got outcry.Trials
	if err := json.Unmarshal(text, &got); err != nil {
		t.Fatal(err)
	}
	// Four services, one week after the learning, two outages a week each.
	if n := got.Of(-1, -1).Noticed.Of; n != 8 || got.Made != "2026-11-21" || len(got.Detector) != 12 || got.Check.Seed != 7 || got.Example.Noticed < 0 {
		t.Errorf("%d outages, made %q by %q, check of seed %d, example noticed at %d", n, got.Made, got.Detector, got.Check.Seed, got.Example.Noticed)
	}
}

func TestAPromiseIsWritten(t *testing.T) {
	out := filepath.Join(t.TempDir(), "promise.json")
	args := []string{"-promise", "-made", "2026-11-21", "-seed", "7", "-services", "4", "-weeks", "1", "-source", "../..", "-out", out}
	if err := run(t.Context(), args, io.Discard); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	var got outcry.TrialPromise
	if err := json.Unmarshal(text, &got); err != nil {
		t.Fatal(err)
	}
	if len(got.Weeks) != 1 || got.Services != 4 || got.Made != "2026-11-21" || len(got.Detector) != 12 {
		t.Errorf("%+v", got)
	}
}
