package api

import (
	"encoding/json"
	"net/url"
	"strings"
	"testing"

	"outcry"
)

// Regions come all at once, or page by page in the same order.
func TestRegionsArePaged(t *testing.T) {
	s := serve(t, newFake())
	const path = "/api/v1/services/zoom/regions"
	whole := get(t, s, path)
	all := body[regionsDoc](t, whole).Regions
	if len(all) < 2 || whole.header.Get("Link") != "" {
		t.Fatalf("%d regions, Link %q", len(all), whole.header.Get("Link"))
	}
	var got []outcry.RegionVerdict
	for next := path + "?limit=1&window=30m"; next != ""; {
		a := get(t, s, next)
		page := body[regionsDoc](t, a)
		if len(page.Regions) != 1 || page.Window != "30m0s" {
			t.Fatalf("%s: %s", next, a.body)
		}
		got = append(got, page.Regions...)
		if len(got) > len(all) {
			t.Fatal("the pages do not end")
		}
		next, _, _ = strings.Cut(strings.TrimPrefix(a.header.Get("Link"), "<"), ">")
		if next == "" != (a.header.Get("X-Next-Cursor") == "") {
			t.Errorf("Link %q, X-Next-Cursor %q", a.header.Get("Link"), a.header.Get("X-Next-Cursor"))
		}
	}
	want, _ := json.Marshal(all)
	if paged, _ := json.Marshal(got); string(paged) != string(want) {
		t.Errorf("got %s, want %s", paged, want)
	}
	for _, bad := range []string{"?limit=0", "?limit=x", "?limit=99999", "?cursor=x", "?cursor=" + newCursor("services", "DE")} {
		if got := problemName(t, get(t, s, path+bad)); got != "malformed" {
			t.Errorf("%s: %q", bad, got)
		}
	}
}

// A feed has a limit, and names the page that follows.
func TestFeedsArePaged(t *testing.T) {
	s := serve(t, newFake(), func(c *Config) { c.PublicURL = "https://outcry.example" })
	type jsonFeed struct {
		Next  string `json:"next_url"`
		Items []struct{ ID string }
	}
	for _, path := range []string{"/feed.json", "/services/zoom/feed.json"} {
		if f := body[jsonFeed](t, get(t, s, path)); len(f.Items) != 4 || f.Next != "" {
			t.Errorf("%s: %+v", path, f)
		}
		var ids []string
		for next := "https://outcry.example" + path + "?limit=3"; next != ""; {
			f := body[jsonFeed](t, get(t, s, strings.TrimPrefix(next, "https://outcry.example")))
			for _, x := range f.Items {
				ids = append(ids, x.ID[strings.LastIndex(x.ID, "/")+1:])
			}
			next = f.Next
			if len(ids) == 3 && !strings.HasPrefix(next, "https://outcry.example"+path+"?") {
				t.Errorf("%s: the next page is %q", path, next)
			}
		}
		if got := strings.Join(ids, " "); got != "zoom-4 zoom-3 zoom-2 zoom-1" {
			t.Errorf("%s: %s", path, got)
		}
		for _, bad := range []string{"?limit=0", "?limit=201", "?cursor=x"} {
			if got := problemName(t, get(t, s, path+bad)); got != "malformed" {
				t.Errorf("%s%s: %q", path, bad, got)
			}
		}
	}
	rel := func(path string) (next string, entries int) {
		f := readAtom(t, get(t, s, path))
		for _, l := range f.Links {
			if l.Rel == "next" {
				next = l.Href
			}
		}
		return next, len(f.Entries)
	}
	next, n := rel("/feed.atom?limit=3")
	u, err := url.Parse(next)
	if err != nil || n != 3 || u.Host != "outcry.example" {
		t.Fatalf("%d entries, next %q", n, next)
	}
	if end, n := rel(u.RequestURI()); n != 1 || end != "" {
		t.Errorf("the last page has %d entries, and names %q", n, end)
	}
}

// Entries are identified alike by whatever name a reader calls us, and always
// by a tag URI (RFC 4151), whose authority is a name that is spelled one way.
func TestEntriesHaveOneValidIdentity(t *testing.T) {
	for public, want := range map[string]string{
		"": "outcry.invalid", "http://127.0.0.1:8080": "outcry.invalid", "http://[::1]:8080": "outcry.invalid", "http://[fe80::1%25eth0]": "outcry.invalid",
		"http://my_host": "outcry.invalid", "http://localhost:8080": "localhost", "https://Outcry.Example": "outcry.example", "https://a-b.example:8443": "a-b.example",
	} {
		s := serve(t, newFake(), func(c *Config) { c.PublicURL = public })
		for _, host := range []string{"one.example", "127.0.0.1:8080"} {
			if got := readAtom(t, get(t, s, "/feed.atom", "Host: "+host)).Entries[0].ID; got != "tag:"+want+",2026:incident/zoom-4" {
				t.Errorf("%q asked as %s: %s, want the authority %s", public, host, got, want)
			}
		}
	}
}
