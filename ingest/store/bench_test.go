package store

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"outcry"
	"outcry/ingest/internal/redistest"
)

// distinct are n reports of one service, of a person, an address and a network
// each, as hashes are long.
func distinct(from, n int) []outcry.Report {
	at := time.Date(2026, 3, 4, 11, 58, 30, 0, time.UTC)
	batch := make([]outcry.Report, n)
	for i := range batch {
		who := fmt.Sprintf("%011d", from+i)
		batch[i] = outcry.Report{
			ID: "0190a1b2-c3d4-4e5f-8a9b-0" + who, Service: "edx", Symptom: outcry.DefaultSymptom, Kind: outcry.KindDown,
			Occurred: at, Received: at, Place: outcry.Place{Country: "US", Region: fmt.Sprintf("US-%02d", i%50)},
			Source: outcry.Source{Person: "p" + who[1:], Address: "a" + who[1:], Network: "n" + who[1:], Key: "keyofthis" + who},
		}
	}
	return batch
}

// BenchmarkEncode is the layout of a batch for the script.
func BenchmarkEncode(b *testing.B) {
	s, batch := New(nil, Config{}), distinct(0, 100)
	b.ReportAllocs()
	for b.Loop() {
		s.encode(batch)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(batch)), "ns/report")
}

// BenchmarkAdd tells what of Redis' processor time a report costs, by how many
// come in a call.
func BenchmarkAdd(b *testing.B) {
	for _, n := range []int{1, 10, 100} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			client, err := Dial(redistest.Start(b, "--appendfsync", "everysec").URL())
			if err != nil {
				b.Fatal(err)
			}
			defer func() { _ = client.Close() }()
			s, done := New(client, Config{}), 0
			used := func() (seconds float64) {
				info, err := client.Info(context.Background(), "cpu").Result()
				for line := range strings.Lines(info) {
					var part float64
					if _, scanned := fmt.Sscanf(line, "used_cpu_user:%f", &part); scanned == nil {
						seconds += part
					}
					if _, scanned := fmt.Sscanf(line, "used_cpu_sys:%f", &part); scanned == nil {
						seconds += part
					}
				}
				if err != nil || seconds == 0 {
					b.Fatal("Redis does not tell its processor time", err)
				}
				return seconds
			}
			before := used()
			for b.Loop() {
				if _, err := s.Add(context.Background(), distinct(done, n)); err != nil {
					b.Fatal(err)
				}
				done += n
			}
			b.ReportMetric((used()-before)*1e6/float64(done), "Redis-us/report")
		})
	}
}
