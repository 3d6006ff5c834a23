// Package intake reads what a person says into Fields: from strict JSON, or
// from an HTML form in either of its encodings.
//
// It is strict so that a report has one meaning or none. A key given twice, a
// key that nobody knows, a number where a text belongs, half a surrogate pair,
// something after the end: where two programs could read two things, it is
// ErrMalformed. The parsers are bounded by the length of the body and never
// recurse. Nothing of the input finds its way into an error.
package intake

import (
	"errors"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"

	"outcry"
)

// ErrMalformed is the one answer to a body that does not parse.
var ErrMalformed = errors.New("malformed body")

// ErrMediaType: the Content-Type is missing or none of ours.
var ErrMediaType = errors.New("unsupported media type")

// MaxBytes is the largest body that is looked at.
const MaxBytes = 8 << 10

// maxDevice bounds the page's own token; ours are 22 characters.
const maxDevice = 128

// keys are the fields of a report.
var keys = map[string]bool{"service": true, "symptom": true, "kind": true, "comment": true, "occurred_at": true, "id": true, "device": true}

// Fields are the texts of a report by name; what was not given is absent.
type Fields map[string]string

// put adds a field, unless it is unknown, there already, or not plain text.
func (f Fields) put(key, value string, known map[string]bool) error {
	if _, twice := f[key]; twice || !known[key] || !utf8.ValidString(value) || strings.ContainsRune(value, 0) {
		return ErrMalformed
	}
	f[key] = value
	return nil
}

// Wrong names the field that is wrong with a submission, in words that are
// ours alone.
type Wrong struct{ Sentence string }

func (w *Wrong) Error() string { return w.Sentence }

// Unwrap makes a Wrong an outcry.ErrInvalid.
func (w *Wrong) Unwrap() error { return outcry.ErrInvalid }

// Submission checks the form of every field. Whether there is such a service
// and symptom, and whether the time is in range, is for the desk to say.
func (f Fields) Submission() (outcry.Submission, error) {
	s := outcry.Submission{
		Service: f["service"], Symptom: f["symptom"], Kind: outcry.KindDown,
		Comment: strings.TrimSpace(f["comment"]), Device: f["device"],
	}
	if k, ok := f["kind"]; ok {
		s.Kind = outcry.Kind(k)
	}
	switch {
	case s.Service == "":
		return s, &Wrong{"The report names no service."}
	case !s.Kind.Valid():
		return s, &Wrong{"The kind of a report is down or works."}
	case utf8.RuneCountInString(s.Comment) > outcry.MaxCommentRunes:
		return s, &Wrong{"A comment may have 280 characters."}
	case len(s.Device) > maxDevice:
		return s, &Wrong{"The device token is too long."}
	}
	var err error
	if s.ID, err = identifier(f); err != nil {
		return s, err
	}
	s.Occurred, err = moment(f)
	return s, err
}

func identifier(f Fields) (string, error) {
	text, given := f["id"]
	if !given {
		return "", nil
	}
	if len(text) != 36 || uuid.Validate(text) != nil { // which takes other spellings too
		return "", &Wrong{"The id of a report is a UUID."}
	}
	return strings.ToLower(text), nil
}

func moment(f Fields) (time.Time, error) {
	text, given := f["occurred_at"]
	if !given {
		return time.Time{}, nil
	}
	t, err := time.Parse(time.RFC3339, strings.ToUpper(text)) // its t and z may be small
	if err != nil {
		return time.Time{}, &Wrong{"The time of a report is written like 2026-01-02T15:04:05Z."}
	}
	if t.IsZero() {
		// The zero time stands for "now" further on, which nobody meant.
		return t, outcry.ErrTimeRange
	}
	return t.UTC(), nil
}
