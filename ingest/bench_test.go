package ingest_test

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"outcry"
	"outcry/ingest/commit"
	"outcry/ingest/embedded"
	"outcry/ingest/internal/redistest"
	"outcry/ingest/journal"
	"outcry/ingest/store"
)

// adder stores one report and answers.
type adder func(ctx context.Context, r outcry.Report) error

// one is a script call for each report.
func one(s *store.Store) adder {
	return func(ctx context.Context, r outcry.Report) error {
		_, err := s.Add(ctx, []outcry.Report{r})
		return err
	}
}

func grouped(m *commit.Committer) adder {
	return func(ctx context.Context, r outcry.Report) error {
		_, err := m.Add(ctx, r)
		return err
	}
}

// clients lets n clients report, each its next when it is answered, about one
// service of twenty, and tells the reports a second.
func clients(b *testing.B, n int, add adder) {
	b.Helper()
	var next atomic.Int64
	b.SetParallelism((n + 1) / 2) // GOMAXPROCS is 2 where it was measured
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if err := add(context.Background(), person(next.Add(1))); err != nil {
				b.Error(err)
				return
			}
		}
	})
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "reports/s")
}

// BenchmarkWritePath compares a script call a report with group commit, by how
// often Redis syncs its file and how many clients there are.
func BenchmarkWritePath(b *testing.B) {
	for _, sync := range []string{"everysec", "always"} {
		for _, n := range []int{64, 256} {
			open := func(b *testing.B) *store.Store {
				client, err := store.Dial(redistest.Start(b, "--appendfsync", sync).URL())
				if err != nil {
					b.Fatal(err)
				}
				b.Cleanup(func() { _ = client.Close() })
				return store.New(client, store.Config{})
			}
			b.Run(fmt.Sprintf("%s/%d/each", sync, n), func(b *testing.B) { clients(b, n, one(open(b))) })
			b.Run(fmt.Sprintf("%s/%d/group", sync, n), func(b *testing.B) {
				m := commit.New(open(b), commit.Config{})
				defer func() { _ = m.Close() }()
				clients(b, n, grouped(m))
			})
		}
	}
}

// BenchmarkEmbedded is the write path without a Redis: in memory only, and
// with the journal.
func BenchmarkEmbedded(b *testing.B) {
	for _, durable := range []bool{false, true} {
		b.Run(fmt.Sprintf("journal=%v/64", durable), func(b *testing.B) {
			r, err := embedded.Open()
			if err != nil {
				b.Fatal(err)
			}
			defer func() { _ = r.Close() }()
			if durable {
				k, err := journal.Keep(context.Background(), b.TempDir(), r.Client())
				if err != nil {
					b.Fatal(err)
				}
				defer func() { _ = k.Close(context.Background(), time.Now()) }()
			}
			m := commit.New(store.New(r.Client(), store.Config{}), commit.Config{})
			defer func() { _ = m.Close() }()
			clients(b, 64, grouped(m))
		})
	}
}

// BenchmarkDayOfBuckets reads the chart of a day in which each minute had
// reports.
func BenchmarkDayOfBuckets(b *testing.B) {
	client, err := store.Dial(redistest.Start(b, "--appendfsync", "no").URL())
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = client.Close() }()
	s := store.New(client, store.Config{})
	for m := range 1440 {
		batch := make([]outcry.Report, 20)
		for i := range batch {
			batch[i] = person(int64(services * (20*m + i))) // all of one service
			batch[i].Received = minute.Add(time.Duration(m) * time.Minute)
			batch[i].Occurred = batch[i].Received
		}
		if _, err := s.Add(context.Background(), batch); err != nil {
			b.Fatal(err)
		}
	}
	b.ResetTimer()
	for b.Loop() {
		buckets, err := s.Buckets(context.Background(), "service-0", minute, minute.Add(24*time.Hour))
		if err != nil || len(buckets) != 1440 {
			b.Fatal(len(buckets), err)
		}
	}
}
