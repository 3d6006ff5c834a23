package api

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"time"

	"outcry"
	"outcry/api/events"
)

// follow opens the event stream over a real connection.
func follow(t testing.TB, addr net.Addr, query string, headers ...string) (*http.Response, *bufio.Reader) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	t.Cleanup(cancel)
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+addr.String()+"/api/v1/events"+query, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		r.Header.Set(name, value)
	}
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	resp, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = resp.Body.Close() })
	return resp, bufio.NewReader(resp.Body)
}

// block reads one event of a stream, up to the empty line.
func block(t testing.TB, r *bufio.Reader) string {
	t.Helper()
	var b strings.Builder
	for {
		line, err := r.ReadString('\n')
		if err != nil {
			t.Fatalf("after %q: %v", b.String(), err)
		}
		if line == "\n" {
			return b.String()
		}
		b.WriteString(line)
	}
}

func counted(n int, service string) outcry.Event {
	return outcry.Event{ID: fmt.Sprintf("%d-0", n), Kind: outcry.EventCounts, Service: service, Data: []byte(`{"n": 1}`)}
}

func TestEvents(t *testing.T) {
	f := newFake()
	s := serve(t, f)
	addr := listen(t, s)
	resp, all := follow(t, addr, "")
	if resp.StatusCode != http.StatusOK || resp.Header.Get("Content-Type") != "text/event-stream" || resp.Header.Get("Access-Control-Allow-Origin") != "*" {
		t.Fatalf("got %d %v", resp.StatusCode, resp.Header)
	}
	checkHeaders(t, "GET /api/v1/events", resp.StatusCode, resp.Header)
	if first := block(t, all); !strings.HasPrefix(first, "retry: ") {
		t.Errorf("it begins with %q", first)
	}
	_, edx := follow(t, addr, "?service=edx")
	block(t, edx)
	f.events <- []outcry.Event{counted(1, "zoom"), counted(2, "edx")}
	for n, want := range []string{"id: 1-0\nevent: counts\ndata: {\"n\":1}\n", "id: 2-0\nevent: counts\ndata: {\"n\":1}\n"} {
		if got := block(t, all); got != want {
			t.Errorf("event %d: %q", n, got)
		}
	}
	if got := block(t, edx); !strings.HasPrefix(got, "id: 2-0\n") {
		t.Errorf("one service: %q", got)
	}
	_, back := follow(t, addr, "", "Last-Event-ID: 1-0")
	block(t, back)
	if got := block(t, back); !strings.HasPrefix(got, "id: 2-0\n") {
		t.Errorf("resumed: %q", got)
	}
	_, lost := follow(t, addr, "", "Last-Event-ID: 77-0")
	block(t, lost)
	if got := block(t, lost); got != "event: resync\ndata: {}\n" {
		t.Errorf("unknown place: %q", got)
	}
}

// Events say no more than the reads do.
func TestEventsArePublished(t *testing.T) {
	f := newFake()
	p := published{serve(t, f)}
	for _, tt := range []struct {
		kind       outcry.EventKind
		data, want string
	}{
		{outcry.EventVerdict, `{"state":"likely","reports":{"count":10,"expected":1,"window":"30m0s"},"attribution":{"cause":"service","shares":[{"kind":"region","key":"DE","share":0.3},{"kind":"region","key":"US","share":0.7}]}}`, `"shares":[{"kind":"region","key":"US","share":0.7}]`},
		{outcry.EventIncident, `{"id":"zoom-1","regions":[{"key":"DE","count":9,"reporters":2},{"key":"US","count":9,"reporters":7}]}`, `"regions":[{"key":"US",`},
		{outcry.EventCounts, `{"n":1}`, `{"n":1}`},
		{outcry.EventVerdict, `no JSON`, ``},
	} {
		got := string(p.rewrite(outcry.Event{Kind: tt.kind, Service: "zoom", Data: []byte(tt.data)}))
		if !strings.Contains(got, tt.want) || strings.Contains(got, `"DE"`) {
			t.Errorf("%s: got %s", tt.data, got)
		}
	}
}

