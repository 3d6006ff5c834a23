package api

import (
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/gofiber/fiber/v2"

	"outcry"
)

// While the store is away everything that was seen before is served from the
// last copy, with its age; nothing is 5xx but the readiness.
func TestStoreAway(t *testing.T) {
	f := newFake()
	s := serve(t, f)
	values := samples(t, s)
	var paths []string
	for _, r := range s.App().GetRoutes(true) {
		path := fill(r.Path, values)
		if r.Method == fiber.MethodGet && path != "/api/v1/events" && path != "/readyz" && !strings.HasSuffix(path, "/bundle") {
			paths = append(paths, path)
			get(t, s, path)
		}
	}
	f.fail(outcry.ErrUnavailable)
	f.ready = Readiness{How: "Nowhere.", Notes: []string{"The store is away."}}
	f.pass(10 * time.Minute)
	live := 0
	for _, path := range paths {
		a := get(t, s, path, "Accept: text/html")
		if a.status >= 500 {
			t.Errorf("%s: %d %s", path, a.status, a.body)
		}
		if age, err := strconv.Atoi(a.header.Get("X-Data-Age")); err == nil {
			live++
			if age < 600 || age > 700 {
				t.Errorf("%s: says it is %d s old", path, age)
			}
			if a.header.Get("Content-Type") == typeHTML && !strings.HasPrefix(path, "/embed/") && !strings.Contains(a.body, "Old numbers.") {
				t.Errorf("%s: the page does not say that it is old", path)
			}
		}
	}
	if live < 15 {
		t.Errorf("only %d of %d answers tell their age", live, len(paths))
	}
	if a := get(t, s, "/readyz"); a.status != http.StatusServiceUnavailable || !strings.Contains(a.body, "The store is away.") {
		t.Errorf("/readyz: %d %s", a.status, a.body)
	}
	if a := get(t, s, "/healthz"); a.status != http.StatusOK || !strings.Contains(a.body, "Nowhere.") {
		t.Errorf("/healthz: %d %s", a.status, a.body)
	}
	f.fail(nil)
	f.pass(10 * time.Second)
	if a := get(t, s, "/api/v1/services/zoom"); a.status != http.StatusOK || a.header.Get("X-Data-Age") != "" {
		t.Errorf("afterwards: %d, age %q", a.status, a.header.Get("X-Data-Age"))
	}
}

// A server that never saw the store says so at once, and not by time-outs.
func TestStoreNeverThere(t *testing.T) {
	f := newFake()
	f.fail(outcry.ErrUnavailable)
	s := serve(t, f)
	for _, path := range []string{"/", "/services/zoom", "/api/v1/services", "/feed.atom"} {
		a := get(t, s, path)
		if got := problemName(t, a); got != "unavailable" || a.header.Get("Retry-After") == "" {
			t.Errorf("%s: %s", path, got)
		}
	}
	if f.readings > 1 {
		t.Errorf("it was tried %d times within a moment", f.readings)
	}
}

// However many look, the store is read at most once a second for a service.
func TestPagesCostFewReadings(t *testing.T) {
	f := newFake()
	s := serve(t, f)
	look := func() int {
		before := f.readings
		for range 100 {
			for _, path := range []string{"/services/zoom", "/api/v1/services/zoom", "/services/zoom?x=1", "/badge/zoom.svg"} {
				if a := get(t, s, path); a.status != http.StatusOK {
					t.Fatal(path, a.status)
				}
			}
		}
		return f.readings - before
	}
	look()
	f.pass(time.Second)
	// Verdicts, counts, forecasts and incidents of one service; what it
	// depends on is younger than its own time to live.
	if n := look(); n > 4 {
		t.Errorf("400 looks within a second took %d readings", n)
	}
	if n := look(); n != 0 {
		t.Errorf("400 more took %d", n)
	}
}

// Values taken from a request stay what they are after it.
func TestNothingIsReused(t *testing.T) {
	f := newFake()
	s := serve(t, f)
	for n := range 200 {
		report(t, s, `{"service":"zoom","comment":"comment `+strconv.Itoa(n)+`","device":"device `+strconv.Itoa(n)+`"}`)
		get(t, s, "/api/v1/services?q="+strings.Repeat("x", n%50))
	}
	for n, got := range f.submissions {
		if want := "comment " + strconv.Itoa(n); got.Comment != want || got.Device != "device "+strconv.Itoa(n) {
			t.Fatalf("submission %d has become %+v", n, got)
		}
	}
}
