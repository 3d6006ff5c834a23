package api

import (
	"encoding/json"
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"time"

	"outcry"
)

const jsonType = "Content-Type: application/json"

// body reads a JSON answer.
func body[T any](t testing.TB, a answer) T {
	t.Helper()
	var v T
	if err := json.Unmarshal([]byte(a.body), &v); err != nil {
		t.Fatalf("%v in %q", err, a.body)
	}
	return v
}

// problemName is "status name" of an error answer.
func problemName(t testing.TB, a answer) string {
	t.Helper()
	if a.status < 400 {
		return http.StatusText(a.status)
	}
	if got := a.header.Get("Content-Type"); got != "application/problem+json" {
		t.Errorf("a problem as %q", got)
	}
	p := body[Problem](t, a)
	if p.Status != a.status || p.Title == "" || p.Detail == "" {
		t.Errorf("status %d with problem %+v", a.status, p)
	}
	return strings.TrimPrefix(p.Type, "/problems/")
}

func TestPostReport(t *testing.T) {
	f := newFake()
	s := serve(t, f)
	a := report(t, s, `{"service":"zoom","symptom":"login","comment":"no","id":"`+testID+`","device":"d"}`)
	got := body[accepted](t, a)
	if a.status != http.StatusCreated || a.header.Get("Location") != got.ReceiptURL || !strings.HasPrefix(got.ReceiptURL, "/receipts/") {
		t.Fatalf("got %d, %+v", a.status, got)
	}
	got.ReceiptURL = ""
	if want := (accepted{ID: testID, Counted: true, WithdrawToken: "take-it-back", Place: place{"US", "US-MD"}}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	want := outcry.Submission{ID: testID, Service: "zoom", Symptom: "login", Kind: outcry.KindDown, Comment: "no", Device: "d"}
	f.submissions[0].Address = netip.Addr{}
	if f.submissions[0] != want {
		t.Errorf("submitted %+v, want %+v", f.submissions[0], want)
	}
}

func TestPostReportAgainGivesTheSameAnswer(t *testing.T) {
	f := newFake()
	s := serve(t, f)
	const sent = `{"service":"zoom","id":"` + testID + `"}`
	f.now = noon().Truncate(time.Minute)
	first := report(t, s, sent)
	f.snapshots = nil // another verdict meanwhile
	f.pass(20 * time.Second)
	if again := report(t, s, sent); again.body != first.body || again.status != first.status {
		t.Errorf("first %s, then %s", first.body, again.body)
	}
}

func TestPostReportDiscounted(t *testing.T) {
	for _, reason := range []outcry.Reason{outcry.Duplicate, outcry.AddressLimit, outcry.NetworkLimit, outcry.LateReport} {
		f := newFake()
		f.reason = reason
		a := report(t, serve(t, f), `{"service":"zoom"}`)
		if got := body[accepted](t, a); a.status != http.StatusCreated || got.Counted || got.Reason != reason {
			t.Errorf("%s: got %d, %+v", reason, a.status, got)
		}
	}
}

func TestPostReportRefused(t *testing.T) {
	valid := `{"service":"zoom"}`
	for _, tt := range []struct {
		name, body string
		headers    []string
		want       string
	}{
		{"unknown service", `{"service":"nope"}`, []string{jsonType}, "unknown-service"},
		{"unknown symptom", `{"service":"zoom","symptom":"nope"}`, []string{jsonType}, "unknown-symptom"},
		{"future", `{"service":"zoom","occurred_at":"2027-01-01T00:00:00Z"}`, []string{jsonType}, "time-range"},
		{"kind", `{"service":"zoom","kind":"maybe"}`, []string{jsonType}, "malformed"},
		{"not a UUID", `{"service":"zoom","id":"1"}`, []string{jsonType}, "malformed"},
		{"unknown key", `{"service":"zoom","x":"1"}`, []string{jsonType}, "malformed"},
		{"array", `[]`, []string{jsonType}, "malformed"},
		{"empty", ``, []string{jsonType}, "malformed"},
		{"no type", valid, nil, "media-type"},
		{"wrong type", valid, []string{"Content-Type: text/plain"}, "media-type"},
		{"packed", valid, []string{jsonType, "Content-Encoding: gzip"}, "media-type"},
		{"identity and packed", valid, []string{jsonType, "Content-Encoding: identity", "Content-Encoding: gzip"}, "media-type"},
		{"9 KiB", `{"service":"zoom","comment":"` + strings.Repeat("a", 9<<10) + `"}`, []string{jsonType}, "too-large"},
		{"cross-site", valid, []string{jsonType, "Sec-Fetch-Site: cross-site"}, "cross-site"},
		{"same-site", valid, []string{jsonType, "Sec-Fetch-Site: same-site"}, "cross-site"},
		{"other origin", valid, []string{jsonType, "Origin: https://evil.example"}, "cross-site"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := newFake()
			a := ask(t, serve(t, f), http.MethodPost, "/api/v1/reports", tt.body, tt.headers...)
			if got := problemName(t, a); got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
			if len(f.submissions) > 0 {
				t.Error("it was submitted all the same")
			}
			if strings.Contains(a.body, "nope") || strings.Contains(a.body, "maybe") {
				t.Errorf("the answer repeats what was sent: %s", a.body)
			}
		})
	}
}

