package api

import (
	"net/http"

	"github.com/gofiber/fiber/v2"

	"outcry/api/statuspage"
)

// routes are all addresses there are. What kind a route is decides how it is
// wrapped: an open read may be used by scripts of any site, a page carries the
// policy that its own script and style need.
func (s *Server) routes() {
	s.app.Use(s.observe)

	s.app.Post("/api/v1/reports", s.postReport)
	s.app.Delete("/api/v1/reports/:id", s.deleteReport)
	s.app.Post("/report", s.postForm)

	s.app.Get("/api/v1/admin/comments", s.bearer(s.getComments))
	s.app.Post("/api/v1/admin/comments/:id", s.bearer(s.postDecision))

	s.open("/api/v1/services", s.getServices)
	s.open("/api/v1/services/:id", s.getService)
	s.open("/api/v1/services/:id/series.csv", s.getSeries)
	s.open("/api/v1/services/:id/series", s.getSeries)
	s.open("/api/v1/services/:id/regions", s.getRegions)
	s.open("/api/v1/incidents", s.getIncidents)
	s.open("/api/v1/incidents/:id", s.getIncident)
	s.open("/api/v1/incidents/:id/bundle", s.getBundle)
	s.open("/api/v1/events", s.getEvents)
	s.open("/.well-known/outcry-receipt-key.json", s.receiptKey)
	s.open("/receipts/:id.json", s.receiptFile)
	s.open("/problems/:name", s.problemType)
	s.open("/openapi.json", s.description)

	for _, prefix := range []string{"", "/services/:id"} {
		s.open(prefix+"/feed.atom", s.getFeed)
		s.open(prefix+"/feed.json", s.getFeed)
	}
	for name, document := range statusDocuments {
		s.open("/services/:id/api/v2/"+name+".json", s.statusDocument(document))
	}
	s.open("/badge/:id.svg", s.badgeSVG)
	s.open("/badge/:id.json", s.badgeJSON)
	s.open("/embed/:id", s.embed)

	s.app.Get("/", s.page(s.homePage))
	s.app.Get("/services/:id", s.service)
	s.app.Get("/map", s.page(s.mapPage))
	s.app.Get("/incidents", s.page(s.incidentsPage))
	s.app.Get("/incidents/:id", s.page(s.incidentPage))
	s.app.Get("/receipts/:id", s.receipt)
	s.app.Get("/methodology", s.page(s.methodologyPage))
	s.app.Get("/scorecard", s.page(s.scorecardPage))
	s.app.Get("/data", s.page(s.dataPage))
	s.app.Get("/about", s.page(s.aboutPage))

	s.app.Get("/admin", s.operated(s.adminPage))
	s.app.Post("/admin", s.operated(s.signIn))
	s.app.Post("/admin/sign-out", s.operated(s.signOut))
	s.app.Post("/admin/comments/:id", s.operated(s.decide))

	s.app.Get("/assets/:name", s.asset)
	s.app.Get("/favicon.ico", s.favicon)
	s.open("/robots.txt", s.robots)
	s.open("/sitemap.xml", s.sitemap)
	s.app.Get("/healthz", s.getHealth)
	s.app.Get("/readyz", s.getReady)
	s.app.Get("/metrics", s.getMetrics)
}

// statusDocuments are Statuspage's, by the name of their file.
var statusDocuments = map[string]func(statuspage.View) statuspage.Document{
	"summary": statuspage.View.Summary, "status": statuspage.View.StatusOnly, "components": statuspage.View.ComponentsOnly,
	"incidents": statuspage.View.AllIncidents, "incidents/unresolved": statuspage.View.Unresolved,
	"scheduled-maintenances": statuspage.View.Maintenances,
}

// open is a route that scripts of any site may read.
func (s *Server) open(path string, h fiber.Handler) {
	s.app.Get(path, func(c *fiber.Ctx) error {
		anySite(c)
		c.Set(fiber.HeaderAccessControlExposeHeaders, "ETag, Link, Retry-After, X-Data-Age, X-Next-Cursor")
		return h(c)
	})
	s.app.Options(path, func(c *fiber.Ctx) error {
		anySite(c)
		c.Set(fiber.HeaderAllow, "GET, HEAD, OPTIONS")
		c.Set(fiber.HeaderAccessControlAllowMethods, "GET, HEAD, OPTIONS")
		c.Set(fiber.HeaderAccessControlAllowHeaders, "Accept, If-None-Match, If-Modified-Since, Last-Event-ID")
		c.Set(fiber.HeaderAccessControlMaxAge, "86400")
		return c.SendStatus(http.StatusNoContent)
	})
}

func anySite(c *fiber.Ctx) {
	c.Set(fiber.HeaderAccessControlAllowOrigin, "*")
	c.Set("Cross-Origin-Resource-Policy", "cross-origin")
}
