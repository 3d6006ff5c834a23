// Package replay is the file format of recorded reports: one JSON object a
// line (NDJSON), ordered by time.
//
//	{"time":"2022-10-24T22:46:03Z","service":"courseplus","symptom":"site",
//	 "ip":"240.1.2.3","country":"US","region":"US-MD","asn":64900,
//	 "device":"d1","kind":"down"}
//
// (on one line). Only time and service are required. Country, region and asn
// overrule the look-up of ip, or stand alone. A file may be compressed with
// gzip or zstd; the reader sees which by its first bytes.
//
// Such files are handed around, so the reader distrusts them: it holds one
// line in memory at most, refuses an endless expansion, and calls a bad line
// by its number and the reason without giving up the rest.
package replay

import (
	"errors"
	"fmt"
	"net/netip"
	"regexp"
	"time"

	"outcry"
)

// Line is one recorded report.
type Line struct {
	Time    time.Time `json:"time"`
	Service string    `json:"service"`
	Symptom string    `json:"symptom,omitempty"`
	IP      string    `json:"ip,omitempty"`
	Country string    `json:"country,omitempty"`
	Region  string    `json:"region,omitempty"`
	ASN     uint32    `json:"asn,omitempty"`
	Device  string    `json:"device,omitempty"`
	// Kind is KindDown where it is left out.
	Kind outcry.Kind `json:"kind,omitempty"`
}

// Limits of the text fields, in bytes: more than any honest line has.
const (
	maxName   = 120
	maxDevice = 256
)

var (
	countryShape = regexp.MustCompile(`^[A-Z]{2}$`)
	regionShape  = regexp.MustCompile(`^[A-Z]{2}-[A-Z0-9]{1,3}$`)
)

// Validate says in one sentence what is wrong with l, if anything.
func (l Line) Validate() error {
	switch {
	case l.Time.IsZero():
		return errors.New("time is missing")
	case l.Time.UTC().Year() < 1970 || l.Time.UTC().Year() > 2200:
		return fmt.Errorf("time: the year %d is not plausible", l.Time.Year())
	case l.Service == "":
		return errors.New("service is missing")
	case len(l.Service) > maxName || len(l.Symptom) > maxName:
		return fmt.Errorf("service or symptom is longer than %d bytes", maxName)
	case len(l.Device) > maxDevice:
		return fmt.Errorf("device is longer than %d bytes", maxDevice)
	case l.Kind != "" && !l.Kind.Valid():
		return errors.New(`kind must be "down" or "works"`)
	}
	return l.validatePlace()
}

func (l Line) validatePlace() error {
	if l.IP != "" {
		if a, err := netip.ParseAddr(l.IP); err != nil || a.Zone() != "" {
			return errors.New("ip is not an IPv4 or IPv6 address")
		}
	}
	if l.Country != "" && !countryShape.MatchString(l.Country) {
		return errors.New(`country must be two capitals, such as "US"`)
	}
	if l.Region != "" && !regionShape.MatchString(l.Region) {
		return errors.New(`region must be an ISO 3166-2 code, such as "US-MD"`)
	}
	if l.Region != "" && l.Country != "" && l.Region[:2] != l.Country {
		return errors.New("region lies in another country")
	}
	return nil
}

// Submission is what the client of l would have sent, and when. The place is
// set, and so overrules the look-up, where the line names any part of one. An
// address that does not parse is an unknown source.
func (l Line) Submission() (outcry.Submission, time.Time) {
	s := outcry.Submission{Service: l.Service, Symptom: l.Symptom, Kind: l.Kind, Device: l.Device}
	if s.Kind == "" {
		s.Kind = outcry.KindDown
	}
	if a, err := netip.ParseAddr(l.IP); err == nil {
		s.Address = a.WithZone("").Unmap()
	}
	if l.Country != "" || l.Region != "" || l.ASN != 0 {
		s.Place = &outcry.Place{Country: l.Country, Region: l.Region, ASN: l.ASN}
		if l.Country == "" && len(l.Region) > 2 {
			s.Place.Country = l.Region[:2]
		}
	}
	return s, l.Time
}
