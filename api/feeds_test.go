package api

import (
	"encoding/json"
	"encoding/xml"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/valyala/fasthttp"

	"outcry"
)

// atom is a feed as a strict reader sees it.
type atom struct {
	XMLName xml.Name `xml:"http://www.w3.org/2005/Atom feed"`
	ID      string   `xml:"http://www.w3.org/2005/Atom id"`
	Title   string   `xml:"http://www.w3.org/2005/Atom title"`
	Updated string   `xml:"http://www.w3.org/2005/Atom updated"`
	Author  string   `xml:"http://www.w3.org/2005/Atom author>name"`
	Links   []struct {
		Rel  string `xml:"rel,attr"`
		Href string `xml:"href,attr"`
	} `xml:"http://www.w3.org/2005/Atom link"`
	Entries []struct {
		ID        string `xml:"http://www.w3.org/2005/Atom id"`
		Title     string `xml:"http://www.w3.org/2005/Atom title"`
		Published string `xml:"http://www.w3.org/2005/Atom published"`
		Updated   string `xml:"http://www.w3.org/2005/Atom updated"`
		Content   struct {
			Type string `xml:"type,attr"`
			Text string `xml:",chardata"`
		} `xml:"http://www.w3.org/2005/Atom content"`
		Link struct {
			Href string `xml:"href,attr"`
		} `xml:"http://www.w3.org/2005/Atom link"`
	} `xml:"http://www.w3.org/2005/Atom entry"`
}

// readAtom reads a feed and checks what RFC 4287 asks of one.
func readAtom(t *testing.T, a answer) atom {
	t.Helper()
	var f atom
	d := xml.NewDecoder(strings.NewReader(a.body))
	d.Strict = true
	if err := d.Decode(&f); err != nil {
		t.Fatalf("%v in %s", err, a.body)
	}
	if _, err := time.Parse(time.RFC3339, f.Updated); err != nil || f.ID == "" || f.Title == "" || f.Author == "" || len(f.Links) < 2 {
		t.Errorf("the feed lacks something: %+v", f)
	}
	seen := map[string]bool{}
	for _, e := range f.Entries {
		u, err := url.Parse(e.ID)
		if err != nil || u.Scheme != "tag" || seen[e.ID] || e.Title == "" || e.Content.Type != "html" {
			t.Errorf("entry %+v", e)
		}
		seen[e.ID] = true
		for _, at := range []string{e.Published, e.Updated} {
			if _, err := time.Parse(time.RFC3339, at); err != nil {
				t.Error(err)
			}
		}
	}
	return f
}

func TestAtom(t *testing.T) {
	f := newFake()
	f.incidents[0].Updates[1].Text = `<script>alert("&amp;")</script> & ` + "\x0b"
	s := serve(t, f, func(c *Config) { c.PublicURL = "https://outcry.example" })
	a := get(t, s, "/feed.atom")
	got := readAtom(t, a)
	if len(got.Entries) != 4 || got.Entries[0].ID != "tag:outcry.example,2026:incident/zoom-4" || got.Entries[0].Link.Href != "https://outcry.example/incidents/zoom-4" {
		t.Fatalf("got %+v", got)
	}
	if text := got.Entries[0].Content.Text; strings.Contains(text, "<script>") || !strings.Contains(text, "&lt;script&gt;") {
		t.Errorf("content %s", text)
	}
	if a.header.Get("Content-Type") != "application/atom+xml; charset=utf-8" {
		t.Errorf("Content-Type %s", a.header.Get("Content-Type"))
	}
	if other := readAtom(t, get(t, s, "/services/edx/feed.atom")); len(other.Entries) != 0 || other.ID == got.ID {
		t.Errorf("another service: %+v", other)
	}
}

// An entry is one incident for ever: a correction updates it.
func TestFeedEntriesAreUpdated(t *testing.T) {
	f := newFake()
	s := serve(t, f)
	before := readAtom(t, get(t, s, "/services/zoom/feed.atom", "Host: one.example"))
	f.pass(time.Minute)
	f.incidents[3].Corrections = []outcry.Update{{At: f.now, State: outcry.Retracted, Text: "It was a false alarm."}}
	after := readAtom(t, get(t, s, "/services/zoom/feed.atom", "Host: two.example"))
	if before.Entries[3].ID != after.Entries[3].ID || before.Entries[3].Updated == after.Entries[3].Updated || before.Updated == after.Updated {
		t.Errorf("before %+v, after %+v", before.Entries[3], after.Entries[3])
	}
	if !strings.Contains(after.Entries[3].Content.Text, "It was a false alarm.") {
		t.Errorf("content %s", after.Entries[3].Content.Text)
	}
}

