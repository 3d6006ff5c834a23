package intake

import (
	"bytes"
	"encoding/json"
	"mime"
	"strconv"
	"strings"
	"unicode/utf8"
)

// JSON reads an object of texts. contentType must be application/json.
func JSON(contentType string, body []byte) (Fields, error) {
	if kind, params, err := mime.ParseMediaType(contentType); err != nil || kind != "application/json" || !utf8Only(params) {
		return nil, ErrMediaType
	}
	// Valid checks the whole, so that what follows may trust the grammar.
	if len(body) > MaxBytes || !utf8.Valid(body) || !json.Valid(body) || !surrogatesPaired(body) {
		return nil, ErrMalformed
	}
	rest := skip(body)
	if rest[0] != '{' {
		return nil, ErrMalformed
	}
	f := Fields{}
	for rest = skip(rest[1:]); rest[0] != '}'; rest = skip(rest) {
		key, after := text(rest)
		// A value of any other kind, a nested one included, ends it here.
		after = skip(after)
		if after[0] != '"' {
			return nil, ErrMalformed
		}
		value, after := text(after)
		if err := f.put(key, value); err != nil {
			return nil, err
		}
		rest = after
	}
	return f, nil
}

// skip leaves out what stands between the texts of a valid object.
func skip(b []byte) []byte { return bytes.TrimLeft(b, " \t\r\n,:") }

// text is the JSON text that b begins with, and what follows it. b must be
// valid.
func text(b []byte) (string, []byte) {
	end, escaped := 1, false
	for ; b[end] != '"'; end++ {
		if b[end] == '\\' {
			escaped = true
			end++
		}
	}
	if !escaped {
		return string(b[1:end]), b[end+1:]
	}
	var s string
	if err := json.Unmarshal(b[:end+1], &s); err != nil {
		return "\x00", b[end+1:] // which no field may hold; a valid text is always read
	}
	return s, b[end+1:]
}

// utf8Only: a charset may be named if it is the only one that JSON has.
func utf8Only(params map[string]string) bool {
	for name, value := range params {
		if name != "charset" || !strings.EqualFold(value, "utf-8") {
			return false
		}
	}
	return true
}

// surrogatesPaired reports whether every \u escape of a surrogate half stands
// with its other half. encoding/json would quietly write U+FFFD instead. body
// must be valid JSON.
func surrogatesPaired(body []byte) bool {
	high := false // the escape just read was a high half
	for i := 0; i < len(body); {
		if body[i] != '\\' || body[i+1] != 'u' {
			if high {
				return false
			}
			if body[i] == '\\' {
				i++
			}
			i++
			continue
		}
		code, err := strconv.ParseUint(string(body[i+2:i+6]), 16, 16)
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
