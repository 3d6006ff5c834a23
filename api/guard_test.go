package api

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m,
		// fasthttp's clock for the Date header lives as long as the process,
		goleak.IgnoreAnyFunction("github.com/valyala/fasthttp.updateServerDate.func1"),
		// and its cleaner of idle workers sleeps up to ten seconds longer.
		goleak.IgnoreAnyFunction("github.com/valyala/fasthttp.(*workerPool).Start.func2"))
}

// listen serves on a real socket until the test ends.
func listen(t testing.TB, s *Server) net.Addr {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- s.Serve(l) }()
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		if err := s.Shutdown(ctx); err != nil {
			t.Error(err)
		}
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return l.Addr()
}

// raw sends bytes as they are and reads one answer.
func raw(t testing.TB, addr net.Addr, text string) *http.Response {
	t.Helper()
	c, err := net.Dial("tcp", addr.String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	if err := c.SetDeadline(time.Now().Add(10 * time.Second)); err != nil {
		t.Fatal(err)
	}
	go func() { _, _ = io.WriteString(c, text) }() // may be cut off by the answer
	resp, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		t.Fatalf("no answer to %.60q: %v", text, err)
	}
	return resp
}

func TestFraming(t *testing.T) {
	f := newFake()
	addr := listen(t, serve(t, f))
	const head = "Host: x\r\nContent-Type: application/json\r\n"
	const valid = `{"service":"zoom"}`
	for _, tt := range []struct {
		name, text string
		want       int
	}{
		{"plain", "POST /api/v1/reports HTTP/1.1\r\n" + head + "Content-Length: 18\r\n\r\n" + valid, 201},
		{"not packed", "POST /api/v1/reports HTTP/1.1\r\n" + head + "Content-Encoding: Identity\r\nContent-Length: 18\r\n\r\n" + valid, 201},
		{"packed", "POST /api/v1/reports HTTP/1.1\r\n" + head + "Content-Encoding: identity, gzip\r\nContent-Length: 18\r\n\r\n" + valid, 415},
		{"chunked", "POST /api/v1/reports HTTP/1.1\r\n" + head + "Transfer-Encoding: chunked\r\n\r\n12\r\n" + valid + "\r\n0\r\n\r\n", 201},
		{"length and chunked", "POST /api/v1/reports HTTP/1.1\r\n" + head + "Content-Length: 18\r\nTransfer-Encoding: chunked\r\n\r\n12\r\n" + valid + "\r\n0\r\n\r\n", 400},
		{"chunked and length", "POST /api/v1/reports HTTP/1.1\r\n" + head + "transfer-encoding: chunked\r\ncontent-length: 18\r\n\r\n12\r\n" + valid + "\r\n0\r\n\r\n", 400},
		{"two lengths", "POST /api/v1/reports HTTP/1.1\r\n" + head + "Content-Length: 18\r\nContent-Length: 19\r\n\r\n" + valid, 400},
		{"no host", "GET / HTTP/1.1\r\n\r\n", 400},
		{"two hosts", "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400},
		{"NUL in a header", "GET / HTTP/1.1\r\nHost: a\r\nX: \x00\r\n\r\n", 400},
		{"TRACE", "TRACE / HTTP/1.1\r\nHost: a\r\n\r\n", 405},
		{"unknown method", "BREW / HTTP/1.1\r\nHost: a\r\n\r\n", 501},
		{"5 KB header", "GET / HTTP/1.1\r\nHost: a\r\nX: " + strings.Repeat("a", 5000) + "\r\n\r\n", 431},
		{"5 KB address", "GET /?q=" + strings.Repeat("a", 5000) + " HTTP/1.1\r\nHost: a\r\n\r\n", 431},
		{"100 headers", "GET / HTTP/1.1\r\nHost: a\r\n" + strings.Repeat("X: a\r\n", 100) + "\r\n", 431},
		{"1 MB body", "POST /api/v1/reports HTTP/1.1\r\n" + head + "Content-Length: 1000000\r\n\r\n" + strings.Repeat("a", 1000000), 413},
		{"1 MB in chunks", "POST /api/v1/reports HTTP/1.1\r\n" + head + "Transfer-Encoding: chunked\r\n\r\nF4240\r\n" + strings.Repeat("a", 1000000), 413},
		{"not HTTP", "hello\r\n\r\n", 400},
	} {
		t.Run(tt.name, func(t *testing.T) {
			resp := raw(t, addr, tt.text)
			if resp.StatusCode != tt.want {
				t.Fatalf("got %d, want %d", resp.StatusCode, tt.want)
			}
			checkHeaders(t, tt.name, resp.StatusCode, resp.Header)
			if tt.want >= 400 && tt.want != 405 && tt.want != 415 && !resp.Close {
				t.Error("the connection stays open")
			}
			if tt.want >= 400 && resp.Header.Get("Content-Type") != "application/problem+json" {
				t.Errorf("a problem as %q", resp.Header.Get("Content-Type"))
			}
		})
	}
}

// checkHeaders is what holds for every answer.
func checkHeaders(t testing.TB, what string, status int, h http.Header) {
	t.Helper()
	csp := h.Get("Content-Security-Policy")
	if !strings.Contains(csp, "default-src 'none'") || strings.Contains(csp, "unsafe") || strings.Contains(csp, "http") {
		t.Errorf("%s: Content-Security-Policy %q", what, csp)
	}
	if framed := strings.Contains(csp, "frame-ancestors *"); !strings.Contains(csp, "frame-ancestors 'none'") && !framed || framed && !strings.HasPrefix(what, "GET /embed/") && !strings.HasPrefix(what, "HEAD /embed/") {
		t.Errorf("%s: may be framed: %q", what, csp)
	}
	for name, want := range map[string]string{
		"X-Content-Type-Options": "nosniff", "Referrer-Policy": "same-origin", "Cross-Origin-Opener-Policy": "same-origin",
		"Strict-Transport-Security": "", "Server": "", "Set-Cookie": "",
	} {
		if got := h.Get(name); got != want {
			t.Errorf("%s: %s is %q, want %q", what, name, got, want)
		}
	}
	if page := strings.HasPrefix(h.Get("Content-Type"), "text/html"); page != strings.Contains(h.Get("Permissions-Policy"), "geolocation=()") {
		t.Errorf("%s: Permissions-Policy %q", what, h.Get("Permissions-Policy"))
	}
	if h.Get("Cache-Control") == "" {
		t.Errorf("%s: no Cache-Control", what)
	}
	if kind := h.Get("Content-Type"); strings.HasPrefix(kind, "text/") && kind != "text/event-stream" && !strings.Contains(kind, "charset=utf-8") {
		t.Errorf("%s: Content-Type %q", what, kind)
	}
	if status >= 400 && h.Get("ETag") != "" {
		t.Errorf("%s: an error has an ETag", what)
	}
}
