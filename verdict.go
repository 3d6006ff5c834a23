package outcry

import "time"

// State is the answer to "is it down?".
type State string

// The four answers. Unknown is honest: too little is known to tell.
const (
	Operational State = "operational"
	Possible    State = "possible"
	Likely      State = "likely"
	Unknown     State = "unknown"
)

// Severity grades what a verdict or an incident means for people.
type Severity string

// The severities.
const (
	SeverityNone     Severity = "none"
	SeverityMinor    Severity = "minor"
	SeverityMajor    Severity = "major"
	SeverityCritical Severity = "critical"
)

// Cause says whose trouble it is.
type Cause string

// The causes. Crowd counts alone never confirm one: they suggest it.
const (
	CauseService      Cause = "service"
	CauseNetwork      Cause = "network"
	CauseRegion       Cause = "region"
	CauseSpillover    Cause = "spillover"
	CauseUndetermined Cause = "undetermined"
)

// Verdict is what is said about one service at one moment, with what is needed
// to check it.
type Verdict struct {
	Service     string           `json:"service"`
	Name        string           `json:"name"`
	State       State            `json:"state"`
	Severity    Severity         `json:"severity"`
	Since       *time.Time       `json:"since"`
	Reports     Reports          `json:"reports"`
	Evidence    Evidence         `json:"evidence"`
	Symptoms    []SymptomVerdict `json:"symptoms"`
	Attribution Attribution      `json:"attribution"`
	Sources     Sources          `json:"sources"`
	Official    *Official        `json:"official"`
	Freshness   Freshness        `json:"freshness"`
	// Detectable is the smallest multiple of the usual that would be noticed
	// within half an hour now; 0 where that is not known.
	Detectable float64 `json:"detectable,omitempty"`
	// Incident is the identifier of the incident under way, if any.
	Incident string `json:"incident,omitempty"`
}

// Reports compares what came in a window with what was expected of it.
type Reports struct {
	Count    int     `json:"count"`
	Expected float64 `json:"expected"`
	// Window is a Go duration, such as "30m0s".
	Window string `json:"window"`
}

// Evidence is how much the counts speak against the usual.
type Evidence struct {
	// Odds is the likelihood of the counts under the best outage over their
	// likelihood under the usual; at most 1e12.
	Odds float64 `json:"odds"`
	// PValue is the chance of such a count if all is usual.
	PValue float64 `json:"p_value"`
	// LogOdds and Threshold, in nats, are what the rule compares.
	LogOdds   float64 `json:"log_odds"`
	Threshold float64 `json:"threshold"`
}

// SymptomVerdict tells one symptom from the others.
type SymptomVerdict struct {
	Symptom  string  `json:"symptom"`
	Label    string  `json:"label"`
	State    State   `json:"state"`
	Count    int     `json:"count"`
	Expected float64 `json:"expected"`
}

// Attribution says whose trouble it seems to be, and why.
type Attribution struct {
	Cause Cause `json:"cause"`
	// Name is the network's or region's key where the cause is one.
	Name    string    `json:"name,omitempty"`
	Shares  []Share   `json:"shares"`
	Related []Related `json:"related"`
}

// Share is the part of the complaints that one network or region sent.
type Share struct {
	Kind  string  `json:"kind"` // "network" or "region"
	Key   string  `json:"key"`
	Share float64 `json:"share"`
}

// Related is another service in trouble at the same time.
type Related struct {
	Service  string `json:"service"`
	Relation string `json:"relation"` // "depends_on", "same_category", "simultaneous"
}

// Sources counts the reports behind a verdict by what became of them.
type Sources struct {
	Reports    int `json:"reports"`
	Works      int `json:"works"`
	Late       int `json:"late"`
	Imported   int `json:"imported"`
	Discounted int `json:"discounted"`
}

// Official is what the service says of itself.
type Official struct {
	State string    `json:"state"`
	URL   string    `json:"url"`
	At    time.Time `json:"at"`
}

// Freshness says how old the verdict is and whether to trust its age.
type Freshness struct {
	Trusted bool      `json:"trusted"`
	Stale   bool      `json:"stale"`
	AsOf    time.Time `json:"as_of"`
}

// StaleAfter is the age from which a verdict is stale.
const StaleAfter = 3 * time.Minute

// RegionVerdict is one cell of the map. Where fewer than PrivacyThreshold
// people reported, the numbers are nil and Suppressed is true.
type RegionVerdict struct {
	Region     string   `json:"region"` // "" where only the country is known
	Country    string   `json:"country"`
	Name       string   `json:"name"`
	Count      *int     `json:"count"`
	Expected   *float64 `json:"expected"`
	Ratio      *float64 `json:"ratio"`
	State      State    `json:"state"`
	Suppressed bool     `json:"suppressed"`
}

// Snapshot is what the detector leaves behind after each minute: the verdict
// and the share of the usual complaints that each region and symptom sends.
type Snapshot struct {
	Verdict Verdict          `json:"verdict"`
	Shares  map[string]Usual `json:"shares"`
}

// Usual is a region's part of a service's usual complaints, and its state.
type Usual struct {
	Share float64 `json:"share"`
	State State   `json:"state"`
}
