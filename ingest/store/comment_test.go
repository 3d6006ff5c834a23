package store_test

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"outcry"
	"outcry/ingest/store"
)

// pending are the texts of the comments that wait for a moderator, sorted.
func pending(t *testing.T, client redis.UniversalClient) []string {
	t.Helper()
	all, err := client.HVals(context.Background(), "outcry:{coursera}:comments").Result()
	if err != nil {
		t.Fatal(err)
	}
	var texts []string
	for _, text := range all {
		var c store.Comment
		if err := json.Unmarshal([]byte(text), &c); err != nil || c.Service != "coursera" || c.Region != "US-MD" {
			t.Fatalf("kept %q, %v", text, err)
		}
		texts = append(texts, c.Text)
	}
	slices.Sort(texts)
	return texts
}

func TestCommentsWaitForAModerator(t *testing.T) {
	onAll(t, func(t *testing.T, client redis.UniversalClient) {
		ctx := context.Background()
		s := store.New(client, store.Config{MaxComments: 3})
		say := func(n int, text string) outcry.Report {
			r := complaint(n, start)
			r.Comment = text
			return r
		}
		again, late := say(1, "again"), say(3, "late")
		again.ID = "again"
		late.Occurred = start.Add(-2 * time.Hour)
		first := []outcry.Report{say(1, "one"), complaint(9, start), again, say(2, "two"), late}
		mustAdd(t, s, first...)
		mustAdd(t, s, first...)
		if got, want := pending(t, client), []string{"late", "one", "two"}; !slices.Equal(got, want) {
			t.Errorf("pending %q, want %q: the second of one person does not count", got, want)
		}
		token, err := s.Token(ctx, first[0])
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Withdraw(ctx, "", first[0].ID, token, start); err != nil {
			t.Fatal(err)
		}
		if got, want := pending(t, client), []string{"late", "two"}; !slices.Equal(got, want) {
			t.Errorf("after the withdrawal %q, want %q", got, want)
		}
		var flood []outcry.Report
		for n := range 5 {
			flood = append(flood, say(20+n, fmt.Sprint("flood", n)))
		}
		for _, ack := range mustAdd(t, s, flood...) {
			if !ack.Counted() {
				t.Errorf("a full box of comments refused a report: %v", ack)
			}
		}
		if got := pending(t, client); len(got) != 3 {
			t.Errorf("the box holds %q, and 3 are the most", got)
		}
		lines, err := client.XRange(ctx, "outcry:{coursera}:reports", "-", "+").Result()
		if err != nil || len(lines) == 0 {
			t.Fatal(lines, err)
		}
		for _, l := range lines {
			text, _ := l.Values["reports"].(string)
			if strings.Contains(text, "two") || strings.Contains(text, "flood") {
				t.Errorf("a comment that nobody has read is in the stream: %s", text)
			}
		}
	})
}
