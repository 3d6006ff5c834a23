package frontend

import (
	"io"
	"math"
	"reflect"
	"strings"
	"testing"

	"outcry"
)

// testTrials are figures of which every number can be found on the pages.
func testTrials() *outcry.Trials {
	t := &outcry.Trials{
		Made: "2026-11-21", Detector: "0123456789ab", Seeds: []uint64{1, 2}, Accepted: 0.05, Services: 12, Weeks: 10, Learning: 2,
		Rule:         outcry.Rule{Surer: 2, Standing: 5, Fewest: 5, FewestUnknown: 20, RatioUnknown: 3, Calm: 10, Rejoin: 120, SharePossible: 0.25, ShareLikely: 0.1},
		Tiers:        []outcry.TrialTier{{Name: "thin", Low: 2, High: 8}, {Name: "middling", Low: 200, High: 800, Detectable: outcry.TrialSpread{Of: 9, Median: 2.9}}},
		Sizes:        [][2]float64{{1.5, 2}, {2, 3}, {3, 5}},
		Marks:        []int{1, 5, 15, 60},
		FirstVerdict: outcry.TrialSpread{Of: 12, Median: 331, Ninety: 335},
		Untold:       outcry.TrialShare{Count: 30, Of: 1000},
		False: outcry.TrialFalse{
			All: outcry.TrialRate{Count: 41, Weeks: 1000, Low: 0.029, High: 0.056}, Chance: outcry.TrialRate{Count: 12, Weeks: 800, Low: 0.008, High: 0.026},
			Learning: outcry.TrialRate{Count: 7, Weeks: 50, Low: 0.056, High: 0.288},
			Tiers:    []outcry.TrialRate{{}, {Count: 41, Weeks: 500, Low: 0.058, High: 0.111}},
			Causes:   []outcry.TrialCause{{Cause: "blip", False: outcry.TrialShare{Count: 4, Of: 80, Low: 0.02, High: 0.12}}, {Cause: hostile}},
		},
		Example: outcry.TrialExample{Ratio: 2.5, Counts: []int{1, 2, 9, 8, 1, 0}, Expected: []float64{1, 1, 1, 1, 1, 1}, Upper: []float64{4, 4, 4, 4, 4, 4},
			Evidence: []float64{0, 1, 6, 12, 11, 0}, Threshold: []float64{10, 10, 10, 10, 10, 10}, Outage: [2]int{1, 4}, Noticed: 3, Likely: 3, AllClear: 5},
		Sites: []outcry.TrialSite{
			{Services: 500, Weeks: 40,
				Apart: outcry.TrialSaying{Incidents: 800, False: 320, Likely: 500, LikelyFalse: 60, Outages: 1000, Noticed: 480, Delay: outcry.TrialSpread{Median: 9}},
				Held:  outcry.TrialSaying{Incidents: 590, False: 118, Likely: 460, LikelyFalse: 23, Outages: 1000, Noticed: 472, Delay: outcry.TrialSpread{Median: 11}}},
			{Services: 20, Weeks: 1000, Misled: true},
		},
		Chance: 17,
		Large: outcry.TrialLarge{Low: 10000, High: 40000, Causes: []outcry.TrialCause{
			{Cause: "blip", False: outcry.TrialShare{Count: 1, Of: 72}}, {Cause: "deadline", False: outcry.TrialShare{Count: 29, Of: 48}}}},
		Promise: &outcry.TrialPromise{Services: 500, Accepted: 0.05, Weeks: []outcry.TrialWeek{
			{Apart: outcry.TrialSaid{Possible: 6}, Held: outcry.TrialSaid{Possible: 3}},
			{Apart: outcry.TrialSaid{Possible: 20, Likely: 4}, Held: outcry.TrialSaid{Possible: 2, Likely: 1}}}},
	}
	for tier := -1; tier < 2; tier++ {
		for size := -1; size < 3; size++ {
			f := outcry.TrialFound{Tier: tier, Size: size, Noticed: outcry.TrialShare{Of: 40, High: 0.09}, Within: make([]int, 4)}
			if tier != 0 && size != 0 {
				f.Noticed = outcry.TrialShare{Count: 35, Of: 40, Low: 0.74, High: 0.95}
				f.Delay, f.AllClear = outcry.TrialSpread{Of: 35, Median: 6, Ninety: 33}, outcry.TrialSpread{Of: 30, Median: 14, Ninety: 38}
				f.Early, f.Within = outcry.TrialShare{Count: 5, Of: 35, Low: 0.06, High: 0.3}, []int{4, 16, 28, 34}
			}
			t.Found = append(t.Found, f)
		}
	}
	return t
}

func hostileTrials() *outcry.Trials {
	t := testTrials()
	t.Made, t.Detector, t.Tiers[1].Name = hostile, hostile, hostile
	return t
}

