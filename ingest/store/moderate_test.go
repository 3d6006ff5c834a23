package store_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"outcry"
	"outcry/ingest/store"
)

// said is n reports with the comments "c0", "c1", …, a minute apart.
func said(n int) []outcry.Report {
	var list []outcry.Report
	for i := range n {
		r := complaint(i, start.Add(time.Duration(i)*time.Minute))
		r.Comment = fmt.Sprintf("c%d", i)
		list = append(list, r)
	}
	return list
}

func texts(list []outcry.Comment, err error) string {
	if err != nil {
		return err.Error()
	}
	var all []string
	for _, c := range list {
		all = append(all, c.Text)
	}
	return strings.Join(all, " ")
}

func TestModeration(t *testing.T) {
	onAll(t, func(t *testing.T, client redis.UniversalClient) {
		ctx := context.Background()
		s := store.New(client, store.Config{MaxComments: 3})
		for _, r := range said(3) {
			mustAdd(t, s, r)
		}
		waiting, err := s.PendingComments(ctx, "coursera")
		if got := texts(waiting, err); got != "c0 c1 c2" {
			t.Fatalf("pending %q", got)
		}
		want := outcry.Comment{ID: waiting[0].ID, Service: "coursera", Symptom: "video", Minute: start.Truncate(time.Minute), Country: "US", Region: "US-MD", Text: "c0"}
		if waiting[0] != want || !strings.HasPrefix(want.ID, "coursera.") {
			t.Errorf("got %+v, want %+v", waiting[0], want)
		}
		decide := func(i int, publish bool) error {
			got, err := s.ModerateComment(ctx, waiting[i].ID, publish, start.Add(time.Hour))
			if err == nil && got != waiting[i] {
				t.Errorf("decided on %+v, want %+v", got, waiting[i])
			}
			return err
		}
		for _, x := range []struct {
			comment         int
			publish, absent bool
			pending, public string
		}{
			{0, true, false, "c1 c2", "c0"},
			{0, true, false, "c1 c2", "c0"}, // again, as a client may
			{1, false, false, "c2", "c0"},
			{1, false, true, "c2", "c0"},
			{1, true, true, "c2", "c0"}, // what was rejected is gone
			{2, true, false, "", "c2 c0"},
			{0, false, false, "", "c2"}, // taken down again
		} {
			if err := decide(x.comment, x.publish); errors.Is(err, outcry.ErrNotFound) != x.absent || err != nil && !x.absent {
				t.Errorf("decision %+v: %v", x, err)
			}
			if got := texts(s.PendingComments(ctx, "coursera")); got != x.pending {
				t.Errorf("after %+v pending %q", x, got)
			}
			if got := texts(s.PublishedComments(ctx, "coursera")); got != x.public {
				t.Errorf("after %+v published %q", x, got)
			}
		}
		entries, err := client.XRange(ctx, "outcry:{coursera}:moderation", "-", "+").Result()
		if err != nil {
			t.Fatal(err)
		}
		var log []string
		for _, e := range entries {
			if e.Values["at"] != start.Add(time.Hour).Format(time.RFC3339) {
				t.Errorf("entry at %v", e.Values["at"])
			}
			i := slices.IndexFunc(waiting, func(c outcry.Comment) bool { return c.ID == fmt.Sprint("coursera.", e.Values["comment"]) })
			log = append(log, fmt.Sprint(e.Values["decision"], i))
			if len(e.Values) != 3 {
				t.Errorf("an entry holds more than it should: %v", e.Values)
			}
		}
		if got := strings.Join(log, " "); got != "publish0 reject1 publish2 reject0" {
			t.Errorf("entries %q", got)
		}
		if ttl := client.TTL(ctx, "outcry:{coursera}:moderation").Val(); ttl >= 0 {
			t.Errorf("decisions live %v, want for good", ttl)
		}
		if ttl := client.TTL(ctx, "outcry:{coursera}:published").Val(); ttl <= 6*24*time.Hour || ttl > 7*24*time.Hour {
			t.Errorf("published comments live %v, want a week", ttl)
		}
	})
}

func TestPublishedCommentsAreBoundedAndWithdrawn(t *testing.T) {
	onBoth(t, func(t *testing.T, client redis.UniversalClient) {
		ctx := context.Background()
		s := store.New(client, store.Config{MaxComments: 3})
		all := said(5)
		for _, r := range all {
			mustAdd(t, s, r)
			waiting, err := s.PendingComments(ctx, "coursera")
			if err != nil || len(waiting) != 1 {
				t.Fatal(waiting, err)
			}
			if _, err := s.ModerateComment(ctx, waiting[0].ID, true, start); err != nil {
				t.Fatal(err)
			}
		}
		if got := texts(s.PublishedComments(ctx, "coursera")); got != "c4 c3 c2" {
			t.Errorf("published %q, want the newest three", got)
		}
		token, err := s.Token(ctx, all[3])
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Withdraw(ctx, "", all[3].ID, token, start); err != nil {
			t.Fatal(err)
		}
		if got := texts(s.PublishedComments(ctx, "coursera")); got != "c4 c2" {
			t.Errorf("after the withdrawal %q", got)
		}
	})
}

func TestCommentsOfNoName(t *testing.T) {
	onBoth(t, func(t *testing.T, client redis.UniversalClient) {
		s := store.New(client, store.Config{})
		for _, id := range []string{"", "coursera", "coursera.", ".x", "coursera.none", "nobody.none"} {
			if _, err := s.ModerateComment(context.Background(), id, false, start); !errors.Is(err, outcry.ErrNotFound) {
				t.Errorf("%q: %v, want not found", id, err)
			}
		}
	})
}