func TestEventsRefused(t *testing.T) {
	f := newFake()
	s := serve(t, f, func(c *Config) {
		c.Limits.StreamsPerSource, c.Limits.Streams = 2, 3
		c.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}
	})
	addr := listen(t, s)
	for _, tt := range []struct {
		from string
		want int
	}{
		{"2001:db8::1", 200}, {"2001:db8::2", 200}, {"2001:db8::3", 429}, {"192.0.2.1", 200}, {"192.0.2.2", 503},
	} {
		resp, _ := follow(t, addr, "", "X-Forwarded-For: "+tt.from)
		if resp.StatusCode != tt.want || (tt.want != 200) != (resp.Header.Get("Retry-After") != "") {
			t.Errorf("%s: got %d, want %d", tt.from, resp.StatusCode, tt.want)
		}
	}
	if a := get(t, s, "/metrics"); !strings.Contains(a.body, "outcry_event_streams 3\n") {
		t.Errorf("metrics: %s", a.body)
	}
	for _, path := range []string{"/api/v1/events?service=nope", "/api/v1/events?service=%ff"} {
		if a := get(t, s, path); a.status < 400 || a.status >= 500 {
			t.Errorf("%s: %d", path, a.status)
		}
	}
	head := ask(t, s, http.MethodHead, "/api/v1/events", "", "X-Forwarded-For: 2001:db8:9::1")
	if head.status != http.StatusServiceUnavailable {
		t.Errorf("HEAD: %d", head.status)
	}
}

// HEAD opens no stream and holds no place.
func TestEventsHead(t *testing.T) {
	s := serve(t, newFake())
	for range 30 {
		if a := ask(t, s, http.MethodHead, "/api/v1/events", ""); a.status != http.StatusOK || a.header.Get("Content-Type") != "text/event-stream" {
			t.Fatalf("got %d", a.status)
		}
	}
	if n := s.crowd.Size(); n != 0 {
		t.Errorf("%d places are held", n)
	}
}

// Shutting down ends the streams: listen waits for it.
func TestShutdownEndsStreams(t *testing.T) {
	s := serve(t, newFake())
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- s.Serve(l) }()
	_, r := follow(t, l.Addr(), "")
	block(t, r)
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	if err := s.Shutdown(ctx); err != nil {
		t.Fatal(err)
	}
	if err := <-done; err != nil {
		t.Error(err)
	}
	if _, err := io.ReadAll(r); err != nil {
		t.Errorf("the stream was not ended well: %v", err)
	}
	if n := s.crowd.Size(); n != 0 {
		t.Errorf("%d places are held", n)
	}
}

// A panic while an event stream is written ends that stream only.
func TestStreamPanics(t *testing.T) {
	f := newFake()
	s := serve(t, f)
	st := &stream{server: s, conn: brokenConn{}, follower: events.NewHub(1).Follow("", "")}
	if _, err := st.WriteTo(io.Discard); err == nil {
		t.Error("no error")
	}
	if got := s.metrics.panics.Load(); got != 1 || !strings.Contains(f.log.String(), "panic in an event stream") {
		t.Errorf("%d panics, log %s", got, f.log.String())
	}
}

type brokenConn struct{ net.Conn }

// A reader who takes nothing is cut at the write deadline, which each write
// sets anew.
func TestStreamSetsADeadline(t *testing.T) {
	server, client := net.Pipe()
	defer func() { _ = client.Close() }()
	c := &watchedConn{Conn: server}
	hub := events.NewHub(1)
	st := &stream{server: serve(t, newFake()), conn: c, follower: hub.Follow("x", "")} // a gap to tell at once
	if err := client.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := st.WriteTo(server); err == nil {
		t.Error("writing to nobody went well")
	}
	if c.deadlines != 1 {
		t.Errorf("%d deadlines for one write", c.deadlines)
	}
}

type watchedConn struct {
	net.Conn
	deadlines int
}

func (c *watchedConn) SetWriteDeadline(t time.Time) error {
	c.deadlines++
	return c.Conn.SetWriteDeadline(t)
}
