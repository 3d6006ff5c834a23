package api

import (
	"net/http"
	"testing"
	"time"
)

// What changes twice in a second has the same Last-Modified twice, so that the
// date says nothing of it until the second is over (RFC 9110, 8.8.2.2).
func TestADateProvesNothingWithinItsSecond(t *testing.T) {
	f := newFake()
	s := serve(t, f)
	const path = "/api/v1/services/zoom/series?step=1m"
	first := get(t, s, path)
	f.pass(200 * time.Millisecond)
	report(t, s, `{"service":"zoom"}`)
	second := get(t, s, path)
	date := first.header.Get("Last-Modified")
	if date == "" || second.header.Get("Last-Modified") != date || second.header.Get("ETag") == first.header.Get("ETag") {
		t.Fatalf("first %v, second %v: want one date and two tags", first.header, second.header)
	}
	for _, wait := range []time.Duration{0, 100 * time.Millisecond, 5 * time.Second} {
		f.pass(wait)
		if a := get(t, s, path, "If-Modified-Since: "+date); a.status != http.StatusOK {
			t.Errorf("%v later, what changed within the second of its date is answered %d", wait, a.status)
		}
	}
	settled := get(t, s, path)
	if a := get(t, s, path, "If-Modified-Since: "+settled.header.Get("Last-Modified")); a.status != http.StatusNotModified {
		t.Errorf("what is older than its second is answered %d", a.status)
	}
	if a := get(t, s, path, "If-None-Match: "+first.header.Get("ETag"), "If-Modified-Since: "+settled.header.Get("Last-Modified")); a.status != http.StatusOK {
		t.Errorf("another tag with its date is answered %d: the tag decides", a.status)
	}
	if a := get(t, s, path, "If-None-Match: "+settled.header.Get("ETag"), "If-Modified-Since: "+date); a.status != http.StatusNotModified {
		t.Errorf("its tag with another date is answered %d: the tag decides", a.status)
	}
}

// No answer is dated later than it was given.
func TestNoAnswerIsOfTheFuture(t *testing.T) {
	f := newFake()
	f.pass(700 * time.Millisecond)
	s := serve(t, f)
	for range 4 {
		at, err := http.ParseTime(get(t, s, "/api/v1/services").header.Get("Last-Modified"))
		if err != nil || at.After(f.clock()) {
			t.Errorf("Last-Modified %v at %v, %v", at, f.clock(), err)
		}
		f.pass(400 * time.Millisecond)
	}
}
