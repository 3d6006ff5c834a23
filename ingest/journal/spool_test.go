package journal

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"net/netip"
	"os"
	"path/filepath"
	"testing"
	"time"

	"outcry"
	"outcry/ingest/internal/redistest"
	"outcry/ingest/source"
	"outcry/ingest/store"
)

func spool(t *testing.T, dir string, server *redistest.Server) (*Spool, *store.Store) {
	t.Helper()
	client, err := store.Dial(server.URL())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = client.Close() })
	s := store.New(client, store.Config{TokenKey: []byte("key")})
	p, err := OpenSpool(dir, s)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.Close() })
	return p, s
}

func mustDrain(t *testing.T, p *Spool) {
	t.Helper()
	if _, err := p.Drain(context.Background()); err != nil {
		t.Fatal(err)
	}
	if s := p.State(); !s.Redis || s.Spooled != 0 {
		t.Errorf("after Drain: %+v", s)
	}
}

func TestReportsWaitForRedis(t *testing.T) {
	server, dir := redistest.Start(t), t.TempDir()
	p, s := spool(t, dir, server)
	mustAdd(t, p, 0, 10)
	mustDrain(t, p) // a busy disk may have sent some the long way
	server.Kill()
	mustAdd(t, p, 5, 20) // half of them once more
	if _, err := p.Drain(context.Background()); !errors.Is(err, outcry.ErrUnavailable) {
		t.Errorf("drained into nowhere: %v", err)
	}
	if st := p.State(); st.Redis || st.Spooled != 15 || st.Err != nil {
		t.Errorf("state %+v", st)
	}
	token, err := p.Token(context.Background(), complaint(19))
	if err != nil {
		t.Fatal(err)
	}
	// This process is killed too, and the next one finds the spool.
	next, s2 := spool(t, crashed(t, dir), server)
	if err := next.Withdraw(context.Background(), "", "id-19", token, start); !errors.Is(err, outcry.ErrUnavailable) {
		t.Errorf("withdraw while away: %v", err)
	}
	server.Run()
	if err := next.Withdraw(context.Background(), "", "id-19", token, start); !errors.Is(err, outcry.ErrUnavailable) {
		t.Errorf("withdraw what is spooled: %v", err)
	}
	mustDrain(t, next)
	mustDrain(t, p) // both hand the same over
	if n := total(t, s2); n != 20 {
		t.Errorf("%d counted, want 20", n)
	}
	if err := next.Withdraw(context.Background(), "", "id-19", token, start); err != nil {
		t.Error(err)
	}
	mustAdd(t, p, 20, 22)
	if n := total(t, s); n != 21 {
		t.Errorf("%d counted, want 21", n)
	}
}

func TestStartWithoutRedis(t *testing.T) {
	server := redistest.Start(t)
	server.Kill()
	p, s := spool(t, t.TempDir(), server)
	mustAdd(t, p, 0, 5)
	server.Run()
	mustDrain(t, p)
	if n := total(t, s); n != 5 {
		t.Errorf("%d counted, want 5", n)
	}
}

// TestARedisThatHangs: it takes the commands and does not answer; what it took
// counts once, and nobody waits for a second.
func TestARedisThatHangs(t *testing.T) {
	server := redistest.Start(t)
	p, s := spool(t, t.TempDir(), server)
	mustAdd(t, p, 0, 3)
	server.Stop()
	for n := range 20 {
		began := time.Now()
		mustAdd(t, p, n, n+1)
		if took := time.Since(began); took > 900*time.Millisecond {
			t.Errorf("report %d took %v", n, took)
		}
	}
	server.Continue()
	mustDrain(t, p)
	if n := total(t, s); n != 20 {
		t.Errorf("%d counted, want 20", n)
	}
}

func TestNeitherRedisNorSpool(t *testing.T) {
	server := redistest.Start(t)
	p, _ := spool(t, t.TempDir(), server)
	server.Kill()
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	_ = p.log.file.Close()
	p.log.file = full
	r := p.AddBatches(context.Background(), [][]outcry.Report{{complaint(1)}})[0]
	if !errors.Is(r.Err, outcry.ErrUnavailable) || p.State().Err == nil || p.State().Spooled != 0 {
		t.Errorf("%v, %+v", r.Err, p.State())
	}
}

