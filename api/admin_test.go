package api

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"outcry"
	"outcry/frontend"
)

const (
	operator = "a token of thirty-two characters"
	bearer   = "Authorization: Bearer " + operator
)

func withToken(c *Config) { c.AdminToken = operator }

// wrote is n comments on a service, a minute apart.
func wrote(service string, n int) []outcry.Comment {
	var list []outcry.Comment
	for i := range n {
		list = append(list, outcry.Comment{ID: fmt.Sprintf("%s.key-%d", service, i), Service: service, Symptom: "login",
			Minute: noon().Truncate(time.Minute).Add(time.Duration(i-n) * time.Minute), Country: "US", Region: "US-MD", Text: fmt.Sprintf("%s %d", service, i)})
	}
	return list
}

func TestAdministrationNeedsItsToken(t *testing.T) {
	f := newFake()
	f.pending = wrote("zoom", 1)
	without, with := serve(t, f), serve(t, f, withToken)
	for _, x := range []struct {
		s       *Server
		headers []string
		want    string
	}{
		{without, []string{bearer}, "not-found"},
		{with, nil, "operator-only"},
		{with, []string{"Authorization: Bearer"}, "operator-only"},
		{with, []string{"Authorization: Bearer " + operator[1:]}, "operator-only"},
		{with, []string{"Authorization: Bearer " + operator + "x"}, "operator-only"},
		{with, []string{"Authorization: Basic " + operator}, "operator-only"},
		{with, []string{bearer}, "OK"},
	} {
		list := get(t, x.s, "/api/v1/admin/comments", x.headers...)
		checkHeaders(t, "GET /api/v1/admin/comments", list.status, list.header)
		if got := problemName(t, list); got != x.want {
			t.Errorf("%q: list %q, want %q", x.headers, got, x.want)
		}
		if x.want == "operator-only" && list.header.Get("WWW-Authenticate") != "Bearer" {
			t.Errorf("%q: no challenge", x.headers)
		}
		if list.header.Get("Access-Control-Allow-Origin") != "" || !strings.Contains(list.header.Get("Cache-Control"), "no-store") {
			t.Errorf("%q: the list may be kept or read by other sites: %v", x.headers, list.header)
		}
		done := ask(t, x.s, http.MethodPost, "/api/v1/admin/comments/zoom.none", `{"decision":"reject"}`, append(x.headers, jsonType)...)
		if got := problemName(t, done); x.want != "OK" && got != x.want {
			t.Errorf("%q: decision %q, want %q", x.headers, got, x.want)
		}
	}
	if len(f.pending) != 1 || strings.Contains(f.log.String(), operator) {
		t.Errorf("%d comments wait; log %s", len(f.pending), f.log.String())
	}
}

