package api

import (
	"context"
	"net/http"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp"
)

// warmEvery is how often every page is looked at by ourselves, so that a store
// that goes away leaves a copy of each behind, read by somebody or not.
const warmEvery = 15 * time.Minute

// warmAgain is how soon that is tried again where the store did not answer.
const warmAgain = 5 * time.Second

// keepWarm looks at the pages at once and then at intervals, until ctx ends.
func (s *Server) keepWarm(ctx context.Context) {
	for {
		wait := warmEvery
		if !s.warm(ctx) {
			wait = warmAgain
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(wait):
		}
	}
}

// warm asks for every page and feed once, as a client would, and tells whether
// there is a copy of each now.
func (s *Server) warm(ctx context.Context) bool {
	paths := []string{"/", "/map", "/incidents", "/scorecard", "/feed.atom", "/feed.json", "/api/v1/services", "/api/v1/incidents"}
	for _, svc := range s.cfg.Catalog().Services() {
		paths = append(paths, "/services/"+svc.Slug, "/services/"+svc.Slug+"/feed.atom")
	}
	handler := s.app.Handler()
	for _, path := range paths {
		if ctx.Err() != nil {
			return false
		}
		var request fasthttp.Request
		request.Header.SetMethod(fiber.MethodGet)
		request.Header.SetHost("localhost")
		request.SetRequestURI(path)
		var c fasthttp.RequestCtx
		c.Init(&request, nil, nil)
		handler(&c)
		if c.Response.StatusCode() >= http.StatusInternalServerError {
			return false
		}
	}
	return true
}
