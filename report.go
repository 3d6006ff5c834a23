package outcry

import (
	"net/netip"
	"time"
)

// Kind tells a complaint from an all-is-well.
type Kind string

// The two kinds of report.
const (
	KindDown  Kind = "down"
	KindWorks Kind = "works"
)

// Valid reports whether k is one of the two kinds.
func (k Kind) Valid() bool { return k == KindDown || k == KindWorks }

// DefaultSymptom is what a report without a symptom says: the whole site.
const DefaultSymptom = "site"

// Limits of a report.
const (
	// MaxCommentRunes is the longest comment, in characters.
	MaxCommentRunes = 280
	// MaxReportAge is how far back a report may place its trouble.
	MaxReportAge = 24 * time.Hour
	// LateAfter is the age from which a report is late: it goes into its true
	// minute, which has been judged already, and raises no alarm by itself.
	LateAfter = 2 * time.Minute
	// CountOncePer is the time within which one person counts once a service.
	CountOncePer = 30 * time.Minute
	// PrivacyThreshold is the number of distinct reporters under which no
	// region is shown by number.
	PrivacyThreshold = 5
)

// Place is where a report came from, as coarse as it is ever kept. Every part
// may be unknown (empty or zero), which is normal and not an error.
type Place struct {
	// Country is an ISO 3166-1 alpha-2 code, such as "US".
	Country string `json:"country"`
	// Region is an ISO 3166-2 code, such as "US-MD".
	Region string `json:"region"`
	// ASN is the number of the network's autonomous system.
	ASN uint32 `json:"asn,omitempty"`
}

// Key is the place's cell on the map: the region, else the country, else "".
func (p Place) Key() string {
	if p.Region != "" {
		return p.Region
	}
	return p.Country
}

// Source says who reported without saying who they are: each part is a keyed
// hash under a salt of the day, so that neither the address nor a link between
// two days can be computed from it.
type Source struct {
	// Person is the hash of the address and the device's token.
	Person string
	// Address is the hash of the address alone (IPv4, or the /64 of IPv6).
	Address string
	// Network is the hash of the address' /24 (IPv4) or /48 (IPv6).
	Network string
	// Former is Person under the salt of the day before. It is set for the
	// first CountOncePer of a day only, so that midnight lets nobody count twice.
	Former string
	// Key is what the store remembers the report by: its id bound to the service,
	// and to the device where it has one. Without a Key the store binds ID to
	// Person.
	Key string
}

// Submission is what a client says, not yet believed: all of it is checked
// against the catalogue and the clock before it becomes a Report.
type Submission struct {
	ID       string // a UUID made by the client, or ""
	Service  string
	Symptom  string
	Kind     Kind
	Comment  string
	Device   string    // an opaque token kept by the page, or ""
	Occurred time.Time // zero: now
	// Address is the client's, used for its place and keyed hashes and then
	// forgotten. The zero Addr is an unknown source.
	Address netip.Addr
	// Place overrules the look-up of Address; only replays set it.
	Place *Place
}

// Report is one person's word on one service. The server sets the times, the
// place and the source; a client only says the rest.
type Report struct {
	ID       string
	Service  string
	Symptom  string
	Kind     Kind
	Comment  string
	Occurred time.Time // the minute of the trouble
	Received time.Time
	Place    Place
	Source   Source
	// AddressCap is how many reports of one address count in 15 minutes; 0
	// leaves the store's default. A listed campus network may have more.
	AddressCap int
}

// Late reports whether r tells of a minute that has been judged already.
func (r Report) Late() bool { return r.Received.Sub(r.Occurred) >= LateAfter }

// Reason is why a report was stored without being counted.
type Reason string

// The reasons. None is a refusal: the person did right.
const (
	Counted      Reason = ""
	Duplicate    Reason = "duplicate"     // this person counted already within CountOncePer
	AddressLimit Reason = "address_limit" // the address reached its cap
	NetworkLimit Reason = "network_limit" // the /24 or /48 reached its cap
	LateReport   Reason = "late"          // counted in its minute as late, raises no alarm
)

// Acknowledgement is what the store made of a report. The same report sent
// again, after any unknown outcome, gets the same one.
type Acknowledgement struct {
	ID     string
	Reason Reason
	// Minute is the bucket the report went into.
	Minute time.Time
	// Symptom, Kind, Place and Received are the stored report's, to the second
	// and without a network: what the same id says another time is not believed.
	Symptom  string
	Kind     Kind
	Place    Place
	Received time.Time
}

// Counted reports whether the report is part of the evidence.
func (a Acknowledgement) Counted() bool { return a.Reason == Counted }

// Receipt is what the person is given: the report as it was understood, what
// the store made of it, and the token that takes it back.
type Receipt struct {
	Report          Report
	Acknowledgement Acknowledgement
	WithdrawToken   string
}
