package receipt

import (
	"encoding/json"
	"strconv"
	"time"
)

// append writes s as encoding/json does, letter by letter. Every report gets a
// receipt, and by way of reflection this would be a tenth of its whole cost.
func (s Statement) append(b []byte) []byte {
	b = text(append(b, `{"report":`...), s.Report)
	b = text(append(b, `,"service":`...), s.Service)
	b = text(append(b, `,"symptom":`...), s.Symptom)
	b = text(append(b, `,"kind":`...), string(s.Kind))
	b = moment(append(b, `,"occurred":`...), s.Occurred)
	b = moment(append(b, `,"received":`...), s.Received)
	b = text(append(b, `,"country":`...), s.Country)
	b = text(append(b, `,"region":`...), s.Region)
	b = strconv.AppendBool(append(b, `,"counted":`...), s.Counted)
	if s.Reason != "" {
		b = text(append(b, `,"reason":`...), string(s.Reason))
	}
	return append(s.Verdict.append(append(b, `,"verdict":`...)), '}')
}

func (v Verdict) append(b []byte) []byte {
	b = text(append(b, `{"state":`...), string(v.State))
	b = strconv.AppendInt(append(b, `,"count":`...), int64(v.Count), 10)
	b = append(append(b, `,"expected":`...), number(v.Expected)...)
	if v.Window != "" {
		b = text(append(b, `,"window":`...), v.Window)
	}
	if !v.AsOf.IsZero() {
		b = moment(append(b, `,"as_of":`...), v.AsOf)
	}
	return append(b, '}')
}

// text writes what has nothing to escape as it is, and leaves the rest to
// encoding/json.
func text(b []byte, s string) []byte {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c > '~' || c == '"' || c == '\\' || c == '<' || c == '>' || c == '&' {
			quoted, err := json.Marshal(s)
			if err != nil { // a string always has a JSON text
				return append(b, `""`...)
			}
			return append(b, quoted...)
		}
	}
	return append(append(append(b, '"'), s...), '"')
}

func moment(b []byte, t time.Time) []byte {
	return append(t.AppendFormat(append(b, '"'), time.RFC3339Nano), '"')
}

// number has no JSON text when it is infinite or none at all; it is 0 then, as
// an expectation that nobody has.
func number(x float64) []byte {
	text, err := json.Marshal(x)
	if err != nil {
		return []byte("0")
	}
	return text
}
