package main

import (
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"net"
	"syscall"
	"testing"
	"time"
)

// echo answers everybody with what they say.
func echo(t *testing.T) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				_, _ = io.Copy(c, c)
				_ = c.Close()
			}()
		}
	}()
	return l.Addr().String()
}

// over says text over a wire and returns what comes back, and how long it took.
func over(t *testing.T, w *wire, text []byte) ([]byte, time.Duration, error) {
	t.Helper()
	c, err := net.Dial("tcp", w.addr())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close() }()
	_ = c.SetDeadline(time.Now().Add(10 * time.Second))
	began := time.Now()
	if _, err := c.Write(text); err != nil {
		return nil, 0, err
	}
	got := make([]byte, len(text))
	_, err = io.ReadFull(c, got)
	return got, time.Since(began), err
}

func TestWireHasWeather(t *testing.T) {
	w, err := newWire(echo(t), rand.New(rand.NewPCG(1, 0)))
	if err != nil {
		t.Fatal(err)
	}
	defer w.close()
	text := bytes.Repeat([]byte("0123456789"), 4000)
	for _, x := range []struct {
		name  string
		sky   weather
		least time.Duration
	}{
		{"fair", weather{}, 0},
		{"latency", weather{latency: 60 * time.Millisecond, jitter: 20 * time.Millisecond}, 40 * time.Millisecond},
		{"bandwidth", weather{bandwidth: 400_000}, 100 * time.Millisecond},
		{"slices", weather{slice: 100, bandwidth: 2_000_000}, 20 * time.Millisecond},
	} {
		w.set(x.sky)
		got, took, err := over(t, w, text)
		if err != nil || !bytes.Equal(got, text) || took < x.least {
			t.Errorf("%s: %d bytes after %v (at least %v), %v", x.name, len(got), took, x.least, err)
		}
	}
	w.set(weather{reset: true})
	if _, _, err := over(t, w, text); !errors.Is(err, syscall.ECONNRESET) && !errors.Is(err, syscall.EPIPE) {
		t.Errorf("reset: %v", err)
	}
}

// TestWireLosesForGood: after bytes vanished the connection must not go on as
// if nothing were missing.
func TestWireLosesForGood(t *testing.T) {
	w, err := newWire(echo(t), rand.New(rand.NewPCG(1, 0)))
	if err != nil {
		t.Fatal(err)
	}
	defer w.close()
	c, err := net.Dial("tcp", w.addr())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close() }()
	say := func(text string) (string, error) {
		if _, err := c.Write([]byte(text)); err != nil {
			return "", err
		}
		_ = c.SetReadDeadline(time.Now().Add(300 * time.Millisecond))
		b := make([]byte, 10)
		n, err := c.Read(b)
		return string(b[:n]), err
	}
	if got, err := say("one"); got != "one" {
		t.Fatalf("%q, %v", got, err)
	}
	w.set(weather{silent: true})
	if got, err := say("two"); got != "" || err == nil {
		t.Fatalf("through silence came %q, %v", got, err)
	}
	w.set(weather{})
	if got, err := say("three"); got != "" || !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("after silence came %q, %v; want a reset", got, err)
	}
}
