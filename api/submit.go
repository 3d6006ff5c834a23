package api

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/google/uuid"

	"outcry"
	"outcry/api/intake"
	"outcry/api/peer"
	"outcry/api/receipt"
)

// submitTimeout bounds how long a report may wait to be let in and stored: no
// answer takes a second.
const submitTimeout = 950 * time.Millisecond

// postReport is POST /api/v1/reports.
func (s *Server) postReport(c *fiber.Ctx) error {
	return s.atDoor(c, func() error { return s.takeReport(c) })
}

func (s *Server) takeReport(c *fiber.Ctx) error {
	from, body, err := s.admit(c)
	if err != nil {
		return err
	}
	fields, err := intake.JSON(c.Get(fiber.HeaderContentType), body)
	if err != nil {
		return err
	}
	submission, err := fields.Submission()
	if err != nil {
		return err
	}
	got, err := s.submit(c.Context().Time(), from, submission)
	if err != nil {
		return err
	}
	id, err := s.receiptOf(got)
	if err != nil {
		return err
	}
	answer := accepted{
		ID: got.Acknowledgement.ID, Counted: got.Acknowledgement.Counted(), Reason: got.Acknowledgement.Reason,
		WithdrawToken: got.WithdrawToken, ReceiptURL: receiptPath(id),
		Place: place{got.Report.Place.Country, got.Report.Place.Region},
	}
	c.Set(fiber.HeaderLocation, answer.ReceiptURL)
	c.Context().SetContentType(fiber.MIMEApplicationJSON)
	var room [1024]byte
	c.Response().SetBody(answer.append(room[:0]))
	c.Status(http.StatusCreated)
	return nil
}

// admit settles whether a report is looked at at all: where it comes from, how
// often, and in what form. The body is taken raw: nothing is unpacked.
func (s *Server) admit(c *fiber.Ctx) (from netip.Addr, body []byte, err error) {
	if !s.own(c) {
		return from, nil, named("cross-site", "")
	}
	// The loopback address is a proxy that was not named as trusted, and
	// everybody is behind it.
	if from = s.client(c); !from.IsLoopback() {
		if ok, after := s.rates.Allow(peer.Source(from), s.cfg.Now()); !ok {
			s.metrics.report("refused")
			p := named("too-many", "")
			p.retryAfter = after
			return from, nil, p
		}
	}
	body = c.Request().Body() // as it came: only c.Body undoes encodings
	switch {
	case len(c.Request().Header.Peek(fiber.HeaderContentEncoding)) > 0:
		return from, nil, named("media-type", "")
	case len(body) > intake.MaxBytes:
		return from, nil, named("too-large", "")
	}
	return from, body, nil
}

// submit hands a report that came at a moment to the desk, and makes its effect
// visible.
func (s *Server) submit(came time.Time, from netip.Addr, submission outcry.Submission) (outcry.Receipt, error) {
	submission.Address = from
	ctx, cancel := context.WithDeadline(context.Background(), came.Add(submitTimeout))
	defer cancel()
	got, err := s.cfg.Desk.Submit(ctx, submission, s.cfg.Now())
	switch {
	case errors.Is(err, outcry.ErrUnavailable), errors.Is(err, context.DeadlineExceeded):
		s.metrics.report("not_stored")
		return got, named("not-stored", "")
	case err != nil:
		s.metrics.report("invalid")
		return got, err
	}
	outcome := string(got.Acknowledgement.Reason)
	if got.Acknowledgement.Counted() {
		outcome = "counted"
	}
	s.metrics.report(outcome)
	s.touch(got.Report.Service)
	return got, nil
}

// deleteReport is DELETE /api/v1/reports/{id}.
func (s *Server) deleteReport(c *fiber.Ctx) error {
	if !s.own(c) {
		return named("cross-site", "")
	}
	scheme, token, _ := strings.Cut(c.Get(fiber.HeaderAuthorization), " ")
	token = strings.TrimSpace(token)
	if !strings.EqualFold(scheme, "Bearer") || token == "" {
		return named("unauthorized", "")
	}
	id, err := uuid.Parse(c.Params("id"))
	if err != nil || len(c.Params("id")) != len(id.String()) || len(token) > 1024 {
		return named("not-found", "")
	}
	ctx, cancel := context.WithTimeout(context.Background(), submitTimeout)
	defer cancel()
	if err := s.cfg.Desk.Withdraw(ctx, id.String(), token, s.cfg.Now()); err != nil {
		return err
	}
	s.metrics.report("withdrawn")
	s.view.comments.TouchAll()
	s.view.tails.TouchAll() // the desk does not say of which service it was
	s.pages.TouchAll()
	return c.SendStatus(http.StatusNoContent)
}

// touch makes the next reader see what was just reported about a service.
func (s *Server) touch(slug string) {
	s.view.touch(slug)
	s.pages.Touch("/")
	s.pages.Touch("/map")
	s.pages.Touch("/services/" + slug)
}

// client is the address that a request is weighed by.
func (s *Server) client(c *fiber.Ctx) netip.Addr {
	remote := netip.Addr{}
	if tcp, ok := c.Context().RemoteAddr().(*net.TCPAddr); ok {
		remote = tcp.AddrPort().Addr()
	}
	var forwarded []string
	if len(s.cfg.TrustedProxies) > 0 {
		for _, line := range c.Request().Header.PeekAll(fiber.HeaderXForwardedFor) {
			forwarded = append(forwarded, string(line))
		}
	}
	return peer.Address(remote, forwarded, s.cfg.TrustedProxies)
}

// own reports whether what changes something comes from one of our pages or
// from no page at all.
func (s *Server) own(c *fiber.Ctx) bool {
	o := peer.Origin{FetchSite: c.Get("Sec-Fetch-Site"), Origin: c.Get(fiber.HeaderOrigin), PublicURL: s.cfg.PublicURL}
	if o.Origin != "" {
		o.Host = string(c.Request().Header.Host()) // what it is compared with
	}
	return o.Own()
}

func receiptPath(id string) string { return "/receipts/" + id }

// receiptOf states what was reported and what is known at this moment. A report
// that is sent again gets the receipt it got.
func (s *Server) receiptOf(got outcry.Receipt) (string, error) {
	r, ack := got.Report, got.Acknowledgement
	statement := receipt.Statement{
		Report: ack.ID, Service: r.Service, Symptom: r.Symptom, Kind: r.Kind, Occurred: ack.Minute.UTC(),
		Country: r.Place.Country, Region: r.Place.Region, Counted: ack.Counted(), Reason: ack.Reason,
	}
	return s.receipts.get(statement, func() (time.Time, receipt.Verdict) {
		return r.Received.UTC().Truncate(time.Minute), s.lastWord(r.Service)
	})
}

// lastWord is the detector's latest verdict for a receipt; where it cannot be
// read the receipt says unknown rather than not being made.
func (s *Server) lastWord(slug string) receipt.Verdict {
	snapshots, _, err := s.view.verdicts()
	v := snapshots[slug].Verdict
	if err != nil || v.State == "" {
		return receipt.Verdict{State: outcry.Unknown}
	}
	return receipt.Verdict{State: v.State, Count: v.Reports.Count, Expected: v.Reports.Expected, Window: v.Reports.Window, AsOf: v.Freshness.AsOf}
}
