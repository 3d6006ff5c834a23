package journal

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"outcry"
	"outcry/ingest/embedded"
	"outcry/ingest/internal/redistest"
	"outcry/ingest/store"
)

var start = time.Date(2026, 3, 4, 11, 58, 30, 0, time.UTC)

func complaint(n int) outcry.Report {
	return outcry.Report{
		ID: fmt.Sprintf("id-%d", n), Service: []string{"edx", "zoom"}[n%2], Symptom: "site", Kind: outcry.KindDown,
		Occurred: start, Received: start, Place: outcry.Place{Country: "US", Region: "US-MD", ASN: 64500},
		Source: outcry.Source{
			Person: fmt.Sprintf("p%d", n), Address: fmt.Sprintf("a%d", n), Network: fmt.Sprintf("n%d", n),
			Key: fmt.Sprintf("key-%d", n),
		},
	}
}

// kept is an embedded store that dir keeps.
type kept struct {
	*store.Store
	redis  *embedded.Redis
	keeper *Keeper
}

func keep(t *testing.T, dir string) kept {
	t.Helper()
	return keepWith(t, dir, Options{})
}

func keepWith(t *testing.T, dir string, o Options) kept {
	t.Helper()
	r, err := embedded.Open()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = r.Close() })
	k, err := o.Keep(context.Background(), dir, r.Client())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = k.log.Close() })
	return kept{store.New(r.Client(), store.Config{}), r, k}
}

func total(t *testing.T, s *store.Store) int {
	t.Helper()
	n := 0
	for _, service := range []string{"edx", "zoom"} {
		buckets, err := s.Buckets(context.Background(), service, start.Add(-time.Hour), start.Add(time.Hour))
		if err != nil {
			t.Fatal(err)
		}
		for _, b := range buckets {
			n += b.Down + b.Works + b.Late + b.Discounted
		}
	}
	return n
}

func mustAdd(t *testing.T, s interface {
	AddBatches(context.Context, [][]outcry.Report) []store.Result
}, from, to int) {
	t.Helper()
	for n := from; n < to; n++ {
		for _, r := range s.AddBatches(context.Background(), [][]outcry.Report{{complaint(n)}}) {
			if r.Err != nil {
				t.Fatal(r.Err)
			}
		}
	}
}

