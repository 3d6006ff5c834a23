package api

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"outcry"
)

// at is minutes of the day that tests take place on.
func at(clock string) time.Time {
	t, err := time.Parse("2006-01-02 15:04", "2026-03-04 "+clock)
	if err != nil {
		panic(err)
	}
	return t
}

func TestVerdict(t *testing.T) {
	s := serve(t, newFake())
	since := at("11:50")
	want := outcry.Verdict{Service: "zoom", Name: "Zoom", State: outcry.Likely, Severity: outcry.SeverityMajor, Since: &since,
		Reports: outcry.Reports{Count: 8, Expected: 2, Window: "30m0s"}, Evidence: outcry.Evidence{Odds: 1e6, PValue: 1e-5},
		Sources:   outcry.Sources{Reports: 8, Works: 3, Discounted: 6},
		Freshness: outcry.Freshness{Trusted: true, AsOf: at("12:00")}, Incident: "zoom-2"}
	got := body[outcry.Verdict](t, get(t, s, "/api/v1/services/zoom"))
	symptoms := []outcry.SymptomVerdict{{Symptom: "site", Label: "The site doesn't load", State: outcry.Unknown},
		{Symptom: "login", Label: "I can't log in", State: outcry.Likely, Count: 8, Expected: 1}}
	if !slices.Equal(got.Symptoms, symptoms) {
		t.Errorf("symptoms %+v, want %+v", got.Symptoms, symptoms)
	}
	if got.Since == nil || !got.Since.Equal(since) || got.Attribution.Cause != outcry.CauseService {
		t.Errorf("since %v, cause %s", got.Since, got.Attribution.Cause)
	}
	got.Symptoms, got.Attribution, got.Since, want.Since = nil, outcry.Attribution{}, nil, nil
	if got.Reports != want.Reports || got.Sources != want.Sources || got.Evidence != want.Evidence || got.Freshness != want.Freshness || got.State != want.State || got.Incident != want.Incident {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestVerdictNobodyGave(t *testing.T) {
	a := get(t, serve(t, newFake()), "/api/v1/services/edx")
	got := body[outcry.Verdict](t, a)
	if got.State != outcry.Unknown || got.Severity != outcry.SeverityNone || got.Freshness != (outcry.Freshness{AsOf: at("12:00")}) || len(got.Symptoms) == 0 {
		t.Errorf("got %+v", got)
	}
	for _, null := range []string{`"shares":null`, `"related":null`, `"symptoms":null`} {
		if strings.Contains(a.body, null) {
			t.Errorf("the answer has %s", null)
		}
	}
}

func TestVerdictGoesStale(t *testing.T) {
	f := newFake()
	s := serve(t, f)
	for _, tt := range []struct {
		pass time.Duration
		want bool
	}{{0, false}, {2 * time.Minute, false}, {time.Minute, true}} {
		f.pass(tt.pass)
		if got := body[outcry.Verdict](t, get(t, s, "/api/v1/services/zoom")).Freshness.Stale; got != tt.want {
			t.Errorf("%v later: %v", tt.pass, got)
		}
	}
}

func TestServices(t *testing.T) {
	s := serve(t, newFake())
	slugs := func(path string) string {
		var out []string
		for _, e := range body[[]entry](t, get(t, s, path)) {
			out = append(out, e.Slug+"="+string(e.State))
		}
		return strings.Join(out, " ")
	}
	for path, want := range map[string]string{
		"/api/v1/services":               "zoom=likely edx=unknown aws=unknown",
		"/api/v1/services?q=cloud":       "aws=unknown",
		"/api/v1/services?q=nothing":     "",
		"/api/v1/services?state=likely":  "zoom=likely",
		"/api/v1/services?q=e&limit=1":   "zoom=likely",
		"/api/v1/services?state=unknown": "edx=unknown aws=unknown",
	} {
		if got := slugs(path); got != want {
			t.Errorf("%s: got %q, want %q", path, got, want)
		}
	}
	if alias := body[outcry.Verdict](t, get(t, s, "/api/v1/services/ZOOM-US")); alias.Service != "zoom" {
		t.Errorf("the alias gives %q", alias.Service)
	}
}

// pages follows the cursors of a list.
func pages(t *testing.T, s *Server, path string) (sizes []int, all string) {
	t.Helper()
	for next := path; next != ""; {
		a := get(t, s, next)
		if a.status != http.StatusOK {
			t.Fatalf("%s: %d %s", next, a.status, a.body)
		}
		list := body[[]map[string]any](t, a)
		sizes = append(sizes, len(list))
		for _, x := range list {
			id, _ := x["id"].(string)
			slug, _ := x["slug"].(string)
			all += id + slug + " "
		}
		link := a.header.Get("Link")
		if (link == "") != (a.header.Get("X-Next-Cursor") == "") {
			t.Errorf("Link %q, X-Next-Cursor %q", link, a.header.Get("X-Next-Cursor"))
		}
		next, _, _ = strings.Cut(strings.TrimPrefix(link, "<"), ">")
	}
	return sizes, all
}

func TestPaging(t *testing.T) {
	s := serve(t, newFake())
	for _, tt := range []struct {
		path  string
		sizes []int
		all   string
	}{
		{"/api/v1/incidents?limit=3", []int{3, 1}, "zoom-4 zoom-3 zoom-2 zoom-1 "},
		{"/api/v1/incidents?limit=2", []int{2, 2}, "zoom-4 zoom-3 zoom-2 zoom-1 "},
		{"/api/v1/incidents?state=resolved&limit=2&service=zoom", []int{2, 1}, "zoom-3 zoom-2 zoom-1 "},
		{"/api/v1/incidents?service=edx", []int{0}, ""},
		{"/api/v1/incidents?from=2026-03-02T00:00:00Z&to=2026-03-03T00:00:00Z", []int{1}, "zoom-3 "},
		{"/api/v1/incidents?from=2026-03-02T11:30:00Z&to=2026-03-02T11:40:00Z", []int{1}, "zoom-3 "},
		{"/api/v1/incidents?from=2026-03-02T12:00:00Z&to=2026-03-02T13:00:00Z", []int{0}, ""},
		{"/api/v1/incidents?from=2026-03-02T10:00:00Z&to=2026-03-02T11:00:00Z", []int{0}, ""},
		{"/api/v1/incidents?from=2026-03-04T00:00:00Z", []int{1}, "zoom-4 "},
		{"/api/v1/incidents?from=2026-03-01T11:30:00Z&limit=1", []int{1, 1, 1}, "zoom-4 zoom-3 zoom-2 "},
		{"/api/v1/incidents?from=2026-03-02t00:00:00z&to=2026-03-03t00:00:00z", []int{1}, "zoom-3 "},
		{"/api/v1/services?limit=2", []int{2, 1}, "zoom edx aws "},
		{"/api/v1/services?limit=1&state=unknown", []int{1, 1}, "edx aws "},
	} {
		if sizes, all := pages(t, s, tt.path); !slices.Equal(sizes, tt.sizes) || all != tt.all {
			t.Errorf("%s: %v %q, want %v %q", tt.path, sizes, all, tt.sizes, tt.all)
		}
	}
}

func TestQueriesRefused(t *testing.T) {
	s := serve(t, newFake())
	const zoom = "/api/v1/services/zoom"
	for path, want := range map[string]string{
		"/api/v1/incidents?state=open":                                        "malformed",
		"/api/v1/incidents?service=nope":                                      "unknown-service",
		"/api/v1/incidents?limit=0":                                           "malformed",
		"/api/v1/incidents?limit=201":                                         "malformed",
		"/api/v1/incidents?cursor=zoom-4":                                     "malformed",
		"/api/v1/incidents?cursor=" + newCursor("incidents", "none"):          "malformed",
		"/api/v1/incidents?cursor=" + newCursor("services", "zoom"):           "malformed",
		"/api/v1/incidents?from=yesterday":                                    "malformed",
		"/api/v1/incidents?from=2026-03-02T00:00:00Z&to=2026-03-01T00:00:00Z": "malformed",
		"/api/v1/incidents/none":                                              "not-found",
		"/api/v1/incidents/none/bundle":                                       "not-found",
		"/api/v1/services?cursor=" + newCursor("services", "none"):            "malformed",
		"/api/v1/services?state=down":                                         "malformed",
		"/api/v1/services?q=" + strings.Repeat("a", 201):                      "malformed",
		zoom + "/series?step=2m":                                              "malformed",
		zoom + "/series?symptom=nope":                                         "unknown-symptom",
		zoom + "/series?region=Maryland":                                      "malformed",
		zoom + "/series?region=US&symptom=login":                              "malformed",
		zoom + "/series?from=2026-03-02T00:00:00Z&to=2026-03-01T00:00:00Z":    "malformed",
		zoom + "/series?from=2026-01-01T00:00:00Z&step=1h":                    "out-of-range",
		zoom + "/series?from=2026-02-20T00:00:00Z&step=1m":                    "out-of-range",
		zoom + "/series?from=2020-01-01T00:00:00Z&to=2020-01-02T00:00:00Z":    "out-of-range",
		zoom + "/series?from=2027-01-01T00:00:00Z&to=2027-01-02T00:00:00Z":    "out-of-range",
		zoom + "/regions?window=0s":                                           "malformed",
		zoom + "/regions?window=25h":                                          "malformed",
		zoom + "/regions?window=7m30s":                                        "malformed",
		zoom + "/regions?at=2027-01-01T00:00:00Z":                             "out-of-range",
		"/api/v1/events?service=nope":                                         "unknown-service",
		"/api/v1/events?service=" + strings.Repeat("a", 201):                  "malformed",
	} {
		if got := problemName(t, get(t, s, path)); got != want {
			t.Errorf("%s: got %s, want %s", path, got, want)
		}
	}
}

// TestWhatPartsWereAtWorst: of an incident that was kept without it, the present
// state while it is under way, and after that nothing is known.
func TestWhatPartsWereAtWorst(t *testing.T) {
	f := newFake()
	f.incidents[0].Symptoms = []outcry.IncidentPart{{Key: "login", State: outcry.Likely}}
	f.incidents[1].Symptoms = []outcry.IncidentPart{{Key: "login", State: outcry.Operational}, {Key: "site", State: outcry.Operational, Worst: outcry.Possible}}
	s := serve(t, f)
	for _, tt := range []struct {
		id   string
		want []outcry.State
	}{{"zoom-4", []outcry.State{outcry.Likely}}, {"zoom-3", []outcry.State{outcry.Unknown, outcry.Possible}}} {
		var got []outcry.State
		for _, p := range body[outcry.Incident](t, get(t, s, "/api/v1/incidents/"+tt.id)).Symptoms {
			got = append(got, p.Worst)
		}
		if !slices.Equal(got, tt.want) {
			t.Errorf("%s: got %v, want %v", tt.id, got, tt.want)
		}
	}
}

// TestIncidentsUnderWayAreFoundBehindMany: one that began first, and is still
// there, behind hundreds that are over.
func TestIncidentsUnderWayAreFoundBehindMany(t *testing.T) {
	f := newFake()
	long := f.incidents[0]
	long.ID, long.StartedAt = "zoom-long", at("06:00")
	f.incidents = nil
	for n := range 450 {
		start := at("11:30").Add(-time.Duration(n) * time.Second)
		end := start.Add(10 * time.Minute)
		f.incidents = append(f.incidents, outcry.Incident{ID: "zoom-" + strconv.Itoa(n), Service: "zoom", State: outcry.Resolved, StartedAt: start, ResolvedAt: &end})
	}
	f.incidents = append(f.incidents, long)
	if _, all := pages(t, serve(t, f), "/api/v1/incidents?from=2026-03-04T11:50:00Z"); all != "zoom-long " {
		t.Errorf("got %q, want the one that is under way", all)
	}
}
