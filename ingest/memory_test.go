package ingest_test

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"outcry"
	"outcry/ingest/internal/redistest"
	"outcry/ingest/store"
)

// BenchmarkMemoryOfADay tells how much memory a day of one service takes in
// Redis: all of it at the day's end, what is left of it when the records and
// marks of single reports have had their time, and what roll-ups add, of it the
// regions and networks.
func BenchmarkMemoryOfADay(b *testing.B) {
	for _, size := range []struct {
		name    string
		reports int
	}{{"quiet", 50}, {"medium", 2000}, {"big", 50_000}} {
		b.Run(size.name, func(b *testing.B) {
			client, err := store.Dial(redistest.Start(b, "--appendfsync", "no").URL())
			if err != nil {
				b.Fatal(err)
			}
			defer func() { _ = client.Close() }()
			s := store.New(client, store.Config{})
			mustPing(b, s)
			empty := usedMemory(b, client)
			for b.Loop() {
				day(b, s, size.reports)
			}
			all := usedMemory(b, client) - empty
			dropSingle(b, client)
			b.ReportMetric(float64(all)/1000, "kB/day")
			kept := usedMemory(b, client)
			b.ReportMetric(float64(kept-empty)/1000, "kB-kept/day")
			if err := s.RollUp(context.Background(), "edx", minute.Add(-time.Hour), minute.Add(25*time.Hour)); err != nil {
				b.Fatal(err)
			}
			b.ReportMetric(float64(usedMemory(b, client)-kept)/1000, "kB-rolled-up/day")
			b.ReportMetric(float64(sizeOf(b, client, "outcry:{edx}:[gn]d:*"))/1000, "kB-places/day")
		})
	}
}

func mustPing(b *testing.B, s *store.Store) {
	b.Helper()
	r := person(1)
	r.Service = "other"
	if _, err := s.Add(context.Background(), []outcry.Report{r}); err != nil { // loads the script
		b.Fatal(err)
	}
}

// day spreads reports over 24 hours, in batches of at most 20.
func day(b *testing.B, s *store.Store, reports int) {
	b.Helper()
	regions := []string{"US-MD", "US-CA", "US-NY", "GB-ENG", "DE-BE", "IN-KA", ""}
	symptoms := []string{"site", "login", "video", "slow"}
	for n := 0; n < reports; {
		var batch []outcry.Report
		for ; len(batch) < 20 && n < reports; n++ {
			r := person(int64(n))
			r.Service, r.Symptom = "edx", symptoms[n%len(symptoms)]
			r.Received = minute.Add(24 * time.Hour * time.Duration(n) / time.Duration(reports))
			r.Occurred = r.Received
			r.Place = outcry.Place{Country: "US", Region: regions[n%len(regions)], ASN: uint32(64500 + n%97)}
			who := fmt.Sprintf("%012d", n)
			r.Source = outcry.Source{Person: who, Address: who, Network: who, Key: who + "12345678"}
			batch = append(batch, r)
		}
		if _, err := s.Add(context.Background(), batch); err != nil {
			b.Fatal(err)
		}
	}
}

func usedMemory(b *testing.B, client redis.UniversalClient) int64 {
	b.Helper()
	info, err := client.Info(context.Background(), "memory").Result()
	if err != nil {
		b.Fatal(err)
	}
	_, rest, _ := strings.Cut(info, "used_memory:")
	text, _, _ := strings.Cut(rest, "\r\n")
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		b.Fatal(err)
	}
	return n
}

// sizeOf sums what keys take.
func sizeOf(b *testing.B, client redis.UniversalClient, pattern string) (n int64) {
	b.Helper()
	keys, err := client.Keys(context.Background(), pattern).Result()
	if err != nil {
		b.Fatal(err)
	}
	for _, key := range keys {
		size, err := client.MemoryUsage(context.Background(), key).Result()
		if err != nil {
			b.Fatal(err)
		}
		n += size
	}
	return n
}

// dropSingle removes what is kept for two days at most.
func dropSingle(b *testing.B, client redis.UniversalClient) {
	b.Helper()
	for _, pattern := range []string{"outcry:{edx}:[ipc]:*", "outcry:{edx}:reports"} {
		keys, err := client.Keys(context.Background(), pattern).Result()
		if err != nil {
			b.Fatal(err)
		}
		if len(keys) > 0 {
			if err := client.Del(context.Background(), keys...).Err(); err != nil {
				b.Fatal(err)
			}
		}
	}
}
