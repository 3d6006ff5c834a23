package frontend

import (
	"bytes"
	"encoding/xml"
	"io"
	"regexp"
	"strings"
	"testing"
	"time"

	"outcry"
)

// hostile is in every text of hostilePages.
const hostile = `<script>alert(1)</script>"'><img src=x onerror=alert(2)>`

type drawing func(io.Writer) error

func zeroPages(r *Renderer) map[string]drawing {
	return map[string]drawing{
		"home":        func(w io.Writer) error { return r.Home(w, HomePage{}) },
		"service":     func(w io.Writer) error { return r.Service(w, ServicePage{}) },
		"map":         func(w io.Writer) error { return r.Map(w, MapPage{}) },
		"incidents":   func(w io.Writer) error { return r.Incidents(w, IncidentsPage{}) },
		"incident":    func(w io.Writer) error { return r.Incident(w, IncidentPage{}) },
		"receipt":     func(w io.Writer) error { return r.Receipt(w, ReceiptPage{}) },
		"methodology": func(w io.Writer) error { return r.Methodology(w, MethodologyPage{}) },
		"scorecard":   func(w io.Writer) error { return r.Scorecard(w, ScorecardPage{}) },
		"data":        func(w io.Writer) error { return r.Data(w, DataPage{}) },
		"about":       func(w io.Writer) error { return r.About(w, AboutPage{}) },
		"admin":       func(w io.Writer) error { return r.Admin(w, AdminPage{}) },
		"embed":       func(w io.Writer) error { return r.Embed(w, EmbedPage{}) },
		"error":       func(w io.Writer) error { return r.Error(w, ErrorPage{}) },
	}
}

func hostilePages(r *Renderer) map[string]drawing {
	x := hostile
	bad := "javascript:alert(1)//" + x
	site := Site{Name: x, PublicURL: "https://example.org", Now: at, Simulation: x, DataAge: time.Minute, Credits: []Credit{{x, bad}}}
	s := outcry.Service{Slug: x, Name: x, URL: bad, StatusURL: bad, Aliases: []string{x}, Category: x,
		Symptoms: []outcry.Symptom{{Slug: x, Label: x}}, Help: []outcry.Help{{Text: x, URL: bad}}}
	n := 9
	regions := []outcry.RegionVerdict{{Country: x, Region: x, Name: x, Count: &n, State: outcry.State(x)}}
	v := outcry.Verdict{Service: x, Name: x, State: outcry.Likely, Since: &at, Reports: outcry.Reports{Window: x},
		Symptoms:    []outcry.SymptomVerdict{{Symptom: x, Label: x, State: outcry.State(x)}},
		Official:    &outcry.Official{State: x, URL: bad, At: at},
		Attribution: outcry.Attribution{Cause: outcry.CauseNetwork, Name: x, Shares: []outcry.Share{{Kind: "network", Key: x, Share: 1}}}}
	part := []outcry.IncidentPart{{Key: x, Label: x, State: outcry.State(x)}}
	log := []outcry.Update{{At: at, State: outcry.IncidentState(x), Text: x}}
	i := outcry.Incident{ID: x, Service: x, Name: x, State: outcry.IncidentState(x), Severity: outcry.Severity(x), StartedAt: at,
		Symptoms: part, Regions: part, Networks: part, Updates: log, Corrections: log, Label: outcry.Label(x), Umbrella: x, Attribution: v.Attribution}
	card := ServiceCard{Service: s, Verdict: v, Recent: []int{1}}
	place := outcry.Place{Country: x, Region: x}
	series := outcry.Series{Start: at, Step: outcry.StepMinute, Counts: []int{1}, Expected: []float64{1}, Upper: []float64{2}}
	return map[string]drawing{
		"home": func(w io.Writer) error {
			return r.Home(w, HomePage{Site: site, Query: x, Cards: []ServiceCard{card}, Regions: regions, Incidents: []outcry.Incident{i}})
		},
		"service": func(w io.Writer) error {
			return r.Service(w, ServicePage{Site: site, Service: s, Verdict: v, Series: series, Incidents: []outcry.Incident{i},
				Regions: regions, Related: []ServiceCard{card}, Form: FormState{ID: x, Symptom: x, Comment: x, Error: x},
				Confirmation: &Confirmation{ID: x, Symptom: x, Reason: outcry.Reason(x), Place: place, ReceiptURL: bad, WithdrawURL: bad, WithdrawToken: x},
				Comments:     []Comment{{At: at, Symptom: x, Place: place, Text: x}}})
		},
		"map": func(w io.Writer) error {
			return r.Map(w, MapPage{Site: site, Services: []outcry.Service{s}, Service: x, Regions: regions})
		},
		"incidents": func(w io.Writer) error {
			return r.Incidents(w, IncidentsPage{Site: site, Services: []outcry.Service{s}, Service: x, State: x, Incidents: []outcry.Incident{i}, Next: x, Later: true})
		},
		"incident": func(w io.Writer) error {
			return r.Incident(w, IncidentPage{Site: site, Incident: i, Service: s, Series: series, Members: []outcry.Incident{i}})
		},
		"receipt": func(w io.Writer) error {
			return r.Receipt(w, ReceiptPage{Site: site, ID: x, Service: s, Symptom: x, Kind: outcry.Kind(x), Place: place, Reason: outcry.Reason(x),
				VerdictThen: &v, Verdict: v, Incident: &i, Statement: x, Signature: x, KeyURL: bad, FileURL: bad})
		},
		"methodology": func(w io.Writer) error {
			return r.Methodology(w, MethodologyPage{Site: site, Version: x, Trials: hostileTrials()})
		},
		"scorecard": func(w io.Writer) error {
			return r.Scorecard(w, ScorecardPage{Site: site, Since: at, Leads: []Lead{{i, at}}, Trials: hostileTrials()})
		},
		"data": func(w io.Writer) error {
			return r.Data(w, DataPage{Site: site, Licence: x, Files: []DataFile{{Name: x, URL: bad, SHA256: x}}})
		},
		"about": func(w io.Writer) error {
			return r.About(w, AboutPage{Site: site, Operator: x, Contact: bad, SourceURL: bad, Version: x})
		},
		"admin": func(w io.Writer) error {
			return r.Admin(w, AdminPage{Site: site, SignedIn: true, Next: x, Comments: []AdminComment{
				{ID: x, Service: s, Comment: Comment{At: at, Symptom: x, Place: place, Text: x}}}})
		},
		"embed": func(w io.Writer) error { return r.Embed(w, EmbedPage{Site: site, Service: s, Verdict: v}) },
		"error": func(w io.Writer) error {
			return r.Error(w, ErrorPage{Site: site, Status: 418, Title: x, Detail: x, Suggestions: []outcry.Service{s}})
		},
	}
}

