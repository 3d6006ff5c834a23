package replay

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"
)

const (
	// MaxLine is the longest line, in bytes, without its newline.
	MaxLine = 64 << 10
	// Tolerance is how far a line may lie before the latest one so far:
	// recorders with several threads write slightly out of order.
	Tolerance = time.Minute
)

// Read calls line for every good line of r and bad for every other, each with
// its number from 1. It stops at the first error of line, or of r itself, and
// returns it. Blank lines are passed over. A bad line doesn't stop the rest,
// and time is not set by it.
func Read(r io.Reader, line func(n int, l Line) error, bad func(n int, reason string)) error {
	plain, done, err := open(r)
	if err != nil {
		return err
	}
	defer done()
	in := bufio.NewReaderSize(plain, MaxLine+2)
	var latest time.Time
	for n := 1; ; n++ {
		text, long, err := next(in)
		if err != nil && !errors.Is(err, io.EOF) {
			return fmt.Errorf("read line %d: %w", n, err)
		}
		last := err != nil
		if long {
			bad(n, fmt.Sprintf("longer than %d KiB", MaxLine>>10))
		} else if len(text) > 0 {
			if err := take(n, text, &latest, line, bad); err != nil {
				return err
			}
		}
		if last {
			return nil
		}
	}
}

// take hands on one line that isn't blank.
func take(n int, text []byte, latest *time.Time, line func(int, Line) error, bad func(int, string)) error {
	l, err := parse(text)
	if err == nil && l.Time.Before(latest.Add(-Tolerance)) {
		err = fmt.Errorf("%s before the latest line: lines must be ordered by time", latest.Sub(l.Time).Round(time.Second))
	}
	if err != nil {
		bad(n, err.Error())
		return nil
	}
	if l.Time.After(*latest) {
		*latest = l.Time
	}
	return line(n, l)
}

// next reads one line, trimmed. Of one that is too long nothing is kept. The
// text is valid until the next call; it may come together with io.EOF.
func next(in *bufio.Reader) (text []byte, long bool, err error) {
	text, err = in.ReadSlice('\n')
	for errors.Is(err, bufio.ErrBufferFull) {
		long = true
		_, err = in.ReadSlice('\n')
	}
	if long {
		return nil, true, err
	}
	text = bytes.TrimSpace(text)
	return text, len(text) > MaxLine, err
}

// parse reads one line: one object and nothing after it. Keys that are not ours
// are passed over, for a record may hold more than we need.
func parse(text []byte) (Line, error) {
	var l Line
	d := json.NewDecoder(bytes.NewReader(text))
	if err := d.Decode(&l); err != nil {
		return Line{}, plain(err)
	}
	if _, err := d.Token(); err != io.EOF {
		return Line{}, errors.New("something follows the closing brace")
	}
	if text[0] != '{' {
		return Line{}, errors.New("not a JSON object")
	}
	return l, l.Validate()
}

// plain turns the decoder's words into a sentence for people.
func plain(err error) error {
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	var date *time.ParseError
	switch {
	case errors.As(err, &syntax), errors.Is(err, io.ErrUnexpectedEOF):
		return errors.New("not JSON")
	case errors.As(err, &kind) && kind.Field == "":
		return errors.New("not a JSON object")
	case errors.As(err, &kind):
		return fmt.Errorf("%s can't be a %s", kind.Field, kind.Value)
	case errors.As(err, &date), strings.HasPrefix(err.Error(), "Time.UnmarshalJSON"): // of no text, which has no type of error
		return errors.New("time is not of the form 2006-01-02T15:04:05Z")
	}
	return errors.New(strings.TrimPrefix(err.Error(), "json: "))
}
