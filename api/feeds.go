package api

import (
	"net/netip"
	"net/url"
	"regexp"
	"strings"

	"github.com/gofiber/fiber/v2"

	"outcry"
	"outcry/api/feed"
	"outcry/frontend"
)

// feedLength is how many incidents a feed holds by default, feedMost at most.
const feedLength, feedMost = 50, 200

// getFeed is GET /feed.atom, /feed.json and the same of one service.
func (s *Server) getFeed(c *fiber.Ctx) error {
	f := feed.Feed{Title: "Outcry: incidents", Base: s.base(c), Home: "/", Self: c.Path(), Authority: s.authority(), Updated: s.began}
	q := query{c: c}
	filter := outcry.IncidentFilter{Limit: q.limit(feedLength, feedMost), After: q.cursor("incidents")}
	if err := q.err(); err != nil {
		return err
	}
	if c.Params("id") != "" {
		svc, err := s.serviceOf(c)
		if err != nil {
			return err
		}
		filter.Service = svc.Slug
		f.Title, f.Home = "Outcry: incidents of "+svc.Name, "/services/"+svc.Slug
	}
	list, next, age, err := s.pageOf(filter)
	if err != nil {
		return err
	}
	if next != "" {
		f.Next = nextPath(c, next)
		linkNext(c, next)
	}
	now := s.cfg.Now()
	for _, i := range list {
		f.Entries = append(f.Entries, feed.NewEntry(i, frontend.IncidentSentence(i, now)))
	}
	write, kind := f.Atom, "application/atom+xml; charset=utf-8"
	if strings.HasSuffix(c.Path(), ".json") {
		write, kind = f.JSON, "application/feed+json"
	}
	body, err := write()
	if err != nil {
		return err
	}
	return s.reply(c, newDocument(kind, body, cacheLive, age))
}

// domain is a name that a tag URI may be made under (RFC 4151, section 2.1).
var domain = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$`)

// authority is the name under which entries are identified. It does not depend
// on how a reader happened to call us; without a public name it is nobody's.
func (s *Server) authority() string {
	u, err := url.Parse(s.cfg.PublicURL)
	if err != nil || !domain.MatchString(u.Hostname()) {
		return "outcry.invalid"
	}
	if _, err := netip.ParseAddr(u.Hostname()); err == nil {
		return "outcry.invalid"
	}
	return u.Hostname()
}
