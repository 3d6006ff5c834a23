package store_test

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"go.uber.org/goleak"

	"outcry"
	"outcry/ingest/embedded"
	"outcry/ingest/internal/redistest"
	"outcry/ingest/store"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestForecasts(t *testing.T) {
	onBoth(t, func(t *testing.T, client redis.UniversalClient) {
		ctx, s := context.Background(), store.New(client, store.Config{})
		first := start.Truncate(time.Minute)
		var all []outcry.Forecast
		for n := range 5 {
			all = append(all, outcry.Forecast{Minute: first.Add(time.Duration(n) * time.Minute), Expected: 0.125 * float64(n), Upper: 3 + float64(n)})
		}
		for range 2 {
			if err := s.PutForecast(ctx, "edx", all); err != nil {
				t.Fatal(err)
			}
		}
		got, err := s.Forecasts(ctx, "edx", first.Add(time.Minute), first.Add(4*time.Minute))
		if err != nil || !reflect.DeepEqual(got, all[1:4]) {
			t.Errorf("forecasts %v, %v, want %v", got, err, all[1:4])
		}
	})
}

func TestSnapshotsAndState(t *testing.T) {
	onBoth(t, func(t *testing.T, client redis.UniversalClient) {
		ctx, s := context.Background(), store.New(client, store.Config{})
		snap := func(service string, state outcry.State) outcry.Snapshot {
			return outcry.Snapshot{Verdict: outcry.Verdict{Service: service, State: state}, Shares: map[string]outcry.Usual{"US-MD": {Share: 0.25}}}
		}
		if err := s.PutSnapshots(ctx, []outcry.Snapshot{snap("edx", outcry.Unknown), snap("zoom", outcry.Likely)}); err != nil {
			t.Fatal(err)
		}
		if err := s.PutSnapshots(ctx, []outcry.Snapshot{snap("edx", outcry.Operational)}); err != nil {
			t.Fatal(err)
		}
		got, err := s.Snapshots(ctx)
		want := map[string]outcry.Snapshot{"edx": snap("edx", outcry.Operational), "zoom": snap("zoom", outcry.Likely)}
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("snapshots %+v, %v", got, err)
		}
		if _, err := s.LoadState(ctx, "detector"); !errors.Is(err, outcry.ErrNotFound) {
			t.Errorf("no state: %v", err)
		}
		state := []byte{0, 1, 255, '\n'}
		if err := s.SaveState(ctx, "detector", state); err != nil {
			t.Fatal(err)
		}
		if got, err := s.LoadState(ctx, "detector"); err != nil || !reflect.DeepEqual(got, state) {
			t.Errorf("state %v, %v", got, err)
		}
	})
}

func TestIncidents(t *testing.T) {
	onAll(t, func(t *testing.T, client redis.UniversalClient) {
		ctx, s := context.Background(), store.New(client, store.Config{})
		const n = 450 // more than two pages of the index
		for i := range n {
			incident := outcry.Incident{
				ID: fmt.Sprintf("i%03d", i), Service: []string{"edx", "zoom", "aws"}[i%3], State: outcry.Ongoing,
				StartedAt: start.Add(time.Duration(i/2) * time.Minute), // two share each start
			}
			for range 2 { // saved as ongoing, then as what it became
				if err := s.SaveIncident(ctx, incident); err != nil {
					t.Fatal(err)
				}
				if i%9 != 0 {
					incident.State = outcry.Resolved
				}
			}
		}
		ids := func(f outcry.IncidentFilter) (out []string) {
			t.Helper()
			list, err := s.Incidents(ctx, f)
			if err != nil {
				t.Fatal(err)
			}
			for _, i := range list {
				out = append(out, i.ID)
			}
			return out
		}
		var all []string
		for f := (outcry.IncidentFilter{Limit: 7}); ; {
			page := ids(f)
			if len(page) == 0 {
				break
			}
			all, f.After = append(all, page...), page[len(page)-1]
		}
		if len(all) != n || all[0] != "i449" || all[n-1] != "i000" {
			t.Fatalf("paged through %d incidents, %v", len(all), all)
		}
		for i := 1; i < n; i++ {
			if all[i] >= all[i-1] {
				t.Fatalf("%s after %s", all[i], all[i-1])
			}
		}
		for _, c := range []struct {
			f    outcry.IncidentFilter
			want []string
		}{
			{outcry.IncidentFilter{Service: "zoom", Limit: 2}, []string{"i448", "i445"}},
			{outcry.IncidentFilter{State: outcry.Ongoing, Limit: 2}, []string{"i441", "i432"}},
			{outcry.IncidentFilter{State: outcry.Ongoing, Service: "edx", Limit: 1}, []string{"i441"}},
			{outcry.IncidentFilter{State: outcry.Ongoing, Service: "zoom"}, nil},
			{outcry.IncidentFilter{From: start.Add(time.Minute), To: start.Add(2 * time.Minute)}, []string{"i003", "i002"}},
		} {
			if got := ids(c.f); !reflect.DeepEqual(got, c.want) {
				t.Errorf("%+v: %v, want %v", c.f, got, c.want)
			}
		}
		if _, err := s.Incidents(ctx, outcry.IncidentFilter{After: "nonsense"}); !errors.Is(err, outcry.ErrInvalid) {
			t.Errorf("a wrong cursor: %v", err)
		}
		if one, err := s.Incident(ctx, "i007"); err != nil || one.State != outcry.Resolved {
			t.Errorf("incident %+v, %v", one, err)
		}
		if _, err := s.Incident(ctx, "none"); !errors.Is(err, outcry.ErrNotFound) {
			t.Errorf("no incident: %v", err)
		}
	})
}

