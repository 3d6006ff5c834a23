package api

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"outcry"
	"outcry/frontend"
)

// framable is the policy of the one page that may be framed.
var framable = strings.Replace(frontend.ContentSecurityPolicy, "frame-ancestors 'none'", "frame-ancestors *", 1)

// refused tells an answer that is a problem from a page that cannot be drawn.
func refused(err error) bool {
	p := toProblem(err)
	return p.Status < http.StatusInternalServerError
}

// page serves what draw makes. A page without parameters is drawn at most once
// a second and kept in case the store goes away.
func (s *Server) page(draw func(c *fiber.Ctx) (*document, error)) fiber.Handler {
	return func(c *fiber.Ctx) error {
		if len(c.Context().QueryArgs().QueryString()) > 0 {
			d, err := draw(c)
			if err != nil {
				return err
			}
			return s.sendPage(c, d, http.StatusOK)
		}
		got, err := s.pages.Get(c.Path(), freshly, func() (*document, error) { return draw(c) })
		if err != nil {
			return err
		}
		return s.sendPage(c, got.Value, http.StatusOK)
	}
}

func (s *Server) sendPage(c *fiber.Ctx, d *document, status int) error {
	c.Set(fiber.HeaderContentSecurityPolicy, frontend.ContentSecurityPolicy)
	if status == http.StatusOK && d.cache != cacheNever {
		return s.reply(c, d)
	}
	c.Set(fiber.HeaderContentType, d.kind)
	c.Set(fiber.HeaderCacheControl, cacheNever)
	return c.Status(status).Send(d.body)
}

// drawn is a page as a document.
func drawn[P any](draw func(io.Writer, P) error, page P, cache string, age time.Duration) (*document, error) {
	var b bytes.Buffer
	if err := draw(&b, page); err != nil {
		return nil, fmt.Errorf("draw: %w", err)
	}
	return newDocument(typeHTML, b.Bytes(), cache, age), nil
}

// site is what every page shows.
func (s *Server) site(age time.Duration) frontend.Site {
	return frontend.Site{PublicURL: s.cfg.PublicURL, Now: s.cfg.Now(), Simulation: s.cfg.Simulation, DataAge: age, Credits: s.cfg.About.Credits}
}

// homePage is GET /.
func (s *Server) homePage(c *fiber.Ctx) (*document, error) {
	q := query{c: c}
	page := frontend.HomePage{Query: q.text("q")}
	if err := q.err(); err != nil {
		return nil, err
	}
	all := cells{}
	var age time.Duration
	for _, svc := range s.cfg.Catalog().Search(page.Query) {
		card, day, cardAge, err := s.card(&svc)
		if err != nil {
			return nil, err
		}
		age = max(age, cardAge)
		page.Cards = append(page.Cards, card)
		s.addRecent(all, svc.Slug, day)
	}
	page.Regions = all.list(s.cfg.Renderer.PlaceName)
	incidents, listAge, err := s.view.list(outcry.IncidentFilter{Limit: 10})
	if err != nil {
		return nil, err
	}
	page.Incidents, age = incidents, max(age, listAge)
	page.Site = s.site(age)
	return drawn(s.cfg.Renderer.Home, page, cacheLive, age)
}

// card is a service in an overview, and the counts behind it.
func (s *Server) card(svc *outcry.Service) (frontend.ServiceCard, span, time.Duration, error) {
	verdict, age, err := s.view.verdict(svc, relaxed)
	if err != nil {
		return frontend.ServiceCard{}, span{}, 0, err
	}
	// A card without counts is better than none.
	day, dayAge, err := s.view.day(svc.Slug, relaxed)
	if err != nil {
		dayAge = time.Second
	}
	return frontend.ServiceCard{Service: *svc, Verdict: verdict, Recent: hourly(day, s.cfg.Now())}, day, max(age, dayAge), nil
}

// addRecent takes a service's last half hour into a map.
func (s *Server) addRecent(c cells, slug string, day span) {
	snapshots, _, err := s.view.verdicts()
	if err != nil {
		return // card just read them, so there is a copy
	}
	end := s.cfg.Now().Truncate(time.Minute).Add(time.Minute)
	c.add(day.cut(end.Add(-window), end), snapshots[slug].Shares)
}

