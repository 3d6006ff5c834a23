package frontend

import (
	"math"
	"testing"
	"time"

	"outcry"
)

var at = time.Date(2026, 11, 20, 18, 58, 0, 0, time.UTC)

func TestSentence(t *testing.T) {
	since := at.Add(-11 * time.Minute)
	yesterday := at.Add(-20 * time.Hour)
	lastYear := at.AddDate(-1, 0, 0)
	reports := func(n int, usual float64) outcry.Reports {
		return outcry.Reports{Count: n, Expected: usual, Window: "30m0s"}
	}
	for _, x := range []struct {
		v    outcry.Verdict
		want string
	}{
		{outcry.Verdict{State: outcry.Likely, Reports: reports(214, 3.1), Since: &since},
			"Coursera: likely outage. 214 reports in 30 minutes, where 3 are usual, since 18:47 UTC."},
		{outcry.Verdict{State: outcry.Possible, Reports: reports(6, 1), Since: &yesterday},
			"Coursera: possible trouble. 6 reports in 30 minutes, where 1 is usual, since 22:58 UTC on 19 November."},
		{outcry.Verdict{State: outcry.Likely, Reports: reports(12400, .2), Since: &lastYear},
			"Coursera: likely outage. 12,400 reports in 30 minutes, where fewer than 1 are usual, since 18:58 UTC on 20 November 2025."},
		{outcry.Verdict{State: outcry.Likely, Reports: reports(1, 0)},
			"Coursera: likely outage. 1 report in 30 minutes."},
		{outcry.Verdict{State: outcry.Operational, Reports: reports(0, 2)},
			"Coursera: no sign of trouble. No reports in 30 minutes, where 2 are usual."},
		{outcry.Verdict{State: outcry.Operational, Reports: reports(2, 3.1), Detectable: 4.52},
			"Coursera: no sign of trouble. 2 reports in 30 minutes, where 3 are usual. " +
				"An outage that brings 4.5 times the usual reports would show within half an hour."},
		{outcry.Verdict{State: outcry.Unknown, Detectable: 40},
			"Coursera: cannot tell. Too little is known about this service yet: an outage that brings less than " +
				"40 times the usual reports would go unnoticed."},
		{outcry.Verdict{},
			"Coursera: cannot tell. Too little is known about this service yet."},
		{outcry.Verdict{State: "nonsense", Reports: outcry.Reports{Expected: math.NaN(), Window: "x"}},
			"Coursera: cannot tell. Too little is known about this service yet."},
	} {
		if got := Sentence("Coursera", x.v, at); got != x.want {
			t.Errorf("got  %q\nwant %q", got, x.want)
		}
	}
}

func TestIncidentSentence(t *testing.T) {
	end := at.Add(52 * time.Minute)
	i := outcry.Incident{Name: "CoursePlus", State: outcry.Resolved, Label: outcry.Unconfirmed, StartedAt: at,
		ResolvedAt: &end, Reports: outcry.IncidentReports{Total: 340, Expected: .4}}
	const tail = " from 18:58 UTC to 19:50 UTC (52 minutes), 340 reports where fewer than 1 would be usual. "
	for _, x := range []struct {
		state outcry.IncidentState
		label outcry.Label
		want  string
	}{
		{outcry.Resolved, outcry.Unconfirmed, "CoursePlus: likely outage" + tail + "Not confirmed."},
		{outcry.Resolved, outcry.Confirmed, "CoursePlus: outage" + tail + "Confirmed."},
		{outcry.Resolved, outcry.Spillover, "CoursePlus: spill-over of another outage" + tail + "Spill-over."},
		{outcry.Resolved, outcry.FalseAlarm, "CoursePlus: false alarm," + tail + "False alarm."},
		{outcry.Retracted, outcry.Unconfirmed, "CoursePlus: suspected outage, taken back," + tail + "Not confirmed."},
	} {
		i.State, i.Label = x.state, x.label
		if got := IncidentSentence(i, at); got != x.want {
			t.Errorf("%s %s\ngot  %q\nwant %q", x.state, x.label, got, x.want)
		}
	}
	i.State, i.ResolvedAt = outcry.Ongoing, nil
	if got, want := IncidentSentence(i, at.Add(time.Hour)), "CoursePlus: likely outage since 18:58 UTC, 340 reports "+
		"where fewer than 1 would be usual. Not confirmed."; got != want {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

// Only a person, a probe or the service itself confirms: no other label says so.
func TestVolumeNeverConfirms(t *testing.T) {
	for _, l := range []outcry.Label{outcry.Unconfirmed, outcry.Spillover, outcry.FalseAlarm, ""} {
		if labelWords(l) == labelWords(outcry.Confirmed) {
			t.Errorf("label %q reads as confirmed", l)
		}
	}
}

func TestNumbers(t *testing.T) {
	for got, want := range map[string]string{
		whole(0): "0", whole(999): "999", whole(1000): "1,000", whole(1234567): "1,234,567", whole(-1200): "−1,200",
		amount(0): "0", amount(.3): "fewer than 1", amount(.95): "1", amount(1234.4): "1,234", amount(math.Inf(1)): "–",
		fewer(.3): "< 1", fewer(2): "2",
		times(1.04): "1×", times(1.5): "1.5×", times(9.96): "10×", times(1234): "1,234×",
		span(20 * time.Second): "less than a minute", span(time.Minute): "1 minute", span(90 * time.Minute): "90 minutes",
		span(150 * time.Minute): "2 hours 30 min", span(13*time.Hour + 20*time.Minute): "13 hours", span(72 * time.Hour): "3 days",
		percent(.314): "31\u202f%", percent(math.NaN()): "–",
		chance(.001): "about 1 in 1,000", chance(1e-40): "less than 1 in a million", chance(0): "",
		rateWords(.25): "one false alarm per service in 4 weeks", rateWords(2): "2 false alarms per service and week",
		size(999): "999 bytes", size(1234567): "1.2 MB",
	} {
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