// fill writes one of everything.
func fill(t *testing.T, k kept) (token string) {
	t.Helper()
	ctx := context.Background()
	mustAdd(t, k, 0, 50)
	token, err := k.Token(ctx, complaint(7))
	if err != nil {
		t.Fatal(err)
	}
	for _, err := range []error{
		k.Withdraw(ctx, "", "id-7", token, start),
		k.SaveIncident(ctx, outcry.Incident{ID: "i1", Service: "edx", State: outcry.Ongoing, StartedAt: start}),
		k.SaveIncident(ctx, outcry.Incident{ID: "i1", Service: "edx", State: outcry.Resolved, StartedAt: start}),
		k.SaveState(ctx, "detector", []byte{0, '\r', '\n', 255}),
		k.PutForecast(ctx, "edx", []outcry.Forecast{{Minute: start.Truncate(time.Minute), Expected: 0.5, Upper: 3.25}}),
		k.PutSnapshots(ctx, []outcry.Snapshot{{Verdict: outcry.Verdict{Service: "edx", State: outcry.Likely}}}),
		k.Beat(ctx, start),
		k.Publish(ctx, []outcry.Event{{Kind: outcry.EventVerdict, Service: "edx", Data: []byte("{}")}}),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	if _, err := k.Lease(ctx, "detector", "somebody", time.Hour); err != nil {
		t.Fatal(err)
	}
	return token
}

// wantAll checks what fill wrote.
func wantAll(t *testing.T, s *store.Store) {
	t.Helper()
	ctx := context.Background()
	if n := total(t, s); n != 49 {
		t.Errorf("%d reports are counted, want 49", n)
	}
	incidents, err := s.Incidents(ctx, outcry.IncidentFilter{State: outcry.Resolved})
	if err != nil || len(incidents) != 1 {
		t.Errorf("incidents %v, %v", incidents, err)
	}
	if open, err := s.Incidents(ctx, outcry.IncidentFilter{State: outcry.Ongoing}); err != nil || len(open) != 0 {
		t.Errorf("still open: %v, %v", open, err)
	}
	if state, err := s.LoadState(ctx, "detector"); err != nil || !reflect.DeepEqual(state, []byte{0, '\r', '\n', 255}) {
		t.Errorf("state %v, %v", state, err)
	}
	f, err := s.Forecasts(ctx, "edx", start.Add(-time.Minute), start.Add(time.Minute))
	if err != nil || len(f) != 1 || f[0].Upper != 3.25 {
		t.Errorf("forecasts %v, %v", f, err)
	}
	if snaps, err := s.Snapshots(ctx); err != nil || snaps["edx"].Verdict.State != outcry.Likely {
		t.Errorf("snapshots %v, %v", snaps, err)
	}
	if alive, err := s.Alive(ctx, start); err != nil || !alive {
		t.Errorf("alive %v, %v", alive, err)
	}
	if events, err := s.Events(ctx, "0-0", 0); err != nil || len(events) != 1 {
		t.Errorf("events %v, %v", events, err)
	}
	if held, err := s.Lease(ctx, "detector", "me", time.Hour); err != nil || !held {
		t.Errorf("the lease of a process that ended is still held (%v)", err)
	}
	again, err := s.Add(ctx, []outcry.Report{complaint(0)})
	if err != nil || !again[0].Counted() || total(t, s) != 49 {
		t.Errorf("a retry after the restart: %v, %v, %d in all", again, err, total(t, s))
	}
}

func TestTheEmbeddedStoreSurvives(t *testing.T) {
	for name, stop := range map[string]func(t *testing.T, k kept, dir string) string{
		"a kill": func(t *testing.T, _ kept, dir string) string { return crashed(t, dir) },
		"an orderly end": func(t *testing.T, k kept, dir string) string {
			if err := k.keeper.Close(context.Background(), time.Now()); err != nil {
				t.Fatal(err)
			}
			return dir
		},
		"a kill between snapshot and log": func(t *testing.T, k kept, dir string) string {
			if _, err := k.keeper.log.Rotate(); err != nil { // as Compact begins
				t.Fatal(err)
			}
			before := crashed(t, dir)
			if err := k.keeper.Compact(context.Background(), time.Now()); err != nil {
				t.Fatal(err)
			}
			snapshot, err := os.ReadFile(filepath.Join(dir, snapshotName))
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(before, snapshotName), snapshot, 0o600); err != nil {
				t.Fatal(err)
			}
			return before
		},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			k := keep(t, dir)
			token := fill(t, k)
			next := keep(t, stop(t, k, dir))
			wantAll(t, next.Store)
			if again, err := next.Token(context.Background(), complaint(7)); err != nil || again != token {
				t.Errorf("the token changed (%v)", err)
			}
			// And the one after, whose scripts are in the snapshot only.
			mustAdd(t, next, 100, 101)
			last := keep(t, crashed(t, stop(t, next, crashedDir(next))))
			if n := total(t, last.Store); n != 50 {
				t.Errorf("after the second restart %d, want 50", n)
			}
		})
	}
}

func crashedDir(k kept) string { return k.keeper.dir }

// TestASnapshotLoadsIntoRedis: the way to grow, by redis-cli itself.
func TestASnapshotLoadsIntoRedis(t *testing.T) {
	dir := t.TempDir()
	k := keep(t, dir)
	fill(t, k)
	if err := k.keeper.Close(context.Background(), time.Now()); err != nil {
		t.Fatal(err)
	}
	server := redistest.Start(t)
	for range 2 { // twice is as once
		in, err := os.Open(filepath.Join(dir, snapshotName))
		if err != nil {
			t.Fatal(err)
		}
		cli := exec.Command("redis-cli", "-s", server.Socket, "--pipe")
		cli.Stdin = in
		out, err := cli.CombinedOutput()
		_ = in.Close()
		if err != nil {
			t.Fatalf("redis-cli --pipe: %v\n%s", err, out)
		}
	}
	client, err := store.Dial(server.URL())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = client.Close() })
	wantAll(t, store.New(client, store.Config{}))
	ttl, err := client.TTL(context.Background(), "outcry:{edx}:t:492395").Result()
	if err != nil || ttl < 8*24*time.Hour || ttl > 8*24*time.Hour+time.Hour {
		t.Errorf("the counts live for %v, %v", ttl, err)
	}
}

