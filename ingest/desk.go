// Package ingest takes reports in. A report's way, in one direction:
//
//	Submission → Desk: check, place, hash → commit → store: add.lua → buckets
//
// What the client says is not believed but checked: the server sets the time,
// the place and the source. The rooms below are geo (where an address is),
// source (who, without saying who), commit (groups), store (Redis), embedded
// (Redis without Redis), and for recorded and invented crowds replay and
// simulate.
package ingest

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"

	"outcry"
)

// Locator finds the place of an address; parts it doesn't know stay empty.
type Locator interface {
	Locate(netip.Addr) outcry.Place
}

// Hasher says who reported, as keyed hashes.
type Hasher interface {
	Of(service, id, device string, address netip.Addr, received time.Time) outcry.Source
}

// Committer stores one report, and answers when it is stored.
type Committer interface {
	Add(ctx context.Context, r outcry.Report) (outcry.Acknowledgement, error)
}

// Withdrawer makes the token that takes a report back, and takes it back.
type Withdrawer interface {
	Token(ctx context.Context, r outcry.Report) (string, error)
	Withdraw(ctx context.Context, service, id, token string, now time.Time) error
}

// Desk turns what clients say into reports.
type Desk struct {
	catalog  func() *outcry.Catalog
	places   Locator
	sources  Hasher
	commit   Committer
	withdraw Withdrawer
}

// NewDesk puts a desk before a store.
func NewDesk(catalog func() *outcry.Catalog, places Locator, sources Hasher, commit Committer, withdraw Withdrawer) *Desk {
	return &Desk{catalog, places, sources, commit, withdraw}
}

const (
	// skew is how far a client's clock may run ahead.
	skew = 2 * time.Minute
	// campusCap is how many reports of one address count in 15 minutes where
	// the address lies in a network that the catalogue lists as the service's
	// own: a campus of thousands leaves by a few addresses.
	campusCap = 200
	// maxDevice bounds the device's token, in bytes.
	maxDevice = 128
)

// Submit checks a submission, stores it as a report and answers what became of
// it. Errors wrap outcry.ErrInvalid, ErrUnknownService, ErrUnknownSymptom,
// ErrTimeRange or ErrUnavailable, with a sentence that repeats nothing of what
// the client sent.
func (d *Desk) Submit(ctx context.Context, s outcry.Submission, now time.Time) (outcry.Receipt, error) {
	report, err := d.Check(s, now)
	if err != nil {
		return outcry.Receipt{}, err
	}
	// The token first: once the report is stored nothing may fail any more.
	token, err := d.withdraw.Token(ctx, report)
	if err != nil {
		return outcry.Receipt{}, err
	}
	ack, err := d.commit.Add(ctx, report)
	if err != nil {
		return outcry.Receipt{}, err
	}
	report.Symptom, report.Kind, report.Received = ack.Symptom, ack.Kind, ack.Received
	report.Place.Country, report.Place.Region = ack.Place.Country, ack.Place.Region
	return outcry.Receipt{Report: report, Acknowledgement: ack, WithdrawToken: token}, nil
}

// Withdraw takes a report back. Errors wrap outcry.ErrForbidden, ErrNotFound
// or ErrUnavailable.
func (d *Desk) Withdraw(ctx context.Context, id, token string, now time.Time) error {
	if u, err := uuid.Parse(id); err == nil {
		id = u.String()
	}
	return d.withdraw.Withdraw(ctx, "", id, token, now)
}

// Check makes a report of a submission received now, without storing it.
func (d *Desk) Check(s outcry.Submission, now time.Time) (outcry.Report, error) {
	service, ok := d.catalog().Service(s.Service)
	if !ok {
		return outcry.Report{}, fmt.Errorf("%w: no such service is in the catalogue", outcry.ErrUnknownService)
	}
	r := outcry.Report{Service: service.Slug, Symptom: s.Symptom, Kind: s.Kind, Received: now.UTC(), Occurred: s.Occurred.UTC()}
	if r.Symptom == "" {
		r.Symptom = service.FirstSymptom()
	}
	if _, ok := service.Symptom(r.Symptom); !ok {
		return outcry.Report{}, fmt.Errorf("%w: the service has no such symptom", outcry.ErrUnknownSymptom)
	}
	if r.Kind == "" {
		r.Kind = outcry.KindDown
	}
	if !r.Kind.Valid() {
		return outcry.Report{}, fmt.Errorf(`%w: kind must be "down" or "works"`, outcry.ErrInvalid)
	}
	if s.Occurred.IsZero() {
		r.Occurred = r.Received
	}
	var err error
	if r.Occurred, err = occurred(r.Occurred, r.Received); err != nil {
		return outcry.Report{}, err
	}
	if r.Comment, err = comment(s.Comment); err != nil {
		return outcry.Report{}, err
	}
	if r.ID, err = identifier(s.ID); err != nil {
		return outcry.Report{}, err
	}
	return d.place(r, service, s)
}

// place adds where the report is from and who sent it, and forgets the
// address.
func (d *Desk) place(r outcry.Report, service *outcry.Service, s outcry.Submission) (outcry.Report, error) {
	if len(s.Device) > maxDevice {
		return outcry.Report{}, fmt.Errorf("%w: device is longer than %d bytes", outcry.ErrInvalid, maxDevice)
	}
	r.Place = d.places.Locate(s.Address)
	if s.Place != nil {
		r.Place = overrule(r.Place, *s.Place)
	}
	if r.Place.ASN != 0 && slices.Contains(service.HomeNetworks, r.Place.ASN) {
		r.AddressCap = campusCap
	}
	r.Source = d.sources.Of(r.Service, r.ID, s.Device, s.Address, r.Received)
	return r, nil
}

// overrule puts what is stated over what was looked up, part by part: a stated
// country without a region leaves no region of another country standing.
func overrule(found, stated outcry.Place) outcry.Place {
	if stated.Country != "" || stated.Region != "" {
		found.Country, found.Region = stated.Country, stated.Region
	}
	if stated.ASN != 0 {
		found.ASN = stated.ASN
	}
	return found
}

// occurred bounds the time of the trouble. A clock a little ahead means now.
func occurred(at, now time.Time) (time.Time, error) {
	switch {
	case at.After(now.Add(skew)):
		return at, fmt.Errorf("%w: occurred_at lies in the future", outcry.ErrTimeRange)
	case at.After(now):
		return now, nil
	case now.Sub(at) > outcry.MaxReportAge:
		return at, fmt.Errorf("%w: occurred_at lies more than %d hours back", outcry.ErrTimeRange, int(outcry.MaxReportAge.Hours()))
	}
	return at, nil
}

// comment takes plain text of one paragraph.
func comment(text string) (string, error) {
	if !utf8.ValidString(text) {
		return "", fmt.Errorf("%w: comment is not valid UTF-8", outcry.ErrInvalid)
	}
	text = outcry.PlainText(text)
	if utf8.RuneCountInString(text) > outcry.MaxCommentRunes {
		return "", fmt.Errorf("%w: comment is longer than %d characters", outcry.ErrInvalid, outcry.MaxCommentRunes)
	}
	return text, nil
}

// identifier reads a client's UUID (RFC 9562) in its one canonical form, or
// makes one.
func identifier(id string) (string, error) {
	if id == "" {
		u, err := uuid.NewV7()
		return u.String(), err
	}
	if len(id) != 36 || uuid.Validate(id) != nil { // which takes other spellings too
		return "", fmt.Errorf("%w: id must be a UUID", outcry.ErrInvalid)
	}
	return strings.ToLower(id), nil
}
