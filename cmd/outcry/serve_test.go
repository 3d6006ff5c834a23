package main

import (
	"context"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

// mute is a server that takes connections and never answers, as a halted Redis
// does.
func mute(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go io.Copy(io.Discard, c)
		}
	}()
	return l.Addr().String()
}

// TestServesWhileTheStoreIsAsked: what the store says of itself is for the log;
// nobody who connects meanwhile waits for it. The machine may be slow once,
// but not each time.
func TestServesWhileTheStoreIsAsked(t *testing.T) {
	redis := mute(t)
	var quickest time.Duration
	for range 5 {
		took := firstAnswer(t, "--redis-url", "redis://"+redis)
		if quickest == 0 || took < quickest {
			quickest = took
		}
		if quickest < readyWithin {
			return
		}
	}
	t.Errorf("the first answer took %v from the opening of the port, though it needs no store", quickest)
}

// firstAnswer is how long after its port opens the server answers.
func firstAnswer(t *testing.T, args ...string) time.Duration {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := l.Addr().String()
	l.Close()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() {
		done <- run(ctx, append([]string{"serve", "--listen", addr}, args...),
			environment{strings.NewReader(""), io.Discard, io.Discard, func(string) (string, bool) { return "", false }, time.Now})
	}()
	defer func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("serve ended with %v", err)
		}
	}()
	for deadline := time.Now().Add(10 * time.Second); ; {
		c, err := net.Dial("tcp", addr)
		if err == nil {
			c.Close()
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("the port was not opened: %v", err)
		}
		<-time.After(time.Millisecond)
	}
	began := time.Now()
	response, err := http.Get("http://" + addr + "/assets/")
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	return time.Since(began)
}
