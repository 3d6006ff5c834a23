package receipt

import (
	"encoding/binary"
	"math"
	"time"

	"github.com/google/uuid"

	"outcry"
)

// compact adds s to b as it stands in an identifier: a third as long as the JSON,
// so that links stay short. In order, with numbers as varints (as package
// encoding/binary has them) and texts behind their length: the report's UUID,
// Unix minutes of occurred and received, service, symptom, kind, country,
// region, 1 if counted, reason; of the verdict state, count, the bits of the
// expected number, window, and 1 and the Unix nanoseconds of as_of if it has
// one.
func (s Statement) compact(b []byte) ([]byte, error) {
	id, err := uuid.Parse(s.Report)
	if err != nil {
		return nil, err
	}
	b = append(b, id[:]...)
	b = binary.AppendVarint(b, s.Occurred.Unix()/60)
	b = binary.AppendVarint(b, s.Received.Unix()/60)
	for _, text := range [...]string{s.Service, s.Symptom, string(s.Kind), s.Country, s.Region} {
		b = appendText(b, text)
	}
	b = appendText(appendBool(b, s.Counted), string(s.Reason))
	v := s.Verdict
	b = binary.AppendVarint(appendText(b, string(v.State)), int64(v.Count))
	b = binary.BigEndian.AppendUint64(b, math.Float64bits(v.Expected))
	b = appendBool(appendText(b, v.Window), !v.AsOf.IsZero())
	if !v.AsOf.IsZero() {
		b = binary.AppendVarint(b, v.AsOf.UnixNano())
	}
	return b, nil
}

func appendText(b []byte, text string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(text))), text...)
}

func appendBool(b []byte, yes bool) []byte {
	if yes {
		return append(b, 1)
	}
	return append(b, 0)
}

// expand reads what compact wrote.
func expand(b []byte) (Statement, error) {
	r := reader{b}
	var s Statement
	s.Report = uuid.UUID(r.bytes(16)).String()
	s.Occurred = time.Unix(r.varint()*60, 0).UTC()
	s.Received = time.Unix(r.varint()*60, 0).UTC()
	s.Service, s.Symptom, s.Kind = r.text(), r.text(), outcry.Kind(r.text())
	s.Country, s.Region = r.text(), r.text()
	s.Counted, s.Reason = r.bool(), outcry.Reason(r.text())
	s.Verdict.State, s.Verdict.Count = outcry.State(r.text()), int(r.varint())
	s.Verdict.Expected = math.Float64frombits(binary.BigEndian.Uint64(r.bytes(8)))
	s.Verdict.Window = r.text()
	if r.bool() {
		s.Verdict.AsOf = time.Unix(0, r.varint()).UTC()
	}
	if r.rest == nil || len(r.rest) > 0 {
		return Statement{}, ErrBad
	}
	return s, nil
}

// reader takes values off a text; after a value that is not there, rest is nil
// and all that follow are zero.
type reader struct{ rest []byte }

func (r *reader) bytes(n int) []byte {
	if n < 0 || n > len(r.rest) {
		r.rest = nil
		return make([]byte, max(n, 0))
	}
	b := r.rest[:n]
	r.rest = r.rest[n:]
	return b
}

func (r *reader) varint() int64 {
	x, n := binary.Varint(r.rest)
	if n <= 0 {
		r.rest = nil
		return 0
	}
	r.rest = r.rest[n:]
	return x
}

func (r *reader) text() string {
	n, size := binary.Uvarint(r.rest)
	if size <= 0 || n > uint64(len(r.rest)-size) {
		r.rest = nil
		return ""
	}
	r.rest = r.rest[size:]
	return string(r.bytes(int(n)))
}

func (r *reader) bool() bool { return r.bytes(1)[0] == 1 }