func TestPostReportNotStored(t *testing.T) {
	f := newFake()
	f.submitErr = outcry.ErrUnavailable
	seen := map[string]bool{}
	s := serve(t, f)
	for range 30 {
		a := report(t, s, `{"service":"zoom"}`)
		if got := problemName(t, a); got != "not-stored" || a.header.Get("Retry-After") == "" {
			t.Fatalf("got %s, Retry-After %q", got, a.header.Get("Retry-After"))
		}
		seen[a.header.Get("Retry-After")] = true
	}
	if len(seen) < 2 {
		t.Errorf("everybody is to come back after the same %v", seen)
	}
}

func TestReportRate(t *testing.T) {
	f := newFake()
	s := serve(t, f, func(c *Config) {
		c.Limits.ReportsPerMinute = 3
		c.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("0.0.0.0/8")} // what tests come from
	})
	from := func(address string) string {
		return problemName(t, report(t, s, `{"service":"zoom"}`, "X-Forwarded-For: "+address))
	}
	for range 3 {
		if got := from("2001:db8::1"); got != "Created" {
			t.Fatalf("got %s", got)
		}
	}
	for _, tt := range []struct{ from, want string }{
		{"2001:db8::1", "too-many"},
		{"2001:db8::2", "too-many"}, // the same /64
		{"2001:db8:0:1::1", "Created"},
		{"192.0.2.1", "Created"},
	} {
		if got := from(tt.from); got != tt.want {
			t.Errorf("%s: got %s, want %s", tt.from, got, tt.want)
		}
	}
	f.pass(time.Minute)
	if got := from("2001:db8::1"); got != "Created" {
		t.Errorf("a minute later: %s", got)
	}
	for range 10 {
		if got := from("127.0.0.1"); got != "Created" {
			t.Fatalf("a proxy that was not named: %s", got)
		}
	}
	if got := f.submissions[0].Address.String(); got != "2001:db8::1" {
		t.Errorf("the desk was told %s", got)
	}
}

func TestDeleteReport(t *testing.T) {
	for _, tt := range []struct {
		name, id, auth, want string
		err                  error
	}{
		{"right", testID, "Bearer take-it-back", "No Content", nil},
		{"scheme in small letters", testID, "bearer take-it-back", "No Content", nil},
		{"no token", testID, "", "unauthorized", nil},
		{"other scheme", testID, "Basic take-it-back", "unauthorized", nil},
		{"empty token", testID, "Bearer ", "unauthorized", nil},
		{"wrong token", testID, "Bearer x", "forbidden", nil},
		{"other report", "0190a1b2-c3d4-4e5f-8a9b-0c1d2e3f4a5c", "Bearer take-it-back", "not-found", nil},
		{"no UUID", "1", "Bearer take-it-back", "not-found", nil},
		{"store away", testID, "Bearer take-it-back", "unavailable", outcry.ErrUnavailable},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := newFake()
			f.err = tt.err
			a := ask(t, serve(t, f), http.MethodDelete, "/api/v1/reports/"+tt.id, "", "Authorization: "+tt.auth)
			if got := problemName(t, a); got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
			if (len(f.withdrawn) == 1) != (tt.want == "No Content") {
				t.Errorf("withdrawn: %v", f.withdrawn)
			}
		})
	}
}

// What a person reports or takes back shows at the next look.
func TestReportsShowAtOnce(t *testing.T) {
	f := newFake()
	s := serve(t, f)
	count := func() int { return body[outcry.Verdict](t, get(t, s, "/api/v1/services/zoom")).Reports.Count }
	if got := count(); got != 8 {
		t.Fatalf("before: %d", got)
	}
	report(t, s, `{"service":"zoom"}`)
	if got := count(); got != 9 {
		t.Errorf("after a report: %d", got)
	}
	f.buckets["zoom"] = f.buckets["zoom"][:4]
	ask(t, s, http.MethodDelete, "/api/v1/reports/"+testID, "", "Authorization: Bearer take-it-back")
	if got := count(); got != 8 {
		t.Errorf("after taking it back: %d", got)
	}
}
