package ingest_test

import (
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"outcry"
	"outcry/ingest/commit"
	"outcry/ingest/internal/redistest"
	"outcry/ingest/journal"
	"outcry/ingest/store"
)

// The long form: go test ./ingest -run Crash -kills 20 -seed 7
var (
	kills = flag.Int("kills", 4, "how often the crash test kills redis-server")
	seed  = flag.Uint64("seed", 1, "what the crash test's chances begin with")
)

var minute = time.Date(2026, 3, 4, 11, 58, 0, 0, time.UTC)

const services = 20

// person is one who reports once: nothing but a loss or a repetition can make
// the counts differ from the number of people.
func person(n int64) outcry.Report {
	at := minute.Add(time.Duration(n%600) * time.Second)
	who := fmt.Sprint(n)
	return outcry.Report{
		ID: "id" + who, Service: fmt.Sprintf("service-%d", n%services), Symptom: "site", Kind: outcry.KindDown,
		Occurred: at, Received: at, Place: outcry.Place{Country: "US", Region: "US-MD", ASN: uint32(64500 + n%7)},
		Source: outcry.Source{Person: "p" + who, Address: "a" + who, Network: "n" + who, Key: "k" + who},
	}
}

// counted sums the buckets of all services by symptom, region and network.
func counted(t *testing.T, s *store.Store) (symptoms, regions, networks int64) {
	t.Helper()
	for n := range services {
		buckets, err := s.Buckets(context.Background(), fmt.Sprintf("service-%d", n), minute.Add(-time.Hour), minute.Add(time.Hour))
		if err != nil {
			t.Fatal(err)
		}
		for _, b := range buckets {
			symptoms += int64(b.Down + b.Works + b.Late + b.Discounted)
			for _, c := range b.Regions {
				regions += int64(c)
			}
			for _, c := range b.Networks {
				networks += int64(c)
			}
		}
	}
	return symptoms, regions, networks
}

// crowd reports until done, each person again until they are answered, and
// returns how many were.
type crowd struct {
	answered, again, slow atomic.Int64
	next                  atomic.Int64
	worst                 atomic.Int64 // nanoseconds
}

func (c *crowd) report(ctx context.Context, m *commit.Committer) {
	for ctx.Err() == nil {
		r := person(c.next.Add(1))
		for {
			began := time.Now()
			_, err := m.Add(context.Background(), r)
			took := time.Since(began)
			if took > time.Second {
				c.slow.Add(1)
			}
			for worst := c.worst.Load(); int64(took) > worst && !c.worst.CompareAndSwap(worst, int64(took)); worst = c.worst.Load() {
			}
			if err == nil {
				c.answered.Add(1)
				break
			}
			c.again.Add(1)
		}
	}
}

// TestCrashesLoseNothingAndCountNothingTwice kills redis-server, or halts it,
// again and again under load.
func TestCrashesLoseNothingAndCountNothingTwice(t *testing.T) {
	for _, spooled := range []bool{false, true} {
		t.Run(fmt.Sprintf("spool %v", spooled), func(t *testing.T) {
			server := redistest.Start(t)
			client, err := store.Dial(server.URL())
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = client.Close() }()
			s := store.New(client, store.Config{})
			var c crowd
			refused := run(t, &c, server, s, spooled)
			symptoms, regions, networks := counted(t, s)
			t.Logf("seed %d: %d people answered, %d times only after sending again, worst %v; counted %d, %d, %d",
				*seed, c.answered.Load(), c.again.Load(), time.Duration(c.worst.Load()).Round(time.Millisecond), symptoms, regions, networks)
			if n := c.answered.Load(); symptoms != n || regions != n || networks != n {
				t.Errorf("%d people answered, but counted %d by symptom, %d by region, %d by network", n, symptoms, regions, networks)
			}
			if c.slow.Load() > 0 {
				t.Errorf("%d answers took more than a second", c.slow.Load())
			}
			if spooled && refused > 0 {
				t.Errorf("%d were turned away though the spool had room", refused)
			}
		})
	}
}

// run lets a crowd report while the server fails, and returns how often
// somebody was turned away.
func run(t *testing.T, c *crowd, server *redistest.Server, s *store.Store, spooled bool) int64 {
	var to commit.Store = s
	ctx, cancel := context.WithCancel(context.Background())
	var work sync.WaitGroup
	var p *journal.Spool
	if spooled {
		var err error
		if p, err = journal.OpenSpool(t.TempDir(), s); err != nil {
			t.Fatal(err)
		}
		defer func() { _ = p.Close() }()
		to = p
		work.Go(func() {
			tick := time.NewTicker(50 * time.Millisecond)
			defer tick.Stop()
			for {
				select {
				case <-ctx.Done():
					return
				case <-tick.C:
					_, _ = p.Drain(ctx)
				}
			}
		})
	}
	m := commit.New(to, commit.Config{})
	for range 64 {
		work.Go(func() { c.report(ctx, m) })
	}
	fail(server, rand.New(rand.NewPCG(*seed, 0)))
	cancel()
	work.Wait()
	_ = m.Close()
	if p != nil {
		if _, err := p.Drain(context.Background()); err != nil {
			t.Fatal(err)
		}
	}
	return c.again.Load()
}

func fail(server *redistest.Server, chance *rand.Rand) {
	for n := range *kills {
		after := func(least, most int) { <-time.After(time.Duration(least+chance.IntN(most-least)) * time.Millisecond) }
		after(50, 500)
		if n%4 == 3 {
			server.Stop()
			after(200, 1500)
			server.Continue()
			continue
		}
		server.Kill()
		after(1, 300)
		server.Run()
	}
	<-time.After(300 * time.Millisecond)
}

// TestFlushAllUnderLoad: somebody empties Redis; what comes after is counted
// exactly.
func TestFlushAllUnderLoad(t *testing.T) {
	server := redistest.Start(t)
	client, err := store.Dial(server.URL())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = client.Close() }()
	s := store.New(client, store.Config{})
	m := commit.New(s, commit.Config{})
	defer func() { _ = m.Close() }()
	add := func(from, to int64) {
		var g sync.WaitGroup
		for n := from; n < to; n++ {
			g.Go(func() {
				if _, err := m.Add(context.Background(), person(n)); err != nil {
					t.Error(err)
				}
			})
		}
		g.Wait()
	}
	add(0, 200)
	for _, flush := range []func(context.Context) *redis.StatusCmd{client.FlushAll, client.ScriptFlush} {
		if err := flush(context.Background()).Err(); err != nil {
			t.Fatal(err)
		}
	}
	add(200, 500)
	if n, _, _ := counted(t, s); n != 300 {
		t.Errorf("%d counted after the flush, want 300", n)
	}
}
