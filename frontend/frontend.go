// Package frontend draws Outcry's pages: HTML, style, script, charts and maps.
// It knows no HTTP: a caller fills a page struct (pages.go) and names a writer.
//
//	page struct → view (what templates need, computed) → templates → buffer → writer
//
// Every page is complete without script. What script adds (live numbers, a
// report without leaving the page, zooming the map) finds its element by a
// data attribute and does nothing where there is none.
//
// What is embedded, and where it comes from:
//
//   - templates/, style/: written by hand and embedded as they are; the style
//     sheets are joined, squeezed and named by their hash at start.
//   - map/: shapes of countries and states and names of places, generated from npm packages by
//     `npm run map` and committed, so that Go alone can build and test; a test
//     compares them with what the generator makes.
//   - dist/: the script bundle, made by `npm run build` and not committed.
//     The folder itself is, so that the embedding always matches; without a
//     bundle the pages go without script, and HasScript says so.
package frontend

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"io"
	"io/fs"
	"strings"
)

//go:embed templates/*.html
var templateFiles embed.FS

// Renderer draws pages. It is made once, does not change, and may be used from
// many goroutines.
type Renderer struct {
	frame *template.Template
	bare  *template.Template
	pages map[string]*template.Template
	asset assets
	world world
}

// New parses every template and loads assets and shapes: what is wrong with
// them is wrong at the start, not at the first visit.
func New() (*Renderer, error) {
	r := &Renderer{pages: map[string]*template.Template{}}
	var err error
	if r.asset, err = loadAssets(); err != nil {
		return nil, fmt.Errorf("frontend: %w", err)
	}
	if r.world, err = loadWorld(); err != nil {
		return nil, fmt.Errorf("frontend: %w", err)
	}
	if err := r.parse(); err != nil {
		return nil, fmt.Errorf("frontend: %w", err)
	}
	return r, nil
}

// parse makes one template set a page: the parts (part-*.html) with the page.
func (r *Renderer) parse() error {
	parts := template.New("parts").Funcs(r.functions()).Option("missingkey=error")
	if _, err := parts.ParseFS(templateFiles, "templates/part-*.html"); err != nil {
		return err
	}
	names, err := fs.Glob(templateFiles, "templates/*.html")
	if err != nil {
		return err
	}
	for _, path := range names {
		name := strings.TrimSuffix(strings.TrimPrefix(path, "templates/"), ".html")
		if strings.HasPrefix(name, "part-") {
			continue
		}
		set, err := parts.Clone()
		if err != nil {
			return err
		}
		if _, err = set.ParseFS(templateFiles, path); err != nil {
			return err
		}
		r.pages[name] = set.Lookup(name + ".html")
	}
	r.frame, r.bare = r.pages["frame"], r.pages["bare"]
	return nil
}

// frame is what the outer template needs beside the page itself.
type frame struct {
	Site
	Title       string
	Description string
	Path        string // canonical, and what the navigation marks
	Feed        string // path of the page's Atom feed, or ""
	Live        string // path of the page's event stream, or ""
	Private     bool   // asks search engines to stay away
	Report      bool   // the page has the report form, which comes first
	Body        template.HTML
}

// Brand is the site's name.
func (s Site) Brand() string {
	if s.Name == "" {
		return "Outcry"
	}
	return s.Name
}

// navLink is one link of the main navigation.
type navLink struct {
	Path, Name string
	Here       bool
}

// Nav lists the main navigation with the current page marked.
func (f frame) Nav() []navLink {
	links := []navLink{{Path: "/map", Name: "Map"}, {Path: "/incidents", Name: "Incidents"},
		{Path: "/methodology", Name: "Method"}}
	for i, l := range links {
		links[i].Here = f.Path == l.Path
	}
	return links
}

// draw renders view with the page's template into f and writes all or nothing.
func (r *Renderer) draw(w io.Writer, page string, f frame, view any) error {
	return r.drawIn(w, r.frame, page, f, view)
}

func (r *Renderer) drawIn(w io.Writer, outer *template.Template, page string, f frame, view any) error {
	var body, whole bytes.Buffer
	if err := r.pages[page].Execute(&body, view); err != nil {
		return fmt.Errorf("page %s: %w", page, err)
	}
	f.Body = template.HTML(body.String()) // made by html/template just above
	if err := outer.Execute(&whole, f); err != nil {
		return fmt.Errorf("page %s: %w", page, err)
	}
	_, err := w.Write(whole.Bytes())
	return err
}
