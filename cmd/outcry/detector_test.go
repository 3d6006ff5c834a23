package main

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// TestWhatADetectorAnswers: it says whether it lives and its numbers, and all
// else is a problem document, as of a server with pages.
func TestWhatADetectorAnswers(t *testing.T) {
	last := time.Unix(1700000000, 0)
	for _, tt := range []struct {
		method, path string
		alive        bool
		status       int
		kind, body   string
	}{
		{"GET", "/healthz", true, 200, "application/json", `{"status":"ok"}`},
		{"HEAD", "/readyz", true, 200, "application/json", ""},
		{"GET", "/readyz", false, 503, "application/problem+json", "/problems/unavailable"},
		{"GET", "/healthz", false, 503, "application/problem+json", "stuck"},
		{"GET", "/metrics", true, 200, "text/plain; version=0.0.4; charset=utf-8", "\noutcry_detector_alive 1\n"},
		{"GET", "/metrics", false, 200, "text/plain; version=0.0.4; charset=utf-8", "\noutcry_detector_alive 0\n"},
		{"GET", "/metrics", false, 200, "text/plain; version=0.0.4; charset=utf-8", "\noutcry_detector_last_look_timestamp_seconds 1700000000\n"},
		{"POST", "/healthz", true, 405, "application/problem+json", "/problems/method-not-allowed"},
		{"GET", "/", true, 404, "application/problem+json", "/problems/not-found"},
		{"GET", "/api/v1/services", true, 404, "application/problem+json", "/problems/not-found"},
	} {
		rw := httptest.NewRecorder()
		health(func() pulse { return pulse{tt.alive, last} }).ServeHTTP(rw, httptest.NewRequest(tt.method, tt.path, nil))
		h := rw.Result().Header
		if rw.Code != tt.status || h.Get("Content-Type") != tt.kind || h.Get("Cache-Control") != "no-store" || !strings.Contains(rw.Body.String(), tt.body) {
			t.Errorf("%s %s, alive %v: %d %v %s", tt.method, tt.path, tt.alive, rw.Code, h, rw.Body)
		}
		var p struct{ Status int }
		if tt.status >= http.StatusBadRequest && (json.Unmarshal(rw.Body.Bytes(), &p) != nil || p.Status != tt.status) {
			t.Errorf("%s %s: the problem says %d: %s", tt.method, tt.path, p.Status, rw.Body)
		}
	}
}

// TestADetectorsPort: such a server stands where a detector listens.
func TestADetectorsPort(t *testing.T) {
	base, _ := start(t, "--redis-url", redisServer(t), "--role", "detector")
	if got := string(get(t, base+"/metrics", nil)); !strings.Contains(got, "outcry_detector_alive") {
		t.Errorf("/metrics: %s", got)
	}
	response, err := http.Get(base + "/nope")
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	if kind := response.Header.Get("Content-Type"); response.StatusCode != http.StatusNotFound || kind != "application/problem+json" {
		t.Errorf("/nope: %d %s", response.StatusCode, kind)
	}
}