func TestCommentsArePagedServiceByService(t *testing.T) {
	f := newFake()
	f.pending = append(wrote("zoom", 5), wrote("edx", 3)...)
	s := serve(t, f, withToken)
	var want, got []string
	for _, svc := range testCatalog().Services() {
		for _, c := range ofService(f.pending, svc.Slug) {
			want = append(want, c.Text)
		}
	}
	path := "/api/v1/admin/comments?limit=2"
	for range 9 {
		a := get(t, s, path, bearer)
		for _, c := range body[[]outcry.Comment](t, a) {
			got = append(got, c.Text)
		}
		next := a.header.Get("X-Next-Cursor")
		if next == "" {
			break
		}
		path = "/api/v1/admin/comments?limit=2&cursor=" + url.QueryEscape(next)
	}
	if len(want) != 8 || strings.Join(got, ",") != strings.Join(want, ",") {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	for _, bad := range []string{"?limit=0", "?limit=201", "?cursor=x", "?state=rejected", "?cursor=" + newCursor("incidents", "zoom-1"), "?cursor=" + newCursor(boxPending, "nobody/1")} {
		if got := problemName(t, get(t, s, "/api/v1/admin/comments"+bad, bearer)); got != "malformed" {
			t.Errorf("%s: %q", bad, got)
		}
	}
}

func TestPublishedCommentsAreShownAsText(t *testing.T) {
	f := newFake()
	f.pending = wrote("zoom", 9)
	f.pending[8].Text = `<b>see</b> https://spam.example/ "now"`
	s := serve(t, f, withToken)
	page := func() string { return get(t, s, "/services/zoom", "Accept: text/html").body }
	verdict := func() []said {
		return body[struct{ Comments []said }](t, get(t, s, "/api/v1/services/zoom")).Comments
	}
	if got := verdict(); len(got) != 0 || strings.Contains(page(), "spam") || got == nil {
		t.Fatalf("what nobody has published is public: %+v", got)
	}
	for i := range 9 {
		decision := map[bool]string{true: "reject", false: "publish"}[i == 0]
		a := ask(t, s, http.MethodPost, fmt.Sprintf("/api/v1/admin/comments/zoom.key-%d", i), `{"decision":"`+decision+`"}`, bearer, jsonType)
		if c := body[outcry.Comment](t, a); a.status != http.StatusOK || c.ID != fmt.Sprintf("zoom.key-%d", i) {
			t.Fatalf("decision on %d: %d %s", i, a.status, a.body)
		}
	}
	got := verdict()
	if len(got) != saidShown || got[0].Text != `<b>see</b> https://spam.example/ "now"` || got[5].Text != "zoom 3" {
		t.Fatalf("published %+v", got)
	}
	if want := (said{noon().Truncate(time.Minute).Add(-time.Minute), "login", "US", got[0].Text}); got[0] != want {
		t.Errorf("got %+v, want %+v: no more of the place than the country", got[0], want)
	}
	shown := page()
	if !strings.Contains(shown, "&lt;b&gt;see&lt;/b&gt; https://spam.example/ &#34;now&#34;") || strings.Contains(shown, `href="https://spam`) || strings.Contains(shown, "zoom 0") {
		t.Error("the page does not show the comment as plain text, or shows the rejected one")
	}
	if all := body[[]outcry.Comment](t, get(t, s, "/api/v1/admin/comments?state=published", bearer)); len(all) != 8 || all[0].Text != "zoom 1" {
		t.Errorf("published, for the moderator: %+v", all)
	}
}

func TestDecisionsAreStrict(t *testing.T) {
	f := newFake()
	f.pending = wrote("zoom", 1)
	s := serve(t, f, withToken)
	const path = "/api/v1/admin/comments/zoom.key-0"
	for _, x := range []struct{ path, body, kind, want string }{
		{path, `{"decision":"maybe"}`, jsonType, "malformed"},
		{path, `{}`, jsonType, "malformed"},
		{path, ``, jsonType, "malformed"},
		{path, `{"decision":"publish","text":"mine"}`, jsonType, "malformed"},
		{path, `{"decision":"publish"}{}`, jsonType, "malformed"},
		{path, `{"decision":"reject","decision":"publish"}`, jsonType, "malformed"},
		{path, `{"decision":"publish","decision":"publish"}`, jsonType, "malformed"},
		{path, `{"DECISION":"publish"}`, jsonType, "malformed"},
		{path, `{"decision":null}`, jsonType, "malformed"},
		{path, `{"decision":"publish"}`, "Content-Type: application/json; charset=utf-16", "media-type"},
		{path, `decision=publish`, "Content-Type: application/x-www-form-urlencoded", "media-type"},
		{"/api/v1/admin/comments/zoom.other", `{"decision":"publish"}`, jsonType, "not-found"},
		{"/api/v1/admin/comments/%00", `{"decision":"publish"}`, jsonType, "not-found"},
	} {
		if got := problemName(t, ask(t, s, http.MethodPost, x.path, x.body, bearer, x.kind)); got != x.want {
			t.Errorf("%s %s: %q, want %q", x.path, x.body, got, x.want)
		}
	}
	f.fail(outcry.ErrUnavailable)
	if got := problemName(t, get(t, s, "/api/v1/admin/comments", bearer)); got != "unavailable" {
		t.Errorf("while the store is away: %q", got)
	}
	if len(f.pending) != 1 || len(f.public) != 0 {
		t.Errorf("%d wait and %d are public after refusals only", len(f.pending), len(f.public))
	}
}

const fromHere = "Sec-Fetch-Site: same-origin"

// signedIn gives the cookie of a session, as a Cookie header.
func signedIn(t *testing.T, s *Server) string {
	t.Helper()
	a := ask(t, s, http.MethodPost, "/admin", "token="+url.QueryEscape(operator), formType, fromHere)
	if a.status != http.StatusSeeOther || a.header.Get("Location") != "/admin" {
		t.Fatalf("sign in: %d %s", a.status, a.body)
	}
	pair, _, _ := strings.Cut(a.header.Get("Set-Cookie"), ";")
	return "Cookie: " + pair
}

func TestModeratorsPage(t *testing.T) {
	f := newFake()
	f.pending = wrote("zoom", 2)
	s := serve(t, f, withToken)
	if a := get(t, s, "/admin"); a.status != http.StatusOK || !strings.Contains(a.body, `name="token"`) || strings.Contains(a.body, "zoom 0") {
		t.Fatalf("without a session: %d %s", a.status, a.body)
	}
	if a := ask(t, s, http.MethodPost, "/admin", "token=guess", formType, fromHere); a.status != http.StatusUnauthorized || a.header.Get("Set-Cookie") != "" || !strings.Contains(a.body, "not the token") {
		t.Errorf("a wrong token: %d, cookie %q", a.status, a.header.Get("Set-Cookie"))
	}
	session := signedIn(t, s)
	if strings.Contains(session, operator) || strings.Contains(session, url.QueryEscape(operator)) {
		t.Error("the cookie holds the token")
	}
	list := get(t, s, "/admin", session)
	checkHeaders(t, "GET /admin", list.status, list.header)
	if !strings.Contains(list.body, "zoom 0") || !strings.Contains(list.body, "zoom 1") || list.header.Get("Cache-Control") != cacheNever {
		t.Fatalf("signed in: %d %v %s", list.status, list.header, list.body)
	}
	for _, x := range []struct{ id, decision, to string }{
		{"zoom.key-0", "publish", "/admin?done=publish"}, {"zoom.key-1", "reject", "/admin?done=reject"}, {"zoom.key-1", "reject", "/admin?done=gone"},
	} {
		a := ask(t, s, http.MethodPost, "/admin/comments/"+x.id, "decision="+x.decision, formType, fromHere, session)
		if a.status != http.StatusSeeOther || a.header.Get("Location") != x.to {
			t.Errorf("%s %s: %d to %q", x.decision, x.id, a.status, a.header.Get("Location"))
		}
	}
	if len(f.pending) != 0 || len(f.public) != 1 {
		t.Errorf("%d wait and %d are public", len(f.pending), len(f.public))
	}
	out := ask(t, s, http.MethodPost, "/admin/sign-out", "", formType, fromHere, session)
	if !strings.Contains(strings.ToLower(out.header.Get("Set-Cookie")), "outcry-admin=;") {
		t.Errorf("signing out leaves %q", out.header.Get("Set-Cookie"))
	}
}

func TestSessionsAreOursAndEnd(t *testing.T) {
	f := newFake()
	f.pending = wrote("zoom", 1)
	s := serve(t, f, withToken)
	session := signedIn(t, s)
	other := serve(t, f, func(c *Config) { c.AdminToken = operator + "!" })
	inside := func(s *Server, cookie string) bool {
		return strings.Contains(get(t, s, "/admin", cookie).body, "zoom 0")
	}
	_, value, _ := strings.Cut(session, "=")
	end, rest, _ := strings.Cut(value, ".")
	id, signature, _ := strings.Cut(rest, ".")
	for name, cookie := range map[string]string{
		"forged": "Cookie: outcry-admin=" + end + "9." + rest, "unsigned": "Cookie: outcry-admin=" + end + "." + id, "empty": "Cookie: outcry-admin=",
		"of another name": "Cookie: outcry-admin=" + end + "." + id + "A." + signature, "without a name": "Cookie: outcry-admin=" + end + "." + signature,
	} {
		if inside(s, cookie) {
			t.Errorf("%s: let in", name)
		}
	}
	if inside(other, session) || !inside(s, session) {
		t.Error("a session is its token's own")
	}
	f.pass(sessionLasts)
	if inside(s, session) {
		t.Error("a session does not end")
	}
	if a := ask(t, s, http.MethodPost, "/admin/comments/zoom.key-0", "decision=publish", formType, fromHere, session); a.status != http.StatusUnauthorized || len(f.public) != 0 {
		t.Errorf("a decision after the end: %d", a.status)
	}
}

// Who signs out has signed out: the cookie that the browser had opens nothing
// any more, here or at another process over the same store.
func TestSigningOutEndsTheSession(t *testing.T) {
	f := newFake()
	f.pending = wrote("zoom", 1)
	s, beside := serve(t, f, withToken), serve(t, f, withToken)
	session, other := signedIn(t, s), signedIn(t, s)
	if session == other {
		t.Fatal("two sessions are one")
	}
	inside := func(s *Server, cookie string) bool {
		return strings.Contains(get(t, s, "/admin", cookie).body, "zoom 0")
	}
	if !inside(beside, session) {
		t.Fatal("the other process does not know the session")
	}
	f.fail(outcry.ErrUnavailable)
	if a := ask(t, s, http.MethodPost, "/admin/sign-out", "", formType, fromHere, session); a.status != http.StatusServiceUnavailable || a.header.Get("Set-Cookie") != "" {
		t.Errorf("a sign-out that cannot be kept is answered %d, cookie %q", a.status, a.header.Get("Set-Cookie"))
	}
	if a := get(t, s, "/admin", session); a.status != http.StatusServiceUnavailable {
		t.Errorf("while it is not known whether a session has ended: %d", a.status)
	}
	f.fail(nil)
	f.pass(2 * time.Second)
	if a := ask(t, s, http.MethodPost, "/admin/sign-out", "", formType, fromHere, session); a.status != http.StatusSeeOther {
		t.Fatalf("sign-out: %d %s", a.status, a.body)
	}
	for name, x := range map[string]*Server{"this process": s, "the other": beside} {
		if inside(x, session) {
			t.Errorf("after signing out, %s lets the cookie in", name)
		}
		if a := ask(t, x, http.MethodPost, "/admin/comments/zoom.key-0", "decision=publish", formType, fromHere, session); a.status != http.StatusUnauthorized {
			t.Errorf("after signing out, %s takes a decision: %d", name, a.status)
		}
		if !inside(x, other) {
			t.Errorf("%s ended another session too", name)
		}
	}
	for _, cookie := range []string{"Cookie: outcry-admin=x", session, "Accept: text/html"} {
		if a := ask(t, s, http.MethodPost, "/admin/sign-out", "", formType, fromHere, cookie); a.status != http.StatusSeeOther {
			t.Errorf("signing out without a session: %d", a.status)
		}
	}
}

func TestOtherSitesCannotModerate(t *testing.T) {
	f := newFake()
	f.pending = wrote("zoom", 1)
	s := serve(t, f, withToken)
	session := signedIn(t, s)
	for _, headers := range [][]string{
		nil, {"Sec-Fetch-Site: cross-site"}, {"Sec-Fetch-Site: same-site"}, {"Origin: https://other.example"}, {"Origin: null"},
	} {
		for _, path := range []string{"/admin", "/admin/sign-out", "/admin/comments/zoom.key-0"} {
			a := ask(t, s, http.MethodPost, path, "decision=publish&token="+url.QueryEscape(operator), append(headers, formType, session)...)
			if a.status != http.StatusForbidden {
				t.Errorf("%s from %q: %d", path, headers, a.status)
			}
		}
	}
	if len(f.public) != 0 {
		t.Error("another site published a comment")
	}
	without := serve(t, f)
	if a := get(t, without, "/admin", session); a.status != http.StatusNotFound {
		t.Errorf("without a token of its own: %d", a.status)
	}
}

func TestSessionCookieIsGuarded(t *testing.T) {
	for public, want := range map[string]string{
		"":                    "outcry-admin=",
		"https://example.org": "__Host-outcry-admin=",
	} {
		s := serve(t, newFake(), withToken, func(c *Config) { c.PublicURL = public })
		a := ask(t, s, http.MethodPost, "/admin", "token="+url.QueryEscape(operator), formType, fromHere)
		cookie := a.header.Get("Set-Cookie")
		lower := strings.ToLower(cookie)
		for _, part := range []string{"httponly", "samesite=strict", "path=/"} {
			if !strings.Contains(lower, part) {
				t.Errorf("%q: %s lacks %s", public, cookie, part)
			}
		}
		if !strings.HasPrefix(cookie, want) || strings.Contains(lower, "secure") != (public != "") || strings.Contains(lower, "domain") {
			t.Errorf("%q: %s", public, cookie)
		}
	}
	if !strings.Contains(frontend.ContentSecurityPolicy, "form-action 'self'") {
		t.Error("a page may send forms elsewhere")
	}
}
