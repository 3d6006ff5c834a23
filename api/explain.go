package api

import (
	"bytes"
	"log/slog"
	"net/http"
	"strings"

	"github.com/gofiber/fiber/v2"

	"outcry/frontend"
)

// explain is the error handler: it answers every error that a handler, the
// router or the parser of requests returns.
func (s *Server) explain(c *fiber.Ctx, err error) error {
	p := toProblem(err)
	ctx := c.Context()
	if openInterface(c) {
		anySite(c)
	}
	if p.Status >= http.StatusInternalServerError && p.Status != http.StatusServiceUnavailable {
		s.cfg.Log.Error("request failed", slog.String("route", c.Route().Path), slog.String("error", printable(err.Error())))
	}
	if p.Status == http.StatusRequestEntityTooLarge || p.Status == http.StatusRequestHeaderFieldsTooLarge {
		if conn, ok := ctx.Conn().(*lingerConn); ok {
			conn.unread.Store(true)
		}
		ctx.SetConnectionClose()
	}
	if wantsPage(c) && s.errorPage(c, p) == nil {
		p.head(ctx)
	} else {
		p.write(ctx)
	}
	s.secure(ctx) // errors of the parser do not pass through guard
	return nil
}

// openInterface: it reads where scripts of any site may, found or not.
func openInterface(c *fiber.Ctx) bool {
	return (c.Method() == http.MethodGet || c.Method() == http.MethodHead) &&
		strings.HasPrefix(c.Path(), "/api/v1/") && !strings.HasPrefix(c.Path(), "/api/v1/admin/")
}

// wantsPage: a browser asks for text/html by name, everything else gets JSON.
// So do those who ask an open read, whoever they are: routes.go marks it.
func wantsPage(c *fiber.Ctx) bool {
	open := c.GetRespHeader(fiber.HeaderAccessControlAllowOrigin) != "" && !strings.HasPrefix(c.Path(), "/embed/")
	return !open && !strings.HasPrefix(c.Path(), "/api/") && strings.Contains(c.Get(fiber.HeaderAccept), "text/html")
}

func (s *Server) errorPage(c *fiber.Ctx, p *Problem) error {
	var page bytes.Buffer
	err := s.cfg.Renderer.Error(&page, frontend.ErrorPage{Site: s.site(0), Status: p.Status, Title: p.Title, Detail: p.Detail})
	if err != nil {
		return err
	}
	c.Set(fiber.HeaderContentType, fiber.MIMETextHTMLCharsetUTF8)
	c.Set(fiber.HeaderContentSecurityPolicy, frontend.ContentSecurityPolicy)
	return c.Send(page.Bytes())
}

// printable cuts a text for the log and takes control characters out of it.
func printable(text string) string {
	text = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r >= 0x80 && r < 0xa0 {
			return '·'
		}
		return r
	}, text)
	return text[:min(len(text), 500)]
}
