package anomaly

import (
	"fmt"
	"math"
	"strings"
	"time"

	"outcry"
)

// The times of an incident's life.
const (
	// calm is how long an incident recovers before the all-clear: long enough
	// that a lull is not announced as the end, short against what people wait.
	calm = 10 * time.Minute
	// rejoin is how soon after the all-clear new trouble is the same incident:
	// an outage that comes and goes is one story.
	rejoin = 2 * time.Hour
	// fleeting is how long a mere suspicion may last and still be taken back
	// rather than closed.
	fleeting = 20 * time.Minute
)

// view is what an incident is told of one minute.
type view struct {
	now      time.Time // the end of the minute
	service  outcry.Service
	known    bool
	bad      bool // alarmed, and not one network's trouble alone
	state    outcry.State
	severity outcry.Severity
	onset    time.Time
	cause    outcry.Attribution
	umbrella string  // the incident of something that the service depends on
	minute   int     // complaints of the minute
	expected float64 // expected in all since the onset
	tally    window  // of the incident so far, this minute included
	failing  []string
	shares   map[string]float64 // of the symptoms, when all is usual
	places   map[string]float64 // of the regions, likewise
	senders  map[string]float64 // of the networks, likewise
	regions  map[string]outcry.State
}

// advance is the state machine: it returns the incident after the minute, nil
// for none, and whether it is another than before. The incident it is given is
// not changed.
//
//	none → suspected → ongoing → recovering → resolved
//	         │  ↑_________↑__________│  └→ (again within two hours) ongoing
//	         └→ retracted
func advance(old *outcry.Incident, v view) (*outcry.Incident, bool) {
	switch {
	case old == nil && !v.bad:
		return nil, false
	case old == nil:
		return begin(v), true
	}
	next := *old
	next.Updates = append([]outcry.Update(nil), old.Updates...)
	if !old.State.Open() {
		return again(&next, v)
	}
	live(&next, v)
	return &next, true
}

// begin opens an incident. Its identifier follows from the service and the
// minute of detection, so that judging the minute again gives the same one.
func begin(v view) *outcry.Incident {
	i := &outcry.Incident{
		ID:      v.service.Slug + "-" + v.now.Format("20060102-1504"),
		Service: v.service.Slug, Name: v.service.Name,
		State: outcry.Suspected, Severity: v.severity,
		StartedAt: v.onset, DetectedAt: v.now,
		Label: outcry.Unconfirmed, Corrections: []outcry.Update{},
	}
	tally(i, v)
	if v.state == outcry.Likely {
		i.State = outcry.Ongoing
	}
	note(i, v, opening(i, v))
	return i
}

// again decides on an incident that has ended: it is taken up again when
// trouble returns soon, replaced when it returns later, and forgotten after.
func again(i *outcry.Incident, v view) (*outcry.Incident, bool) {
	ended := i.UpdatedAt
	switch {
	case v.bad && v.now.Sub(ended) <= rejoin:
		i.ResolvedAt = nil
		i.State = outcry.Suspected
		if v.state == outcry.Likely {
			i.State = outcry.Ongoing
		}
		tally(i, v)
		note(i, v, fmt.Sprintf("The problems are back: %s in this minute.", reports(v.minute)))
		return i, true
	case v.bad:
		return begin(v), true
	case v.now.Sub(ended) > rejoin:
		return nil, true
	}
	return i, false
}

// live takes an open incident through one minute.
func live(i *outcry.Incident, v view) {
	before := failingKeys(i)
	tally(i, v)
	switch {
	case v.bad && i.State == outcry.Recovering:
		i.State = outcry.Suspected
		if v.state == outcry.Likely || calledLikely(i) {
			i.State = outcry.Ongoing
		}
		note(i, v, fmt.Sprintf("The problems are back: %s in this minute.", reports(v.minute)))
	case v.bad && i.State == outcry.Suspected && v.state == outcry.Likely:
		i.State, i.Severity = outcry.Ongoing, v.severity
		note(i, v, opening(i, v))
	case v.bad:
		i.Severity = worse(i.Severity, v.severity)
		if text := symptomNews(before, failingKeys(i), v.service); text != "" {
			note(i, v, text)
		}
	case i.State == outcry.Recovering:
		if v.now.Sub(i.UpdatedAt) >= calm {
			i.State, i.ResolvedAt = outcry.Resolved, &v.now
			note(i, v, fmt.Sprintf("All clear: for %d minutes there were no more reports than usual. %s in all, where %s were expected.",
				int(calm.Minutes()), capital(reports(i.Reports.Total)), number(i.Reports.Expected)))
		}
	case i.State == outcry.Suspected && v.known && v.now.Sub(i.DetectedAt) <= fleeting:
		i.State, i.ResolvedAt = outcry.Retracted, &v.now
		note(i, v, "Taken back: the reports fell to the usual before they were enough to call this an outage.")
	default:
		i.State = outcry.Recovering
		note(i, v, "Reports have fallen back to the usual. We watch for ten minutes before we say all clear.")
	}
}