func TestEvents(t *testing.T) {
	onBoth(t, func(t *testing.T, client redis.UniversalClient) {
		ctx, s := context.Background(), store.New(client, store.Config{})
		last, err := s.LastEvent(ctx)
		if err != nil || last != "0-0" {
			t.Fatalf("last event of none: %q, %v", last, err)
		}
		if got, err := s.Events(ctx, last, 0); err != nil || len(got) != 0 {
			t.Errorf("none, without waiting: %v, %v", got, err)
		}
		sent := []outcry.Event{{Kind: outcry.EventVerdict, Service: "edx", Data: []byte(`{"a":1}`)}, {Kind: outcry.EventCounts, Service: "zoom", Data: []byte(`{}`)}}
		var group sync.WaitGroup
		group.Go(func() { // a follower that is there first
			got, err := s.Events(ctx, "0-0", 10*time.Second)
			if err != nil || len(got) == 0 || got[0].Service != "edx" {
				t.Errorf("the follower got %v, %v", got, err)
			}
		})
		if err := s.Publish(ctx, sent); err != nil {
			t.Fatal(err)
		}
		group.Wait()
		got, err := s.Events(ctx, "0-0", 0)
		if err != nil || len(got) != 2 {
			t.Fatalf("events %v, %v", got, err)
		}
		for i := range got {
			id := got[i].ID
			got[i].ID = ""
			if id == "" || !reflect.DeepEqual(got[i], sent[i]) {
				t.Errorf("event %d: %+v, want %+v", i, got[i], sent[i])
			}
		}
		if _, err := s.Events(ctx, "$; drop", 0); !errors.Is(err, outcry.ErrInvalid) {
			t.Errorf("a wrong id: %v", err)
		}
	})
}

func TestLeaseHasOneOwner(t *testing.T) {
	onBoth(t, func(t *testing.T, client redis.UniversalClient) {
		ctx := context.Background()
		s := store.New(client, store.Config{})
		lease := func(owner string, want bool) {
			t.Helper()
			if got, err := s.Lease(ctx, "detector", owner, time.Minute); err != nil || got != want {
				t.Errorf("lease to %s: %v, %v, want %v", owner, got, err, want)
			}
		}
		lease("a", true)
		lease("b", false)
		lease("a", true)
		if err := s.Release(ctx, "detector", "b"); err != nil {
			t.Fatal(err)
		}
		lease("b", false)
		if err := s.Release(ctx, "detector", "a"); err != nil {
			t.Fatal(err)
		}
		lease("b", true)
	})
}

func TestBeats(t *testing.T) {
	onBoth(t, func(t *testing.T, client redis.UniversalClient) {
		ctx, s := context.Background(), store.New(client, store.Config{})
		midnight := start.Truncate(24 * time.Hour).Add(24 * time.Hour)
		for _, m := range []int{-61, -1, -1, 0, 7, 8, 1439} {
			if err := s.Beat(ctx, midnight.Add(time.Duration(m)*time.Minute+20*time.Second)); err != nil {
				t.Fatal(err)
			}
		}
		got, err := s.Beats(ctx, midnight.Add(-time.Hour), midnight.Add(24*time.Hour))
		want := map[time.Time]bool{}
		for _, m := range []int{-1, 0, 7, 8, 1439} {
			want[midnight.Add(time.Duration(m)*time.Minute)] = true
		}
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("beats %v, %v, want %v", got, err, want)
		}
	})
}

