package store_test

import (
	"context"
	"reflect"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"outcry"
	"outcry/ingest/store"
)

// TestRollUps: sums by step, the same when done again, and what is withdrawn
// leaves them too.
func TestRollUps(t *testing.T) {
	onAll(t, func(t *testing.T, client redis.UniversalClient) {
		ctx := context.Background()
		s := store.New(client, store.Config{})
		hour := start.Truncate(time.Hour)
		login, works := complaint(4, hour.Add(70*time.Minute)), complaint(5, hour)
		login.Symptom, works.Kind = "login", outcry.KindWorks
		all := []outcry.Report{complaint(1, hour), complaint(2, hour.Add(4*time.Minute)), complaint(3, hour.Add(5*time.Minute)), login, works}
		mustAdd(t, s, all...)
		roll := func() {
			t.Helper()
			if err := s.RollUp(ctx, "coursera", hour.Add(-store.RollUpBack), hour.Add(2*time.Hour)); err != nil {
				t.Fatal(err)
			}
		}
		bucket := func(after time.Duration, works int, symptoms map[string]int) outcry.Bucket {
			b := outcry.Bucket{Minute: hour.Add(after), Works: works, Symptoms: symptoms, Regions: map[string]int{}, Networks: map[string]int{}}
			for _, n := range symptoms {
				b.Down += n
			}
			return b
		}
		want := func(step outcry.Step, want ...outcry.Bucket) {
			t.Helper()
			got, err := s.Rollups(ctx, "coursera", hour.Add(-time.Hour), hour.Add(3*time.Hour), step)
			if err != nil || !reflect.DeepEqual(got, want) {
				t.Errorf("steps of %v: %+v, %v, want %+v", step, got, err, want)
			}
		}
		for range 2 {
			roll()
			want(outcry.StepFiveMinutes, bucket(0, 1, map[string]int{"video": 2}), bucket(5*time.Minute, 0, map[string]int{"video": 1}), bucket(70*time.Minute, 0, map[string]int{"login": 1}))
			want(outcry.StepHour, bucket(0, 1, map[string]int{"video": 3}), bucket(time.Hour, 0, map[string]int{"login": 1}))
		}
		for _, r := range []outcry.Report{all[1], login} {
			token, _ := s.Token(ctx, r)
			if err := s.Withdraw(ctx, "", r.ID, token, start); err != nil {
				t.Fatal(err)
			}
		}
		roll()
		want(outcry.StepFiveMinutes, bucket(0, 1, map[string]int{"video": 1}), bucket(5*time.Minute, 0, map[string]int{"video": 1}))
		want(outcry.StepHour, bucket(0, 1, map[string]int{"video": 2}))
		// Hours outside what is rolled up again stay.
		later := complaint(9, hour.AddDate(0, 0, 5))
		mustAdd(t, s, later)
		if err := s.RollUp(ctx, "coursera", hour.AddDate(0, 0, 2), hour.AddDate(0, 0, 5).Add(time.Hour)); err != nil {
			t.Fatal(err)
		}
		want(outcry.StepHour, bucket(0, 1, map[string]int{"video": 2}))
		// What nobody rolled up for days is, and where the minutes are gone or
		// fewer the roll-ups keep what they have.
		before, gone := hour.AddDate(0, 0, 1), hour.AddDate(0, 0, 1).Add(time.Hour)
		mustAdd(t, s, complaint(10, before), complaint(11, gone))
		since := func() {
			t.Helper()
			if err := s.RollUp(ctx, "coursera", hour.AddDate(0, 0, -1), hour.AddDate(0, 0, 5).Add(time.Hour)); err != nil {
				t.Fatal(err)
			}
		}
		old := func() []outcry.Bucket {
			t.Helper()
			got, err := s.Rollups(ctx, "coursera", hour.AddDate(0, 0, 1), hour.AddDate(0, 0, 2), outcry.StepHour)
			if err != nil {
				t.Fatal(err)
			}
			return got
		}
		since()
		first := old()
		if len(first) != 2 || first[0].Down != 1 || first[1].Down != 1 {
			t.Errorf("days later the roll-ups have %+v", first)
		}
		client.Del(ctx, store.CountsKey("coursera", gone))
		mustAdd(t, s, complaint(12, before))
		since()
		if second := old(); len(second) != 2 || second[0].Down != 2 || second[1].Down != 1 {
			t.Errorf("where minutes are gone, and where there is one more: %+v", second)
		}
		if err := s.RollUp(ctx, "coursera", hour.AddDate(0, 0, -30), hour); err == nil {
			t.Error("hours without minutes were rolled up: their history would be gone")
		}
	})
}
