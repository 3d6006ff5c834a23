package intake

import (
	"bytes"
	"io"
	"mime"
	"mime/multipart"
	"net/url"
	"strings"
)

// Form reads an HTML form, urlencoded or multipart. An empty input is one that
// was left blank, so it counts as not given.
func Form(contentType string, body []byte) (Fields, error) {
	kind, params, err := mime.ParseMediaType(contentType)
	if err != nil {
		return nil, ErrMediaType
	}
	if len(body) > MaxBytes {
		return nil, ErrMalformed
	}
	switch kind {
	case "application/x-www-form-urlencoded":
		return urlencoded(string(body))
	case "multipart/form-data":
		return multiparts(params["boundary"], body)
	}
	return nil, ErrMediaType
}

func urlencoded(body string) (Fields, error) {
	f := Fields{}
	for pair := range strings.SplitSeq(body, "&") {
		if pair == "" {
			continue
		}
		k, v, _ := strings.Cut(pair, "=")
		key, err := url.QueryUnescape(k)
		if err != nil {
			return nil, ErrMalformed
		}
		value, err := url.QueryUnescape(v)
		if err != nil {
			return nil, ErrMalformed
		}
		if err := f.input(key, value); err != nil {
			return nil, err
		}
	}
	return f, nil
}

func multiparts(boundary string, body []byte) (Fields, error) {
	if boundary == "" {
		return nil, ErrMediaType
	}
	f := Fields{}
	r := multipart.NewReader(bytes.NewReader(body), boundary)
	for {
		// NextRawPart: no transfer encoding is undone.
		part, err := r.NextRawPart()
		if err == io.EOF {
			return f, nil
		}
		if err != nil || part.FormName() == "" || part.FileName() != "" {
			return nil, ErrMalformed
		}
		value, err := io.ReadAll(part) // no longer than body
		if err != nil {
			return nil, ErrMalformed
		}
		if err := f.input(part.FormName(), string(value)); err != nil {
			return nil, err
		}
	}
}

// input puts a form's field, with the line ends that forms write.
func (f Fields) input(key, value string) error {
	if value == "" && keys[key] {
		return nil
	}
	return f.put(key, strings.ReplaceAll(value, "\r\n", "\n"), keys)
}
