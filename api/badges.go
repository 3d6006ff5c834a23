package api

import (
	"time"

	"github.com/gofiber/fiber/v2"

	"outcry"
	"outcry/api/statuspage"
	"outcry/frontend"
)

// cacheBadge lets an image proxy keep a badge for a moment.
const cacheBadge = "public, max-age=30"

// seen is a service with its verdict, for the routes that show just that.
func (s *Server) seen(c *fiber.Ctx) (*outcry.Service, outcry.Verdict, time.Duration, error) {
	svc, err := s.serviceOf(c)
	if err != nil {
		return nil, outcry.Verdict{}, 0, err
	}
	v, age, err := s.view.verdict(svc, freshly)
	return svc, v, age, err
}

// badgeSVG is GET /badge/{id}.svg.
func (s *Server) badgeSVG(c *fiber.Ctx) error {
	_, v, age, err := s.seen(c)
	if err != nil {
		return err
	}
	return s.reply(c, newDocument(typeSVG, frontend.Badge(v), cacheBadge, age))
}

// shield is shields.io's endpoint schema.
type shield struct {
	SchemaVersion int    `json:"schemaVersion"`
	Label         string `json:"label"`
	Message       string `json:"message"`
	Color         string `json:"color"`
	CacheSeconds  int    `json:"cacheSeconds"`
}

// badgeJSON is GET /badge/{id}.json.
func (s *Server) badgeJSON(c *fiber.Ctx) error {
	_, v, age, err := s.seen(c)
	if err != nil {
		return err
	}
	return s.json(c, shield{1, v.Name, frontend.BadgeWords(v.State), shieldColour(v.State), 60}, cacheBadge, age)
}

// shieldColour is one of those that shields.io names.
func shieldColour(s outcry.State) string {
	switch s {
	case outcry.Operational:
		return "brightgreen"
	case outcry.Possible:
		return "yellow"
	case outcry.Likely:
		return "red"
	}
	return "lightgrey"
}

// embed is GET /embed/{id}: the one page that other sites may frame.
func (s *Server) embed(c *fiber.Ctx) error {
	svc, v, age, err := s.seen(c)
	if err != nil {
		return err
	}
	day, _, err := s.view.day(svc.Slug, freshly)
	if err != nil {
		day = span{} // the verdict is what matters
	}
	d, err := drawn(s.cfg.Renderer.Embed, frontend.EmbedPage{
		Site: s.site(age), Service: *svc, Verdict: v, Recent: hourly(day, s.cfg.Now()),
	}, cacheLive, age)
	if err != nil {
		return err
	}
	c.Set(fiber.HeaderContentSecurityPolicy, framable)
	return s.reply(c, d)
}

// statusDocument serves one of Statuspage's documents.
func (s *Server) statusDocument(document func(statuspage.View) statuspage.Document) fiber.Handler {
	return func(c *fiber.Ctx) error {
		svc, v, age, err := s.seen(c)
		if err != nil {
			return err
		}
		list, listAge, err := s.view.list(outcry.IncidentFilter{Service: svc.Slug, Limit: feedLength})
		if err != nil {
			return err
		}
		view := statuspage.View{Base: s.base(c), Service: *svc, Verdict: asPublished(v, s.cfg.Now()), Incidents: list}
		return s.json(c, document(view), cacheLive, max(age, listAge))
	}
}
