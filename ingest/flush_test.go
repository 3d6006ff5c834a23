package ingest_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"outcry"
	"outcry/ingest/commit"
	"outcry/ingest/internal/redistest"
	"outcry/ingest/store"
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
