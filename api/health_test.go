package api

import (
	"net/http"
	"strings"
	"testing"
)

// What is asked of the process is never kept.
func TestNoAnswerOnHealthIsKept(t *testing.T) {
	s := serve(t, newFake())
	for _, path := range []string{"/healthz", "/readyz", "/metrics"} {
		if got := get(t, s, path).header.Get("Cache-Control"); got != "no-store" {
			t.Errorf("%s: Cache-Control %q, want no-store", path, got)
		}
	}
}

// That nothing can be stored is a problem like any other, and says where.
func TestNotReadyIsAProblem(t *testing.T) {
	f := newFake()
	f.ready = Readiness{How: "Nowhere.", Notes: []string{"The store is away."}}
	s := serve(t, f)
	a := get(t, s, "/readyz")
	if got := problemName(t, a); got != "unavailable" {
		t.Errorf("got %q: %s", got, a.body)
	}
	type extended struct {
		Version, Storage string
		Notes            []string
	}
	if got := body[extended](t, a); got.Version != "test" || got.Storage != "Nowhere." || len(got.Notes) != 1 {
		t.Errorf("the problem tells %+v", got)
	}
	if a.header.Get("Retry-After") == "" || a.header.Get("Cache-Control") != "no-store" {
		t.Errorf("headers %v", a.header)
	}
}

// Scripts of any site may read that there is nothing under an address of the
// open interface, and what else is public; not what takes forms or a token.
func TestWhoMayReadAcrossSites(t *testing.T) {
	s := serve(t, newFake(), withToken)
	receipt := body[accepted](t, report(t, s, `{"service":"zoom"}`)).ReceiptURL
	for path, want := range map[string]string{
		"/api/v1/nope": "*", "/api/v1/services/nope": "*", "/api/v1/services/zoom/nope": "*", "/api/v1/incidents/nope/bundle": "*",
		"/embed/zoom": "*", "/sitemap.xml": "*", "/robots.txt": "*", "/embed/nope": "*",
		"/": "", "/services/zoom": "", receipt: "", "/admin": "", "/api/v1/admin/comments": "", "/api/v1/admin/nope": "", "/nope": "",
	} {
		if got := get(t, s, path).header.Get("Access-Control-Allow-Origin"); got != want {
			t.Errorf("GET %s: Access-Control-Allow-Origin %q, want %q", path, got, want)
		}
	}
	for _, path := range []string{"/embed/zoom", "/sitemap.xml", "/robots.txt"} {
		if o := ask(t, s, http.MethodOptions, path, ""); o.status != http.StatusNoContent {
			t.Errorf("OPTIONS %s: %d", path, o.status)
		}
	}
	if a := ask(t, s, http.MethodPost, "/api/v1/reports", `{"service":"nope"}`, "Content-Type: application/json"); a.header.Get("Access-Control-Allow-Origin") != "" {
		t.Error("an answer to a report can be read by any site")
	}
	if a := get(t, s, "/embed/nope", "Accept: text/html"); !strings.HasPrefix(a.header.Get("Content-Type"), "text/html") {
		t.Errorf("a frame of no service gets %s", a.header.Get("Content-Type"))
	}
}

// A probe of HTTP/1.0 has no Host to send.
func TestHealthNeedsNoHost(t *testing.T) {
	addr := listen(t, serve(t, newFake()))
	for text, want := range map[string]int{
		"GET /healthz HTTP/1.0\r\n\r\n": 200, "HEAD /readyz HTTP/1.0\r\n\r\n": 200,
		"GET /healthz HTTP/1.1\r\n\r\n": 400, "GET / HTTP/1.0\r\n\r\n": 400, "GET /feed.atom HTTP/1.0\r\n\r\n": 400,
	} {
		if got := raw(t, addr, text).StatusCode; got != want {
			t.Errorf("%q: %d, want %d", text, got, want)
		}
	}
}