// note writes one entry of the log; it is what makes an incident "updated".
func note(i *outcry.Incident, v view, text string) {
	i.Updates = append(i.Updates, outcry.Update{At: v.now, State: i.State, Text: text})
	i.UpdatedAt = v.now
}

// tally brings the incident's numbers up to the minute.
func tally(i *outcry.Incident, v view) {
	i.Reports.Total = v.tally.total
	i.Reports.Expected = finite(round(v.expected, 2))
	if v.minute > i.Reports.Peak || i.PeakAt == nil {
		at := v.now.Add(-time.Minute)
		i.Reports.Peak, i.PeakAt = v.minute, &at
	}
	if v.bad && (i.Label != outcry.Spillover || v.cause.Cause == outcry.CauseSpillover || v.state == outcry.Likely) {
		i.Attribution = v.cause
		i.Label = labelled(i.Label, v.cause.Cause)
	}
	if v.umbrella != "" {
		i.Umbrella = v.umbrella
	}
	i.Symptoms = withWorst(symptomParts(v), i.Symptoms)
	i.Regions = withWorst(regionParts(v), i.Regions)
	i.Networks = withWorst(networkParts(v), i.Networks)
}

// labelled is the label after a minute: spill-over comes with the cause and
// goes when the service is called likely down itself; what a person or a page
// said stays.
func labelled(l outcry.Label, c outcry.Cause) outcry.Label {
	switch {
	case c == outcry.CauseSpillover && l == outcry.Unconfirmed:
		return outcry.Spillover
	case c != outcry.CauseSpillover && l == outcry.Spillover:
		return outcry.Unconfirmed
	}
	return l
}

func failingKeys(i *outcry.Incident) map[string]bool {
	keys := map[string]bool{}
	for _, p := range i.Symptoms {
		if p.State == outcry.Likely || p.State == outcry.Possible {
			keys[p.Key] = true
		}
	}
	return keys
}

func worse(a, b outcry.Severity) outcry.Severity {
	rank := map[outcry.Severity]int{outcry.SeverityNone: 0, outcry.SeverityMinor: 1, outcry.SeverityMajor: 2, outcry.SeverityCritical: 3}
	if rank[b] > rank[a] {
		return b
	}
	return a
}

// opening is the first word on an incident, or the first that calls it likely.
func opening(i *outcry.Incident, v view) string {
	what := "Possible problems"
	if v.state == outcry.Likely {
		what = "Likely outage"
	}
	if v.cause.Cause == outcry.CauseSpillover {
		what = "Possibly only an echo of trouble elsewhere (" + v.cause.Name + ")"
	}
	text := fmt.Sprintf("%s: %s since %s UTC where %s are usual.", what, reports(i.Reports.Total), i.StartedAt.Format("15:04"), number(i.Reports.Expected))
	if list := labels(failingKeys(i), v.service); list != "" {
		text += " People say: " + list + "."
	}
	if !v.known {
		text += " Too little is known yet about what is usual here."
	}
	return text
}

// symptomNews says which symptoms began or ceased to stand out, "" for none.
func symptomNews(before, after map[string]bool, s outcry.Service) string {
	began, ceased := map[string]bool{}, map[string]bool{}
	for key := range after {
		began[key] = !before[key]
	}
	for key := range before {
		ceased[key] = !after[key]
	}
	var text []string
	if list := labels(began, s); list != "" {
		text = append(text, "People now also say: "+list+".")
	}
	if list := labels(ceased, s); list != "" {
		text = append(text, "Back to the usual: "+list+".")
	}
	return strings.Join(text, " ")
}

func labels(keys map[string]bool, s outcry.Service) string {
	var list []string
	for _, x := range s.Symptoms {
		if keys[x.Slug] {
			list = append(list, "“"+x.Label+"”")
		}
	}
	return strings.Join(list, ", ")
}

func reports(n int) string {
	if n == 1 {
		return "one report"
	}
	return fmt.Sprintf("%d reports", n)
}

// number writes an expected count: whole from ten on, else one decimal.
func number(v float64) string {
	switch {
	case v >= 10:
		return fmt.Sprintf("%.0f", math.Round(v))
	case v < 0.05:
		return "almost none"
	}
	return fmt.Sprintf("%.1f", v)
}

func capital(s string) string { return strings.ToUpper(s[:1]) + s[1:] }
