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
		zoom + "/regions?at=2027-01-01T00:00:00Z":                             "out-of-range",
		"/api/v1/events?service=nope":                                         "unknown-service",
		"/api/v1/events?service=" + strings.Repeat("a", 201):                  "malformed",
	} {
		if got := problemName(t, get(t, s, path)); got != want {
			t.Errorf("%s: got %s, want %s", path, got, want)
		}
	}
}

// counts writes a series' counts, "-" for what is not shown.
func counts(d seriesDoc) string {
	var out []string
	for _, n := range d.Counts {
		if n == nil {
			out = append(out, "-")
		} else {
			out = append(out, strconv.Itoa(*n))
		}
	}
	return strings.Join(out, " ")
}

func TestSeries(t *testing.T) {
	s := serve(t, newFake())
	const zoom, span = "/api/v1/services/zoom/series", "from=2026-03-04T11:50:00Z&to=2026-03-04T12:00:00Z"
	for _, tt := range []struct{ query, start, counts string }{
		{span, "11:50", "0 8"},
		{span + "&step=1m", "11:50", "0 0 0 0 0 0 3 3 2 0"},
		{span + "&symptom=login", "11:50", "0 8"},
		{span + "&symptom=site", "11:50", "0 0"},
		{span + "&region=US", "11:50", "0 6"},
		{span + "&region=US-MD&step=1m", "11:50", "0 0 0 0 0 0 - - 0 0"},
		{span + "&region=DE", "11:50", "0 -"},
		{"from=2026-03-04T11:52:30Z&to=2026-03-04T11:58:00Z", "11:50", "0 8"},
		{"from=2026-03-04T11:00:00Z&to=2026-03-04T12:00:00Z&step=1h&region=US-MD", "11:00", "13"},
		{"from=2026-03-04T11:00:00%2B00:00&step=1h", "11:00", "15 0"},
	} {
		d := body[seriesDoc](t, get(t, s, zoom+"?"+tt.query))
		if got := counts(d); got != tt.counts || !d.Start.Equal(at(tt.start)) || len(d.Expected) != len(d.Counts) || len(d.Upper) != len(d.Counts) {
			t.Errorf("%s: got %q from %v, want %q from %s", tt.query, got, d.Start, tt.counts, tt.start)
		}
	}
	d := body[seriesDoc](t, get(t, s, zoom))
	if len(d.Counts) != 288 || d.Step != "5m" || len(d.Incidents) != 1 || d.Incidents[0].ID != "zoom-4" {
		t.Errorf("by default %d slots of %s, incidents %+v", len(d.Counts), d.Step, d.Incidents)
	}
	d = body[seriesDoc](t, get(t, s, zoom+"?"+span+"&region=US-MD"))
	if d.Expected[1] != 1 { // half of two
		t.Errorf("expected of a region: %v", d.Expected)
	}
}

func TestSeriesAsTable(t *testing.T) {
	s := serve(t, newFake())
	const path, query = "/api/v1/services/zoom/series", "?from=2026-03-04T11:55:00Z&to=2026-03-04T12:00:00Z&step=1m&region=DE"
	want := "time,count,expected,upper\n2026-03-04T11:55:00Z,0,0,0\n2026-03-04T11:56:00Z,0,0,0\n2026-03-04T11:57:00Z,0,0,0\n" +
		"2026-03-04T11:58:00Z,,0.25,1.75\n2026-03-04T11:59:00Z,0,0.25,1.75\n"
	for _, a := range []answer{get(t, s, path+query, "Accept: text/csv"), get(t, s, path+".csv"+query)} {
		if a.body != want || a.header.Get("Content-Type") != typeCSV {
			t.Errorf("got %s %q, want %q", a.header.Get("Content-Type"), a.body, want)
		}
	}
}

func TestRegions(t *testing.T) {
	f := newFake()
	s := serve(t, f)
	d := body[regionsDoc](t, get(t, s, "/api/v1/services/zoom/regions"))
	n, expected, ratio := 6, 1.0, 6.0
	want := []outcry.RegionVerdict{
		{Country: "DE", Name: "Germany", State: outcry.Operational, Suppressed: true},
		{Country: "US", Region: "US-MD", Name: "Maryland", State: outcry.Likely, Count: &n, Expected: &expected, Ratio: &ratio},
	}
	if len(d.Regions) != 2 || !sameRegion(d.Regions[0], want[0]) || !sameRegion(d.Regions[1], want[1]) || !d.At.Equal(at("12:01")) || d.Window != "30m0s" {
		t.Errorf("got %+v", d)
	}
}

func sameRegion(a, b outcry.RegionVerdict) bool {
	ok := (a.Count == nil) == (b.Count == nil) && (a.Expected == nil) == (b.Expected == nil) && (a.Ratio == nil) == (b.Ratio == nil)
	if ok && a.Count != nil {
		ok = *a.Count == *b.Count && *a.Expected == *b.Expected && *a.Ratio == *b.Ratio
	}
	a.Count, a.Expected, a.Ratio, b.Count, b.Expected, b.Ratio = nil, nil, nil, nil, nil, nil
	return ok && a == b
}

// One person who reports every half hour is never taken for five.
func TestRegionsCountPeople(t *testing.T) {
	f := newFake()
	f.buckets["edx"] = nil
	for n := range 12 {
		f.buckets["edx"] = append(f.buckets["edx"], outcry.Bucket{Minute: at("06:00").Add(time.Duration(n) * outcry.CountOncePer), Down: 1, Regions: map[string]int{"US-MD": 1}})
	}
	d := body[regionsDoc](t, get(t, serve(t, f), "/api/v1/services/edx/regions?window=12h"))
	if len(d.Regions) != 1 || !d.Regions[0].Suppressed || d.Regions[0].Count != nil {
		t.Errorf("got %+v", d.Regions)
	}
}

func TestIncidentHidesSmallRegions(t *testing.T) {
	f := newFake()
	f.incidents[0].Regions = []outcry.IncidentPart{{Key: "US-MD", Count: 5}, {Key: "DE", Count: 4}}
	f.incidents[0].Reports.Total = 9
	f.incidents[0].Attribution.Shares = []outcry.Share{{Kind: "region", Key: "US-MD", Share: 5. / 9}, {Kind: "region", Key: "DE", Share: 4. / 9}, {Kind: "network", Key: "AS1", Share: 0.1}}
	s := serve(t, f)
	for _, path := range []string{"/api/v1/incidents/zoom-4", "/api/v1/incidents", "/api/v1/incidents/zoom-4/bundle"} {
		if a := get(t, s, path); strings.Contains(a.body, `"key":"DE"`) || !strings.Contains(a.body, `"key":"US-MD"`) || !strings.Contains(a.body, `"AS1"`) {
			t.Errorf("%s: %s", path, a.body)
		}
	}
}

func TestBundle(t *testing.T) {
	f := newFake()
	f.incidents[0].StartedAt = at("11:50")
	b := body[bundle](t, get(t, serve(t, f), "/api/v1/incidents/zoom-4/bundle"))
	if b.Type != "outcry-bundle" || b.Version != 1 || len(b.Buckets) != 4 || len(b.Forecasts) != 2 || b.Incident.ID != "zoom-4" {
		t.Fatalf("got %+v", b)
	}
	if got := b.Buckets[1]; got.Down != 3 || got.Regions[""] != 3 || len(got.Regions) != 1 || got.Networks["AS64500"] != 3 {
		t.Errorf("a small minute: %+v", got)
	}
	if got := b.Buckets[0]; got.Regions["US-MD"] != 7 {
		t.Errorf("a larger minute: %+v", got)
	}
}