// TestNothingIsAnsweredThatIsNotOnTheDisk: with a full disk the store refuses
// rather than counts in memory, and goes on when there is room again.
func TestNothingIsAnsweredThatIsNotOnTheDisk(t *testing.T) {
	k := keep(t, t.TempDir())
	mustAdd(t, k, 0, 1)
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	k.keeper.log.mu.Lock()
	_ = k.keeper.log.file.Close()
	k.keeper.log.file = full
	k.keeper.log.mu.Unlock()
	if _, err := k.Add(context.Background(), []outcry.Report{complaint(1)}); !errors.Is(err, outcry.ErrUnavailable) {
		t.Errorf("on a full disk: %v", err)
	}
	if k.keeper.Ready() == nil {
		t.Error("a full disk is not told")
	}
	if n := total(t, k.Store); n != 1 {
		t.Errorf("%d counted, want 1", n)
	}
	mustAdd(t, k, 1, 2)
	if n := total(t, k.Store); n != 2 || k.keeper.Ready() != nil {
		t.Errorf("with room again: %d counted, %v", n, k.keeper.Ready())
	}
}

// TestCompactBesideWrites: whatever a kill during a compaction leaves, all
// that was answered is there once.
func TestCompactBesideWrites(t *testing.T) {
	dir := t.TempDir()
	k := keep(t, dir)
	var writers sync.WaitGroup
	for w := range 4 {
		writers.Go(func() {
			for n := range 100 {
				r := complaint(w*100 + n)
				if _, err := k.Add(context.Background(), []outcry.Report{r}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	for range 10 {
		if err := k.keeper.Compact(context.Background(), time.Now()); err != nil {
			t.Fatal(err)
		}
	}
	writers.Wait()
	next := keep(t, crashed(t, dir))
	if n := total(t, next.Store); n != 400 {
		t.Errorf("%d counted, want 400", n)
	}
}

// TestNobodyWaitsWhileASnapshotIsRead: writes are held while a service's keys are
// copied, and no longer.
func TestNobodyWaitsWhileASnapshotIsRead(t *testing.T) {
	k := keep(t, t.TempDir())
	mustAdd(t, k, 0, 10)
	var writes sync.Mutex
	watch := &watching{t: t, writes: &writes}
	k.redis.Client().AddHook(watch)
	if err := dump(context.Background(), k.redis.Client(), io.Discard, start, &writes); err != nil {
		t.Fatal(err)
	}
	if watch.copies == 0 || watch.reads == 0 {
		t.Errorf("%d copies, %d readings were seen", watch.copies, watch.reads)
	}
	if left, err := k.redis.Client().Keys(context.Background(), copyPrefix+"*").Result(); err != nil || len(left) > 0 {
		t.Errorf("copies are left: %v, %v", left, err)
	}
}

// watching sees whether writes are held while a snapshot is made.
type watching struct {
	t             *testing.T
	writes        *sync.Mutex
	copies, reads int
}

func (w *watching) DialHook(next redis.DialHook) redis.DialHook { return next }

func (w *watching) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return next
}

func (w *watching) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, cmd redis.Cmder) error {
		free := w.writes.TryLock()
		if free {
			w.writes.Unlock()
		}
		switch cmd.Name() {
		case "copy":
			w.copies++
			if free {
				w.t.Error("a key is copied while others write")
			}
		case "hgetall", "get", "xrange", "zrange":
			w.reads++
			if !free {
				w.t.Errorf("writes wait for %v", cmd.Args())
			}
		}
		return next(ctx, cmd)
	}
}

// TestOvergrownIsSaidInTime: a log that takes a start more than a moment is to
// be compacted, and one that a large store's snapshot would be written for again
// and again is not.
func TestOvergrownIsSaidInTime(t *testing.T) {
	dir := t.TempDir()
	k := keep(t, dir)
	write := func(key string, bytes int) {
		t.Helper()
		if err := k.redis.Client().Set(context.Background(), key, make([]byte, bytes), 0).Err(); err != nil {
			t.Fatal(err)
		}
	}
	overgrown := func(want bool) {
		t.Helper()
		if got := k.keeper.Overgrown(); got != want {
			t.Errorf("a log of %d bytes is overgrown: %v", k.keeper.log.Size(), got)
		}
	}
	overgrown(false)
	write("outcry:{.a}", shortLog/2)
	overgrown(false)
	write("outcry:{.b}", shortLog)
	overgrown(true)
	k = keep(t, crashed(t, dir)) // the next start plays it too
	overgrown(true)
	if err := k.keeper.Compact(context.Background(), start); err != nil {
		t.Fatal(err)
	}
	overgrown(false)
	write("outcry:{.a}", shortLog)
	overgrown(false) // with an eighth of the snapshot it would be
	write("outcry:{.a}", shortLog/2)
	overgrown(true)
}
