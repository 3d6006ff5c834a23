package api

import (
	"errors"
	"net/http"
	"net/netip"
	"net/url"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/google/uuid"

	"outcry"
	"outcry/api/intake"
	"outcry/frontend"
)

// confirmFor is how long the page that follows a report confirms it.
const confirmFor = 15 * time.Minute

// postForm is POST /report: a report from a page without script. It answers
// with the service's page: the confirmation by a redirect, so that reloading
// sends nothing twice, or the form again with a sentence on what is wrong.
func (s *Server) postForm(c *fiber.Ctx) error {
	from, fields, err := s.formFields(c)
	if err != nil {
		return err
	}
	submission, err := fields.Submission()
	if err == nil {
		var got outcry.Receipt
		err = s.atDoor(c, func() (err error) {
			got, err = s.submit(c.Context().Time(), from, submission)
			return err
		})
		if err == nil {
			return s.confirm(c, got)
		}
	}
	svc, ok := s.cfg.Catalog().Service(submission.Service)
	if !ok {
		return err
	}
	return s.formAgain(c, svc, fields, toProblem(err))
}

func (s *Server) formFields(c *fiber.Ctx) (netip.Addr, intake.Fields, error) {
	from, body, err := s.admit(c)
	if err != nil {
		return from, nil, err
	}
	fields, err := intake.Form(c.Get(fiber.HeaderContentType), body)
	if errors.Is(err, intake.ErrMediaType) {
		return from, nil, named("media-type", "Send the form as a browser does.")
	}
	return from, fields, err
}

// confirm redirects to the page, named by the receipt: its code is ours, so nobody
// can make a link that confirms what was never reported.
func (s *Server) confirm(c *fiber.Ctx, got outcry.Receipt) error {
	id, err := s.receiptOf(got)
	if err != nil {
		return err
	}
	c.Set(fiber.HeaderCacheControl, cacheNever)
	return c.Redirect("/services/"+url.PathEscape(got.Report.Service)+"?reported="+id, http.StatusSeeOther)
}

// formAgain shows the form as it was filled in, with what is wrong.
func (s *Server) formAgain(c *fiber.Ctx, svc *outcry.Service, fields intake.Fields, p *Problem) error {
	page, age, err := s.servicePage(svc)
	if err != nil {
		return p // the page cannot be drawn: at least say what was wrong
	}
	page.Form = frontend.FormState{
		Symptom: fields["symptom"], Kind: outcry.Kind(fields["kind"]), Comment: fields["comment"], Error: p.Detail,
		// The same id again: if the first try was stored after all, it counts once.
		ID: fields["id"],
	}
	if _, err := uuid.Parse(page.Form.ID); err != nil {
		page.Form.ID = uuid.NewString()
	}
	if _, ok := svc.Symptom(page.Form.Symptom); !ok {
		page.Form.Symptom = ""
	}
	d, err := drawn(s.cfg.Renderer.Service, page, cacheNever, age)
	if err != nil {
		return err
	}
	p.head(c.Context())
	return s.sendPage(c, d, p.Status)
}

// confirmation opens the token in ?reported=. One that is not ours, is of
// another service or is old confirms nothing.
func (s *Server) confirmation(token string, svc *outcry.Service) *frontend.Confirmation {
	st, err := s.issuer.Open(token)
	if err != nil || st.Service != svc.Slug {
		return nil
	}
	if age := s.cfg.Now().Sub(st.Received); age < -time.Minute || age > confirmFor {
		return nil
	}
	return &frontend.Confirmation{
		ID: st.Report, Kind: st.Kind, Symptom: st.Symptom, Reason: st.Reason,
		Place: outcry.Place{Country: st.Country, Region: st.Region}, ReceiptURL: receiptPath(token),
	}
}
