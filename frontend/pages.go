package frontend

import (
	"math"
	"strconv"
	"time"

	"outcry"
)

// Site is what every page shows about the site as a whole.
type Site struct {
	// Name is "Outcry" where the operator chose none.
	Name string
	// PublicURL is scheme and host without a trailing slash, or "" where the
	// operator gave none: links that must be absolute are then left relative.
	PublicURL string
	Now       time.Time
	// Simulation is the sentence that every page of a simulation shows, or "".
	Simulation string
	// DataAge, when above 0, is how old the numbers are because the store
	// cannot be reached. Every page says so.
	DataAge time.Duration
	// Credits are the licences that ask to be named, shown in the footer.
	// The maps' own are always there.
	Credits []Credit
}

// Credit is one source that asks to be named.
type Credit struct{ Text, URL string }

// ServiceCard is one service in a list.
type ServiceCard struct {
	Service outcry.Service
	Verdict outcry.Verdict
	// Recent is complaints an hour over the last 24 hours, oldest first.
	Recent []int
}

// HomePage is GET /. Cards need no order: the page sorts them, worst first.
type HomePage struct {
	Site
	Query     string // ?q=
	Cards     []ServiceCard
	Regions   []outcry.RegionVerdict // all services together
	Incidents []outcry.Incident      // newest first; the page shows the first ten
}

// ServicePage is GET /services/{id}.
type ServicePage struct {
	Site
	Service outcry.Service
	Verdict outcry.Verdict
	// Series is the last 24 hours; five-minute slots read best.
	Series    outcry.Series
	Incidents []outcry.Incident // this service's, newest first
	Regions   []outcry.RegionVerdict
	// Related is the verdicts of services that this one depends on, or that
	// are in trouble with it. May be empty.
	Related []ServiceCard
	Form    FormState
	// Confirmation is set on the page that follows a report.
	Confirmation *Confirmation
	// Comments are what people said lately and may be shown. May be empty.
	Comments []Comment
}

// FormState is what the report form is filled with. The zero value is an empty
// form.
type FormState struct {
	// ID is the hidden UUID that makes pressing twice count once. It must be
	// "" on a page that a shared cache may keep, or two people would share it.
	ID      string
	Symptom string // slug; "" chooses the service's first
	Kind    outcry.Kind
	Comment string
	// Error is one sentence on what is wrong; the page puts it on the form.
	Error string
}

// Confirmation tells a person what became of their report.
type Confirmation struct {
	ID      string
	Kind    outcry.Kind
	Symptom string // slug
	Reason  outcry.Reason
	// Place is what will be kept of where the person is. May be zero.
	Place outcry.Place
	// ReceiptURL and WithdrawToken are "" where they cannot be offered.
	ReceiptURL string
	// WithdrawURL takes a POST with the field token; "" where only the API's
	// DELETE is offered, which needs script.
	WithdrawURL   string
	WithdrawToken string
	// Withdrawn is set on the page that follows taking the report back.
	Withdrawn bool
}

// Comment is something a person wrote with a report.
type Comment struct {
	At      time.Time
	Symptom string // slug
	Place   outcry.Place
	Text    string
}

// AdminPage is GET /admin: comments to decide on, or the question for the
// operator's token.
type AdminPage struct {
	Site
	SignedIn bool
	Error    string // one sentence, or ""
	// Done is the decision just carried out: "publish", "reject", "gone" where
	// there was nothing to decide on any more, or "".
	Done string
	// Published: the comments are public ones, and not those that wait.
	Published bool
	Comments  []AdminComment
	Next      string // cursor of the following page; "" on the last
}

// AdminComment is a comment with what it is named by.
type AdminComment struct {
	Comment
	ID      string
	Service outcry.Service
}

// MapPage is GET /map.
type MapPage struct {
	Site
	Services []outcry.Service // to choose from
	Service  string           // slug; "" is all together
	Window   time.Duration
	Regions  []outcry.RegionVerdict
}

// IncidentsPage is GET /incidents.
type IncidentsPage struct {
	Site
	Services  []outcry.Service // to choose from
	Service   string           // ?service=
	State     string           // ?state=
	Incidents []outcry.Incident
	Next      string // cursor of the following page; "" on the last
	Later     bool   // this is not the first page
}

