package api

import (
	"encoding/json"
	"encoding/xml"
	"net/http"
	"strings"

	"github.com/gofiber/fiber/v2"

	"outcry"
	"outcry/api/openapi"
	"outcry/api/receipt"
	"outcry/frontend"
)

// asset serves what pages refer to. Its path names its content.
func (s *Server) asset(c *fiber.Ctx) error {
	a, ok := s.cfg.Renderer.Asset(c.Path())
	if !ok {
		return outcry.ErrNotFound
	}
	d := newDocument(a.ContentType, a.Body, cacheForever, 0)
	d.packed = a.Gzip
	return s.reply(c, d)
}

// favicon leads to the icon's own path.
func (s *Server) favicon(c *fiber.Ctx) error {
	for _, a := range s.cfg.Renderer.Assets() {
		if strings.Contains(a.Path, "icon.") {
			return c.Redirect(a.Path, http.StatusFound)
		}
	}
	return outcry.ErrNotFound
}

// robots is GET /robots.txt.
func (s *Server) robots(c *fiber.Ctx) error {
	text := "User-agent: *\nDisallow: /api/\nDisallow: /receipts/\nDisallow: /admin\n"
	if s.cfg.PublicURL != "" {
		text += "Sitemap: " + s.cfg.PublicURL + "/sitemap.xml\n"
	}
	return s.reply(c, newDocument(typeText, []byte(text), cacheSettled, 0))
}

// sitemap is GET /sitemap.xml.
func (s *Server) sitemap(c *fiber.Ctx) error {
	type location struct {
		Loc string `xml:"loc"`
	}
	set := struct {
		XMLName xml.Name   `xml:"http://www.sitemaps.org/schemas/sitemap/0.9 urlset"`
		URLs    []location `xml:"url"`
	}{}
	base := s.base(c)
	for _, path := range []string{"/", "/map", "/incidents", "/methodology", "/scorecard", "/data", "/about"} {
		set.URLs = append(set.URLs, location{base + path})
	}
	for _, svc := range s.cfg.Catalog().Services() {
		set.URLs = append(set.URLs, location{base + "/services/" + svc.Slug})
	}
	body, err := xml.Marshal(set)
	if err != nil {
		return err
	}
	return s.reply(c, newDocument("application/xml; charset=utf-8", append([]byte(xml.Header), body...), cacheSettled, 0))
}

// base is the start of absolute addresses: as configured, or as the client
// called us, if that has the form of a host.
func (s *Server) base(c *fiber.Ctx) string {
	if s.cfg.PublicURL != "" {
		return s.cfg.PublicURL
	}
	host := string(c.Request().Header.Host())
	if strings.ContainsFunc(host, func(r rune) bool {
		return !strings.ContainsRune("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-:[]", r)
	}) {
		host = "localhost"
	}
	return "http://" + host
}

// problemType explains a problem under the address that is its type.
func (s *Server) problemType(c *fiber.Ctx) error {
	for _, k := range kinds {
		if k.name == c.Params("name") {
			return s.json(c, problemOf(k), cacheSettled, 0)
		}
	}
	return outcry.ErrNotFound
}

// description is GET /openapi.json.
func (s *Server) description(c *fiber.Ctx) error {
	return s.reply(c, newDocument(typeJSON, openapi.Document, cacheSettled, 0))
}

// receiptKey is GET /.well-known/outcry-receipt-key.json.
func (s *Server) receiptKey(c *fiber.Ctx) error { return s.json(c, s.publicKey(), cacheSettled, 0) }

// receiptFile is the document that `outcry verify` checks.
func (s *Server) receiptFile(c *fiber.Ctx) error {
	d, err := s.issuer.Sign(c.Params("id"))
	if err != nil {
		return outcry.ErrNotFound
	}
	body, err := json.MarshalIndent(d, "", "  ")
	if err != nil {
		return err
	}
	return s.reply(c, newDocument(typeJSON, body, cacheSettled, 0))
}

// receipt is GET /receipts/{id}: the page, or the document for programs.
func (s *Server) receipt(c *fiber.Ctx) error {
	c.Append(fiber.HeaderVary, fiber.HeaderAccept)
	if c.Accepts("text/html", typeJSON) == typeJSON {
		return s.receiptFile(c)
	}
	return s.page(s.receiptPage)(c)
}

func (s *Server) receiptPage(c *fiber.Ctx) (*document, error) {
	st, err := s.issuer.Open(c.Params("id"))
	if err != nil {
		return nil, outcry.ErrNotFound
	}
	d, err := s.issuer.Sign(c.Params("id"))
	if err != nil {
		return nil, outcry.ErrNotFound
	}
	page := frontend.ReceiptPage{
		Site: s.site(0), ID: d.ID, Symptom: st.Symptom, Kind: st.Kind, Occurred: st.Occurred, Received: st.Received,
		Place: outcry.Place{Country: st.Country, Region: st.Region}, Reason: st.Reason,
		Statement: d.Statement, Signature: d.Signature,
		KeyURL: "/.well-known/outcry-receipt-key.json", FileURL: receiptPath(d.ID) + ".json",
	}
	svc, ok := s.cfg.Catalog().Service(st.Service)
	if !ok { // it left the catalogue since
		svc = &outcry.Service{Slug: st.Service, Name: st.Service}
	}
	page.Service = *svc
	if !st.Verdict.AsOf.IsZero() {
		page.VerdictThen = &outcry.Verdict{Service: svc.Slug, Name: svc.Name, State: st.Verdict.State, Severity: outcry.SeverityNone,
			Reports:   outcry.Reports{Count: st.Verdict.Count, Expected: st.Verdict.Expected, Window: st.Verdict.Window},
			Freshness: outcry.Freshness{Trusted: true, AsOf: st.Verdict.AsOf}}
	}
	// What follows is of now, and the receipt is true without it.
	if v, age, err := s.view.verdict(svc, freshly); err == nil {
		page.Verdict, page.Site = v, s.site(age)
	}
	page.Incident = s.incidentAt(st)
	return drawn(s.cfg.Renderer.Receipt, page, cacheNever, 0)
}

// incidentAt is the incident of the service during which it was reported.
func (s *Server) incidentAt(st receipt.Statement) *outcry.Incident {
	list, _, err := s.view.list(outcry.IncidentFilter{Service: st.Service, From: st.Occurred.Add(-maxSpan), Limit: 50})
	if err != nil {
		return nil
	}
	for _, i := range list {
		if !i.StartedAt.After(st.Occurred) && (i.ResolvedAt == nil || i.ResolvedAt.After(st.Occurred)) {
			return &i
		}
	}
	return nil
}
