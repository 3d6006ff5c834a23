package store

import (
	"strconv"
	"time"

	"outcry"
)

// line is a report as `outcry replay` reads it. No address, no source, no id.
type line struct {
	Time     time.Time   `json:"time"`
	Received time.Time   `json:"received,omitzero"`
	Service  string      `json:"service"`
	Symptom  string      `json:"symptom"`
	Kind     outcry.Kind `json:"kind,omitempty"`
	Country  string      `json:"country,omitempty"`
	Region   string      `json:"region,omitempty"`
	ASN      uint32      `json:"asn,omitempty"`
}

// appendLine adds r's line and its end. Comments are not in it, as they are
// not public.
func appendLine(b []byte, r outcry.Report) []byte {
	l := line{
		Time: r.Occurred.UTC().Truncate(time.Minute), Service: r.Service, Symptom: r.Symptom,
		Country: r.Place.Country, Region: r.Place.Region, ASN: r.Place.ASN,
	}
	if r.Kind != outcry.KindDown {
		l.Kind = r.Kind
	}
	if received := r.Received.UTC().Truncate(time.Minute); !received.Equal(l.Time) {
		l.Received = received
	}
	return append(l.append(b), '\n')
}

// append writes l as encoding/json does, for a tenth of what that costs each
// report. A year beyond 9999 has more digits, where that would refuse.
func (l line) append(b []byte) []byte {
	b = appendTime(append(b, `{"time":`...), l.Time)
	if !l.Received.IsZero() {
		b = appendTime(append(b, `,"received":`...), l.Received)
	}
	b = outcry.AppendText(append(b, `,"service":`...), l.Service)
	b = outcry.AppendText(append(b, `,"symptom":`...), l.Symptom)
	for _, x := range [...]struct{ name, text string }{
		{`,"kind":`, string(l.Kind)}, {`,"country":`, l.Country}, {`,"region":`, l.Region},
	} {
		if x.text != "" {
			b = outcry.AppendText(append(b, x.name...), x.text)
		}
	}
	if l.ASN != 0 {
		b = strconv.AppendUint(append(b, `,"asn":`...), uint64(l.ASN), 10)
	}
	return append(b, '}')
}

func appendTime(b []byte, t time.Time) []byte {
	return append(t.AppendFormat(append(b, '"'), time.RFC3339Nano), '"')
}
