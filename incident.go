package outcry

import "time"

// IncidentState is where an incident stands.
type IncidentState string

// The life of an incident: suspected → ongoing → recovering → resolved, or
// retracted when the evidence fell away before it was ever more than suspected.
const (
	Suspected  IncidentState = "suspected"
	Ongoing    IncidentState = "ongoing"
	Recovering IncidentState = "recovering"
	Resolved   IncidentState = "resolved"
	Retracted  IncidentState = "retracted"
)

// Open reports whether the incident is still under way.
func (s IncidentState) Open() bool { return s == Suspected || s == Ongoing || s == Recovering }

// Label is what people later made of an incident. Confirmed needs the official
// page, a probe or a person: never volume alone.
type Label string

// The labels.
const (
	Confirmed   Label = "confirmed"
	Unconfirmed Label = "unconfirmed"
	Spillover   Label = "spillover"
	FalseAlarm  Label = "false_alarm"
)

// Incident is a verdict's life, kept for good.
type Incident struct {
	ID          string          `json:"id"`
	Service     string          `json:"service"`
	Name        string          `json:"name"`
	State       IncidentState   `json:"state"`
	Severity    Severity        `json:"severity"`
	StartedAt   time.Time       `json:"started_at"`
	DetectedAt  time.Time       `json:"detected_at"`
	PeakAt      *time.Time      `json:"peak_at"`
	ResolvedAt  *time.Time      `json:"resolved_at"`
	Reports     IncidentReports `json:"reports"`
	Symptoms    []IncidentPart  `json:"symptoms"`
	Regions     []IncidentPart  `json:"regions"`
	Networks    []IncidentPart  `json:"networks"`
	Attribution Attribution     `json:"attribution"`
	Updates     []Update        `json:"updates"`
	OfficialAt  *time.Time      `json:"official_at,omitempty"`
	Label       Label           `json:"label"`
	Umbrella    string          `json:"umbrella,omitempty"`
	Corrections []Update        `json:"corrections"`
	// UpdatedAt is the time of the last change.
	UpdatedAt time.Time `json:"updated_at"`
}

// IncidentReports sums an incident's complaints: in all, expected in all, and
// in the minute of the peak.
type IncidentReports struct {
	Total    int     `json:"total"`
	Expected float64 `json:"expected"`
	Peak     int     `json:"peak"`
}

// IncidentPart is one symptom, region or network in an incident.
type IncidentPart struct {
	Key      string  `json:"key"`
	Label    string  `json:"label"`
	Count    int     `json:"count"`
	Expected float64 `json:"expected"`
	State    State   `json:"state"`
	// Worst is the worst that State was during the incident; Unknown where that
	// was not kept.
	Worst State `json:"worst,omitempty"`
	// Reporters is, of a region, how many people reported from it at least; see
	// Crowds.
	Reporters int `json:"reporters,omitempty"`
}

// Update is one entry of an incident's log.
type Update struct {
	At    time.Time     `json:"at"`
	State IncidentState `json:"state"`
	Text  string        `json:"text"`
}

// IncidentFilter selects incidents; zero values select all.
type IncidentFilter struct {
	Service  string
	State    IncidentState
	From, To time.Time
	// After is the cursor: only incidents older than it, by start and id.
	After string
	Limit int
}

// EventKind names what changed.
type EventKind string

// The events that a page can follow.
const (
	EventVerdict  EventKind = "verdict"
	EventIncident EventKind = "incident"
	EventCounts   EventKind = "counts"
)

// Event tells followers that something changed. Data is JSON.
type Event struct {
	ID      string
	Kind    EventKind
	Service string
	Data    []byte
}
