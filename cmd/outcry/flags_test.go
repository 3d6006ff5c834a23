package main

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"io"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// stopped is, for every command, arguments with which it ends at once when the
// twin of --listen is no address, or the file is not there.
var stopped = map[string][]string{
	"serve": nil, "demo": nil, "healthcheck": nil,
	"replay": {"/nowhere"}, "backtest": {"/nowhere"}, "verify": {"/nowhere"},
}

// try runs a command with the twins given and returns all that it says.
func try(t *testing.T, twins map[string]string, args ...string) (said string, err error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second) // it may start where it should not
	defer cancel()
	var out bytes.Buffer
	lookup := func(name string) (string, bool) { value, ok := twins[name]; return value, ok }
	err = run(ctx, args, environment{strings.NewReader(""), &out, &out, lookup, time.Now})
	return out.String(), err
}

// The commands are those that the usage names.
func TestEveryCommandIsTried(t *testing.T) {
	var named []string
	for _, m := range regexp.MustCompile(`(?m)^  ([a-z]+) `).FindAllStringSubmatch(usage, -1) {
		named = append(named, m[1])
	}
	slices.Sort(named)
	if tried := slices.Sorted(maps.Keys(stopped)); !slices.Equal(tried, named) {
		t.Errorf("tried %v, and the usage names %v", tried, named)
	}
}

var flagLine = regexp.MustCompile(`(?m)^  -([a-z-]+)`)

// Every flag that a command lists is looked up by its twin, and one that is
// given goes before it.
func TestEveryFlagOfEveryCommandHasATwin(t *testing.T) {
	for command, args := range stopped {
		listed, err := try(t, nil, command, "-h")
		if !errors.Is(err, flag.ErrHelp) {
			t.Errorf("outcry %s -h: %v", command, err)
		}
		flags := flagLine.FindAllStringSubmatch(listed, -1)
		if len(flags) == 0 {
			t.Errorf("outcry %s -h lists no flags: %s", command, listed)
		}
		asked := map[string]bool{}
		lookup := func(name string) (string, bool) {
			asked[name] = true
			return "nowhere", name == "OUTCRY_LISTEN"
		}
		err = run(t.Context(), append([]string{command}, args...), environment{strings.NewReader(""), io.Discard, io.Discard, lookup, time.Now})
		if err == nil {
			t.Errorf("outcry %s %v was to end with an error", command, args)
		}
		for _, m := range flags {
			if !asked[twin(m[1])] {
				t.Errorf("outcry %s does not look for %s", command, twin(m[1]))
			}
		}
	}
}

func TestATwinIsHeldToTheSameAsItsFlag(t *testing.T) {
	for _, command := range []string{"serve", "demo", "replay", "backtest"} {
		args := append([]string{command}, stopped[command]...)
		for _, bad := range []string{"abc", "-1", "NaN"} {
			said, err := try(t, map[string]string{"OUTCRY_FALSE_ALARMS": bad, "OUTCRY_LISTEN": "127.0.0.1:0"}, args...)
			if !errors.Is(err, errUsage) || !strings.Contains(err.Error(), "--false-alarms") || said != "" {
				t.Errorf("%v with OUTCRY_FALSE_ALARMS=%s: %v, said %q", args, bad, err, said)
			}
		}
	}
	if _, err := try(t, map[string]string{"OUTCRY_UNTIL": "soon"}, "replay", "/nowhere", "--until", "2026-01-02T15:04:05Z"); errors.Is(err, errUsage) {
		t.Errorf("a flag after the file does not overrule its twin: %v", err)
	}
}

func TestBacktestTakesItsRateFromFlagOrTwin(t *testing.T) {
	for _, tt := range []struct {
		args, twin string
		want       float64
	}{
		{"dir", "", 0}, {"dir --false-alarms 0.5", "", 0.5}, {"--false-alarms 0.5 dir", "0.2", 0.5}, {"dir", "0.2", 0.2},
	} {
		lookup := func(name string) (string, bool) { return tt.twin, tt.twin != "" && name == "OUTCRY_FALSE_ALARMS" }
		dir, options, err := backtestOptions(strings.Fields(tt.args), environment{nil, io.Discard, io.Discard, lookup, time.Now})
		if err != nil || dir != "dir" || options.FalseAlarms != tt.want {
			t.Errorf("%q with %q: %q %+v, %v, want a rate of %g", tt.args, tt.twin, dir, options, err, tt.want)
		}
	}
}

// What is wrong with a call is one sentence, and the call's own fault.
func TestEveryCommandRefusesAlike(t *testing.T) {
	for command, args := range stopped {
		calls := [][]string{{"--colour", "red"}, {"extra", "word", "more"}}
		if len(args) > 0 {
			calls = append(calls, nil, []string{"/nowhere", "/nowhere"})
		}
		for _, call := range calls {
			said, err := try(t, nil, append([]string{command}, call...)...)
			if !errors.Is(err, errUsage) || strings.Contains(err.Error(), "\n") || said != "" {
				t.Errorf("outcry %s %v: %v, said %q", command, call, err, said)
			}
		}
	}
	if said, err := try(t, nil, "version", "extra"); !errors.Is(err, errUsage) || said != "" {
		t.Errorf("outcry version extra: %v, said %q", err, said)
	}
}

func TestPublicAddress(t *testing.T) {
	for given, want := range map[string]string{
		"": "", "https://outcry.example": "https://outcry.example", "https://outcry.example/": "https://outcry.example",
		"HTTPS://Outcry.Example": "https://outcry.example", "http://[::1]:8080": "http://[::1]:8080",
	} {
		if got, err := publicAddress(given); err != nil || got != want {
			t.Errorf("%q: %q, %v, want %q", given, got, err, want)
		}
	}
	for _, bad := range []string{"nowhere", "ftp://x", "https://", "https://:8080", "https://x/path", "https://x/?x=1", "https://x?", "https://x#f", "https://x/#", "https://me:secret@x", "https://x/path?x=1#f", "mailto:x@y"} {
		_, err := publicAddress(bad)
		if !errors.Is(err, errUsage) || !strings.Contains(err.Error(), "--public-url") || strings.Contains(err.Error(), "secret") {
			t.Errorf("%q is answered %v", bad, err)
		}
	}
}
