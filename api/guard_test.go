package api

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gofiber/fiber/v2"
	"go.uber.org/goleak"

	"outcry"
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
			if tt.want >= 400 && tt.want != 405 && !resp.Close {
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

// samples are values for the parameters of routes that exist.
func samples(t testing.TB, s *Server) map[string]string {
	receipt := body[accepted](t, report(t, s, `{"service":"zoom"}`)).ReceiptURL
	asset := ""
	for _, a := range s.cfg.Renderer.Assets() {
		asset = a.Path
	}
	return map[string]string{"/services/:id": "/services/zoom", "/badge/:id": "/badge/zoom", "/embed/:id": "/embed/zoom",
		"/incidents/:id": "/incidents/zoom-4", "/receipts/:id": receipt, "/problems/:name": "/problems/internal",
		"/assets/:name": asset, "/reports/:id": "/reports/" + testID}
}

func fill(path string, values map[string]string) string {
	for pattern, value := range values {
		path = strings.Replace(path, pattern, value, 1)
	}
	return path
}

// Every route answers with the headers, to GET and HEAD alike, and reads
// answer conditional requests and scripts of any site.
func TestEveryRoute(t *testing.T) {
	s := serve(t, newFake())
	values := samples(t, s)
	for _, r := range s.App().GetRoutes(true) {
		path := fill(r.Path, values)
		if r.Method != fiber.MethodGet || path == "/api/v1/events" {
			continue
		}
		a := get(t, s, path)
		checkHeaders(t, "GET "+path, a.status, a.header)
		if a.status != http.StatusOK && a.status != http.StatusFound {
			t.Errorf("GET %s: %d %s", path, a.status, a.body)
		}
		head := ask(t, s, http.MethodHead, path, "")
		checkHeaders(t, "HEAD "+path, head.status, head.header)
		if head.status != a.status || head.body != "" {
			t.Errorf("HEAD %s: %d with %d bytes, GET %d", path, head.status, len(head.body), a.status)
		}
		if tag := a.header.Get("ETag"); tag != "" {
			if got := get(t, s, path, "If-None-Match: "+tag); got.status != http.StatusNotModified || got.body != "" {
				t.Errorf("GET %s with its own ETag: %d", path, got.status)
			}
			if got := get(t, s, path, "If-Modified-Since: "+a.header.Get("Last-Modified")); got.status != http.StatusNotModified {
				t.Errorf("GET %s with its own Last-Modified: %d", path, got.status)
			}
			if got := get(t, s, path, `If-None-Match: "x"`, "If-Modified-Since: "+a.header.Get("Last-Modified")); got.status != http.StatusOK {
				t.Errorf("GET %s with another ETag: %d", path, got.status)
			}
		} else if strings.HasPrefix(path, "/api/") {
			t.Errorf("GET %s has no ETag", path)
		}
		if strings.HasPrefix(path, "/api/") {
			o := ask(t, s, http.MethodOptions, path, "", "Origin: https://other.example", "Access-Control-Request-Method: GET")
			if o.status != http.StatusNoContent || o.header.Get("Access-Control-Allow-Origin") != "*" || a.header.Get("Access-Control-Allow-Origin") != "*" {
				t.Errorf("OPTIONS %s: %d %v", path, o.status, o.header)
			}
		}
	}
}

// hostile are values that someone may put where anything can be put.
var hostile = []string{"", "%00", "..%2f..%2fetc%2fpasswd", "%ff%fe", "<script>alert(1)</script>", strings.Repeat("a", 3000), "%0d%0aSet-Cookie:%20a=b",
	"-1", "1e999", "9999999999999999999", "zoom%20", "ZOOM", "'; DROP TABLE", "{{.}}", "%F0%9F%98%80", "a[999999999]=x", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "NaN", "//evil.example", "%5c%5cevil"}

// Whatever is put into an address, no route panics, fails, or gives it back.
func TestEveryRouteHostile(t *testing.T) {
	s := serve(t, newFake())
	values := samples(t, s)
	for _, r := range s.App().GetRoutes(true) {
		for _, bad := range hostile {
			path := strings.ReplaceAll(parameter.ReplaceAllString(r.Path, "\x00"), "\x00", strings.ReplaceAll(bad, " ", "%20"))
			query := "?" + strings.Join([]string{"q=", "state=", "from=", "to=", "step=", "symptom=", "region=", "at=", "window=", "limit=", "cursor=", "service=", "reported="}, bad[:min(len(bad), 90)]+"&") + bad[:min(len(bad), 90)]
			query = strings.NewReplacer(" ", "%20", "<", "%3C", ">", "%3E", "{", "%7B", "}", "%7D", "'", "%27").Replace(query)
			path = strings.NewReplacer("<", "%3C", ">", "%3E", "{", "%7B", "}", "%7D", "'", "%27").Replace(path)
			for _, address := range []string{path, fill(r.Path, values) + query} {
				if r.Path == "/api/v1/events" && r.Method != fiber.MethodOptions {
					continue // a stream would begin: see TestEventsRefused
				}
				a := ask(t, s, r.Method, address, bad[:min(len(bad), 100)], "Accept: text/html", "Last-Event-ID: x", "Content-Type: "+strings.ReplaceAll(bad[:min(len(bad), 90)], "%", ""))
				what := r.Method + " " + address
				checkHeaders(t, r.Method+" "+r.Path, a.status, a.header)
				if a.status >= 500 && a.status != 501 {
					t.Errorf("%.100s: %d %.200s", what, a.status, a.body)
				}
				if strings.Contains(a.body, "<script>alert") || a.header.Get("Set-Cookie") != "" {
					t.Errorf("%.100s: gives it back", what)
				}
				if to := a.header.Get("Location"); to != "" && (!strings.HasPrefix(to, "/") || strings.HasPrefix(to, "//") || strings.HasPrefix(to, "/\\")) {
					t.Errorf("%.100s: leads to %q", what, to)
				}
			}
		}
	}
}

// What is not offered says so, with the methods that are.
func TestNotOffered(t *testing.T) {
	s := serve(t, newFake())
	for _, tt := range []struct{ method, path, accept, want, allow string }{
		{"GET", "/nope", "", "not-found", ""},
		{"GET", "/admin", "", "not-found", ""},
		{"POST", "/api/v1/subscriptions", "", "not-found", ""},
		{"GET", "/debug/pprof/", "", "not-found", ""},
		{"GET", "/.git/config", "", "not-found", ""},
		{"GET", "/assets/", "", "not-found", ""},
		{"GET", "/API/v1/services", "", "not-found", ""},
		{"GET", "/api/v1/reports", "", "method-not-allowed", "POST"},
		{"GET", "/report", "", "method-not-allowed", "POST"},
		{"POST", "/api/v1/services", "", "method-not-allowed", "GET, HEAD, OPTIONS"},
		{"PUT", "/services/zoom", "", "method-not-allowed", "GET, HEAD"},
		{"OPTIONS", "/api/v1/reports", "", "method-not-allowed", "POST"},
		{"GET", "/api/v1/nope", "text/html", "not-found", ""},
		{"GET", "/api/v1/services/nope", "", "unknown-service", ""},
		{"GET", "/services/nope", "", "unknown-service", ""},
	} {
		a := ask(t, s, tt.method, tt.path, "", "Accept: "+tt.accept)
		if got := problemName(t, a); got != tt.want || a.header.Get("Allow") != tt.allow {
			t.Errorf("%s %s: got %s, Allow %q, want %s, %q", tt.method, tt.path, got, a.header.Get("Allow"), tt.want, tt.allow)
		}
	}
	page := get(t, s, "/services/nope", "Accept: text/html,application/xhtml+xml")
	if page.status != http.StatusNotFound || page.header.Get("Content-Type") != typeHTML || !strings.Contains(page.body, "<!doctype html>") {
		t.Errorf("a browser gets %d %s", page.status, page.header.Get("Content-Type"))
	}
}

func TestPanicStaysInItsRequest(t *testing.T) {
	f := newFake()
	s := serve(t, f)
	f.panics = true
	for _, path := range []string{"/", "/api/v1/services/zoom", "/feed.atom", "/embed/zoom"} {
		f.pass(2 * time.Second)
		a := get(t, s, path)
		if got := problemName(t, a); got != "internal" || !strings.Contains(a.body, "its number is ") || strings.Contains(a.body, "fault") {
			t.Errorf("%s: %d %s", path, a.status, a.body)
		}
		checkHeaders(t, "GET "+path, a.status, a.header)
	}
	f.panics = false
	f.pass(2 * time.Second)
	if a := get(t, s, "/"); a.status != http.StatusOK {
		t.Errorf("afterwards: %d", a.status)
	}
	if m := get(t, s, "/metrics"); !strings.Contains(m.body, "outcry_panics_total 4\n") {
		t.Errorf("metrics: %s", m.body)
	}
}

func TestStrictTransportSecurityWithTLS(t *testing.T) {
	s := serve(t, newFake(), func(c *Config) { c.PublicURL = "https://outcry.example/" })
	if got := get(t, s, "/about").header.Get("Strict-Transport-Security"); got != "max-age=31536000" {
		t.Errorf("got %q", got)
	}
}

// No address and nothing that was sent gets into the log or the metrics.
func TestLogAndMetricsTellNothing(t *testing.T) {
	f := newFake()
	s := serve(t, f, func(c *Config) { c.Desk = brokenDesk{} })
	report(t, s, `{"service":"zoom","comment":"secret words"}`, "X-Forwarded-For: 198.51.100.77")
	for name, text := range map[string]string{"log": f.log.String(), "metrics": get(t, s, "/metrics").body} {
		for _, secret := range []string{"secret", "198.51", "\x1b", "0.0.0.0"} {
			if strings.Contains(text, secret) {
				t.Errorf("the %s tells %q: %s", name, secret, text)
			}
		}
	}
	if !strings.Contains(f.log.String(), "request failed") {
		t.Error("a fault was not logged")
	}
}

// brokenDesk fails as nothing should.
type brokenDesk struct{}

func (brokenDesk) Submit(context.Context, outcry.Submission, time.Time) (outcry.Receipt, error) {
	return outcry.Receipt{}, fmt.Errorf("something nobody\nexpected\x1b[0m")
}

func (brokenDesk) Withdraw(context.Context, string, string, time.Time) error { return nil }
