package frontend

import (
	"embed"
	"encoding/json"
	"fmt"
	"strings"

	"outcry"
)

//go:embed map/*.json
var mapFiles embed.FS

// world is the shapes to draw and the names of places.
type world struct {
	countries, states atlas // states of the USA
	places            map[string]country
}

// atlas is shapes on one grid.
type atlas struct {
	Width, Height int
	Shapes        []shape
}

// shape is a country's outline, or a point where it is too small to have one.
type shape struct {
	ID   string `json:"id"` // "" for the few that ISO 3166-1 does not list
	Name string `json:"name"`
	D    string `json:"d"`
	X, Y int
}

type country struct {
	Name  string            `json:"name"`
	Parts map[string]string `json:"parts"` // "MD" → "Maryland"
}

func loadWorld() (world, error) {
	var w world
	for name, into := range map[string]any{"world.json": &w.countries, "states.json": &w.states, "places.json": &w.places} {
		b, err := mapFiles.ReadFile("map/" + name)
		if err != nil {
			return w, err
		}
		if err := json.Unmarshal(b, into); err != nil {
			return w, fmt.Errorf("map/%s: %w", name, err)
		}
	}
	if len(w.countries.Shapes) == 0 || len(w.states.Shapes) == 0 || len(w.places) == 0 {
		return w, fmt.Errorf("map: no shapes or no places")
	}
	return w, nil
}

// PlaceName gives the English name of a country ("US") or of one of its parts
// ("US-MD" is "Maryland"); a code that ISO does not list is its own name, and
// no code is "".
func (r *Renderer) PlaceName(code string) string { return r.world.name(code) }

func (w *world) name(code string) string {
	head, part, inPart := strings.Cut(code, "-")
	c, ok := w.places[head]
	switch {
	case !ok:
		return code
	case !inPart:
		return c.Name
	case c.Parts[part] == "":
		return code
	}
	return c.Parts[part]
}

// placeText is "Maryland, United States", or "" where nothing is known.
func (w *world) placeText(p outcry.Place) string {
	if p.Region != "" && p.Country != "" {
		return w.name(p.Region) + ", " + w.name(p.Country)
	}
	return w.name(p.Key())
}