// serviceOf finds the service that a route's {id} names.
func (s *Server) serviceOf(c *fiber.Ctx) (*outcry.Service, error) {
	id, err := url.PathUnescape(c.Params("id"))
	if err != nil {
		return nil, outcry.ErrUnknownService
	}
	svc, ok := s.cfg.Catalog().Service(id)
	if !ok {
		return nil, outcry.ErrUnknownService
	}
	return svc, nil
}

// service is GET /services/{id}; an alias leads to the slug.
func (s *Server) service(c *fiber.Ctx) error {
	svc, err := s.serviceOf(c)
	if err != nil {
		return err
	}
	if c.Params("id") != svc.Slug {
		return c.Redirect("/services/"+svc.Slug, http.StatusFound)
	}
	return s.page(func(c *fiber.Ctx) (*document, error) {
		page, age, err := s.servicePage(svc)
		if err != nil {
			return nil, err
		}
		cache := cacheLive
		if token := c.Query("reported"); token != "" {
			page.Confirmation, cache = s.confirmation(token, svc), cacheNever
		}
		return drawn(s.cfg.Renderer.Service, page, cache, age)
	})(c)
}

// servicePage gathers a service's page, its form empty.
func (s *Server) servicePage(svc *outcry.Service) (frontend.ServicePage, time.Duration, error) {
	page := frontend.ServicePage{Service: *svc}
	var age time.Duration
	var err error
	if page.Verdict, age, err = s.view.verdict(svc, freshly); err != nil {
		return page, 0, err
	}
	now := s.cfg.Now()
	end := now.Truncate(5 * time.Minute).Add(5 * time.Minute)
	day, dayAge, err := s.view.day(svc.Slug, freshly)
	if err != nil {
		dayAge = max(age, time.Second) // verdict lived on the snapshot alone
	}
	shown := day.running(now)
	page.Series = outcry.Fill(shown.buckets, shown.forecasts, end.Add(-24*time.Hour), end, outcry.StepFiveMinutes, outcry.Select{})
	here := cells{}
	s.addRecent(here, svc.Slug, day)
	page.Regions = here.list(s.cfg.Renderer.PlaceName)
	incidents, listAge, err := s.view.list(outcry.IncidentFilter{Service: svc.Slug, Limit: 10})
	if err != nil {
		return page, 0, err
	}
	page.Incidents = incidents
	page.Related = s.related(svc, page.Verdict)
	for _, x := range s.view.published(svc.Slug) {
		page.Comments = append(page.Comments, frontend.Comment{At: x.At, Symptom: x.Symptom, Place: outcry.Place{Country: x.Country}, Text: x.Text})
	}
	age = max(age, dayAge, listAge)
	page.Site = s.site(age)
	return page, age, nil
}

// related are the services that svc depends on, and those in trouble with it.
func (s *Server) related(svc *outcry.Service, v outcry.Verdict) []frontend.ServiceCard {
	names := svc.DependsOn
	for _, r := range v.Attribution.Related {
		names = append(names[:len(names):len(names)], r.Service)
	}
	var cards []frontend.ServiceCard
	seen := map[string]bool{svc.Slug: true}
	for _, name := range names {
		other, ok := s.cfg.Catalog().Service(name)
		if !ok || seen[other.Slug] {
			continue
		}
		seen[other.Slug] = true
		if card, _, _, err := s.card(other); err == nil {
			cards = append(cards, card)
		}
	}
	return cards
}

// mapPage is GET /map.
func (s *Server) mapPage(c *fiber.Ctx) (*document, error) {
	q := query{c: c}
	catalog := s.cfg.Catalog()
	slug, err := q.service(catalog)
	if err = errors.Join(q.err(), err); err != nil {
		return nil, err
	}
	all := cells{}
	var age time.Duration
	for _, svc := range catalog.Services() {
		if slug != "" && svc.Slug != slug {
			continue
		}
		_, day, cardAge, err := s.card(&svc)
		if err != nil {
			return nil, err
		}
		age = max(age, cardAge)
		s.addRecent(all, svc.Slug, day)
	}
	return drawn(s.cfg.Renderer.Map, frontend.MapPage{
		Site: s.site(age), Services: catalog.Services(), Service: slug, Window: window,
		Regions: all.list(s.cfg.Renderer.PlaceName),
	}, cacheLive, age)
}
