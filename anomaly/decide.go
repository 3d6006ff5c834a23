package anomaly

import (
	"math"
	"time"

	"outcry"
	"outcry/anomaly/detect"
)

// The numbers of the decision.
const (
	// surer is how many nats beyond the alarm's threshold make "possible" into
	// "likely". False alarms fall by about e^0.9 a nat, so that of a hundred
	// false ones some sixteen would be called likely.
	surer = 2.0
	// fewest is the smallest crowd that is ever called a problem: on a service
	// that hardly anybody reports, three people within minutes are unusual, and
	// still no news.
	fewest = outcry.PrivacyThreshold
	// crowdSpan is the time in which a crowd is one: those who reported since
	// the onset, but not longer ago than this.
	crowdSpan = time.Hour
	// maxOdds bounds the odds that are printed; beyond it they say no more.
	maxOdds = 1e12
)

// quietState is the state of a service without any alarm.
func quietState(j detect.Judgement) outcry.State {
	if j.Known {
		return outcry.Operational
	}
	return outcry.Unknown
}

// decide says what one minute's judgement amounts to, and how severe it is:
//
//   - nothing alarmed, too few people, or one network's trouble: nothing
//   - a symptom or region only just alarmed: nothing, as there are many of them
//   - alarmed by one minute, or with less than one of so many services needs,
//     and not told of yet: nothing
//   - alarmed while too little is known, or only just, or beside a larger
//     incident that it seems to echo: possible
//   - alarmed well beyond the threshold by enough people: likely
func decide(j detect.Judgement, c cause, n need) (outcry.State, outcry.Severity) {
	nats := beyond(j)
	switch {
	case !alarmed(j) || c.Cause == outcry.CauseNetwork,
		c.reporters < fewest, !j.Known && !large(j, c), !j.Alarm && nats < surer,
		n.fresh && (c.momentary || n.possible > 0 && nats < n.possible):
		return outcry.Operational, outcry.SeverityNone
	case j.Known && nats >= max(surer, n.likely) && c.Cause != outcry.CauseSpillover:
		return outcry.Likely, severity(j, c)
	}
	return outcry.Possible, outcry.SeverityMinor
}

// large is true of what is called a problem even where nothing is known: many
// people at once, and not in one symptom or region alone.
func large(j detect.Judgement, c cause) bool { return j.Alarm && c.crowd }

// stateOf is the verdict's state: the incident's where one is open, which
// gives the verdict its hysteresis; else operational, or unknown.
func stateOf(i *outcry.Incident, j detect.Judgement) (outcry.State, outcry.Severity) {
	switch {
	case i == nil || !i.State.Open():
		return quietState(j), outcry.SeverityNone
	case i.State == outcry.Ongoing:
		return outcry.Likely, i.Severity
	}
	return outcry.Possible, outcry.SeverityMinor
}

// beyond is how many nats the evidence lies beyond the threshold: that of the
// whole or of an alarmed part, which pays for being one of many, whichever is
// more.
func beyond(j detect.Judgement) float64 {
	nats := j.Evidence - j.Threshold
	for _, parts := range [][]detect.Part{j.Symptoms, j.Regions} {
		many := math.Log(float64(len(parts)) + 1)
		for _, p := range parts {
			if p.Alarm {
				nats = max(nats, p.Evidence-j.Threshold-many)
			}
		}
	}
	return nats
}

// severity grades a likely outage by how far the reports exceed the usual and
// whether the trouble is the service's as a whole.
func severity(j detect.Judgement, c cause) outcry.Severity {
	ratio := j.WindowCount / math.Max(j.WindowExpected, 0.1)
	switch {
	case c.Cause == outcry.CauseRegion || !j.Alarm || ratio < 3:
		return outcry.SeverityMinor
	case ratio >= 10 && c.reporters >= 50:
		return outcry.SeverityCritical
	}
	return outcry.SeverityMajor
}

// snapshot is the verdict on x as of now, with what the map needs. n is what the
// site asks of its next incident.
func (x *watched) snapshot(now time.Time, n need) outcry.Snapshot {
	j := x.last
	if n = x.renewed(now, n); !j.Known {
		n.possible = 0
	}
	v := outcry.Verdict{
		Service: x.service.Slug, Name: x.service.Name,
		State: x.state, Severity: x.severity,
		Evidence: outcry.Evidence{
			Odds: finite(math.Min(math.Exp(j.Evidence), maxOdds)), PValue: finite(j.PValue),
			LogOdds: finite(round(j.Evidence, 2)), Threshold: finite(round(j.Threshold+n.possible, 2)),
		},
		Attribution: x.cause.Attribution,
		Freshness:   outcry.Freshness{Trusted: j.Known, AsOf: now},
		Detectable:  finite(round(detectable(j, n.possible), 1)),
	}
	if !x.since.IsZero() {
		since := x.since
		v.Since = &since
	}
	if x.incident != nil && x.incident.State.Open() {
		v.Incident = x.incident.ID
		started := x.incident.StartedAt
		v.Since = &started
	}
	w := sum(x.recent, now.Add(-reportWindow))
	expected := x.means.sum(now.Add(-reportWindow), now)
	v.Reports = outcry.Reports{Count: w.total, Expected: finite(round(expected, 2)), Window: reportWindow.String()}
	v.Sources = outcry.Sources{Reports: w.total, Works: w.works, Late: w.late, Imported: w.imported, Discounted: w.discounted}
	v.Symptoms = x.symptomVerdicts(w, expected, now)
	return outcry.Snapshot{Verdict: v, Shares: x.regionShares()}
}

// detectable is the smallest multiple of the usual that would be noticed where
// so many nats more than the threshold are asked for. Evidence is convex in the
// multiple and 0 at 1, so that stretching the multiple stretches it at least as
// much: the true answer is no larger.
func detectable(j detect.Judgement, nats float64) float64 {
	return 1 + (j.Detectable-1)*(1+nats/max(j.Threshold, 1))
}

// symptomVerdicts tells the catalogue's symptoms apart, in its order.
func (x *watched) symptomVerdicts(w window, expected float64, now time.Time) []outcry.SymptomVerdict {
	parts := map[string]detect.Part{}
	for _, p := range x.last.Symptoms {
		parts[p.Key] = p
	}
	list := make([]outcry.SymptomVerdict, 0, len(x.service.Symptoms))
	for _, s := range x.service.Symptoms {
		p := parts[s.Slug]
		list = append(list, outcry.SymptomVerdict{
			Symptom: s.Slug, Label: s.Label, Count: w.symptoms[s.Slug],
			Expected: finite(round(p.Share*expected, 2)), State: symptomState(x.last, x.state, x.stoodOut(s.Slug, now)),
		})
	}
	return list
}

// regionShares is the usual part of each region, and its state.
func (x *watched) regionShares() map[string]outcry.Usual {
	j := x.last
	states := regionStates(j, x.state, x.risen())
	usual := make(map[string]outcry.Usual, len(j.Regions))
	for _, p := range j.Regions {
		usual[p.Key] = outcry.Usual{Share: finite(p.Share), State: states[p.Key]}
	}
	return usual
}

// finite keeps what JSON cannot say out of it.
func finite(v float64) float64 {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return 0
	}
	return v
}
