package main

import (
	"bytes"
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// serving runs serve on a data folder until it listens, and then ends it; or it
// says why it did not start.
func serving(t *testing.T, dir string, meanwhile func(base string), args ...string) (said string, err error) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	out, in := io.Pipe()
	done := make(chan error, 1)
	go func() {
		done <- run(ctx, append([]string{"serve", "--listen", "127.0.0.1:0", "--data-dir", dir}, args...),
			environment{strings.NewReader(""), io.Discard, in, func(string) (string, bool) { return "", false }, time.Now})
		in.Close()
	}()
	var log bytes.Buffer
	part := make([]byte, 4096)
	for {
		n, readErr := out.Read(part)
		log.Write(part[:n])
		_, after, listens := strings.Cut(log.String(), "listening on ")
		if base, _, whole := strings.Cut(after, "\n"); listens && whole && meanwhile != nil {
			meanwhile(base)
			meanwhile = nil
			cancel()
		}
		if readErr != nil {
			return log.String(), <-done
		}
	}
}

// TestALastSnapshotThatFailsIsTold: whoever stops the server may be about to take
// its snapshot away.
func TestALastSnapshotThatFailsIsTold(t *testing.T) {
	dir := t.TempDir()
	said, err := serving(t, dir, func(string) {
		if err := os.Mkdir(filepath.Join(dir, "snapshot.resp.new"), 0o700); err != nil {
			t.Error(err)
		}
	})
	const told = "snapshot could not be written, but all that was acknowledged is safe in the journal"
	if err == nil || !strings.Contains(err.Error(), told) {
		t.Errorf("serve ended with %v", err)
	}
	if !strings.Contains(said, `"level":"ERROR"`) || !strings.Contains(said, told) {
		t.Errorf("the log says %s", said)
	}
}

// TestDamageIsRefusedUnlessAccepted, in words that say what to do.
func TestDamageIsRefusedUnlessAccepted(t *testing.T) {
	dir := t.TempDir()
	if _, err := serving(t, dir, func(string) {}); err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(dir, "snapshot.resp")
	whole, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, whole[:len(whole)-7], 0o600); err != nil {
		t.Fatal(err)
	}
	_, err = serving(t, dir, nil)
	if err == nil || !strings.Contains(err.Error(), "snapshot.resp is damaged") || !strings.Contains(err.Error(), "--accept-damage") || strings.Contains(err.Error(), "\n") {
		t.Errorf("a damaged snapshot: %v", err)
	}
	said, err := serving(t, dir, func(string) {}, "--accept-damage")
	if err != nil || !strings.Contains(said, `"level":"WARN"`) || !strings.Contains(said, "as far as it can be read") {
		t.Errorf("damage accepted: %v, %s", err, said)
	}
	if said, err := serving(t, dir, func(string) {}); err != nil || strings.Contains(said, "as far as it can be read") {
		t.Errorf("the start after: %v, %s", err, said)
	}
	if kept, err := os.ReadFile(name + ".damaged"); err != nil || len(kept) != len(whole)-7 {
		t.Errorf("%d bytes are kept of %d, %v", len(kept), len(whole)-7, err)
	}
}
