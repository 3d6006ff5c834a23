package store

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"
	"time"

	"outcry"
)

// A record is what the store remembers of one report, in one short string:
//
//	c29712345:1782740700:d:login:US-MD:AS64500
//
// its reason's letter, the minute of its bucket, the second it was received,
// its class ("d" complaint, "w" works, "l" late, "x" discounted; the last two
// followed by "d" or "w"), its symptom and map cell, and for a counted complaint
// the network it was counted under. A "W" before it says that it was withdrawn.
// Older records have symptom and cell for counted complaints only.
type record struct {
	withdrawn               bool
	reason                  outcry.Reason
	minute                  int64
	received                int64
	class                   string
	kind                    outcry.Kind
	symptom, region, netKey string
}

// The classes of a report, which are also the kinds that an address and a network
// are held to their limits in separately: somebody who says "works" must not use
// up the complaints of those behind the same address.
const (
	classDown       = "d"
	classWorks      = "w"
	classLate       = "l"
	classImported   = "i"
	classDiscounted = "x"
)

// classOf is r's class if it stays within its caps. Late goes before works:
// each report is in exactly one number of its bucket.
func classOf(r outcry.Report) string {
	switch {
	case r.Late():
		return classLate
	case r.Kind == outcry.KindWorks:
		return classWorks
	}
	return classDown
}

// markClass is the class by which a person is remembered: one who says "works"
// after a complaint, or before, counts once all the same.
func markClass(class string) string {
	if class == classWorks {
		return classDown
	}
	return class
}

func reasonOf(letter byte) (outcry.Reason, bool) {
	switch letter {
	case 'c':
		return outcry.Counted, true
	case 'd':
		return outcry.Duplicate, true
	case 'a':
		return outcry.AddressLimit, true
	case 'n':
		return outcry.NetworkLimit, true
	case 'l':
		return outcry.LateReport, true
	}
	return "", false
}

// parseHead reads a record's first part.
func parseHead(head string) (outcry.Reason, int64, error) {
	if len(head) > 1 {
		if reason, ok := reasonOf(head[0]); ok {
			if minute, err := strconv.ParseInt(head[1:], 10, 64); err == nil {
				return reason, minute, nil
			}
		}
	}
	return "", 0, fmt.Errorf("record %q is not one of ours", head)
}

// appendRecord adds the record of r if it counts, under a network if it is a
// complaint.
func appendRecord(b []byte, r outcry.Report, class, network string) []byte {
	letter := byte('c')
	if class == classLate {
		letter = 'l'
	}
	b = strconv.AppendInt(append(b, letter), minuteOf(r.Occurred), 10)
	b = strconv.AppendInt(append(b, ':'), r.Received.Unix(), 10)
	b = append(append(b, ':'), class...)
	if class == classLate {
		b = append(b, kindLetter(r.Kind)...)
	}
	b = append(append(b, ':'), r.Symptom...)
	b = append(append(b, ':'), r.Place.Key()...)
	if class == classDown {
		b = append(append(b, ':'), network...)
	}
	return b
}

// kindLetter is the class of a report that is neither late nor discounted.
func kindLetter(k outcry.Kind) string {
	if k == outcry.KindWorks {
		return classWorks
	}
	return classDown
}

func parseRecord(s string) (record, error) {
	var r record
	body, withdrawn := strings.CutPrefix(s, "W")
	parts := strings.Split(body, ":")
	var err error
	if r.reason, r.minute, err = parseHead(parts[0]); err != nil {
		return record{}, err
	}
	r.withdrawn = withdrawn
	if len(parts) < 3 {
		return r, nil
	}
	if r.received, err = strconv.ParseInt(parts[1], 10, 64); err != nil {
		return record{}, fmt.Errorf("record %q: %w", s, err)
	}
	class, kind := parts[2], outcry.KindDown
	if class == "" {
		return record{}, fmt.Errorf("record %q has no class", s)
	}
	if strings.HasSuffix(class, classWorks) {
		kind = outcry.KindWorks
	}
	r.class = class[:1]
	if len(parts) >= 5 {
		r.symptom, r.region, r.kind = parts[3], parts[4], kind
	}
	if len(parts) == 6 {
		r.netKey = parts[5]
	}
	return r, nil
}

// recordKey is the field under which r is remembered. A report that comes
// without one is bound to its person here.
func recordKey(r outcry.Report) string {
	if r.Source.Key != "" {
		return r.Source.Key
	}
	sum := sha256.Sum256([]byte(r.ID + "\x00" + r.Source.Person))
	return base64.RawURLEncoding.EncodeToString(sum[:15])
}

// networkKey is the bucket's name for r's network.
func networkKey(r outcry.Report) string {
	if r.Place.ASN != 0 {
		return "AS" + strconv.FormatUint(uint64(r.Place.ASN), 10)
	}
	return "~" + r.Source.Network
}

func minuteField(minute int64, name string) string {
	return string(appendMinuteField(nil, minute, name))
}

func appendMinuteField(b []byte, minute int64, name string) []byte {
	return append(append(strconv.AppendInt(b, minute-60*hourOfMinute(minute), 10), ':'), name...)
}

// acknowledged is the answer to a report that is stored for the first time.
func acknowledged(r outcry.Report, reason outcry.Reason) outcry.Acknowledgement {
	return outcry.Acknowledgement{
		ID: r.ID, Reason: reason, Minute: minuteTime(minuteOf(r.Occurred)),
		Symptom: r.Symptom, Kind: r.Kind, Place: placeOf(r.Place.Key()), Received: secondsTime(r.Received.Unix()),
	}
}

// again is the answer to r where the store holds its record already.
func again(r outcry.Report, text string) (outcry.Acknowledgement, error) {
	had, err := parseRecord(text)
	if err != nil {
		return outcry.Acknowledgement{}, err
	}
	ack := acknowledged(r, had.reason)
	ack.Minute = minuteTime(had.minute)
	if had.symptom != "" {
		ack.Symptom, ack.Kind, ack.Place, ack.Received = had.symptom, had.kind, placeOf(had.region), secondsTime(had.received)
	}
	return ack, nil
}

// placeOf is the place of a map cell (ISO 3166-2 begins with the country).
func placeOf(cell string) outcry.Place {
	country, _, region := strings.Cut(cell, "-")
	if !region {
		return outcry.Place{Country: cell}
	}
	return outcry.Place{Country: country, Region: cell}
}

func secondsTime(s int64) time.Time { return time.Unix(s, 0).UTC() }
