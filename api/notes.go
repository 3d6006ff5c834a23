package api

import (
	"github.com/gofiber/fiber/v2"

	"outcry"
	"outcry/frontend"
)

// methodologyPage is GET /methodology.
func (s *Server) methodologyPage(*fiber.Ctx) (*document, error) {
	a := s.cfg.About
	return drawn(s.cfg.Renderer.Methodology, frontend.MethodologyPage{
		Site: s.site(0), FalseAlarms: a.FalseAlarms, Services: len(s.cfg.Catalog().Services()), AddressCap: a.AddressCap, NetworkCap: a.NetworkCap,
		HistoryNeeded: a.HistoryNeeded, Version: s.cfg.Version, Trials: a.Trials,
	}, cacheLive, 0)
}

// aboutPage is GET /about.
func (s *Server) aboutPage(*fiber.Ctx) (*document, error) {
	a := s.cfg.About
	return drawn(s.cfg.Renderer.About, frontend.AboutPage{
		Site: s.site(0), Operator: a.Operator, Contact: a.Contact, SourceURL: a.SourceURL, Version: s.cfg.Version,
		Services: len(s.cfg.Catalog().Services()),
	}, cacheLive, 0)
}

// dataPage is GET /data.
func (s *Server) dataPage(*fiber.Ctx) (*document, error) {
	page := frontend.DataPage{Site: s.site(0)}
	if s.cfg.About.Files != nil {
		page.Files = s.cfg.About.Files()
	}
	return drawn(s.cfg.Renderer.Data, page, cacheLive, 0)
}

// scored is how many of the latest incidents the scorecard looks at.
const scored = 200

// scorecardPage is GET /scorecard: what became of the latest incidents.
func (s *Server) scorecardPage(*fiber.Ctx) (*document, error) {
	list, age, err := s.view.list(outcry.IncidentFilter{Limit: scored})
	if err != nil {
		return nil, err
	}
	page := frontend.ScorecardPage{Site: s.site(age), Labels: map[outcry.Label]int{}, Promise: s.cfg.About.FalseAlarms, Trials: s.cfg.About.Trials, Capped: len(list) == scored}
	for _, i := range list {
		switch {
		case i.State == outcry.Retracted:
			page.Retracted++
		case i.State.Open():
			page.Open++
		default:
			page.Labels[i.Label]++
		}
		if i.OfficialAt != nil {
			page.Leads = append(page.Leads, frontend.Lead{Incident: i, OfficialAt: *i.OfficialAt})
		}
		page.Since = i.StartedAt // they come newest first
	}
	if !page.Since.IsZero() {
		weeks := s.cfg.Now().Sub(page.Since).Hours() / (7 * 24)
		page.ServiceWeeks = weeks * float64(len(s.cfg.Catalog().Services()))
	}
	return drawn(s.cfg.Renderer.Scorecard, page, cacheLive, age)
}
