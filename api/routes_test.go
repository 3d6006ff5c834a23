package api

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gofiber/fiber/v2"

	"outcry"
)

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
	f := newFake()
	s := serve(t, f)
	values := samples(t, s)
	for _, r := range s.App().GetRoutes(true) {
		path := fill(r.Path, values)
		if r.Method != fiber.MethodGet || path == "/api/v1/events" || strings.Contains(path, "/admin") { // see admin_test.go
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
			f.pass(time.Second) // from here on the date is a proof, if nothing has changed
			if a = get(t, s, path); a.header.Get("ETag") == tag {
				if got := get(t, s, path, "If-Modified-Since: "+a.header.Get("Last-Modified")); got.status != http.StatusNotModified {
					t.Errorf("GET %s with its own Last-Modified: %d", path, got.status)
				}
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
	for _, address := range []string{"https://outcry.example/", "HTTPS://Outcry.Example"} {
		s := serve(t, newFake(), func(c *Config) { c.PublicURL = address })
		if got := get(t, s, "/about").header.Get("Strict-Transport-Security"); got != "max-age=31536000" {
			t.Errorf("%s: got %q", address, got)
		}
		if got := get(t, s, "/robots.txt").body; !strings.Contains(got, "https://outcry.example/sitemap.xml") {
			t.Errorf("%s: links are made from %q", address, got)
		}
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
