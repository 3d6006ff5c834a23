package store_test

import (
	"context"
	"fmt"
	"reflect"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"outcry"
	"outcry/ingest/store"
)

// TestPlacesAreRolledUp: by the day, the same when done again; networks without
// a number are one; what is withdrawn leaves; of too many the largest stay.
func TestPlacesAreRolledUp(t *testing.T) {
	onAll(t, func(t *testing.T, client redis.UniversalClient) {
		ctx := context.Background()
		s := store.New(client, store.Config{})
		today := start.Truncate(24 * time.Hour)
		unknown, other, later := complaint(2, today.Add(5*time.Minute)), complaint(3, today.Add(9*time.Minute)), complaint(4, today.Add(25*time.Hour))
		unknown.Place, other.Place = outcry.Place{Country: "DE"}, outcry.Place{Country: "DE"}
		all := []outcry.Report{complaint(1, today), unknown, other, later}
		mustAdd(t, s, all...)
		roll := func() {
			t.Helper()
			if err := s.RollUp(ctx, "coursera", today.Add(-store.RollUpBack), today.Add(26*time.Hour)); err != nil {
				t.Fatal(err)
			}
		}
		want := func(want ...outcry.Bucket) {
			t.Helper()
			got, err := s.Places(ctx, "coursera", today.AddDate(0, 0, -20), today.AddDate(0, 0, 2))
			if err != nil || !reflect.DeepEqual(got, want) {
				t.Errorf("%+v, %v, want %+v", got, err, want)
			}
		}
		bucket := func(after time.Duration, regions, networks map[string]int) outcry.Bucket {
			return outcry.Bucket{Minute: today.Add(after), Symptoms: map[string]int{}, Regions: regions, Networks: networks}
		}
		for range 2 {
			roll()
			want(bucket(0, map[string]int{"US-MD": 1, "DE": 2}, map[string]int{"AS64500": 1, "~": 2}),
				bucket(24*time.Hour, map[string]int{"US-MD": 1}, map[string]int{"AS64500": 1}))
		}
		token, _ := s.Token(ctx, later)
		if err := s.Withdraw(ctx, "", later.ID, token, start); err != nil {
			t.Fatal(err)
		}
		roll()
		want(bucket(0, map[string]int{"US-MD": 1, "DE": 2}, map[string]int{"AS64500": 1, "~": 2}))
		for n := range 150 {
			r := complaint(100+n, today)
			r.Place.ASN = uint32(65000 + n%75) // each twice
			mustAdd(t, s, r)
		}
		roll()
		got, err := s.Places(ctx, "coursera", today, today.AddDate(0, 0, 1))
		if err != nil || len(got) != 1 || len(got[0].Networks) != 64 || got[0].Networks["AS65064"] != 0 || got[0].Networks["AS65063"] != 2 {
			t.Errorf("%v, %v; want 64 networks, the largest and of equal ones the first by name", got, err)
		}
		// A day of which some hours are not rolled up stays as it is.
		if err := s.RollUp(ctx, "coursera", today.Add(time.Hour), today.Add(3*time.Hour)); err != nil {
			t.Fatal(err)
		}
		if again, err := s.Places(ctx, "coursera", today, today.AddDate(0, 0, 1)); err != nil || !reflect.DeepEqual(again, got) {
			t.Errorf("%v, %v; want %v", again, err, got)
		}
		if _, err := s.Places(ctx, "coursera", today.AddDate(0, -6, 0), today); err == nil {
			t.Error("half a year of places was read")
		}
		for _, key := range []string{"gd", "nd"} {
			ttl, err := client.TTL(ctx, fmt.Sprintf("outcry:{coursera}:%s:%d", key, today.Unix()/86400/32)).Result()
			if err != nil || ttl <= 0 || ttl > 65*24*time.Hour {
				t.Errorf("%s lives for %s, %v", key, ttl, err)
			}
		}
	})
}
