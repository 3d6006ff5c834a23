package api

import (
	"encoding/base64"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/gofiber/fiber/v2"

	"outcry"
)

// query reads the parameters of a request. What is wrong is remembered and
// told once, by err, so that reading them stays a list.
type query struct {
	c     *fiber.Ctx
	wrong string
}

// err is the problem of the first wrong parameter.
func (q *query) err() error {
	if q.wrong == "" {
		return nil
	}
	return named("malformed", q.wrong)
}

func (q *query) fail(sentence string) {
	if q.wrong == "" {
		q.wrong = sentence
	}
}

// text is a parameter of up to 200 bytes.
func (q *query) text(name string) string {
	t := q.c.Query(name)
	if len(t) > 200 || !utf8.ValidString(t) || strings.ContainsRune(t, 0) {
		q.fail("The parameter " + name + " is too long, or no text.")
		return ""
	}
	return t
}

// time is a time in RFC 3339, or the zero time.
func (q *query) time(name string) time.Time {
	t := q.text(name)
	if t == "" {
		return time.Time{}
	}
	// An unescaped "+" arrives as a space, and t and z may be small.
	at, err := time.Parse(time.RFC3339, strings.ToUpper(strings.ReplaceAll(t, " ", "+")))
	if err != nil || at.Year() < 2000 || at.Year() > 2200 {
		q.fail("The parameter " + name + " is a time written like 2026-01-02T15:04:05Z.")
		return time.Time{}
	}
	return at.UTC()
}

// duration is a Go duration of whole minutes from least to most.
func (q *query) duration(name string, standard, least, most time.Duration) time.Duration {
	t := q.text(name)
	if t == "" {
		return standard
	}
	d, err := time.ParseDuration(t)
	if err != nil || d < least || d > most || d%time.Minute != 0 {
		q.fail("The parameter " + name + " is a duration of whole minutes like 30m, from " + least.String() + " to " + most.String() + ".")
		return standard
	}
	return d
}

// limit is how many entries a page of a list has.
func (q *query) limit(standard, most int) int {
	t := q.text("limit")
	if t == "" {
		return standard
	}
	n, err := strconv.Atoi(t)
	if err != nil || n < 1 || n > most {
		q.fail("The parameter limit is a number from 1 to " + strconv.Itoa(most) + ".")
		return standard
	}
	return n
}

// service is the slug of a service that the catalogue has, or "".
func (q *query) service(catalog *outcry.Catalog) (slug string, err error) {
	t := q.text("service")
	if t == "" {
		return "", nil
	}
	svc, ok := catalog.Service(t)
	if !ok {
		return "", outcry.ErrUnknownService
	}
	return svc.Slug, nil
}

// oneOf is a parameter with a few possible values, or "".
func oneOf[T ~string](q *query, name string, values ...T) T {
	t := q.text(name)
	for _, v := range values {
		if t == string(v) {
			return v
		}
	}
	if t != "" {
		q.fail("The parameter " + name + " has a value that is not known.")
	}
	return ""
}

// cursorValue is what a cursor may hold: a slug, or an incident's identifier.
var cursorValue = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._:/+-]{0,127}$`)

// cursorMark keeps the cursor of one list out of another, and of a later
// version of this one.
const cursorMark = "1:"

// newCursor makes the cursor that goes on after value in a list.
func newCursor(list, value string) string {
	return base64.RawURLEncoding.EncodeToString([]byte(cursorMark + list + ":" + value))
}

// cursor is the value that the parameter's cursor goes on after, or "".
func (q *query) cursor(list string) string {
	t := q.text("cursor")
	if t == "" {
		return ""
	}
	b, err := base64.RawURLEncoding.Strict().DecodeString(t)
	value, ok := strings.CutPrefix(string(b), cursorMark+list+":")
	if err != nil || !ok || !cursorValue.MatchString(value) {
		q.fail("The cursor is not one of this list.")
		return ""
	}
	return value
}
