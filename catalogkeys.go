package outcry

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
)

// readServices reads the services of a catalogue file. A key has one spelling
// and stands once in its object: encoding/json alone would take any case, and
// the last of several.
func readServices(file json.RawMessage) ([]Service, error) {
	top, err := members(file, "services")
	if err != nil {
		return nil, err
	}
	list, err := elements(top["services"])
	if err != nil {
		return nil, fmt.Errorf("services: %w", err)
	}
	services := make([]Service, len(list))
	for i, raw := range list {
		if err := readService(raw, &services[i]); err != nil {
			return nil, fmt.Errorf("service %d (%q): %w", i+1, services[i].Slug, err)
		}
	}
	return services, nil
}

// readService reads one into s; where it cannot, s has the slug if there is one.
func readService(raw json.RawMessage, s *Service) error {
	parts, err := members(raw, "slug", "name", "url", "category", "time_zone", "aliases", "symptoms", "depends_on", "status_url", "home_networks", "help")
	if slug := parts["slug"]; slug != nil {
		_ = json.Unmarshal(slug, &s.Slug) // for the error's own words
	}
	if err != nil {
		return err
	}
	if err := eachObject("symptom", parts["symptoms"], "slug", "label"); err != nil {
		return err
	}
	if err := eachObject("help", parts["help"], "text", "url"); err != nil {
		return err
	}
	return json.Unmarshal(raw, s)
}

// eachObject checks the keys of the objects in a list; a help may be a bare
// sentence, which has none.
func eachObject(name string, raw json.RawMessage, known ...string) error {
	list, err := elements(raw)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	for i, x := range list {
		if x[0] != '{' {
			continue
		}
		if _, err := members(x, known...); err != nil {
			return fmt.Errorf("%s %d: %w", name, i+1, err)
		}
	}
	return nil
}

// elements are what a JSON list holds; of null and of nothing, none.
func elements(raw json.RawMessage) (list []json.RawMessage, err error) {
	if raw == nil {
		return nil, nil
	}
	if json.Unmarshal(raw, &list) != nil {
		return nil, errors.New("this is not a list")
	}
	return list, nil
}

// members are the parts of a JSON object, whose keys must be among those known.
// Where one is not, the parts before it are given too. raw must be valid JSON.
func members(raw json.RawMessage, known ...string) (map[string]json.RawMessage, error) {
	d := json.NewDecoder(bytes.NewReader(raw))
	if first, err := d.Token(); err != nil || first != json.Delim('{') {
		return nil, errors.New("this is not an object in braces")
	}
	parts := map[string]json.RawMessage{}
	for d.More() {
		token, err := d.Token()
		if err != nil {
			return parts, err
		}
		key, _ := token.(string) // in an object, and not its end
		switch _, twice := parts[key]; {
		case twice:
			return parts, fmt.Errorf("the key %q stands there twice", key)
		case !slices.Contains(known, key):
			return parts, fmt.Errorf("the key %q is not known", key)
		}
		var value json.RawMessage
		if err := d.Decode(&value); err != nil {
			return parts, err
		}
		parts[key] = value
	}
	return parts, nil
}

// readWhole reads one JSON value and nothing after it.
func readWhole(r io.Reader) (raw json.RawMessage, err error) {
	limited := &io.LimitedReader{R: r, N: maxCatalogBytes + 1}
	d := json.NewDecoder(limited)
	if err := d.Decode(&raw); err != nil {
		if limited.N <= 0 {
			return nil, fmt.Errorf("larger than %d MiB", maxCatalogBytes>>20)
		}
		return nil, plainJSONError(err)
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, errors.New("something follows the closing brace")
	}
	return raw, nil
}

func plainJSONError(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return errors.New("the file is empty or cut off")
	}
	return err
}
