package main

import (
	"context"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// short is the form that runs with the other tests. The long one is `make
// faults`; full-disk, which takes root, and overload, which takes a machine of
// its own, are only there.
func short(t *testing.T, outcry string) options {
	o, err := parse([]string{"-seed", "7", "-seconds", "4", "-times", "3", "-rate", "100", "-services", "10", "-stop", "1500ms",
		"-outcry", outcry, "-answer", "3s"}, t.Output())
	if err != nil {
		t.Fatal(err)
	}
	return o
}

// built is the program as it is now. A machine without redis-server fails: what
// is promised of Redis is tested with Redis.
func built(t *testing.T) string {
	t.Helper()
	if _, err := exec.LookPath("redis-server"); err != nil {
		t.Fatal(err)
	}
	outcry, err := build(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	return outcry
}

func TestFaults(t *testing.T) {
	outcry := built(t)
	t.Run("nothing is lost or counted twice", func(t *testing.T) {
		table := newTable(t.Output())
		side := make(chan struct{}, 6) // scenarios wait more than they work
		var all sync.WaitGroup
		for _, name := range []string{
			"kill-redis/spool", "kill-web", "kill-web/embedded", "kill-both/spool", "stop-redis", "stop-redis/spool",
			"toxic/spool", "no-redis-at-start", "no-redis-at-start/killed", "flushall", "two-webs/spool", "mix",
		} {
			dir := t.TempDir()
			side <- struct{}{}
			all.Go(func() {
				defer func() { <-side }()
				r, err := play(t.Context(), scenarioNamed(t, name), short(t, outcry), dir)
				table.add(r)
				if err != nil {
					t.Errorf("%s: %v", name, err)
				}
				if r.times == 0 || r.acknowledged < 300 || r.proof.counted == 0 {
					t.Errorf("%s: %d faults, %d acknowledged, %d counted: nothing was tried", name, r.times, r.acknowledged, r.proof.counted)
				}
			})
		}
		all.Wait()
	})
	t.Run("what is wrong is found", func(t *testing.T) { findsWhatIsWrong(t, outcry) })
}

func scenarioNamed(t *testing.T, name string) scenario {
	for _, s := range scenarios() {
		if s.name == name {
			return s
		}
	}
	t.Errorf("there is no scenario %s", name)
	return scenario{}
}

// findsWhatIsWrong is the harness' own test: a loss that it is not told of, and
// a report that is not in its ledger, must be found.
func findsWhatIsWrong(t *testing.T, outcry string) {
	for _, x := range []struct {
		name, want string
		wrong      fault
	}{
		{"loss", "acknowledged reports are missing, 0 are counted twice", func(_ context.Context, st *stage) error {
			return st.redis.do("FLUSHALL", "+OK")
		}},
		{"repetition", "0 acknowledged reports are missing, 1 are counted twice", func(_ context.Context, st *stage) error {
			stranger := &entry{id: "0192f0c1-2d3e-4f50-8a61-728394a5b6c7", device: "stranger", address: "21.0.0.1"}
			if o := st.crowd.send(stranger, st.webs[0].addr); o.status != 201 {
				t.Errorf("the stranger was answered %d", o.status)
			}
			return nil
		}},
	} {
		t.Run(x.name, func(t *testing.T) {
			t.Parallel()
			o := short(t, outcry)
			o.length, o.read = time.Second, time.Second
			wrong := func(ctx context.Context, st *stage) error {
				pause(ctx, o.length/2)
				return x.wrong(ctx, st)
			}
			_, err := play(t.Context(), scenario{name: x.name, faults: wrong}, o, t.TempDir())
			if err == nil || !strings.Contains(err.Error(), x.want) {
				t.Errorf("the harness says %v, want %q", err, x.want)
			}
		})
	}
}

// TestRunSaysWhatIsWrongWithTheCall.
func TestRunSaysWhatIsWrongWithTheCall(t *testing.T) {
	var out strings.Builder
	for _, x := range []struct{ args, want string }{
		{"-seconds 0", "-seconds"},
		{"-keep .", "-keep names a folder that is not empty"},
		{"-faults nothing", `there is no fault "nothing"`},
		{"-faults mix -redis-server " + filepath.Join(t.TempDir(), "none") + " -outcry /bin/false", "start none"},
	} {
		err := run(t.Context(), strings.Fields(x.args), &out, &out)
		if err == nil || !strings.Contains(err.Error(), x.want) {
			t.Errorf("%s: %v, want %q", x.args, err, x.want)
		}
	}
}
