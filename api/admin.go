package api

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"outcry"
	"outcry/api/intake"
	"outcry/api/peer"
)

// admin knows the operator's token, and the sessions of those who showed it.
// Its zero value knows none: then there is no administration here at all.
type admin struct {
	token   [sha256.Size]byte // a hash, so that lengths do not show in times
	session []byte            // key that signs sessions
}

func newAdmin(token string) *admin {
	if token == "" {
		return nil
	}
	mac := hmac.New(sha256.New, []byte(token))
	mac.Write([]byte("outcry session"))
	return &admin{token: sha256.Sum256([]byte(token)), session: mac.Sum(nil)}
}

// fits compares in constant time.
func (a *admin) fits(token string) bool {
	sum := sha256.Sum256([]byte(token))
	return subtle.ConstantTimeCompare(sum[:], a.token[:]) == 1
}

// sessionLasts is how long the page need not be told the token again.
const sessionLasts = 8 * time.Hour

// open makes a session: its end and its name, signed. It holds nothing of the
// token, and all processes with the same token accept it.
func (a *admin) open(name string, now time.Time) string {
	text := strconv.FormatInt(now.Add(sessionLasts).Unix(), 10) + "." + name
	return text + "." + a.sign(text)
}

func (a *admin) sign(text string) string {
	mac := hmac.New(sha256.New, a.session)
	mac.Write([]byte(text))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

// holds gives the name of a session that is one of ours and whose time has not
// come, or "". Who held it may have signed out.
func (a *admin) holds(session string, now time.Time) string {
	cut := max(strings.LastIndexByte(session, '.'), 0)
	text, signature := session[:cut], strings.TrimPrefix(session[cut:], ".")
	if subtle.ConstantTimeCompare([]byte(signature), []byte(a.sign(text))) != 1 {
		return ""
	}
	end, name, _ := strings.Cut(text, ".")
	at, err := strconv.ParseInt(end, 10, 64)
	if err != nil || now.Unix() >= at {
		return ""
	}
	return name
}

// bearer lets through who sends the operator's token.
func (s *Server) bearer(h fiber.Handler) fiber.Handler {
	return func(c *fiber.Ctx) error {
		if s.admin == nil {
			return named("not-found", "This server has no administration: it was started without a token for it.")
		}
		if err := s.tries(c); err != nil {
			return err
		}
		scheme, token, _ := strings.Cut(c.Get(fiber.HeaderAuthorization), " ")
		if !strings.EqualFold(scheme, "Bearer") || !s.admin.fits(strings.TrimSpace(token)) {
			return named("operator-only", "")
		}
		c.Set(fiber.HeaderCacheControl, cacheNever)
		return h(c)
	}
}

// tries bounds how often one source may try a token.
func (s *Server) tries(c *fiber.Ctx) error {
	if ok, after := s.rates.Allow(peer.Source(s.client(c)), s.cfg.Now()); !ok {
		p := named("too-many", "")
		p.retryAfter = after
		return p
	}
	return nil
}

// commentsPage is how many comments a page of the list has by default.
const commentsPage = 50

// boxOf are the states of a comment that can be listed.
const (
	boxPending   = "pending"
	boxPublished = "published"
)

// getComments is GET /api/v1/admin/comments.
func (s *Server) getComments(c *fiber.Ctx) error {
	list, next, _, err := s.commentList(c)
	if err != nil {
		return err
	}
	linkNext(c, next)
	return c.JSON(list)
}

// commentList reads ?state=&limit=&cursor= and gives that page of comments, the
// cursor of the next or "", and the state.
func (s *Server) commentList(c *fiber.Ctx) (list []outcry.Comment, next, box string, err error) {
	q := query{c: c}
	box = oneOf(&q, "state", boxPending, boxPublished)
	if box == "" {
		box = boxPending
	}
	limit, after := q.limit(commentsPage, 200), q.cursor(box)
	if err := q.err(); err != nil {
		return nil, "", box, err
	}
	list, next, err = s.comments(box, after, limit)
	return list, next, box, err
}

// comments is one page: service by service in the order of the catalogue, the
// oldest of each first. The cursor names the last that was read, by its service
// and its place in that.
func (s *Server) comments(box, after string, limit int) (list []outcry.Comment, next string, err error) {
	list = []outcry.Comment{}
	services := s.cfg.Catalog().Services()
	from, last, _ := strings.Cut(after, "/")
	if after != "" {
		i := slices.IndexFunc(services, func(x outcry.Service) bool { return x.Slug == from })
		if i < 0 {
			return nil, "", named("malformed", "The cursor is not one of this list.")
		}
		services = services[i:]
	}
	for _, svc := range services {
		all, err := s.box(svc.Slug, box)
		if err != nil {
			return nil, "", err
		}
		for _, x := range all {
			if svc.Slug == from && placeInBox(x) <= last {
				continue
			}
			if len(list) == limit {
				end := list[limit-1]
				return list, newCursor(box, end.Service+"/"+placeInBox(end)), nil
			}
			list = append(list, x)
		}
	}
	return list, "", nil
}

// box is all comments of a service in one state, oldest first.
func (s *Server) box(service, state string) (list []outcry.Comment, err error) {
	err = s.view.ask(func(ctx context.Context) (err error) {
		if state == boxPending {
			list, err = s.cfg.Comments.PendingComments(ctx, service)
			return err
		}
		list, err = s.cfg.Comments.PublishedComments(ctx, service)
		list = slices.Clone(list)
		slices.Reverse(list)
		return err
	})
	return list, err
}

// placeInBox sorts as the comments of a service are listed.
func placeInBox(c outcry.Comment) string {
	return fmt.Sprintf("%012d/%s", c.Minute.Unix(), strings.TrimPrefix(c.ID, c.Service+"."))
}

// postDecision is POST /api/v1/admin/comments/{id}.
func (s *Server) postDecision(c *fiber.Ctx) error {
	fields, err := intake.Object(c.Get(fiber.HeaderContentType), c.Request().Body(), "decision")
	if err != nil {
		return err
	}
	decided, err := s.moderate(c.Params("id"), fields["decision"])
	if err != nil {
		return err
	}
	return c.JSON(decided)
}

// moderate carries a decision out, and makes its effect visible.
func (s *Server) moderate(id, decision string) (outcry.Comment, error) {
	if decision != "publish" && decision != "reject" {
		return outcry.Comment{}, named("malformed", "The decision is publish or reject.")
	}
	if !cursorValue.MatchString(id) {
		return outcry.Comment{}, outcry.ErrNotFound // no comment is called that
	}
	ctx, cancel := context.WithTimeout(context.Background(), submitTimeout)
	defer cancel()
	got, err := s.cfg.Comments.ModerateComment(ctx, id, decision == "publish", s.cfg.Now())
	if err != nil {
		return got, err
	}
	s.view.comments.Touch(got.Service)
	s.pages.Touch("/services/" + got.Service)
	return got, nil
}

// said is a published comment as all may read it: of where it came from, the
// country alone, as a single voice of a small region could be known.
type said struct {
	At      time.Time `json:"at"`
	Symptom string    `json:"symptom"`
	Country string    `json:"country"`
	Text    string    `json:"text"`
}

// saidShown is how many published comments a service shows: the newest.
const saidShown = 6

// published gives them. That they cannot be read is no reason to show nothing.
func (v *view) published(service string) []said {
	got, err := v.comments.Get(service, relaxed, func() (list []said, err error) {
		err = v.ask(func(ctx context.Context) error {
			all, err := v.box.PublishedComments(ctx, service)
			for _, c := range all[:min(len(all), saidShown)] {
				list = append(list, said{c.Minute, c.Symptom, c.Country, c.Text})
			}
			return err
		})
		return list, err
	})
	if err != nil {
		return nil
	}
	return got.Value
}
