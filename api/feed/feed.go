// Package feed writes incidents as feeds: Atom (RFC 4287) and JSON Feed 1.1.
//
// An entry is an incident. Its identifier never changes, so a reader shows one
// entry that is updated at every change, corrections and all-clears included,
// and not a new one each time.
package feed

import (
	"encoding/json"
	"encoding/xml"
	"fmt"
	"html"
	"strings"
	"time"

	"outcry"
)

// Feed is what both kinds are written from.
type Feed struct {
	Title string
	// Base is the start of absolute addresses; Home, Self and Next are paths, of
	// which Next may be "". The feed's own identifier is made of Authority and
	// Home.
	Base, Home, Self, Next string
	// Authority is the name that identifiers are made under; it must not
	// change, or every reader sees every entry as new.
	Authority string
	Updated   time.Time // where there are no entries
	Entries   []Entry
}

// Entry is one incident.
type Entry struct {
	ID                 string // of the incident
	Title, Summary     string
	HTML               string
	Published, Updated time.Time
	Service            string
}

// NewEntry writes an incident; sentence says it in one.
func NewEntry(i outcry.Incident, sentence string) Entry {
	updated := i.UpdatedAt
	var b strings.Builder
	fmt.Fprintf(&b, "<p>%s</p>", html.EscapeString(sentence))
	for _, part := range []struct {
		title string
		list  []outcry.Update
	}{{"Corrections", i.Corrections}, {"Updates", i.Updates}} {
		if len(part.list) == 0 {
			continue
		}
		fmt.Fprintf(&b, "<h2>%s</h2><ul>", part.title)
		for n := len(part.list) - 1; n >= 0; n-- { // newest first
			u := part.list[n]
			fmt.Fprintf(&b, "<li>%s: %s</li>", u.At.UTC().Format("2006-01-02 15:04 UTC"), html.EscapeString(u.Text))
			if u.At.After(updated) {
				updated = u.At
			}
		}
		b.WriteString("</ul>")
	}
	if updated.IsZero() {
		updated = i.StartedAt
	}
	return Entry{ID: i.ID, Title: i.Name + ": " + string(i.State), Summary: sentence, HTML: b.String(),
		Published: i.DetectedAt.UTC(), Updated: updated.UTC(), Service: i.Service}
}

// began is the year from which on Authority is ours, as tag URIs ask (RFC 4151).
const began = "2026"

func (f Feed) tag(path string) string {
	return "tag:" + f.Authority + "," + began + ":" + strings.TrimPrefix(path, "/")
}

func (f Feed) updated() time.Time {
	newest := f.Updated
	for n, e := range f.Entries {
		if n == 0 || e.Updated.After(newest) {
			newest = e.Updated
		}
	}
	return newest.UTC()
}

type atomLink struct {
	Rel  string `xml:"rel,attr"`
	Type string `xml:"type,attr,omitempty"`
	Href string `xml:"href,attr"`
}

type atomText struct {
	Type string `xml:"type,attr"`
	Text string `xml:",chardata"`
}

type atomEntry struct {
	ID        string   `xml:"id"`
	Title     string   `xml:"title"`
	Link      atomLink `xml:"link"`
	Published string   `xml:"published"`
	Updated   string   `xml:"updated"`
	Category  struct {
		Term string `xml:"term,attr"`
	} `xml:"category"`
	Summary string   `xml:"summary"`
	Content atomText `xml:"content"`
}

type atomFeed struct {
	XMLName xml.Name    `xml:"http://www.w3.org/2005/Atom feed"`
	ID      string      `xml:"id"`
	Title   string      `xml:"title"`
	Updated string      `xml:"updated"`
	Author  string      `xml:"author>name"`
	Links   []atomLink  `xml:"link"`
	Entries []atomEntry `xml:"entry"`
}

// Atom writes the feed as Atom.
func (f Feed) Atom() ([]byte, error) {
	a := atomFeed{ID: f.tag("feed" + f.Home), Title: f.Title, Updated: f.updated().Format(time.RFC3339), Author: "Outcry", Links: []atomLink{
		{"self", "application/atom+xml", f.Base + f.Self}, {"alternate", "text/html", f.Base + f.Home}}}
	if f.Next != "" {
		a.Links = append(a.Links, atomLink{"next", "application/atom+xml", f.Base + f.Next})
	}
	for _, e := range f.Entries {
		x := atomEntry{ID: f.tag("incident/" + e.ID), Title: e.Title, Link: atomLink{"alternate", "text/html", f.Base + "/incidents/" + e.ID},
			Published: e.Published.Format(time.RFC3339), Updated: e.Updated.Format(time.RFC3339), Summary: e.Summary, Content: atomText{"html", e.HTML}}
		x.Category.Term = e.Service
		a.Entries = append(a.Entries, x)
	}
	body, err := xml.Marshal(a)
	if err != nil {
		return nil, fmt.Errorf("write Atom: %w", err)
	}
	return append([]byte(xml.Header), body...), nil
}

type jsonItem struct {
	ID        string   `json:"id"`
	URL       string   `json:"url"`
	Title     string   `json:"title"`
	Summary   string   `json:"summary"`
	HTML      string   `json:"content_html"`
	Published string   `json:"date_published"`
	Modified  string   `json:"date_modified"`
	Tags      []string `json:"tags"`
}

// JSON writes the feed as JSON Feed 1.1.
func (f Feed) JSON() ([]byte, error) {
	doc := struct {
		Version string              `json:"version"`
		Title   string              `json:"title"`
		Home    string              `json:"home_page_url"`
		Self    string              `json:"feed_url"`
		Next    string              `json:"next_url,omitempty"`
		Authors []map[string]string `json:"authors"`
		Items   []jsonItem          `json:"items"`
	}{"https://jsonfeed.org/version/1.1", f.Title, f.Base + f.Home, f.Base + f.Self, "", []map[string]string{{"name": "Outcry"}}, []jsonItem{}}
	if f.Next != "" {
		doc.Next = f.Base + f.Next
	}
	for _, e := range f.Entries {
		doc.Items = append(doc.Items, jsonItem{ID: f.tag("incident/" + e.ID), URL: f.Base + "/incidents/" + e.ID, Title: e.Title, Summary: e.Summary,
			HTML: e.HTML, Published: e.Published.Format(time.RFC3339), Modified: e.Updated.Format(time.RFC3339), Tags: []string{e.Service}})
	}
	body, err := json.Marshal(doc)
	if err != nil {
		return nil, fmt.Errorf("write JSON feed: %w", err)
	}
	return body, nil
}
