package api

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"outcry"
)

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

// TestTheRunningSlotHasAForecast: what is not judged yet is held against the
// last forecast, so that one report in the running minute is not too many.
func TestTheRunningSlotHasAForecast(t *testing.T) {
	f := newFake()
	s := serve(t, f)
	const query = "/api/v1/services/zoom/series?step=1m&from=2026-03-04T11:58:00Z"
	upper := func() []float64 { return body[seriesDoc](t, get(t, s, query)).Upper }
	if got := upper(); !slices.Equal(got, []float64{4, 4, 4}) {
		t.Errorf("in the running minute: %v, want the last forecast", got)
	}
	f.pass(2 * time.Minute) // nothing was judged since
	if got := upper(); !slices.Equal(got, []float64{4, 4, 4, 4, 4}) {
		t.Errorf("two minutes later: %v, want the last forecast all through", got)
	}
	f.pass(2 * time.Minute)
	if got := upper(); !slices.Equal(got, []float64{4, 4, 0, 0, 0, 0, 0}) {
		t.Errorf("when the verdict is stale: %v, want none", got)
	}
	chart := get(t, serve(t, newFake()), "/services/zoom").body
	if _, usual, _ := strings.Cut(chart, `data-usual="`); !strings.HasSuffix(usual[:strings.Index(usual, `"`)], " 2 1") {
		t.Errorf("the page's chart has no forecast of the running five minutes: %s", usual[:strings.Index(usual, `"`)])
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

// A table has plain decimals, whatever their size.
func TestATablesNumbersArePlain(t *testing.T) {
	doc := newSeriesDoc(outcry.Series{Start: at("12:00"), Step: outcry.StepFiveMinutes, Counts: []int{12345, 0}, Expected: []float64{12340.5, 0.00001}, Upper: []float64{1234567, 20}}, false)
	want := "time,count,expected,upper\n2026-03-04T12:00:00Z,12345,12340.5,1234567\n2026-03-04T12:05:00Z,0,0.00001,20\n"
	if got := string(doc.csv()); got != want {
		t.Errorf("got %q, want %q", got, want)
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
	if len(d.Regions) != 2 || !sameRegion(d.Regions[0], want[0]) || !sameRegion(d.Regions[1], want[1]) || !d.At.Equal(at("12:00")) || d.Window != "30m0s" {
		t.Errorf("got %+v", d)
	}
}

// TestRegionsOfThePast: the states are those of then, as far as an incident tells
// them, and never those of now.
func TestRegionsOfThePast(t *testing.T) {
	f := newFake()
	x := f.snapshots["zoom"]
	x.Verdict.State = outcry.Operational
	x.Shares = map[string]outcry.Usual{"US-MD": {Share: 0.5, State: outcry.Operational}, "DE": {Share: 0.2, State: outcry.Operational}, "FR": {Share: 0.1, State: outcry.Operational}}
	f.snapshots["zoom"] = x
	began, ended := at("09:00"), at("11:00")
	i := &f.incidents[0]
	i.State, i.StartedAt, i.DetectedAt, i.ResolvedAt = outcry.Resolved, began, at("09:02"), &ended
	i.Updates = []outcry.Update{{At: at("09:02"), State: outcry.Suspected}, {At: at("09:10"), State: outcry.Ongoing}, {At: at("10:50"), State: outcry.Recovering}, {At: ended, State: outcry.Resolved}}
	i.Regions = []outcry.IncidentPart{{Key: "US-MD", Reporters: 9, Worst: outcry.Likely}, {Key: "FR", Reporters: 9, Worst: outcry.Operational}, {Key: "ES", Reporters: 9, Worst: outcry.Possible}}
	s := serve(t, f)
	for _, tt := range []struct{ at, want string }{
		{"08:30", "DE=unknown FR=unknown US=unknown "},
		{"09:01", "DE=unknown ES=possible FR=operational US=possible "},
		{"09:30", "DE=unknown ES=possible FR=operational US=likely "},
		{"10:55", "DE=unknown ES=possible FR=operational US=possible "},
		{"11:30", "DE=unknown FR=unknown US=unknown "},
		{"12:00", "DE=operational FR=operational US=operational "},
	} {
		d := body[regionsDoc](t, get(t, s, "/api/v1/services/zoom/regions?at=2026-03-04T"+tt.at+":20Z"))
		got := ""
		for _, r := range d.Regions {
			got += r.Country + "=" + string(r.State) + " "
		}
		if got != tt.want || !d.At.Equal(at(tt.at)) {
			t.Errorf("%s: got %s at %v, want %s", tt.at, got, d.At, tt.want)
		}
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
	f.incidents[0].Regions = []outcry.IncidentPart{{Key: "US-MD", Count: 5, Reporters: 5}, {Key: "DE", Count: 40, Reporters: 4}, {Key: "FR", Count: 40}}
	f.incidents[0].Reports.Total = 9
	f.incidents[0].Attribution.Shares = []outcry.Share{{Kind: "region", Key: "US-MD", Share: 5. / 9}, {Kind: "region", Key: "DE", Share: 4. / 9}, {Kind: "network", Key: "AS1", Share: 0.1}}
	s := serve(t, f)
	for _, path := range []string{"/api/v1/incidents/zoom-4", "/api/v1/incidents", "/api/v1/incidents/zoom-4/bundle"} {
		if a := get(t, s, path); strings.Contains(a.body, `"key":"DE"`) || strings.Contains(a.body, `"key":"FR"`) || !strings.Contains(a.body, `"key":"US-MD"`) || !strings.Contains(a.body, `"AS1"`) {
			t.Errorf("%s: %s", path, a.body)
		}
	}
}

func TestBundle(t *testing.T) {
	f := newFake()
	f.incidents[0].StartedAt = at("11:50")
	b := body[bundle](t, get(t, serve(t, f), "/api/v1/incidents/zoom-4/bundle"))
	if b.Type != "outcry-bundle" || b.Version != 2 || b.Record != nil || len(b.Buckets) != 4 || len(b.Forecasts) != 2 || b.Incident.ID != "zoom-4" {
		t.Fatalf("got %+v", b)
	}
	if got := b.Buckets[1]; got.Down != 3 || got.Regions[""] != 3 || len(got.Regions) != 1 || got.Networks["AS64500"] != 3 {
		t.Errorf("a small minute: %+v", got)
	}
	if got := b.Buckets[0]; got.Regions["US-MD"] != 7 {
		t.Errorf("a larger minute: %+v", got)
	}
}

// TestBundleOfARecord: the minutes as they were judged, the regions as they
// are, the threshold of the detection, and what people made of it.
func TestBundleOfARecord(t *testing.T) {
	f := newFake()
	judged := f.incidents[0]
	judged.StartedAt, judged.DetectedAt, judged.Reports.Total = at("11:50"), at("11:52"), 99
	judged.Regions = []outcry.IncidentPart{{Key: "US-MD", Count: 4}}
	f.incidents[0].Label = outcry.Confirmed
	buckets := f.buckets["zoom"]
	minute := buckets[len(buckets)-1]
	record := outcry.Record{
		From: at("09:00"), To: at("12:00"), FalseAlarms: 0.1, Usage: []byte("{}"), Incident: judged,
		Buckets: []outcry.Bucket{{Minute: minute.Minute, Down: 77, Networks: map[string]int{"AS1": 77}}},
		Minutes: []outcry.RecordMinute{{Minute: at("11:50"), Threshold: 3}, {Minute: at("11:51"), Threshold: 8}},
	}
	text, err := json.Marshal(record)
	if err != nil {
		t.Fatal(err)
	}
	f.states = map[string][]byte{outcry.RecordName("zoom-4"): text, outcry.RecordState("zoom-4"): []byte("state")}
	a := get(t, serve(t, f), "/api/v1/incidents/zoom-4/bundle")
	b := body[bundle](t, a)
	if len(b.Buckets) != 1 || b.Buckets[0].Down != 77 || b.Buckets[0].Networks["AS1"] != 77 || b.Thresholds.LogOdds != 8 || b.Thresholds.FalseAlarms != 0.1 {
		t.Errorf("buckets %+v, thresholds %+v", b.Buckets, b.Thresholds)
	}
	if b.Incident.Reports.Total != 99 || b.Incident.Label != outcry.Confirmed || len(b.Incident.Regions) != 0 {
		t.Errorf("incident %+v, want 99 reports, confirmed, no small region", b.Incident)
	}
	if b.Record == nil || string(b.Record.Detector) != "state" || strings.Count(a.body, `"reports":{"total":99`) != 1 {
		t.Errorf("the record is %+v, and the incident must be there once: %s", b.Record, a.body)
	}
}
