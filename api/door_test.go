package api

import (
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"time"

	"outcry"
	"outcry/api/limit"
)

// TestACrowdIsRefusedUnread: when there is no place, a report is not even
// parsed, however its address is spelled; a form comes back as it was filled in;
// and pages are served as ever.
func TestACrowdIsRefusedUnread(t *testing.T) {
	f := newFake()
	s := serve(t, f)
	s.door = limit.NewDoor(1, time.Minute, time.Millisecond)
	s.door.Enter(t.Context())
	report := func(path string) answer { return ask(t, s, http.MethodPost, path, "{{{", jsonType) }
	form := func() answer {
		return ask(t, s, http.MethodPost, "/report", "service=zoom&symptom=login&comment=my+words", formType)
	}
	for _, path := range []string{"/api/v1/reports", "/api/v1/reports/"} {
		if a := report(path); a.status != http.StatusServiceUnavailable || a.header.Get("Retry-After") == "" || problemName(t, a) != "not-stored" {
			t.Errorf("%s: %d, Retry-After %q", path, a.status, a.header.Get("Retry-After"))
		}
	}
	if a := form(); a.status != http.StatusServiceUnavailable || a.header.Get("Retry-After") == "" || !strings.Contains(a.body, "my words") {
		t.Errorf("the form: %d, Retry-After %q", a.status, a.header.Get("Retry-After"))
	}
	if a := get(t, s, "/healthz"); a.status != http.StatusOK {
		t.Errorf("a reader got %d", a.status)
	}
	s.door.Leave(time.Now(), time.Now(), true)
	for range 3 { // each of which leaves again
		if a := report("/api/v1/reports"); a.status != http.StatusBadRequest {
			t.Errorf("with a place nonsense got %d", a.status)
		}
		if a := form(); a.status != http.StatusSeeOther {
			t.Errorf("with a place the form got %d", a.status)
		}
	}
}

// TestNoAnswerTakesASecond: what a report waited at the door is taken from the
// time in which it is stored.
func TestNoAnswerTakesASecond(t *testing.T) {
	f := newFake()
	s := serve(t, f)
	came := time.Now().Add(-250 * time.Millisecond)
	if _, err := s.submit(came, netip.MustParseAddr("192.0.2.1"), outcry.Submission{Service: "zoom"}); err != nil {
		t.Fatal(err)
	}
	if left := f.submitBy.Sub(came); left != submitTimeout || submitTimeout >= time.Second {
		t.Errorf("a report may take %v", left)
	}
	began := time.Now()
	for path, sent := range map[string][2]string{
		"/api/v1/reports": {`{"service":"zoom"}`, jsonType},
		"/report":         {"service=zoom", formType},
	} {
		f.submitBy = time.Time{}
		ask(t, s, http.MethodPost, path, sent[0], sent[1])
		if f.submitBy.Before(began) || f.submitBy.After(time.Now().Add(submitTimeout)) {
			t.Errorf("%s: to be answered by %v", path, f.submitBy)
		}
	}
}
