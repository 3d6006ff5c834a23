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
	d := json.NewDecoder(bytes.NewReader(body))
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return nil, ErrMalformed
	}
	f := Fields{}
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return nil, ErrMalformed
		}
		// A value of any other kind, a nested one included, ends it here.
		value, err := d.Token()
		text, ok := value.(string)
		if err != nil || !ok {
			return nil, ErrMalformed
		}
		if err := f.put(key.(string), text); err != nil { // Token gives keys as strings only
			return nil, err
		}
	}
	return f, nil
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
