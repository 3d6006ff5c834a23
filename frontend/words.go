package frontend

import (
	"strconv"
	"strings"
	"time"

	"outcry"
)

// stateClass is s as a style class; what is no state is unknown.
func stateClass(s outcry.State) string {
	switch s {
	case outcry.Operational, outcry.Possible, outcry.Likely:
		return string(s)
	}
	return string(outcry.Unknown)
}

// rank orders states, worst first.
func rank(s outcry.State) int {
	switch s {
	case outcry.Likely:
		return 0
	case outcry.Possible:
		return 1
	case outcry.Operational:
		return 3
	}
	return 2
}

func incidentWords(s outcry.IncidentState) string {
	switch s {
	case outcry.Suspected:
		return "Suspected"
	case outcry.Ongoing:
		return "Ongoing"
	case outcry.Recovering:
		return "Recovering"
	case outcry.Resolved:
		return "Over"
	case outcry.Retracted:
		return "Taken back"
	}
	return "Unknown"
}

// incidentClass is the colour an incident's state has in common with a verdict.
func incidentClass(s outcry.IncidentState) string {
	switch s {
	case outcry.Ongoing:
		return "likely"
	case outcry.Suspected, outcry.Recovering:
		return "possible"
	case outcry.Resolved:
		return "operational"
	}
	return "unknown"
}

func severityWords(s outcry.Severity) string {
	switch s {
	case outcry.SeverityMinor:
		return "minor"
	case outcry.SeverityMajor:
		return "major"
	case outcry.SeverityCritical:
		return "critical"
	}
	return ""
}

func labelWords(l outcry.Label) string {
	switch l {
	case outcry.Confirmed:
		return "Confirmed"
	case outcry.Spillover:
		return "Spill-over"
	case outcry.FalseAlarm:
		return "False alarm"
	}
	return "Not confirmed"
}

func labelMeaning(l outcry.Label) string {
	switch l {
	case outcry.Confirmed:
		return "Confirmed by the service's own words, by a probe or by a person who checked."
	case outcry.Spillover:
		return "People reported this service while another one failed; it seems to have been well itself."
	case outcry.FalseAlarm:
		return "We were wrong: there was no outage."
	}
	return "It rests on people's reports alone."
}

// IncidentSentence says an incident in one sentence that stands alone.
func IncidentSentence(i outcry.Incident, now time.Time) string {
	s := i.Name + ": " + whatItWas(i)
	if i.ResolvedAt != nil {
		s += " from " + clock(i.StartedAt, now) + " to " + clock(*i.ResolvedAt, now) +
			" (" + span(i.ResolvedAt.Sub(i.StartedAt)) + ")"
	} else {
		s += " since " + clock(i.StartedAt, now)
	}
	return s + ", " + plural(i.Reports.Total, "report", "reports") + " where " + amount(i.Reports.Expected) +
		" would be usual. " + labelWords(i.Label) + "."
}

func whatItWas(i outcry.Incident) string {
	switch {
	case i.State == outcry.Retracted:
		return "suspected outage, taken back,"
	case i.Label == outcry.FalseAlarm:
		return "false alarm,"
	case i.Label == outcry.Spillover:
		return "spill-over of another outage"
	case i.Label == outcry.Confirmed:
		return "outage"
	case i.State == outcry.Suspected:
		return "suspected outage"
	}
	return "likely outage"
}

// attributionWords says whose trouble it seems to be. It never says more than
// counts can: crowds suggest a cause, they do not prove one.
func (w *world) attributionWords(a outcry.Attribution) string {
	switch a.Cause {
	case outcry.CauseService:
		return "The reports come from many networks and places, as this service's users do. " +
			"That points to the service itself."
	case outcry.CauseNetwork:
		return "The reports come mainly from one network" + w.named(a.Name) + shareOf(a, "network") +
			". That points to the network, not to the service; elsewhere it seems to work."
	case outcry.CauseRegion:
		return "The reports come mainly from one region" + w.named(a.Name) + shareOf(a, "region") +
			". Elsewhere it seems to work."
	case outcry.CauseSpillover:
		return "Another service is in larger trouble at the same time, and part of its users report this one too. " +
			"That points away from this service."
	}
	return ""
}

func (w *world) named(key string) string {
	if key == "" {
		return ""
	}
	return " (" + w.keyName(key) + ")"
}

// keyName names a network's or a region's key. Opaque network keys, used where
// the autonomous system is unknown, mean nothing to a reader.
func (w *world) keyName(key string) string {
	name := w.name(key)
	switch {
	case name != key && len(key) > 2:
		return name + ", " + w.name(key[:2])
	case name != key:
		return name
	case strings.HasPrefix(key, "AS"):
		return key
	}
	return "unnamed network"
}

func shareOf(a outcry.Attribution, kind string) string {
	for _, s := range a.Shares {
		if s.Kind == kind && s.Key == a.Name && s.Share > 0 {
			return ", " + percent(s.Share)
		}
	}
	return ""
}

func percent(x float64) string {
	if !(x >= 0 && x <= 1) { // NaN too
		return "–"
	}
	return whole(int(x*100+0.5)) + "\u202f%"
}

// reasonWords tells a person why a report was kept without being counted. It
// thanks them all the same: they did right.
func reasonWords(r outcry.Reason) string {
	switch r {
	case outcry.Counted:
		return "It is counted."
	case outcry.Duplicate:
		return "Your first report of this half hour already counts, so this one is kept but not counted again."
	case outcry.AddressLimit:
		return "Many reports came from the address you share with others, such as a school's, and it counts " +
			"only up to a limit. Yours is kept, and not counted."
	case outcry.NetworkLimit:
		return "Many reports came from your network, and one network counts only up to a limit. " +
			"Yours is kept, and not counted."
	case outcry.LateReport:
		return "It is entered at its own time. What is told late raises no alarm by itself."
	}
	return "It is kept, and not counted."
}

// reasons lists all that a confirmation may have to say.
func reasons() []outcry.Reason {
	return []outcry.Reason{outcry.Counted, outcry.Duplicate, outcry.AddressLimit, outcry.NetworkLimit, outcry.LateReport}
}

func incidentStates() []outcry.IncidentState {
	return []outcry.IncidentState{outcry.Suspected, outcry.Ongoing, outcry.Recovering, outcry.Resolved, outcry.Retracted}
}

func labels() []outcry.Label {
	return []outcry.Label{outcry.Confirmed, outcry.Unconfirmed, outcry.Spillover, outcry.FalseAlarm}
}

// rateWords says a rate of false alarms as a person would: "one false alarm
// per service in 4 weeks" for 0.25 a week.
func rateWords(perWeek float64) string {
	switch {
	case !(perWeek > 0):
		return "no false alarm"
	case perWeek > 0.7:
		return strconv.FormatFloat(perWeek, 'g', 2, 64) + " false alarms per service and week"
	}
	return "one false alarm per service in " + plural(int(1/perWeek+0.5), "week", "weeks")
}

// Ahead is by how much we were earlier than the service itself, or later.
func (l Lead) Ahead() string {
	d := l.OfficialAt.Sub(l.Incident.DetectedAt)
	if d < 0 {
		return span(-d) + " late"
	}
	return span(d)
}