func TestTrialWords(t *testing.T) {
	want := []string{
		"Of 100 outages that brought 3 to 5 times the usual reports to a middling service (200 to 800 complaints a day), we noticed 88 " +
			"(95 % interval: 74 to 95), half of them within 6 minutes of their true beginning.",
		"In 1,000 service-weeks without an outage, we raised a false alarm 41 times (29 to 56). Leaving aside what we threw in to mislead it, " +
			"chance alone did so 15 times (8 to 26); the detector was told to accept 50.",
		"Half of the all-clears came within 14 minutes of the true end, nine of ten within 38 minutes. " +
			"Of 100 outages that we noticed, 14 (95 % interval: 6 to 30) had their all-clear before their end.",
		"A new service gets its first verdict after 14 days; until then we say “cannot tell”, and raise a false alarm 140 times (56 to 288) " +
			"in 1,000 such weeks. After that, 3\u202f% of the time was without a verdict.",
	}
	got := trialWords(testTrials())
	for i := range want {
		if i >= len(got) || got[i] != want[i] {
			t.Fatalf("sentence %d:\ngot  %q\nwant %q", i, got, want[i])
		}
	}
	if len(got) != len(want) {
		t.Errorf("%d sentences, want %d", len(got), len(want))
	}
}

func TestSiteWords(t *testing.T) {
	figures := testTrials()
	got := append(siteWords(figures), promiseWords(figures.Promise), largeWords(figures.Large))
	want := []string{
		"A site that watches many services would be wrong every day if each kept only its own promise. " +
			"So an alarm must also earn its place on the site: chance alone may bring at most 25\u202f% of all that we call possible or likely, and 10\u202f% of what we call likely. " +
			"Where nothing fails, that is one false word in 3 weeks and one “likely” in 9, however many services there are. " +
			"An alarm that stands alone among many quiet services needs more evidence than on a site of one; where many rise together, none needs more.",
		"On a simulated site of 500 services, of which each fails two or three times a year and now and then a tenth at once, " +
			"40\u202f% of all that was said would be false if each service were judged by itself, and 20\u202f% is where they are judged together; of “likely”, 12\u202f% and 5\u202f%. " +
			"It costs little: of 100 outages, 47 were noticed instead of 48, half within 11 minutes.",
		"An installation of 500 services that knew nothing, and on which nothing happened for 2 weeks, raised 5 false alarms from its first minute on, 3 of them in the first week and 1 called likely. " +
			"Each by itself, the services would have raised 26, 4 of them called likely; they were told to accept 50.",
		"On very large services (10,000 to 40,000 complaints a day), where evidence is strong, 29 of 48 unannounced deadlines raised a false alarm, and 1 of 72 blips. " +
			"Counts cannot tell a deadline from an outage that grows as slowly.",
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	figures.Sites[0].Held.LikelyFalse = 51 // a tenth of 460 and of the 40 weeks are 50
	if got := siteWords(figures); len(got) != 3 || !strings.Contains(got[2], "more than is promised") {
		t.Errorf("a promise that is not kept is passed over: %q", got)
	}
	if siteWords(&outcry.Trials{}) != nil || promiseWords(nil) != "" || largeWords(outcry.TrialLarge{}) != "" {
		t.Error("words are made of no figures")
	}
}

func TestTrialRowDrawsItsCounts(t *testing.T) {
	figures := testTrials()
	got := newTrialRow(figures, figures.Of(1, 2))
	want := trialRow{Size: "3 to 5 times", Low: "74", High: "95", Found: figures.Of(1, 2).Noticed, Median: "6 min", Bars: []trialBar{
		{"0", "40", "s5"}, {"40", "30", "s15"}, {"70", "15", "s60"}, {"85", "2.5", "later"},
	}}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
	if got := newTrialRow(figures, figures.Of(0, 0)); len(got.Bars) != 0 || got.Median != "–" || got.High != "9" {
		t.Errorf("of none noticed: %+v", got)
	}
}

func TestExampleMarksItsMoments(t *testing.T) {
	v := newExampleView(testTrials().Example)
	want := []exampleMark{
		{"A", "16.7", "the outage begins", "middle"},
		{"B", "50", "we say “likely outage”, 2 minutes later", "middle"},
		{"C", "66.7", "the outage ends", "middle"},
		{"D", "83.3", "we give the all-clear, 1 minute later", "middle"},
	}
	if !reflect.DeepEqual(v.Marks, want) || v.Total != 19 || v.Usual != 3 || v.Peak != "160,000" {
		t.Errorf("got %+v, %d reports, %d usual, peak %s", v.Marks, v.Total, v.Usual, v.Peak)
	}
	x := testTrials().Example
	x.Outage, x.Noticed, x.Likely = [2]int{1, 5}, 1, 2 // moments of which some are close
	var anchors []string
	for i := range x.Counts { // a long picture, of which the first minutes are those
		x.Counts[i] = i
	}
	for len(x.Counts) < 60 {
		x.Counts, x.Expected, x.Upper = append(x.Counts, 0), append(x.Expected, 1), append(x.Upper, 4)
		x.Evidence, x.Threshold = append(x.Evidence, 0), append(x.Threshold, 10)
	}
	x.AllClear = 50
	for _, m := range newExampleView(x).Marks {
		anchors = append(anchors, m.Anchor)
	}
	if got := strings.Join(anchors, " "); got != "end end end start middle" {
		t.Errorf("letters are anchored %q", got)
	}
	if got := newExampleView(outcry.TrialExample{Counts: []int{1}}); got.Marks != nil || got.Bars != "" {
		t.Errorf("of a broken example: %+v", got)
	}
}

func TestPagesShowWhatWasMeasured(t *testing.T) {
	r := testRenderer(t)
	for name, x := range map[string]struct {
		draw       func(*outcry.Trials) drawing
		want       []string
		empty      string
		emptyWants bool
	}{
		"methodology": {func(f *outcry.Trials) drawing {
			return func(w io.Writer) error { return r.Methodology(w, MethodologyPage{FalseAlarms: 0.05, Trials: f}) }
		}, []string{"22,000 to 1", "160,000 to 1", "150 to 1", "3× our guess", "120 minutes", "we noticed 88", "35 of 40", "4 of 80", "made on 2026-11-21", "0123456789ab", "500 services, each by itself", "with all that misleads us", "17 false alarms came by chance", "29 of 48 unannounced deadlines", "nothing happened for 2 weeks", `class="threshold" d="M0`}, "we noticed", false},
		"scorecard": {func(f *outcry.Trials) drawing {
			return func(w io.Writer) error { return r.Scorecard(w, ScorecardPage{Trials: f}) }
		}, []string{"A thin service", "A middling service", "0 of 40", "35 of 40", "2.9 times the usual reports", "<strong>41</strong>", "41 in 1,000 service-weeks"}, "No figures of trials", true},
	} {
		page := drawn(t, x.draw(testTrials()))
		for _, want := range x.want {
			if !strings.Contains(page, want) {
				t.Errorf("%s: no %q", name, want)
			}
		}
		for _, nothing := range []*outcry.Trials{nil, {}} {
			if got := strings.Contains(drawn(t, x.draw(nothing)), x.empty); got != x.emptyWants {
				t.Errorf("%s without figures: %q is there: %v", name, x.empty, got)
			}
		}
	}
	other := drawn(t, func(w io.Writer) error {
		return r.Methodology(w, MethodologyPage{FalseAlarms: 0.5, Services: 47, Trials: testTrials()})
	})
	if !strings.Contains(other, "among the 47 services here, if each raised as many as it may</dt><dd>24</dd>") {
		t.Error("the page does not say what the setting allows on the whole site")
	}
	if !strings.Contains(other, "This site is set to one false alarm per service in 2 weeks") {
		t.Error("a site with another setting does not say that the figures are for the usual one")
	}
}

func TestScorecardCountsItsOwnRecord(t *testing.T) {
	page := ScorecardPage{Since: at, ServiceWeeks: 12, Retracted: 2, Open: 1, Labels: map[outcry.Label]int{outcry.Unconfirmed: 5}}
	for _, x := range []struct {
		confirmed, wrong int
		want             string
	}{
		{0, 0, "Nobody has checked any of these yet"},
		{2, 1, "3 of the 8 that have ended"},
	} {
		page.Labels[outcry.Confirmed], page.Labels[outcry.FalseAlarm] = x.confirmed, x.wrong
		got := drawn(t, func(w io.Writer) error { return testRenderer(t).Scorecard(w, page) })
		if !strings.Contains(got, x.want) || !strings.Contains(got, "No incident here has an official time") {
			t.Errorf("%d confirmed, %d wrong: no %q", x.confirmed, x.wrong, x.want)
		}
	}
	if n := page.Total(); n != 11 {
		t.Errorf("%d incidents, want 11", n)
	}
}

// TestSureIsAlwaysANumber: evidence beyond all odds has one too.
func TestSureIsAlwaysANumber(t *testing.T) {
	for nats, want := range map[float64]string{0: "1", 3: "20", 8: "3,000", 36.67: "more than 1,000,000,000,000", math.Inf(1): "more than 1,000,000,000,000", math.NaN(): "–"} {
		if got := sure(nats); got != want {
			t.Errorf("%v nats: got %q, want %q", nats, got, want)
		}
	}
}
