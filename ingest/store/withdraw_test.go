package store_test

import (
	"context"
	"encoding/base64"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"outcry"
	"outcry/ingest/store"
)

func TestWithdrawTakesTheCountBack(t *testing.T) {
	onAll(t, func(t *testing.T, client redis.UniversalClient) {
		ctx := context.Background()
		s := store.New(client, store.Config{AddressCap: 1})
		works, late, over := complaint(2, start), complaint(3, start), complaint(4, start)
		works.Kind = outcry.KindWorks
		late.Occurred = start.Add(-time.Hour)
		over.Source.Address = "a1"
		all := []outcry.Report{complaint(1, start), works, late, over}
		acks := mustAdd(t, s, all...)
		for i, r := range all {
			token, err := s.Token(ctx, r)
			if err != nil {
				t.Fatal(err)
			}
			if again, _ := s.Token(ctx, r); again != token {
				t.Error("a retry gets another token")
			}
			for range 2 {
				if err := s.Withdraw(ctx, "", r.ID, token, start.Add(time.Hour)); err != nil {
					t.Fatalf("withdraw %s: %v", r.ID, err)
				}
			}
			if got := mustAdd(t, s, r)[0]; got != acks[i] {
				t.Errorf("a retry after the withdrawal got %v, want %v", got, acks[i])
			}
		}
		if b := mustBuckets(t, s, "coursera"); len(b) != 0 {
			t.Errorf("left behind: %+v", b)
		}
		keys, err := client.Keys(ctx, "outcry:{coursera}:[tgnpc]:*").Result()
		if err != nil || len(keys) > 1 { // a count of those over the cap stays
			t.Errorf("orphans: %q, %v", keys, err)
		}
		again := complaint(1, start.Add(time.Minute))
		again.ID = "new"
		if ack := mustAdd(t, s, again)[0]; !ack.Counted() {
			t.Errorf("after a withdrawal the person is told %q", ack.Reason)
		}
	})
}

func TestWithdrawNeedsItsToken(t *testing.T) {
	onBoth(t, func(t *testing.T, client redis.UniversalClient) {
		ctx := context.Background()
		s := store.New(client, store.Config{})
		mustAdd(t, s, complaint(1, start), complaint(2, start))
		token, err := s.Token(ctx, complaint(1, start))
		if err != nil {
			t.Fatal(err)
		}
		flipped := []byte(token)
		flipped[20] ^= 1
		unknown, _ := s.Token(ctx, complaint(9, start))
		for _, c := range []struct {
			service, id, token string
			at                 time.Time
			want               error
		}{
			{"", "id-2", token, start, outcry.ErrForbidden},
			{"edx", "id-1", token, start, outcry.ErrForbidden},
			{"", "id-1", string(flipped), start, outcry.ErrForbidden},
			{"", "id-1", "", start, outcry.ErrForbidden},
			{"", "id-1", "%%%", start, outcry.ErrForbidden},
			{"", "id-9", unknown, start, outcry.ErrNotFound},
			{"", "id-1", token, start.Add(96 * time.Hour), outcry.ErrNotFound},
		} {
			if err := s.Withdraw(ctx, c.service, c.id, c.token, c.at); !errors.Is(err, c.want) {
				t.Errorf("withdraw %s with %q: %v, want %v", c.id, c.token, err, c.want)
			}
		}
		sealed, err := base64.RawURLEncoding.DecodeString(token)
		if err != nil || strings.Contains(string(sealed), "coursera") {
			t.Errorf("the token shows its service: %q, %v", sealed, err)
		}
		other := store.New(client, store.Config{})
		if err := other.Withdraw(ctx, "coursera", "id-1", token, start); err != nil {
			t.Errorf("another process does not take the token: %v", err)
		}
		if b := mustBuckets(t, s, "coursera"); len(b) != 1 || b[0].Down != 1 {
			t.Errorf("buckets %+v", b)
		}
	})
}
