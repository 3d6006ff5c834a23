package api

import (
	"context"
	"crypto/rand"
	"errors"
	"net/http"
	"strings"

	"github.com/gofiber/fiber/v2"

	"outcry"
	"outcry/frontend"
)

// The page is for people who moderate with a browser and without script. It
// keeps a session in a cookie that no script can read and that no other site's
// page can send; what changes something must also say that it comes from here.

// operated lets through where there is an administration, and of what changes
// something only what says that one of our own pages sent it.
func (s *Server) operated(h fiber.Handler) fiber.Handler {
	return func(c *fiber.Ctx) error {
		if s.admin == nil {
			return named("not-found", "This server has no administration: it was started without a token for it.")
		}
		silent := c.Get("Sec-Fetch-Site") == "" && c.Get(fiber.HeaderOrigin) == ""
		if c.Method() == http.MethodPost && (silent || !s.own(c)) {
			return named("cross-site", "")
		}
		return h(c)
	}
}

// overTLS: the browser reaches us by https.
func (s *Server) overTLS(c *fiber.Ctx) bool {
	return c.Context().IsTLS() || strings.HasPrefix(s.cfg.PublicURL, "https://")
}

// sessionCookie is its name. By the prefix a browser sees to it that the cookie
// came over TLS and from this very host (RFC 6265bis, section 4.1.3.2).
func (s *Server) sessionCookie(c *fiber.Ctx) string {
	if s.overTLS(c) {
		return "__Host-outcry-admin"
	}
	return "outcry-admin"
}

func (s *Server) setSession(c *fiber.Ctx, value string, seconds int) {
	c.Cookie(&fiber.Cookie{
		Name: s.sessionCookie(c), Value: value, Path: "/", MaxAge: seconds,
		Secure: s.overTLS(c), HTTPOnly: true, SameSite: fiber.CookieSameSiteStrictMode,
	})
}

// session is the name of the session that the cookie holds, or "".
func (s *Server) session(c *fiber.Ctx) string {
	return s.admin.holds(c.Cookies(s.sessionCookie(c)), s.cfg.Now())
}

// endedSession is what the end of a session is kept under.
func endedSession(name string) string { return "signed-out-" + name }

// signedIn reports whether there is a session that nobody has ended, here or at
// another process. Where that cannot be read it is an error.
func (s *Server) signedIn(c *fiber.Ctx) (bool, error) {
	name := s.session(c)
	if name == "" {
		return false, nil
	}
	err := s.view.ask(func(ctx context.Context) error {
		_, err := s.cfg.Sessions.LoadState(ctx, endedSession(name))
		return err
	})
	if errors.Is(err, outcry.ErrNotFound) {
		return true, nil
	}
	return false, err
}

// adminPage is GET /admin: the comments, or the question for the token.
func (s *Server) adminPage(c *fiber.Ctx) error {
	in, err := s.signedIn(c)
	if err != nil {
		return err
	}
	if !in {
		return s.sendAdmin(c, frontend.AdminPage{}, http.StatusOK)
	}
	q := query{c: c}
	page := frontend.AdminPage{SignedIn: true, Done: oneOf(&q, "done", "publish", "reject", "gone")}
	if err := q.err(); err != nil {
		return err
	}
	list, next, box, err := s.commentList(c)
	if err != nil {
		return err
	}
	page.Next, page.Published = next, box == boxPublished
	for _, x := range list {
		svc, ok := s.cfg.Catalog().Service(x.Service)
		if !ok {
			continue // it left the catalogue this moment
		}
		page.Comments = append(page.Comments, frontend.AdminComment{ID: x.ID, Service: *svc, Comment: frontend.Comment{
			At: x.Minute, Symptom: x.Symptom, Place: outcry.Place{Country: x.Country, Region: x.Region}, Text: x.Text,
		}})
	}
	return s.sendAdmin(c, page, http.StatusOK)
}

func (s *Server) sendAdmin(c *fiber.Ctx, page frontend.AdminPage, status int) error {
	page.Site = s.site(0)
	d, err := drawn(s.cfg.Renderer.Admin, page, cacheNever, 0)
	if err != nil {
		return err
	}
	return s.sendPage(c, d, status)
}

// signIn is POST /admin.
func (s *Server) signIn(c *fiber.Ctx) error {
	if err := s.tries(c); err != nil {
		return err
	}
	if token := strings.TrimSpace(string(c.Request().PostArgs().Peek("token"))); !s.admin.fits(token) {
		return s.sendAdmin(c, frontend.AdminPage{Error: "That is not the token of this server."}, http.StatusUnauthorized)
	}
	s.setSession(c, s.admin.open(rand.Text(), s.cfg.Now()), int(sessionLasts.Seconds()))
	return c.Redirect("/admin", http.StatusSeeOther)
}

// signOut is POST /admin/sign-out. A session whose end cannot be kept goes on,
// and so does its cookie, with which to try again.
func (s *Server) signOut(c *fiber.Ctx) error {
	if name := s.session(c); name != "" {
		err := s.view.ask(func(ctx context.Context) error {
			return s.cfg.Sessions.SaveState(ctx, endedSession(name), []byte("ended"))
		})
		if err != nil {
			return err
		}
	}
	s.setSession(c, "", -1)
	return c.Redirect("/admin", http.StatusSeeOther)
}

// decide is POST /admin/comments/{id}.
func (s *Server) decide(c *fiber.Ctx) error {
	in, err := s.signedIn(c)
	if err != nil {
		return err
	}
	if !in {
		return s.sendAdmin(c, frontend.AdminPage{Error: "You were signed out. Nothing was decided."}, http.StatusUnauthorized)
	}
	decision := string(c.Request().PostArgs().Peek("decision"))
	_, err = s.moderate(c.Params("id"), decision)
	switch {
	case errors.Is(err, outcry.ErrNotFound):
		decision = "gone"
	case err != nil:
		return err
	}
	return c.Redirect("/admin?done="+decision, http.StatusSeeOther)
}
