package outcry

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"regexp"
	"strings"
	"time"
)

// Service is one entry of the catalogue. DependsOn may name services that the
// catalogue does not hold; those have no verdict to point to.
type Service struct {
	Slug         string    `json:"slug"`
	Name         string    `json:"name"`
	URL          string    `json:"url"`
	Category     string    `json:"category"`
	TimeZone     string    `json:"time_zone"`
	Aliases      []string  `json:"aliases"`
	Symptoms     []Symptom `json:"symptoms"`
	DependsOn    []string  `json:"depends_on"`
	StatusURL    string    `json:"status_url"`
	HomeNetworks []uint32  `json:"home_networks"`
	Help         []Help    `json:"help"`
}

// Symptom is one thing that can fail, with the words a person would use.
type Symptom struct {
	Slug  string `json:"slug"`
	Label string `json:"label"`
}

// Help is one thing to do meanwhile: a sentence, with a link or without.
type Help struct {
	Text string `json:"text"`
	URL  string `json:"url"`
}

// UnmarshalJSON reads {"text", "url"} or a bare sentence.
func (h *Help) UnmarshalJSON(b []byte) error {
	if len(b) > 0 && b[0] == '"' {
		*h = Help{}
		return json.Unmarshal(b, &h.Text)
	}
	type plain Help
	return json.Unmarshal(b, (*plain)(h))
}

// DefaultSymptoms is what a service has that lists none.
func DefaultSymptoms() []Symptom {
	return []Symptom{
		{DefaultSymptom, "The site doesn't load"},
		{"login", "I can't log in"},
		{"slow", "It is very slow"},
		{"app", "The app doesn't work"},
		{"video", "Videos don't play"},
		{"submission", "I can't hand in my work"},
		{"quiz", "Quizzes or tests don't open or save"},
		{"forum", "Discussions don't load"},
		{"catalog", "Search or the course list doesn't work"},
		{"payment", "I can't pay"},
		{"certificate", "My certificate doesn't open"},
		{"other", "Something else"},
	}
}

// Symptom finds one of the service's symptoms.
func (s *Service) Symptom(slug string) (Symptom, bool) {
	for _, x := range s.Symptoms {
		if x.Slug == slug {
			return x, true
		}
	}
	return Symptom{}, false
}

// FirstSymptom is what a report counts as that names no symptom: the whole
// site where the service has that symptom, else its first.
func (s *Service) FirstSymptom() string {
	if _, ok := s.Symptom(DefaultSymptom); ok {
		return DefaultSymptom
	}
	return s.Symptoms[0].Slug
}

// Location is the service's time zone, UTC where none is given.
func (s *Service) Location() *time.Location {
	if loc, err := time.LoadLocation(s.TimeZone); err == nil {
		return loc
	}
	return time.UTC
}

// Catalog is the services that can be reported, in the order of the file.
// It does not change after ParseCatalog.
type Catalog struct {
	services []Service
	index    map[string]int // slugs and aliases
}

// Services lists all, in the order of the file.
func (c *Catalog) Services() []Service { return c.services }

// Only is the catalogue of those services that keep is true of.
func (c *Catalog) Only(keep func(Service) bool) *Catalog {
	part := &Catalog{index: map[string]int{}}
	for _, s := range c.services {
		if !keep(s) {
			continue
		}
		for _, name := range append([]string{s.Slug}, s.Aliases...) {
			part.index[strings.ToLower(name)] = len(part.services)
		}
		part.services = append(part.services, s)
	}
	return part
}

// Service finds one by slug or alias.
func (c *Catalog) Service(slug string) (*Service, bool) {
	i, ok := c.index[strings.ToLower(slug)]
	if !ok {
		return nil, false
	}
	return &c.services[i], true
}

// Search lists the services whose name, slug, alias, category or host contains
// every word of query; an empty query lists all.
func (c *Catalog) Search(query string) []Service {
	words := strings.Fields(strings.ToLower(query))
	var found []Service
	for _, s := range c.services {
		text := strings.ToLower(strings.Join(append([]string{s.Name, s.Slug, s.Category, s.URL}, s.Aliases...), " "))
		all := true
		for _, w := range words {
			all = all && strings.Contains(text, w)
		}
		if all {
			found = append(found, s)
		}
	}
	return found
}

// maxCatalogBytes bounds a catalogue file; the embedded one is near 50 kB.
const maxCatalogBytes = 16 << 20

var slugPattern = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)

// ParseCatalog reads a catalogue file. The error names the first thing that is
// wrong with it; a catalogue is taken whole or not at all.
func ParseCatalog(r io.Reader) (*Catalog, error) {
	raw, err := readWhole(r)
	if err != nil {
		return nil, fmt.Errorf("catalogue: %w", err)
	}
	services, err := readServices(raw)
	if err != nil {
		return nil, fmt.Errorf("catalogue: %w", err)
	}
	if len(services) == 0 {
		return nil, errors.New("catalogue: no services")
	}
	return newCatalog(services)
}

func newCatalog(services []Service) (*Catalog, error) {
	c := &Catalog{services: services, index: make(map[string]int, len(services))}
	for i := range services {
		s := &services[i]
		if err := s.complete(); err != nil {
			return nil, fmt.Errorf("catalogue: service %d (%q): %w", i+1, s.Slug, err)
		}
		for _, name := range append([]string{s.Slug}, s.Aliases...) {
			name = strings.ToLower(name)
			if j, taken := c.index[name]; taken && j != i {
				return nil, fmt.Errorf("catalogue: %q names both %q and %q", name, services[j].Slug, s.Slug)
			}
			c.index[name] = i
		}
	}
	return c, nil
}

// complete checks s and fills in what may be left out.
func (s *Service) complete() error {
	if !validSlug(s.Slug) {
		return errors.New("slug must be lower-case letters, digits and single hyphens, 64 at most")
	}
	if strings.TrimSpace(s.Name) == "" || len(s.Name) > 120 {
		return errors.New("name is missing or longer than 120 bytes")
	}
	for _, a := range s.Aliases {
		if strings.TrimSpace(a) == "" || len(a) > 120 {
			return fmt.Errorf("alias %q is empty or longer than 120 bytes", a)
		}
	}
	for field, link := range map[string]string{"url": s.URL, "status_url": s.StatusURL} {
		if !validLink(link) {
			return fmt.Errorf("%s must be an http or https address", field)
		}
	}
	if _, err := time.LoadLocation(s.TimeZone); err != nil {
		return fmt.Errorf("time_zone %q is not known", s.TimeZone)
	}
	return s.completeLists()
}

func (s *Service) completeLists() error {
	if len(s.Symptoms) == 0 {
		s.Symptoms = DefaultSymptoms()
	}
	seen := map[string]bool{}
	for i, x := range s.Symptoms {
		if !validSlug(x.Slug) || seen[x.Slug] {
			return fmt.Errorf("symptom %q is not a slug, or is there twice", x.Slug)
		}
		seen[x.Slug] = true
		if strings.TrimSpace(x.Label) == "" {
			s.Symptoms[i].Label = x.Slug
		}
	}
	for _, h := range s.Help {
		if h.Text == "" || !validLink(h.URL) {
			return errors.New("help needs a text, and its url must be an http or https address")
		}
	}
	return nil
}

func validSlug(s string) bool { return len(s) <= 64 && slugPattern.MatchString(s) }

func validLink(s string) bool {
	if s == "" {
		return true
	}
	u, err := url.Parse(s)
	return err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != ""
}