func drawn(t *testing.T, d drawing) string {
	t.Helper()
	var b bytes.Buffer
	if err := d(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestZeroPagesRender(t *testing.T) {
	for name, d := range zeroPages(testRenderer(t)) {
		t.Run(name, func(t *testing.T) {
			page := drawn(t, d)
			for _, want := range []string{"<!doctype html>", `lang="en"`, "<h1", "</html>"} {
				if !strings.Contains(page, want) {
					t.Errorf("no %q", want)
				}
			}
			for _, bad := range []string{"ZgotmplZ", "NaN", "%!", "<nil>", "{{"} {
				if strings.Contains(page, bad) {
					t.Errorf("has %q", bad)
				}
			}
		})
	}
}

// inline is what the content security policy would refuse.
var inline = regexp.MustCompile(`(?i)<[^>]+\s(style|on[a-z]+)\s*=|<style|<script(?: type="module")?>|https?://[^"]*\.(js|css)"`)

func TestHostileTextStaysText(t *testing.T) {
	for name, d := range hostilePages(testRenderer(t)) {
		t.Run(name, func(t *testing.T) {
			page := drawn(t, d)
			for _, bad := range []string{"<script>alert", "<img src=x", `"javascript:`, "'javascript:"} {
				if strings.Contains(page, bad) {
					i := strings.Index(page, bad)
					t.Errorf("has %q: …%s…", bad, page[max(0, i-80):min(len(page), i+80)])
				}
			}
			if !strings.Contains(page, "&lt;script&gt;alert(1)") {
				t.Error("the text is not there at all")
			}
		})
	}
}

func TestPagesObeyTheirPolicy(t *testing.T) {
	for name, d := range zeroPages(testRenderer(t)) {
		if found := inline.FindString(drawn(t, d)); found != "" {
			t.Errorf("%s has %q", name, found)
		}
	}
}

func TestEveryAssetNamedByAPageExists(t *testing.T) {
	r := testRenderer(t)
	links := regexp.MustCompile(`(?:href|src)="(/assets/[^"]*)"`)
	for name, d := range zeroPages(r) {
		found := links.FindAllStringSubmatch(drawn(t, d), -1)
		if len(found) == 0 {
			t.Errorf("%s names no asset", name)
		}
		for _, m := range found {
			if a, ok := r.Asset(m[1]); !ok || len(a.Body) == 0 || len(a.Gzip) == 0 || a.ContentType == "" {
				t.Errorf("%s names %s, which is not served", name, m[1])
			}
		}
	}
	if _, ok := r.Asset("/assets/../frontend.go"); ok {
		t.Error("served what is no asset")
	}
}

func TestStyleSheetIsWhole(t *testing.T) {
	css, err := styleSheet()
	if err != nil {
		t.Fatal(err)
	}
	if strings.Count(string(css), "{") != strings.Count(string(css), "}") || bytes.Contains(css, []byte("/*")) {
		t.Error("the squeezed style sheet is broken")
	}
	if bytes.Contains(css, []byte("url(http")) || bytes.Contains(css, []byte("@import")) {
		t.Error("the style sheet refers to another host")
	}
}

func TestBadgeIsXML(t *testing.T) {
	for _, v := range []outcry.Verdict{{}, {Name: hostile, State: outcry.Likely}, {Service: "coursera", State: outcry.Possible}} {
		d := xml.NewDecoder(bytes.NewReader(Badge(v)))
		for {
			_, err := d.Token()
			if err == io.EOF {
				break
			}
			if err != nil {
				t.Fatalf("%v in %s", err, Badge(v))
			}
		}
	}
}

func TestServicePageSaysWhatHappens(t *testing.T) {
	since := at.Add(-11 * time.Minute)
	s := outcry.Service{Slug: "coursera", Name: "Coursera", Symptoms: outcry.DefaultSymptoms()}
	v := outcry.Verdict{State: outcry.Likely, Since: &since, Reports: outcry.Reports{Count: 214, Expected: 3.1, Window: "30m0s"}}
	page := drawn(t, func(w io.Writer) error {
		return testRenderer(t).Service(w, ServicePage{Site: Site{Now: at, Simulation: "All of it is made up."}, Service: s, Verdict: v})
	})
	for _, want := range []string{
		"All of it is made up.",
		"214 reports in 30 minutes, where 3 are usual, since <time datetime=\"2026-11-20T18:47:00Z\">18:47 UTC</time>",
		`<form action="/report" method="post"`,
		`name="symptom" value="site" checked`,
		`name="kind" value="down">I have a problem</button>`,
		`name="kind" value="works">Works for me</button>`,
		`href="/services/coursera/feed.atom"`,
	} {
		if !strings.Contains(page, want) {
			t.Errorf("no %q", want)
		}
	}
	if n := strings.Count(page, " checked"); n != 1 {
		t.Errorf("%d symptoms are chosen", n)
	}
}

// A simulation, and numbers that are old, say so on every page.
func TestEveryPageSaysWhatItsNumbersAre(t *testing.T) {
	for name, d := range hostilePages(testRenderer(t)) {
		page := drawn(t, d)
		for _, want := range []string{" data-simulation>&lt;script&gt;alert(1)", "<strong>Old numbers"} {
			if !strings.Contains(page, want) {
				t.Errorf("%s does not say %q", name, want)
			}
		}
	}
}

// TestAFinishedIncidentSaysWhatFailed: not what its parts are now, and places by
// their names.
func TestAFinishedIncidentSaysWhatFailed(t *testing.T) {
	i := outcry.Incident{ID: "zoom-1", Service: "zoom", Name: "Zoom", State: outcry.Resolved, StartedAt: at, ResolvedAt: &at,
		Symptoms: []outcry.IncidentPart{{Key: "login", Label: "I can't log in", Count: 299, Expected: 4, State: outcry.Operational, Worst: outcry.Likely}},
		Regions:  []outcry.IncidentPart{{Key: "US-TX", Label: "US-TX", Count: 90, State: outcry.Operational, Worst: outcry.Possible}},
		Networks: []outcry.IncidentPart{{Key: "AS64500", Label: "AS64500", Count: 40, State: outcry.Unknown, Worst: outcry.Unknown}}}
	r, err := New()
	if err != nil {
		t.Fatal(err)
	}
	page := func(i outcry.Incident) string {
		return drawn(t, func(w io.Writer) error { return r.Incident(w, IncidentPage{Site: Site{Now: at}, Incident: i}) })
	}
	row := func(html, name string) string {
		_, row, _ := strings.Cut(html, `<th scope="row">`+name+`</th>`)
		row, _, _ = strings.Cut(row, "</tr>")
		return row
	}
	over := page(i)
	i.State, i.ResolvedAt = outcry.Ongoing, nil
	open := page(i)
	for _, tt := range []struct{ html, name, want string }{
		{over, "I can&#39;t log in", stateWords(outcry.Likely)},
		{over, "Texas, United States", stateWords(outcry.Possible)},
		{over, "AS64500", stateWords(outcry.Unknown)},
		{open, "I can&#39;t log in", stateWords(outcry.Operational)},
	} {
		if got := row(tt.html, tt.name); !strings.Contains(got, tt.want) {
			t.Errorf("%s: got %q, want %q", tt.name, got, tt.want)
		}
	}
	if !strings.Contains(over, ">At worst</th>") || strings.Contains(open, ">At worst</th>") {
		t.Error("the heading does not say of when the states are")
	}
}