// TestNoFileHoldsAnAddress looks for the reporters' addresses as text, hex and
// bytes in all that is written: append-only file, spool, journal, snapshot.
func TestNoFileHoldsAnAddress(t *testing.T) {
	ctx := context.Background()
	server, spoolDir, keepDir := redistest.Start(t), t.TempDir(), t.TempDir()
	p, s := spool(t, spoolDir, server)
	k := keep(t, keepDir)
	var addresses []netip.Addr
	hasher := source.New()
	for n := range 60 {
		a := netip.AddrFrom4([4]byte{203, 7, 113, byte(50 + n)})
		if n%2 == 1 {
			a = netip.MustParseAddr("2001:db8:77:88::1234:5678").Next()
		}
		addresses = append(addresses, a)
		r := complaint(n)
		r.Source = hasher.Of(r.Service, r.ID, "", a, start)
		if n == 40 {
			server.Kill() // the rest goes to the spool
		}
		batch := [][]outcry.Report{{r}}
		for _, result := range append(p.AddBatches(ctx, batch), k.AddBatches(ctx, batch)...) {
			if result.Err != nil {
				t.Fatal(result.Err)
			}
		}
	}
	_ = s
	if err := k.keeper.Compact(ctx, time.Now()); err != nil {
		t.Fatal(err)
	}
	files := 0
	for _, dir := range []string{server.Dir(), spoolDir, keepDir} {
		err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
			if err != nil || !d.Type().IsRegular() {
				return err
			}
			content, err := os.ReadFile(path)
			if err != nil || len(content) == 0 {
				return err
			}
			files++
			for _, a := range addresses {
				raw := a.AsSlice()
				if a.Is6() {
					raw = raw[:8] // nor the /64
				}
				for _, form := range [][]byte{[]byte(a.String()), raw, []byte(hex.EncodeToString(raw)), bytes.ToUpper([]byte(hex.EncodeToString(raw)))} {
					if bytes.Contains(content, form) {
						t.Errorf("%s holds %q", path, form)
					}
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if files < 4 {
		t.Errorf("only %d files were looked at", files)
	}
}

// slow is a store that is done with so many reports before its caller leaves.
type slow struct {
	*store.Store
	away  bool
	most  int
	calls int
	has   map[string]int
}

func (s *slow) Ping(context.Context) error { return nil }

func (s *slow) AddBatches(_ context.Context, batches [][]outcry.Report) []store.Result {
	results, left := make([]store.Result, len(batches)), s.most
	s.calls++
	for i, batch := range batches {
		for _, r := range batch {
			if left--; s.away || left < 0 {
				results[i].Err = outcry.ErrUnavailable
				break
			}
			s.has[r.ID]++
		}
	}
	return results
}

// TestASlowRedisGetsLessAtATime: what is too much for it in one round trip is
// handed over in several, and what it took is not given again from the start.
func TestASlowRedisGetsLessAtATime(t *testing.T) {
	s := &slow{away: true, most: 70, has: map[string]int{}}
	p, err := OpenSpool(t.TempDir(), s)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = p.Close() }()
	mustAdd(t, p, 0, 10_000)
	big := make([]outcry.Report, 600) // in one entry
	for i := range big {
		big[i] = complaint(2 * (5000 + i))
	}
	if err := p.AddBatches(t.Context(), [][]outcry.Report{big[:300], big[300:]})[0].Err; err != nil {
		t.Fatal(err)
	}
	s.away, s.calls = false, 0
	for tries := 0; ; tries++ {
		_, err := p.Drain(t.Context())
		if err == nil {
			break
		}
		if !errors.Is(err, ErrNotHanded) {
			t.Fatal(err)
		}
		if tries > 20 {
			t.Fatalf("after %d tries %d of 10,600 reports are there", tries, len(s.has))
		}
	}
	if len(s.has) != 10_600 || p.State().Spooled != 0 {
		t.Errorf("%d reports are there, %d entries are left", len(s.has), p.State().Spooled)
	}
	given := 0
	for _, n := range s.has {
		given += n
	}
	// At worst each try that failed gave as many as there is time for.
	if s.calls > 10_600/15 || given > 10_600+20*s.most {
		t.Errorf("10,600 reports took %d round trips and were given %d times", s.calls, given)
	}
}

// TestAPersonIsToldOnce: who reports twice while Redis is away is told so, and
// told the same when it is back.
func TestAPersonIsToldOnce(t *testing.T) {
	server := redistest.Start(t)
	server.Kill()
	p, _ := spool(t, t.TempDir(), server)
	say := func(id string, after time.Duration, change func(*outcry.Report)) outcry.Reason {
		t.Helper()
		r := complaint(1)
		r.ID, r.Received, r.Occurred = id, r.Received.Add(after), r.Occurred.Add(after)
		r.Source.Key = "key of " + id
		if change != nil {
			change(&r)
		}
		result := p.AddBatches(context.Background(), [][]outcry.Report{{r}})[0]
		if result.Err != nil {
			t.Fatal(result.Err)
		}
		return result.Acknowledgements[0].Reason
	}
	moved := func(r *outcry.Report) { r.Source.Former, r.Source.Person = r.Source.Person, "after midnight" }
	late := func(r *outcry.Report) { r.Occurred = r.Occurred.Add(-time.Hour) }
	steps := []struct {
		id     string
		after  time.Duration
		change func(*outcry.Report)
		want   outcry.Reason
	}{
		{"first", 0, nil, outcry.Counted}, {"second", time.Minute, nil, outcry.Duplicate}, {"first", 0, nil, outcry.Counted},
		{"late", 2 * time.Minute, late, outcry.LateReport}, {"late again", 3 * time.Minute, late, outcry.Duplicate},
		{"midnight", 5 * time.Minute, moved, outcry.Duplicate}, {"later", 30 * time.Minute, nil, outcry.Counted},
	}
	for _, phase := range []string{"away", "back"} {
		for _, s := range steps {
			if got := say(s.id, s.after, s.change); got != s.want {
				t.Errorf("%s, %s: %q, want %q", phase, s.id, got, s.want)
			}
		}
		if phase == "away" {
			server.Run()
			mustDrain(t, p)
		}
	}
}

func TestForetoldForgetsInTime(t *testing.T) {
	var f foretold
	say := func(n int, after time.Duration) {
		t.Helper()
		r := complaint(n)
		r.Received, r.Occurred = r.Received.Add(after), r.Occurred.Add(after)
		if got := f.answer(r).Reason; got != outcry.Counted {
			t.Fatalf("report %d of another person: %q", n, got)
		}
	}
	for n := range mostForetold + 10 {
		say(n, time.Minute)
	}
	if n := len(f.reports); n != mostForetold {
		t.Errorf("%d people are remembered, want the first %d", n, mostForetold)
	}
	say(mostForetold+11, time.Minute+outcry.CountOncePer)
	if n := len(f.reports); n != 1 {
		t.Errorf("%d people are remembered half an hour later, want the last", n)
	}
}
