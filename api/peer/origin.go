package peer

import (
	"net/url"
	"strings"
)

// Origin is what a browser says about the page that a request came from, and
// the two names by which this site may be called.
type Origin struct {
	FetchSite string // Sec-Fetch-Site, "" where absent
	Origin    string // Origin, "" where absent
	Host      string // Host of the request
	PublicURL string // as configured, or ""
}

// Own reports whether a request that changes something may come from there.
//
// A browser always sends at least one of the two headers with a cross-site
// POST and lets no page forge them. Programs send neither, and have no cookie
// or login here that a page could borrow, so neither is fine.
//
//	Sec-Fetch-Site          Origin   absent   null   own   other
//	same-origin                      yes      yes    yes   no
//	none (typed, bookmark)           yes      no     yes   no
//	absent (old browser)             yes      no     yes   no
//	same-site, cross-site, …         no       no     no    no
func (o Origin) Own() bool {
	switch o.FetchSite {
	case "same-origin":
		// A strict referrer policy makes a page's own origin "null".
		return o.Origin == "" || o.Origin == "null" || o.own()
	case "none", "":
		return o.Origin == "" || o.own()
	}
	return false
}

func (o Origin) own() bool {
	u, err := url.Parse(o.Origin)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return false
	}
	if public, err := url.Parse(o.PublicURL); err == nil && public.Host != "" &&
		strings.EqualFold(u.Host, public.Host) && u.Scheme == public.Scheme {
		return true
	}
	// The scheme is not compared: a proxy may have taken the TLS off.
	return strings.EqualFold(u.Host, o.Host)
}
