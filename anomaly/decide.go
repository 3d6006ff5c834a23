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
//   - alarmed while too little is known, or only just, or beside a larger
//     incident that it seems to echo: possible
//   - alarmed well beyond the threshold by enough people: likely
func decide(j detect.Judgement, c cause) (outcry.State, outcry.Severity) {
	switch {
	case !alarmed(j) || c.Cause == outcry.CauseNetwork,
		c.reporters < fewest, !j.Known && !large(j, c), !j.Alarm && !sure(j):
		return outcry.Operational, outcry.SeverityNone
	case j.Known && sure(j) && c.Cause != outcry.CauseSpillover:
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

// sure is true where the evidence lies well beyond the threshold, which parts
// pay for being many.
func sure(j detect.Judgement) bool {
	if j.Alarm && j.Evidence >= j.Threshold+surer {
		return true
	}
	for _, parts := range [][]detect.Part{j.Symptoms, j.Regions} {
		many := math.Log(float64(len(parts)) + 1)
		for _, p := range parts {
			if p.Alarm && p.Evidence >= j.Threshold+many+surer {
				return true
			}
		}
	}
	return false
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

// snapshot is the verdict on x as of now, with what the map needs.
func (x *watched) snapshot(now time.Time) outcry.Snapshot {
	j := x.last
	v := outcry.Verdict{
		Service: x.service.Slug, Name: x.service.Name,
		State: x.state, Severity: x.severity,
		Evidence: outcry.Evidence{
			Odds: finite(math.Min(math.Exp(j.Evidence), maxOdds)), PValue: finite(j.PValue),
			LogOdds: finite(round(j.Evidence, 2)), Threshold: finite(round(j.Threshold, 2)),
		},
		Attribution: x.cause.Attribution,
		Freshness:   outcry.Freshness{Trusted: j.Known, AsOf: now},
		Detectable:  finite(round(j.Detectable, 1)),
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
	v.Symptoms = x.symptomVerdicts(w, expected)
	return outcry.Snapshot{Verdict: v, Shares: regionShares(j)}
}

// symptomVerdicts tells the catalogue's symptoms apart, in its order.
func (x *watched) symptomVerdicts(w window, expected float64) []outcry.SymptomVerdict {
	parts := map[string]detect.Part{}
	for _, p := range x.last.Symptoms {
		parts[p.Key] = p
	}
	list := make([]outcry.SymptomVerdict, 0, len(x.service.Symptoms))
	for _, s := range x.service.Symptoms {
		p := parts[s.Slug]
		list = append(list, outcry.SymptomVerdict{
			Symptom: s.Slug, Label: s.Label, Count: w.symptoms[s.Slug],
			Expected: finite(round(p.Share*expected, 2)), State: x.partState(p),
		})
	}
	return list
}

// partState is a symptom's or region's state: never worse than the whole's.
func (x *watched) partState(p detect.Part) outcry.State {
	if p.Alarm && (x.state == outcry.Likely || x.state == outcry.Possible) {
		return x.state
	}
	return quietState(x.last)
}

func regionShares(j detect.Judgement) map[string]outcry.Usual {
	usual := make(map[string]outcry.Usual, len(j.Regions))
	for _, p := range j.Regions {
		state := quietState(j)
		if p.Alarm {
			state = outcry.Possible
			if j.Known && p.Evidence >= j.Threshold+surer {
				state = outcry.Likely
			}
		}
		usual[p.Key] = outcry.Usual{Share: finite(p.Share), State: state}
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
