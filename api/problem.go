package api

import (
	"encoding/json"
	"errors"
	"math/rand/v2"
	"net/http"
	"strconv"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp"

	"outcry"
	"outcry/api/intake"
)

// Problem is an answer that is not what was asked for (RFC 9457), and the
// error that a handler returns to give it.
type Problem struct {
	Type   string `json:"type"` // "/problems/" and a name that does not change
	Title  string `json:"title"`
	Status int    `json:"status"`
	// Detail is one sentence of ours; it repeats nothing that was sent.
	Detail string `json:"detail"`

	retryAfter time.Duration
}

func (p *Problem) Error() string { return p.Title }

// kind is one type of problem.
type kind struct {
	name, title, detail string
	status              int
}

// kinds are all the problems there are, first the general ones: a status alone
// stands for the first kind with that status.
var kinds = []kind{
	{"malformed", "Malformed request", "The request could not be understood.", 400},
	{"unauthorized", "Token needed", "This needs the token that came with the report, as a bearer token.", 401},
	{"forbidden", "Not allowed", "The token does not fit.", 403},
	{"not-found", "Not found", "There is nothing under this address.", 404},
	{"method-not-allowed", "Method not allowed", "This address does not take that method.", 405},
	{"timeout", "Timeout", "The request did not arrive in time.", 408},
	{"too-large", "Too large", "A report may have 8 KiB.", 413},
	{"media-type", "Unsupported media type", "Send application/json, not compressed.", 415},
	{"out-of-range", "Out of range", "A value is out of its range.", 422},
	{"too-many", "Too many requests", "There were too many requests from your address; wait a moment.", 429},
	{"header-too-large", "Header too large", "The header of the request is too large.", 431},
	{"internal", "Internal error", "Something went wrong here.", 500},
	{"method-unknown", "Method unknown", "This server does not know that method.", 501},
	{"unavailable", "Not available now", "This cannot be done right now; please try again.", 503},

	{"operator-only", "Operator's token needed", "This needs the operator's token, as a bearer token.", 401},
	{"cross-site", "Cross-site request", "Another site cannot do this in your name.", 403},
	{"unknown-service", "Unknown service", "There is no such service in the catalogue.", 404},
	{"unknown-symptom", "Unknown symptom", "The service has no such symptom.", 422},
	{"time-range", "Time out of range", "The time lies in the future, or more than a day back.", 422},
	{"not-stored", "Not stored", "The report could not be stored; please send it again.", 503},
}

func problemOf(k kind) *Problem {
	return &Problem{Type: "/problems/" + k.name, Title: k.title, Status: k.status, Detail: k.detail}
}

// NewProblem is the general problem of a status, for a server that has no pages.
func NewProblem(status int) *Problem { return problem(status) }

// problem is the general problem of a status.
func problem(status int) *Problem {
	for _, k := range kinds {
		if k.status == status {
			return problemOf(k)
		}
	}
	return problem(http.StatusInternalServerError)
}

// named is the problem of a name, with a sentence of its own or without.
func named(name, detail string) *Problem {
	for _, k := range kinds {
		if k.name == name {
			p := problemOf(k)
			if detail != "" {
				p.Detail = detail
			}
			return p
		}
	}
	return problem(http.StatusInternalServerError)
}

// toProblem is the one place where errors become statuses and safe words.
func toProblem(err error) *Problem {
	var p *Problem
	var wrong *intake.Wrong
	var fe *fiber.Error
	switch {
	case errors.As(err, &p):
		return p
	case errors.As(err, &wrong):
		return named("malformed", wrong.Sentence)
	case errors.Is(err, intake.ErrMalformed), errors.Is(err, outcry.ErrInvalid):
		return named("malformed", "")
	case errors.Is(err, intake.ErrMediaType):
		return named("media-type", "")
	case errors.Is(err, outcry.ErrUnknownService):
		return named("unknown-service", "")
	case errors.Is(err, outcry.ErrUnknownSymptom):
		return named("unknown-symptom", "")
	case errors.Is(err, outcry.ErrTimeRange):
		return named("time-range", "")
	case errors.Is(err, outcry.ErrNotFound):
		return named("not-found", "")
	case errors.Is(err, outcry.ErrForbidden):
		return named("forbidden", "")
	case errors.Is(err, outcry.ErrUnavailable):
		return named("unavailable", "")
	case errors.As(err, &fe) && fe.Code == http.StatusBadGateway:
		return problem(http.StatusBadRequest) // Fiber's word for a client that went away
	case errors.As(err, &fe):
		return problem(fe.Code)
	}
	return problem(http.StatusInternalServerError)
}

// write makes p the response. Headers that a handler set stay.
func (p *Problem) write(ctx *fasthttp.RequestCtx) {
	body, err := json.Marshal(p)
	if err != nil { // cannot be: plain texts and a number
		body = nil
	}
	p.head(ctx)
	ctx.SetContentType(typeProblem)
	ctx.SetBody(body)
}

// head sets the status and what goes with it.
func (p *Problem) head(ctx *fasthttp.RequestCtx) {
	ctx.SetStatusCode(p.Status)
	h := &ctx.Response.Header
	h.Set("Cache-Control", cacheNone)
	h.Del("ETag")
	h.Del("Last-Modified")
	switch p.Status {
	case http.StatusUnauthorized:
		h.Set("WWW-Authenticate", "Bearer")
	case http.StatusTooManyRequests, http.StatusServiceUnavailable:
		h.Set("Retry-After", strconv.Itoa(p.retrySeconds()))
	}
}

// retrySeconds spreads those who are sent away, so that they do not all come
// back in the same second: a second or more later, up to twice the wait and
// five seconds.
func (p *Problem) retrySeconds() int {
	base := max(1, int((p.retryAfter+time.Second-1)/time.Second))
	return base + rand.IntN(base+5)
}
