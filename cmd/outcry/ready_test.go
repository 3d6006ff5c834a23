package main

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"outcry/ingest/store"
)

// TestReadyMeansThatAReportIsTaken: a Redis that answers but takes nothing is not
// ready, and what is wrong is named.
func TestReadyMeansThatAReportIsTaken(t *testing.T) {
	client, err := store.Dial(redisServer(t))
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	now := time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC)
	p := &pipeline{keeping: keeping{store: store.New(client, store.Config{})}, wall: func() time.Time { return now }}
	ctx := t.Context()
	full := func(size string) {
		t.Helper()
		if err := client.ConfigSet(ctx, "maxmemory", size).Err(); err != nil {
			t.Fatal(err)
		}
	}
	if r := p.Ready(ctx); !r.Ready {
		t.Fatalf("a new Redis is not ready: %+v", r)
	}
	full("1")
	if r := p.Ready(ctx); !r.Ready {
		t.Error("it was asked again within the second")
	}
	now = now.Add(tryEvery)
	if r := p.Ready(ctx); r.Ready || !strings.Contains(r.How, "(OOM)") {
		t.Errorf("a full Redis: %+v", r)
	}
	full("0")
	now = now.Add(tryEvery)
	if r := p.Ready(ctx); !r.Ready {
		t.Errorf("a Redis with room again: %+v", r)
	}
	if err := client.Do(ctx, "ACL", "SETUSER", "default", "-evalsha", "-eval").Err(); err != nil {
		t.Fatal(err)
	}
	now = now.Add(tryEvery)
	if r := p.Ready(ctx); r.Ready || !strings.Contains(r.How, "(NOPERM)") {
		t.Errorf("a Redis that lets us run no scripts: %+v", r)
	}
}

func TestAilingNamesTheCodeOnly(t *testing.T) {
	for _, c := range []struct {
		err  error
		want string
	}{
		{context.DeadlineExceeded, "Redis does not answer"},
		{errors.Join(errors.New("x"), redisError("WRONGPASS invalid username-password pair for bob")), "Redis does not take what we write (WRONGPASS)"},
		{redisError("no idea"), "Redis does not take what we write"},
	} {
		if got := ailing(c.err); got != c.want {
			t.Errorf("%v: %q, want %q", c.err, got, c.want)
		}
	}
}

type redisError string

func (e redisError) Error() string { return string(e) }
func (redisError) RedisError()     {}
