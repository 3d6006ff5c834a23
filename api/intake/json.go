package intake

import (
	"bytes"
	"encoding/json"
	"mime"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// JSON reads a report: an object of texts, of which one that is null counts as
// not given. contentType must be application/json.
func JSON(contentType string, body []byte) (Fields, error) {
	return object(contentType, body, keys)
}

// Object is JSON for an object whose keys are among names.
func Object(contentType string, body []byte, names ...string) (Fields, error) {
	known := make(map[string]bool, len(names))
	for _, name := range names {
		known[name] = true
	}
	return object(contentType, body, known)
}

func object(contentType string, body []byte, known map[string]bool) (Fields, error) {
	if contentType != "application/json" && !isJSON(contentType) {
		return nil, ErrMediaType
	}
	if len(body) > MaxBytes || !utf8.Valid(body) {
		return nil, ErrMalformed
	}
	f, r := Fields{}, reader{body}
	if !r.take('{') || !r.members(f, known) || !r.ended() {
		return nil, ErrMalformed
	}
	return f, nil
}

// isJSON: a charset may be named if it is the only one that JSON has.
func isJSON(contentType string) bool {
	kind, params, err := mime.ParseMediaType(contentType)
	if err != nil || kind != "application/json" {
		return false
	}
	for name, value := range params {
		if name != "charset" || !strings.EqualFold(value, "utf-8") {
			return false
		}
	}
	return true
}

// reader takes the parts of a JSON document (RFC 8259) off its front. What it
// does not find there it leaves.
type reader struct{ rest []byte }

// members reads what stands in an object, and the brace that ends it.
func (r *reader) members(f Fields, known map[string]bool) bool {
	if r.take('}') {
		return true
	}
	var empty []string // the keys of what is null
	for {
		key, ok := r.text()
		if !ok || !r.take(':') || slices.Contains(empty, key) {
			return false
		}
		if r.null() {
			if _, twice := f[key]; twice || !known[key] {
				return false
			}
			empty = append(empty, key)
		} else {
			value, ok := r.text() // any other kind, a nested one included, ends it here
			if !ok || f.put(key, value, known) != nil {
				return false
			}
		}
		if !r.take(',') {
			return r.take('}')
		}
	}
}

// take takes one mark, and the space before it.
func (r *reader) take(mark byte) bool {
	if r.ended() || r.rest[0] != mark {
		return false
	}
	r.rest = r.rest[1:]
	return true
}

// null takes the word null, and the space before it.
func (r *reader) null() bool {
	if r.ended() || !bytes.HasPrefix(r.rest, []byte("null")) {
		return false
	}
	r.rest = r.rest[len("null"):]
	return true
}

// ended skips space and reports whether that was all.
func (r *reader) ended() bool {
	for len(r.rest) > 0 && (r.rest[0] == ' ' || r.rest[0] == '\t' || r.rest[0] == '\r' || r.rest[0] == '\n') {
		r.rest = r.rest[1:]
	}
	return len(r.rest) == 0
}

// text takes a text.
func (r *reader) text() (string, bool) {
	if !r.take('"') {
		return "", false
	}
	for i := 0; i < len(r.rest); i++ {
		switch c := r.rest[i]; {
		case c == '"':
			s := string(r.rest[:i])
			r.rest = r.rest[i+1:]
			return s, true
		case c == '\\':
			return r.escaped(i)
		case c < ' ':
			return "", false
		}
	}
	return "", false
}

// escaped takes the rest of a text that has its first escape at i.
func (r *reader) escaped(i int) (string, bool) {
	for ; i < len(r.rest) && r.rest[i] != '"'; i++ {
		if r.rest[i] == '\\' {
			i++
		}
	}
	if i >= len(r.rest) {
		return "", false
	}
	quoted := `"` + string(r.rest[:i+1])
	r.rest = r.rest[i+1:]
	var s string
	ok := json.Unmarshal([]byte(quoted), &s) == nil && surrogatesPaired(quoted)
	return s, ok
}

// surrogatesPaired reports whether every \u escape of a surrogate half stands
// with its other half. encoding/json would quietly write U+FFFD instead. text
// must be valid JSON.
func surrogatesPaired(text string) bool {
	high := false // the escape just read was a high half
	for i := 0; i < len(text); {
		if text[i] != '\\' || text[i+1] != 'u' {
			if high {
				return false
			}
			if text[i] == '\\' {
				i++
			}
			i++
			continue
		}
		code, err := strconv.ParseUint(text[i+2:i+6], 16, 16)
		if err != nil {
			return false
		}
		isHigh, isLow := code >= 0xD800 && code < 0xDC00, code >= 0xDC00 && code < 0xE000
		if high != isLow {
			return false
		}
		high = isHigh
		i += 6
	}
	return !high
}