func TestJSONFeed(t *testing.T) {
	type item struct {
		ID            string `json:"id"`
		URL           string `json:"url"`
		DatePublished string `json:"date_published"`
		ContentHTML   string `json:"content_html"`
	}
	a := get(t, serve(t, newFake()), "/services/zoom/feed.json")
	got := body[struct {
		Version string `json:"version"`
		FeedURL string `json:"feed_url"`
		Items   []item `json:"items"`
	}](t, a)
	if got.Version != "https://jsonfeed.org/version/1.1" || got.FeedURL != "http://example.com/services/zoom/feed.json" || len(got.Items) != 4 || got.Items[0].ID != "tag:outcry.invalid,2026:incident/zoom-4" || got.Items[0].ContentHTML == "" {
		t.Errorf("got %+v", got)
	}
	if a.header.Get("Content-Type") != "application/feed+json" {
		t.Errorf("Content-Type %s", a.header.Get("Content-Type"))
	}
}

func TestBadges(t *testing.T) {
	f := newFake()
	s := serve(t, f)
	if a := get(t, s, "/badge/zoom.svg"); a.header.Get("Content-Type") != typeSVG || xml.Unmarshal([]byte(a.body), new(struct{})) != nil {
		t.Errorf("got %s %s", a.header.Get("Content-Type"), a.body)
	}
	for path, want := range map[string]shield{
		"/badge/zoom.json": {1, "Zoom", "likely outage", "red", 60},
		"/badge/edx.json":  {1, "edX", "cannot tell", "lightgrey", 60},
	} {
		if got := body[shield](t, get(t, s, path)); got != want {
			t.Errorf("%s: got %+v, want %+v", path, got, want)
		}
	}
	if a := get(t, s, "/embed/zoom"); !strings.Contains(a.header.Get("Content-Security-Policy"), "frame-ancestors *") || a.header.Get("X-Frame-Options") != "" {
		t.Errorf("the small page cannot be framed: %v", a.header)
	}
}

// TestBadgesSayTheSame: the picture, what it is called and the JSON.
func TestBadgesSayTheSame(t *testing.T) {
	for state, want := range map[outcry.State]string{outcry.Operational: "operational", outcry.Possible: "possible outage", outcry.Likely: "likely outage", outcry.Unknown: "cannot tell"} {
		f := newFake()
		x := f.snapshots["zoom"]
		x.Verdict.State = state
		f.snapshots["zoom"] = x
		s := serve(t, f)
		if got := body[shield](t, get(t, s, "/badge/zoom.json")).Message; got != want {
			t.Errorf("%s: the JSON says %q, want %q", state, got, want)
		}
		svg := get(t, s, "/badge/zoom.svg").body
		for _, part := range []string{`aria-label="Zoom: ` + want + `"`, `<title>Zoom: ` + want + `</title>`, `>` + want + `</text>`} {
			if !strings.Contains(svg, part) {
				t.Errorf("%s: the picture lacks %s: %s", state, part, svg)
			}
		}
	}
}

func TestStatuspage(t *testing.T) {
	s := serve(t, newFake())
	const base = "/services/zoom/api/v2/"
	for path, want := range map[string]string{
		"status.json":                 `{"page":{"id":"zoom","name":"Zoom","url":"http://example.com/services/zoom","time_zone":"Etc/UTC","updated_at":"2026-03-04T12:00:00Z"},"status":{"indicator":"major","description":"People report a likely outage"}}`,
		"scheduled-maintenances.json": `{"page":{"id":"zoom","name":"Zoom","url":"http://example.com/services/zoom","time_zone":"Etc/UTC","updated_at":"2026-03-04T12:00:00Z"},"scheduled_maintenances":[]}`,
	} {
		if got := get(t, s, base+path).body; got != want {
			t.Errorf("%s: got %s, want %s", path, got, want)
		}
	}
	type doc struct {
		Components []struct{ ID, Status string }
		Incidents  []struct {
			ID, Status, Impact string
			Updates            []struct{ Body string } `json:"incident_updates"`
		}
		Status json.RawMessage
	}
	all, open, summary := body[doc](t, get(t, s, base+"incidents.json")), body[doc](t, get(t, s, base+"incidents/unresolved.json")), body[doc](t, get(t, s, base+"summary.json"))
	if len(all.Incidents) != 4 || len(open.Incidents) != 1 || open.Incidents[0].Status != "investigating" || open.Incidents[0].Updates[0].Body != "Reports fell." {
		t.Errorf("incidents %+v, unresolved %+v", all.Incidents, open.Incidents)
	}
	if len(summary.Components) != 2 || summary.Components[1].ID != "zoom-login" || summary.Components[1].Status != "partial_outage" || summary.Status == nil || len(summary.Incidents) != 1 {
		t.Errorf("summary %+v", summary)
	}
}