// IncidentPage is GET /incidents/{id}.
type IncidentPage struct {
	Site
	Incident outcry.Incident
	// Service is the zero value where the catalogue no longer has it.
	Service outcry.Service
	// Series covers the incident with some hours around it.
	Series outcry.Series
	// Members are the incidents under this one, where it is an umbrella.
	Members []outcry.Incident
}

// ReceiptPage is GET /receipts/{id}: a statement that can be shown to others.
type ReceiptPage struct {
	Site
	ID       string // the report's
	Path     string // of this page; "" is /receipts/ and the ID
	Service  outcry.Service
	Symptom  string // slug
	Kind     outcry.Kind
	Occurred time.Time
	Received time.Time
	Place    outcry.Place
	Reason   outcry.Reason
	// Withdrawn: the person took the report back; the page says only that.
	Withdrawn bool
	// VerdictThen is the verdict of the report's minute, where it was kept.
	VerdictThen *outcry.Verdict
	Verdict     outcry.Verdict // now
	Incident    *outcry.Incident
	// Statement is the exact text that was signed, Signature is over it.
	Statement, Signature string
	// KeyURL is where the public key is found, FileURL the statement with its
	// signature as the file that `outcry verify` takes. "" where there is none.
	KeyURL, FileURL string
}

// MethodologyPage is GET /methodology. A zero number is left out of the text.
type MethodologyPage struct {
	Site
	// FalseAlarms is the accepted number of false alarms a service and week.
	FalseAlarms float64
	// Services is how many are watched here: each has its own chance of a false
	// alarm, and readers meet the sum of them.
	Services int
	// AddressCap and NetworkCap are how many reports of one address, or of one
	// /24 or /48, count in a quarter of an hour.
	AddressCap, NetworkCap int
	// HistoryNeeded is how long a service is watched before it gets verdicts.
	HistoryNeeded time.Duration
	Version       string
	// Trials is what was measured on simulated services, nil for nothing.
	Trials *outcry.Trials
}

// AcceptedHere is how many false alarms a week that allows on the whole site.
func (p MethodologyPage) AcceptedHere() string {
	all := p.FalseAlarms * float64(p.Services)
	if all < 10 {
		return strconv.FormatFloat(all, 'f', 1, 64)
	}
	return whole(int(math.Round(all)))
}

// ScorecardPage is GET /scorecard: only what was measured, or nothing.
type ScorecardPage struct {
	Site
	Since        time.Time // zero: nothing was measured yet
	ServiceWeeks float64   // services watched times weeks
	// Labels counts the closed incidents by what people later made of them.
	Labels    map[outcry.Label]int
	Retracted int
	// Leads are the incidents whose official time is known.
	Leads []Lead
	// Promise is the accepted number of false alarms a service and week.
	Promise float64
	// Open counts those under way; Capped says that there are older ones.
	Open   int
	Capped bool
	// Trials is what was measured on simulated services, nil for nothing.
	Trials *outcry.Trials
}

// Lead compares when we said it with when the service did.
type Lead struct {
	Incident   outcry.Incident
	OfficialAt time.Time
}

// DataPage is GET /data.
type DataPage struct {
	Site
	Files   []DataFile // newest first; may be empty
	Licence string     // name of the data's licence; "" is CC BY 4.0
}

// DataFile is one file to download.
type DataFile struct {
	Name, URL string
	From, To  time.Time
	Bytes     int64
	SHA256    string
}

// AboutPage is GET /about.
type AboutPage struct {
	Site
	Operator, Contact, SourceURL, Version string
	Services                              int
}

// EmbedPage is GET /embed/{id}: the one page that others may frame.
type EmbedPage struct {
	Site
	Service outcry.Service
	Verdict outcry.Verdict
	Recent  []int // as in ServiceCard
}

// ErrorPage is shown in place of any other.
type ErrorPage struct {
	Site
	Status        int
	Title, Detail string // "": words that fit the status
	// Suggestions are services that were perhaps meant.
	Suggestions []outcry.Service
}
