package store

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"net"
	"sync"
	"testing"
	"time"
)

// TestClientLogIsBounded dials a port where nobody is: the client says so each
// time, and the log once a minute.
func TestClientLogIsBounded(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	nobody := l.Addr().String()
	_ = l.Close()
	var clock struct {
		sync.Mutex
		time.Time
	}
	clock.Time = time.Unix(1_800_000_000, 0)
	var out bytes.Buffer
	LogTo(slog.New(slog.NewJSONHandler(&out, nil)), func() time.Time {
		clock.Lock()
		defer clock.Unlock()
		return clock.Time
	})
	for _, wait := range []time.Duration{0, time.Minute - 1, 1} {
		clock.Lock()
		clock.Time = clock.Add(wait)
		clock.Unlock()
		for range 3 {
			client, err := Dial("redis://" + nobody)
			if err != nil {
				t.Fatal(err)
			}
			if client.Ping(context.Background()).Err() == nil {
				t.Fatal("somebody answers")
			}
			if err := client.Close(); err != nil {
				t.Fatal(err)
			}
		}
	}
	LogTo(slog.New(slog.DiscardHandler), time.Now) // nobody writes while it is read
	var lines []map[string]any
	for line := range bytes.Lines(out.Bytes()) {
		var m map[string]any
		if err := json.Unmarshal(line, &m); err != nil {
			t.Fatalf("%q is no JSON: %v", line, err)
		}
		lines = append(lines, m)
	}
	if len(lines) != 2 || lines[0]["left_out"] != 0.0 || lines[1]["left_out"].(float64) < 5 || lines[0]["text"] == "" {
		t.Errorf("the log holds %v, want a line a minute", lines)
	}
}
