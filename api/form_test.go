package api

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"outcry"
)

const formType = "Content-Type: application/x-www-form-urlencoded"

func TestPostFormConfirms(t *testing.T) {
	f := newFake()
	s := serve(t, f)
	a := ask(t, s, http.MethodPost, "/report", "service=zoom-us&symptom=login&kind=down&comment=", formType, "Sec-Fetch-Site: same-origin", "Origin: http://example.com")
	to := a.header.Get("Location")
	if a.status != http.StatusSeeOther || !strings.HasPrefix(to, "/services/zoom?reported=") {
		t.Fatalf("got %d to %q: %s", a.status, to, a.body)
	}
	page := get(t, s, to)
	if page.status != http.StatusOK || !strings.Contains(page.body, "Thank you.") || !strings.Contains(page.body, "/receipts/") || !strings.Contains(page.body, "Maryland") {
		t.Errorf("the page does not confirm: %d", page.status)
	}
	if got := page.header.Get("Cache-Control"); got != cacheNever {
		t.Errorf("the confirmation may be kept: %s", got)
	}
	if other := get(t, s, strings.Replace(to, "zoom", "edx", 1)); strings.Contains(other.body, "Thank you.</h2>\n<p>") && strings.Contains(other.body, "Kept of where you are: <strong>Mary") {
		t.Error("another service's page confirms it too")
	}
	f.pass(confirmFor + 2*time.Minute)
	if late := get(t, s, to); strings.Contains(late.body, "Kept of where you are: <strong>Mary") {
		t.Error("it confirms for ever")
	}
}

func TestConfirmationCannotBeForged(t *testing.T) {
	s := serve(t, newFake())
	for _, token := range []string{"1", "<script>alert(1)</script>", strings.Repeat("A", 800), "%00"} {
		a := get(t, s, "/services/zoom?reported="+url.QueryEscape(token))
		if a.status != http.StatusOK || strings.Contains(a.body, "Kept of where you are: <strong>Mary") || strings.Contains(a.body, "alert(1)") {
			t.Errorf("%q: %d", token, a.status)
		}
	}
}

func TestPostFormRefused(t *testing.T) {
	const sentence, problem = "sentence", "problem"
	for _, tt := range []struct {
		name, body string
		headers    []string
		err        error
		status     int
		want       string // on the page, or of a problem
		on         string
	}{
		{"unknown symptom", "service=zoom&symptom=x", []string{formType}, nil, 422, "The service has no such symptom.", sentence},
		{"long comment", "service=zoom&comment=" + strings.Repeat("a", 281), []string{formType}, nil, 400, "A comment may have 280 characters.", sentence},
		{"store away", "service=zoom&comment=%3Cb%3E", []string{formType}, outcry.ErrUnavailable, 503, "The report could not be stored; please send it again.", sentence},
		{"unknown service", "service=x", []string{formType}, nil, 404, "unknown-service", problem},
		{"no service", "symptom=login", []string{formType}, nil, 400, "malformed", problem},
		{"array keys", "a[999999999]=x", []string{formType}, nil, 400, "malformed", problem},
		{"JSON", `{"service":"zoom"}`, []string{jsonType}, nil, 415, "media-type", problem},
		{"too large", "comment=" + strings.Repeat("a", 9<<10), []string{formType}, nil, 413, "too-large", problem},
		{"cross-site", "service=zoom", []string{formType, "Sec-Fetch-Site: cross-site"}, nil, 403, "cross-site", problem},
		{"sandboxed", "service=zoom", []string{formType, "Origin: null"}, nil, 403, "cross-site", problem},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := newFake()
			f.submitErr = tt.err
			a := ask(t, serve(t, f), http.MethodPost, "/report", tt.body, tt.headers...)
			if a.status != tt.status {
				t.Fatalf("got %d, want %d", a.status, tt.status)
			}
			if tt.on == problem {
				if got := problemName(t, a); got != tt.want {
					t.Errorf("got %s, want %s", got, tt.want)
				}
				return
			}
			if !strings.Contains(a.body, tt.want) || !strings.Contains(a.body, `action="/report"`) || strings.Contains(a.body, "<b>") {
				t.Errorf("no form with %q", tt.want)
			}
			if (a.status == 503) != (a.header.Get("Retry-After") != "") {
				t.Errorf("Retry-After %q", a.header.Get("Retry-After"))
			}
			if !strings.Contains(a.body, `name="id"`) {
				t.Error("pressing again could count twice")
			}
		})
	}
}

func TestPostFormTakesMultipart(t *testing.T) {
	f := newFake()
	body := "--b\r\nContent-Disposition: form-data; name=\"service\"\r\n\r\nzoom\r\n--b--\r\n"
	a := ask(t, serve(t, f), http.MethodPost, "/report", body, "Content-Type: multipart/form-data; boundary=b")
	if a.status != http.StatusSeeOther || len(f.submissions) != 1 || f.submissions[0].Service != "zoom" {
		t.Errorf("got %d, %+v", a.status, f.submissions)
	}
}

func TestReceipt(t *testing.T) {
	s := serve(t, newFake())
	path := body[accepted](t, report(t, s, `{"service":"zoom","symptom":"login"}`)).ReceiptURL
	page := get(t, s, path, "Accept: text/html")
	if page.status != http.StatusOK || !strings.HasPrefix(page.header.Get("Content-Type"), "text/html") || !strings.Contains(page.body, "Zoom") {
		t.Errorf("page: %d %s", page.status, page.header.Get("Content-Type"))
	}
	file, negotiated := get(t, s, path+".json"), get(t, s, path, "Accept: application/json")
	if file.status != http.StatusOK || file.body != negotiated.body || negotiated.header.Get("Content-Type") != typeJSON {
		t.Errorf("document: %d, %d %s", file.status, negotiated.status, negotiated.header.Get("Content-Type"))
	}
	for _, bad := range []string{"/receipts/x", "/receipts/x.json", path[:len(path)-4], "/receipts/" + testID} {
		if got := problemName(t, get(t, s, bad)); got != "not-found" {
			t.Errorf("%.40s: %s", bad, got)
		}
	}
}
