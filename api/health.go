package api

import (
	"bytes"
	"context"
	"net/http"

	"github.com/gofiber/fiber/v2"
)

// health is the answer of /healthz and /readyz.
type health struct {
	Status string `json:"status"` // "ok"
	condition
}

// unready is the answer of /readyz where nothing can be stored: a problem that
// tells as much.
type unready struct {
	*Problem
	condition
}

type condition struct {
	Version string   `json:"version"`
	Storage string   `json:"storage"`
	Notes   []string `json:"notes"`
}

// getHealth is GET /healthz: the process lives, whatever the store does.
func (s *Server) getHealth(c *fiber.Ctx) error {
	return s.tellHealth(c, func(Readiness) bool { return true })
}

// getReady is GET /readyz: a report sent now would be stored.
func (s *Server) getReady(c *fiber.Ctx) error {
	return s.tellHealth(c, func(r Readiness) bool { return r.Ready })
}

func (s *Server) tellHealth(c *fiber.Ctx, good func(Readiness) bool) error {
	ctx, cancel := context.WithTimeout(context.Background(), askTimeout)
	defer cancel()
	r := s.cfg.Health.Ready(ctx)
	known := condition{Version: s.cfg.Version, Storage: r.How, Notes: some(r.Notes)}
	c.Set(fiber.HeaderCacheControl, cacheNone)
	if good(r) {
		return c.JSON(health{Status: "ok", condition: known})
	}
	p := problem(http.StatusServiceUnavailable)
	p.head(c.Context())
	return c.JSON(unready{p, known}, typeProblem)
}

// getMetrics is GET /metrics, in Prometheus' text format.
func (s *Server) getMetrics(c *fiber.Ctx) error {
	gauges := processGauges()
	gauges["outcry_event_streams"] = float64(s.crowd.Size())
	var b bytes.Buffer
	s.metrics.write(&b, gauges)
	c.Set(fiber.HeaderContentType, "text/plain; version=0.0.4; charset=utf-8")
	c.Set(fiber.HeaderCacheControl, cacheNone)
	return c.Send(b.Bytes())
}