// TestEveryKeyHasItsLife: whatever is written expires, or is on the list.
func TestEveryKeyHasItsLife(t *testing.T) {
	onAll(t, func(t *testing.T, client redis.UniversalClient) {
		ctx, s := context.Background(), store.New(client, store.Config{})
		r := complaint(1, start)
		mustAdd(t, s, r)
		token, err := s.Token(ctx, r)
		if err != nil {
			t.Fatal(err)
		}
		r2 := complaint(2, start)
		mustAdd(t, s, r2)
		for _, err := range []error{
			s.Withdraw(ctx, "", r.ID, token, start),
			s.PutForecast(ctx, "coursera", []outcry.Forecast{{Minute: start}}),
			s.PutSnapshots(ctx, []outcry.Snapshot{{Verdict: outcry.Verdict{Service: "coursera"}}}),
			s.SaveIncident(ctx, outcry.Incident{ID: "i", Service: "coursera", StartedAt: start, State: outcry.Ongoing}),
			s.SaveState(ctx, "x", []byte("y")), s.Beat(ctx, start),
			s.Publish(ctx, []outcry.Event{{Kind: outcry.EventCounts}}),
		} {
			if err != nil {
				t.Fatal(err)
			}
		}
		if _, err := s.Lease(ctx, "detector", "me", time.Minute); err != nil {
			t.Fatal(err)
		}
		keys, err := client.Keys(ctx, "*").Result()
		if err != nil || len(keys) < 15 {
			t.Fatalf("keys %q, %v", keys, err)
		}
		for _, key := range keys {
			ttl, err := client.TTL(ctx, key).Result()
			if err != nil {
				t.Fatal(err)
			}
			if forever := ttl < 0; forever != store.Forever(key) {
				t.Errorf("%s: TTL %v", key, ttl)
			}
		}
	})
}

func TestTheEmbeddedStoreForgetsInTime(t *testing.T) {
	r, err := embedded.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = r.Close() }()
	s := store.New(r.Client(), store.Config{})
	mustAdd(t, s, complaint(1, start))
	r.Advance(8 * 24 * time.Hour)
	if len(mustBuckets(t, s, "coursera")) != 1 {
		t.Error("the buckets were forgotten too early")
	}
	r.Advance(2 * time.Hour)
	if keys, err := r.Client().Keys(context.Background(), "*").Result(); err != nil || len(keys) != 0 {
		t.Errorf("after nine days: %q, %v", keys, err)
	}
}

func TestCheckReadsTheServer(t *testing.T) {
	ctx := context.Background()
	open := func(url string) *store.Store {
		client, err := store.Dial(url)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = client.Close() })
		return store.New(client, store.Config{})
	}
	good := redistest.Start(t)
	if got, err := open(good.URL()).Check(ctx); err != nil || len(got) != 0 {
		t.Errorf("a durable server: %q, %v", got, err)
	}
	bad := redistest.Start(t, "--appendonly", "no", "--maxmemory", "100mb", "--maxmemory-policy", "allkeys-lru")
	if got, err := open(bad.URL()).Check(ctx); err != nil || len(got) != 2 {
		t.Errorf("a careless server: %q, %v", got, err)
	}
	client, _ := store.Dial(good.URL())
	defer func() { _ = client.Close() }()
	// What the least of users may do; Outcry must work with it.
	if err := client.Do(ctx, "ACL", "SETUSER", "default", "resetkeys", "~outcry:*", "-@admin", "-@dangerous", "+info").Err(); err != nil {
		t.Fatal(err)
	}
	s := store.New(client, store.Config{})
	if got, err := s.Check(ctx); err != nil || len(got) != 1 {
		t.Errorf("a server that does not tell: %q, %v", got, err)
	}
	mustAdd(t, s, complaint(1, start))
	good.Kill()
	if _, err := s.Check(ctx); !errors.Is(err, outcry.ErrUnavailable) {
		t.Errorf("no server: %v", err)
	}
}