// TestStatuspageComponentsKeepTheirAge: a minute later they were made when they
// were made.
func TestStatuspageComponentsKeepTheirAge(t *testing.T) {
	f := newFake()
	s := serve(t, f)
	type doc struct {
		Components []struct {
			CreatedAt time.Time `json:"created_at"`
			UpdatedAt time.Time `json:"updated_at"`
		}
	}
	before := body[doc](t, get(t, s, "/services/zoom/api/v2/components.json"))
	f.pass(time.Minute)
	f.mu.Lock()
	x := f.snapshots["zoom"]
	x.Verdict.Freshness.AsOf = f.now.Truncate(time.Minute)
	f.snapshots = map[string]outcry.Snapshot{"zoom": x}
	f.mu.Unlock()
	after := body[doc](t, get(t, s, "/services/zoom/api/v2/components.json"))
	for n := range before.Components {
		a, b := before.Components[n], after.Components[n]
		if !a.CreatedAt.Equal(b.CreatedAt) || a.CreatedAt.After(a.UpdatedAt) || !b.UpdatedAt.After(a.UpdatedAt) {
			t.Errorf("component %d was %+v, and a minute later %+v", n, a, b)
		}
	}
}

// TestStatuspageIncident: it is identified where somebody said whose trouble it
// is, and names the components that failed.
func TestStatuspageIncident(t *testing.T) {
	official := at("11:30")
	for _, tt := range []struct {
		name    string
		change  func(*outcry.Incident)
		status  string
		updates string
	}{
		{"a crowd", func(*outcry.Incident) {}, "investigating", "investigating resolved"},
		{"the service itself", func(i *outcry.Incident) { i.Attribution.Cause = outcry.CauseService }, "investigating", "investigating resolved"},
		{"one region", func(i *outcry.Incident) { i.Attribution.Cause = outcry.CauseRegion }, "identified", "investigating resolved"},
		{"somebody who checked", func(i *outcry.Incident) { i.Label = outcry.Confirmed }, "identified", "investigating resolved"},
		{"the service's own word", func(i *outcry.Incident) { i.OfficialAt, i.Updates[0].At = &official, official }, "identified", "identified resolved"},
		{"not yet", func(i *outcry.Incident) { i.State = outcry.Suspected; i.Label = outcry.Confirmed }, "investigating", "investigating resolved"},
	} {
		f := newFake()
		i := &f.incidents[0]
		i.Updates = slices.Clone(i.Updates)
		i.Symptoms = []outcry.IncidentPart{{Key: "login", State: outcry.Operational, Worst: outcry.Likely}, {Key: "site", State: outcry.Operational, Worst: outcry.Operational}}
		tt.change(i)
		got := body[struct {
			Incidents []struct {
				Status     string
				Components []struct{ ID, Name, Status string }
				Updates    []struct{ Status string } `json:"incident_updates"`
			}
		}](t, get(t, serve(t, f), "/services/zoom/api/v2/incidents/unresolved.json")).Incidents[0]
		if updates := got.Updates[1].Status + " " + got.Updates[0].Status; got.Status != tt.status || updates != tt.updates {
			t.Errorf("%s: %s with %s, want %s with %s", tt.name, got.Status, updates, tt.status, tt.updates)
		}
		if c := got.Components; len(c) != 1 || c[0].ID != "zoom-login" || c[0].Name != "I can't log in" || c[0].Status != "partial_outage" {
			t.Errorf("%s: components %+v, want the one that failed, as it is now", tt.name, c)
		}
	}
}

func FuzzQuery(f *testing.F) {
	f.Add("from=2026-03-04T11:00:00Z&step=1m&limit=5&cursor=" + newCursor("incidents", "zoom-4"))
	f.Add("region=US-MD&window=5m&at=2026-03-04T11:00:00Z&q=%ff")
	fk := newFake()
	s := serve(f, fk)
	_ = s.App().Handler() // builds the routing tree
	handler := s.App().Server().Handler
	f.Fuzz(func(t *testing.T, q string) {
		for _, path := range []string{"/api/v1/services/zoom/series", "/api/v1/services/zoom/regions", "/api/v1/incidents", "/api/v1/services"} {
			var ctx fasthttp.RequestCtx
			ctx.Request.SetRequestURI(path)
			ctx.Request.URI().SetQueryString(q)
			ctx.Request.Header.SetHost("example.com")
			handler(&ctx)
			if status := ctx.Response.StatusCode(); status != 200 && (status < 400 || status >= 500) {
				t.Errorf("%s?%s: %d", path, q, status)
			}
		}
	})
}
