package anomaly

import (
	"fmt"
	"testing"
	"time"

	"outcry"
	"outcry/anomaly/detect"
)

// fleet is a watcher of n services that are known, and one minute in which some
// of them have evidence of so many nats beyond the threshold, from forty people
// of as many networks.
func fleet(n int, nats map[int]float64) (w *Watcher, crowd []*watched, minute [][]judged) {
	w = NewWatcher(Config{FalseAlarms: 0.05})
	for i := range n {
		x := w.watch(outcry.Service{Slug: fmt.Sprintf("s%d", i)})
		b := outcry.Bucket{Minute: t0, Down: 40, Networks: map[string]int{}}
		for _, key := range networks(40) {
			b.Networks[key] = 1
		}
		j := detect.Judgement{Start: t0, Onset: t0.Add(-10 * time.Minute), Known: true, Threshold: 11, WindowCount: 60, WindowExpected: 2}
		if beyond, alarmed := nats[i]; alarmed {
			j.Alarm, j.Evidence = true, j.Threshold+beyond
		}
		before := b
		before.Minute = t0.Add(-time.Minute)
		x.recent = []outcry.Bucket{before}
		crowd, minute = append(crowd, x), append(minute, []judged{{bucket: b, judgement: j}})
	}
	return w, crowd, minute
}

// sayings counts what the site says after one minute of such a fleet.
func sayings(n int, nats map[int]float64) (possible, likely int) {
	w, crowd, minute := fleet(n, nats)
	w.judgeMinute(crowd, minute, 0, newFindings(make([]outcry.Service, n), t0))
	for _, x := range crowd {
		switch x.state {
		case outcry.Possible:
			possible++
		case outcry.Likely:
			likely++
		}
	}
	return possible, likely
}

// TestALoneAlarmAmongManyNeedsMore: how many nats beyond its own threshold one
// service of n needs, for "possible" and for "likely". By the law of the
// threshold e-fold fewer false episodes cost 1/0.87 nats: of 500 services with a
// twentieth a week each, 0.25 a week on all cost ln(100)/0.87 = 5.3, and 0.1 cost
// ln(250)/0.87 = 6.3.
func TestALoneAlarmAmongManyNeedsMore(t *testing.T) {
	for _, x := range []struct {
		services int
		nats     float64
		want     outcry.State
	}{
		{1, 0.1, outcry.Possible}, {1, 2.1, outcry.Likely},
		{20, 1, outcry.Operational}, {20, 1.7, outcry.Possible}, {20, 2.8, outcry.Likely},
		{500, 5, outcry.Operational}, {500, 5.5, outcry.Possible}, {500, 6.2, outcry.Possible}, {500, 6.6, outcry.Likely},
	} {
		possible, likely := sayings(x.services, map[int]float64{0: x.nats})
		got := outcry.Operational
		switch {
		case likely == 1:
			got = outcry.Likely
		case possible == 1:
			got = outcry.Possible
		}
		if got != x.want {
			t.Errorf("%.1f nats, one of %d services: %s, want %s", x.nats, x.services, got, x.want)
		}
	}
}

// TestWhatFailsTogetherIsFoundTogether: a weak alarm is said where forty strong
// ones are, wherever it stands in the catalogue, and in the same minute.
func TestWhatFailsTogetherIsFoundTogether(t *testing.T) {
	for _, weak := range []int{0, 499} {
		nats := map[int]float64{weak: 2.5}
		for i := range 40 {
			nats[100+i] = 9
		}
		if possible, likely := sayings(500, nats); possible != 0 || likely != 41 {
			t.Errorf("%d possible and %d likely, want the forty and the weak one, all likely", possible, likely)
		}
	}
}

// TestAnIncidentGoesOnByItsOwnRules: what was said is not taken back because
// the next one would need more.
func TestAnIncidentGoesOnByItsOwnRules(t *testing.T) {
	w, crowd, minute := fleet(500, map[int]float64{7: 5.5})
	w.judgeMinute(crowd, minute, 0, newFindings(make([]outcry.Service, 500), t0))
	if crowd[7].state != outcry.Possible {
		t.Fatalf("%s, want possible", crowd[7].state)
	}
	for i := range minute {
		m := &minute[i][0]
		m.bucket.Minute, m.judgement.Start = t0.Add(time.Minute), t0.Add(time.Minute)
	}
	minute[7][0].judgement.Evidence = 12
	w.judgeMinute(crowd, minute, 0, newFindings(make([]outcry.Service, 500), t0))
	if crowd[7].state != outcry.Possible || crowd[7].incident.State != outcry.Suspected {
		t.Errorf("%s, incident %s; want possible, suspected", crowd[7].state, crowd[7].incident.State)
	}
}

// TestTheThresholdThatIsShownIsTheOneInForce: also what a service says that it
// would notice.
func TestTheThresholdThatIsShownIsTheOneInForce(t *testing.T) {
	_, crowd, minute := fleet(1, nil)
	x := crowd[0]
	x.take(minute[0][0])
	x.last.Detectable = 3
	v := x.snapshot(t0, need{possible: 5.5}).Verdict
	if v.Evidence.Threshold != 16.5 || v.Detectable != 4 {
		t.Errorf("threshold %.1f, detectable %.1f; want 11 + 5.5, and half as much again beyond the usual", v.Evidence.Threshold, v.Detectable)
	}
}

// TestARecordStatesWhatTheSiteAsked: an incident among many is judged again
// alike, and not where the record says that less was asked.
func TestARecordStatesWhatTheSiteAsked(t *testing.T) {
	list := canvas
	for i := range 9 {
		list += fmt.Sprintf(`,{"slug":"s%d","name":"S"}`, i)
	}
	w := newWorld(t, list)
	w.usual("canvas", 17, 200)
	w.outage("canvas", at(16, 18, 45), 45, 1, networks(20)...)
	var last outcry.Record
	for _, i := range w.watch(t, at(16, 20, 0)) {
		last = w.recordOf(t, i.ID)
	}
	// Ten services with a quarter a week each: a quarter on all asks for 2.7 nats
	// more.
	s := last.Stated
	if len(s) == 0 || s[0].Possible < 2.6 {
		t.Fatalf("the record states %+v, want some 2.7 nats", s)
	}
	got, err := Recompute(last)
	if err != nil || len(got.Differences) > 0 || len(got.Stated) == 0 {
		t.Errorf("%v: differs in %v, states %v", err, got.Differences, got.Stated)
	}
	for i := range last.Stated {
		last.Stated[i].Possible, last.Stated[i].Likely = 0, 0
	}
	if got, err = Recompute(last); err != nil || len(got.Differences) == 0 {
		t.Errorf("%v: with less asked for, the incident is the same", err)
	}
}
