package main

import (
	"bytes"
	"errors"
	"flag"
	"strings"
	"testing"

	"outcry/ingest/replay"
)

func TestWritesWhatReplayReads(t *testing.T) {
	var out, again, other bytes.Buffer
	for args, to := range map[string]*bytes.Buffer{
		"courseplus-2022-10-24":         &out,
		"-seed 1 courseplus-2022-10-24": &again,
		"courseplus-2022-10-24 -seed 2": &other,
	} {
		if err := run(strings.Fields(args), to, &bytes.Buffer{}); err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Equal(out.Bytes(), again.Bytes()) || bytes.Equal(out.Bytes(), other.Bytes()) {
		t.Error("the seed does not tell tellings apart")
	}
	n := 0
	err := replay.Read(&out, func(int, replay.Line) error { n++; return nil }, func(line int, reason string) {
		t.Errorf("line %d: %s", line, reason)
	})
	if err != nil || n < 200 {
		t.Errorf("%d lines read, error %v", n, err)
	}
}

func TestAboutTellsFactsApart(t *testing.T) {
	var out bytes.Buffer
	if err := run([]string{"-about", "courseplus-2022-10-24"}, &out, &bytes.Buffer{}); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"Known:\n", "18:45 to 19:37", "Simulated:\n", "Nobody sent"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("-about does not say %q", want)
		}
	}
}

func TestSaysWhatIsWrongWithTheCall(t *testing.T) {
	for args, want := range map[string]string{
		"":                             "no scenario named",
		"atlantis":                     `there is no scenario "atlantis"; there are courseplus-2022-10-24, `,
		"brigade cloud-region":         "one scenario at a time",
		"brigade -seed x":              "seed",
		"-loud brigade":                "-loud",
		"brigade -seed 1 cloud-region": "one scenario at a time",
	} {
		var out bytes.Buffer
		err := run(strings.Fields(args), &out, &bytes.Buffer{})
		if !errors.Is(err, errUsage) || !strings.Contains(err.Error(), want) || out.Len() > 0 {
			t.Errorf("scenario %s: error %v, want one that says %q", args, err, want)
		}
	}
	if err := run([]string{"-h"}, &bytes.Buffer{}, &bytes.Buffer{}); !errors.Is(err, flag.ErrHelp) {
		t.Errorf("-h: %v", err)
	}
}
