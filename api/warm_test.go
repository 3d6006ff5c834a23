package api

import (
	"net/http"
	"testing"
	"time"

	"outcry"
)

// Pages that nobody has looked at are there when the store goes away.
func TestWarmedPagesOutliveTheStore(t *testing.T) {
	f := newFake()
	s := serve(t, f)
	s.warm(t.Context())
	f.fail(outcry.ErrUnavailable)
	f.pass(10 * time.Minute)
	for _, path := range []string{"/", "/map", "/incidents", "/feed.atom", "/feed.json", "/services/zoom", "/api/v1/services", "/api/v1/incidents"} {
		if a := get(t, s, path); a.status != http.StatusOK || a.header.Get("X-Data-Age") == "" {
			t.Errorf("%s: %d with age %q, want 200 and its age", path, a.status, a.header.Get("X-Data-Age"))
		}
	}
}

// A store that is not there at the start is looked for again soon: what it says
// once is kept for when it goes away.
func TestPagesAreWarmedOnceTheStoreComes(t *testing.T) {
	f := newFake()
	f.fail(outcry.ErrUnavailable)
	s := serve(t, f)
	if s.warm(t.Context()) {
		t.Error("a store that is away is taken for read")
	}
	f.fail(nil)
	f.pass(2 * time.Second)
	if !s.warm(t.Context()) {
		t.Error("a store that is there is not taken for read")
	}
}
