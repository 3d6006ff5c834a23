package api

import (
	"net/url"
	"time"

	"github.com/gofiber/fiber/v2"

	"outcry"
)

// entry is one service of the catalogue with its verdict, in one object.
type entry struct {
	Slug      string        `json:"slug"`
	URL       string        `json:"url"`
	Category  string        `json:"category"`
	TimeZone  string        `json:"time_zone"`
	Aliases   []string      `json:"aliases"`
	DependsOn []string      `json:"depends_on"`
	StatusURL string        `json:"status_url"`
	Help      []outcry.Help `json:"help"`
	outcry.Verdict
}

// getServices is GET /api/v1/services.
func (s *Server) getServices(c *fiber.Ctx) error {
	q := query{c: c}
	text := q.text("q")
	state := oneOf(&q, "state", outcry.Operational, outcry.Possible, outcry.Likely, outcry.Unknown)
	standard := 200
	if text != "" {
		standard = 50
	}
	limit, after := q.limit(standard, 500), q.cursor("services")
	if err := q.err(); err != nil {
		return err
	}
	found := s.cfg.Catalog().Search(text)
	if after != "" {
		if found = following(found, after); found == nil {
			return named("malformed", "The cursor is not one of this list.")
		}
	}
	list := []entry{}
	next := ""
	var age time.Duration
	for i := range found {
		v, one, err := s.view.verdict(&found[i], relaxed)
		if err != nil {
			return err
		}
		age = max(age, one)
		if state != "" && v.State != state {
			continue
		}
		if len(list) == limit {
			next = newCursor("services", list[limit-1].Slug)
			break
		}
		list = append(list, newEntry(found[i], asPublished(v, s.cfg.Now())))
	}
	linkNext(c, next)
	return s.json(c, list, cacheLive, age)
}

func newEntry(s outcry.Service, v outcry.Verdict) entry {
	return entry{s.Slug, s.URL, s.Category, s.TimeZone, some(s.Aliases), some(s.DependsOn), s.StatusURL, some(s.Help), v}
}

// following is what comes after slug in a search's result; nil if the
// catalogue's search no longer finds it.
func following(list []outcry.Service, slug string) []outcry.Service {
	for i, s := range list {
		if s.Slug == slug {
			return append([]outcry.Service{}, list[i+1:]...)
		}
	}
	return nil
}

// linkNext names the next page of a list, in a Link header as RFC 8288 has it
// and as the bare cursor.
func linkNext(c *fiber.Ctx, cursor string) {
	if cursor == "" {
		return
	}
	c.Set(fiber.HeaderLink, "<"+nextPath(c, cursor)+`>; rel="next"`)
	c.Set("X-Next-Cursor", cursor)
}

// nextPath is the address of the next page, without its host.
func nextPath(c *fiber.Ctx, cursor string) string {
	q, err := url.ParseQuery(string(c.Context().QueryArgs().QueryString()))
	if err != nil {
		q = url.Values{} // the handler's own reading of it was fine
	}
	q.Set("cursor", cursor)
	return c.Path() + "?" + q.Encode()
}

// asPublished gives a verdict that nobody judged yet the time of its counts.
func asPublished(v outcry.Verdict, now time.Time) outcry.Verdict {
	if v.Freshness.AsOf.IsZero() {
		v.Freshness.AsOf = now.UTC().Truncate(time.Minute)
	}
	return v
}

// getService is GET /api/v1/services/{id}; an alias answers like the slug.
func (s *Server) getService(c *fiber.Ctx) error {
	svc, err := s.serviceOf(c)
	if err != nil {
		return err
	}
	v, age, err := s.view.verdict(svc, freshly)
	if err != nil {
		return err
	}
	return s.json(c, spoken{asPublished(v, s.cfg.Now()), some(s.view.published(svc.Slug))}, cacheLive, age)
}

// spoken is a verdict with what people said of late.
type spoken struct {
	outcry.Verdict
	Comments []said `json:"comments"`
}

// regionsDoc is the answer of /regions. The window ends with the minute At.
type regionsDoc struct {
	At      time.Time              `json:"at"`
	Window  string                 `json:"window"`
	Regions []outcry.RegionVerdict `json:"regions"`
}

// getRegions is GET /api/v1/services/{id}/regions.
func (s *Server) getRegions(c *fiber.Ctx) error {
	svc, err := s.serviceOf(c)
	if err != nil {
		return err
	}
	q := query{c: c}
	at, width := q.time("at"), q.duration("window", window, 5*time.Minute, 24*time.Hour)
	limit, after := q.limit(regionsMost, regionsMost), q.cursor("regions")
	if err := q.err(); err != nil {
		return err
	}
	now := s.cfg.Now().UTC()
	if at.IsZero() {
		at = now
	}
	if at.After(now.Add(time.Minute)) || at.Before(now.Add(-maxBack)) {
		return named("out-of-range", "The time in at lies in the future, or too far back.")
	}
	// The minute of at is in the window: what was just reported shows.
	minute := at.Truncate(time.Minute)
	list, age, err := s.view.regions(svc.Slug, minute, width, s.cfg.Renderer.PlaceName)
	if err != nil {
		return err
	}
	list, next := pageOfRegions(list, after, limit)
	linkNext(c, next)
	return s.json(c, regionsDoc{At: minute, Window: width.String(), Regions: list}, cacheLive, age)
}
