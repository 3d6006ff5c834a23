package api

import (
	"crypto/ed25519"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"outcry"
	"outcry/frontend"
)

func testKey() ed25519.PrivateKey {
	return ed25519.NewKeyFromSeed([]byte("only for tests, known to anyone."))
}

var testRenderer = sync.OnceValues(frontend.New)

// serve makes a server on f; change may adapt the configuration.
func serve(t testing.TB, f *fake, change ...func(*Config)) *Server {
	t.Helper()
	r, err := testRenderer()
	if err != nil {
		t.Fatal(err)
	}
	catalog := testCatalog()
	cfg := Config{Catalog: func() *outcry.Catalog { return catalog }, Desk: f, Counts: f, Board: f, Stream: f, Health: f, Comments: f, Sessions: f,
		Renderer: r, Now: f.clock, Log: slog.New(slog.NewTextHandler(&f.log, nil)), Key: testKey(), Version: "test"}
	for _, c := range change {
		c(&cfg)
	}
	s, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// answer is a response, read.
type answer struct {
	status int
	header http.Header
	body   string
}

// ask sends a request; headers are "Name: value".
func ask(t testing.TB, s *Server, method, path, body string, headers ...string) answer {
	t.Helper()
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	if body == "" {
		r = httptest.NewRequest(method, path, nil)
	}
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		if name == "Host" {
			r.Host = value
			continue
		}
		r.Header.Add(name, value)
	}
	resp, err := s.App().Test(r, -1)
	if err != nil {
		t.Fatalf("%s %s: %v", method, path, err)
	}
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatalf("%s %s: %v", method, path, err)
	}
	a := answer{resp.StatusCode, resp.Header, string(b)}
	describes(t, method, path, a)
	return a
}

func get(t testing.TB, s *Server, path string, headers ...string) answer {
	t.Helper()
	return ask(t, s, http.MethodGet, path, "", headers...)
}

// report posts to the API.
func report(t testing.TB, s *Server, body string, headers ...string) answer {
	t.Helper()
	return ask(t, s, http.MethodPost, "/api/v1/reports", body, append([]string{"Content-Type: application/json"}, headers...)...)
}
