package api

import (
	"bytes"
	"crypto/rand"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"strings"

	"github.com/valyala/fasthttp"
)

// maxHeaders is how many header lines a request may have. Browsers behind two
// proxies send near thirty.
const maxHeaders = 64

// guard stands around everything else: it refuses requests that two programs
// on the way could read differently, keeps a panic inside its request, and
// puts the security headers on whatever leaves.
func (s *Server) guard(next fasthttp.RequestHandler) fasthttp.RequestHandler {
	return func(ctx *fasthttp.RequestCtx) {
		defer s.secure(ctx)
		defer func() {
			if cause := recover(); cause != nil {
				s.panicked(ctx, cause)
			}
		}()
		if p := framing(ctx); p != nil {
			ctx.SetConnectionClose()
			p.write(ctx)
			s.metrics.request("refused", p.Status)
			return
		}
		unpacked(&ctx.Request.Header)
		next(ctx)
	}
}

// framing refuses what RFC 9112 calls ambiguous or malformed and fasthttp lets
// pass, and methods that nobody needs.
func framing(ctx *fasthttp.RequestCtx) *Problem {
	head := &ctx.Request.Header
	if !ctx.IsGet() && !ctx.IsHead() && !knownMethods[string(head.Method())] {
		return problem(http.StatusNotImplemented)
	}
	if len(head.Host()) == 0 && !probed(ctx) {
		return problem(http.StatusBadRequest)
	}
	lines, length, encoding := 0, false, false
	for line := range bytes.Lines(head.RawHeaders()) {
		name, _, ok := bytes.Cut(line, []byte(":"))
		if !ok {
			continue
		}
		lines++
		length = length || bytes.EqualFold(name, []byte("Content-Length"))
		encoding = encoding || bytes.EqualFold(name, []byte("Transfer-Encoding"))
	}
	switch {
	case lines > maxHeaders:
		return problem(http.StatusRequestHeaderFieldsTooLarge)
	case length && encoding:
		return problem(http.StatusBadRequest)
	}
	return nil
}

// unpacked takes out a Content-Encoding that says that there is none (RFC 9110,
// section 8.4.1 keeps the name for that).
func unpacked(head *fasthttp.RequestHeader) {
	lines := head.PeekAll("Content-Encoding")
	if len(lines) == 1 && bytes.EqualFold(bytes.TrimSpace(lines[0]), []byte("identity")) {
		head.Del("Content-Encoding")
	}
}

// probed: a health check of HTTP/1.0, which knows no Host.
func probed(ctx *fasthttp.RequestCtx) bool {
	path := string(ctx.Path())
	return string(ctx.Request.Header.Protocol()) == "HTTP/1.0" && (path == "/healthz" || path == "/readyz")
}

// knownMethods reach the router, which answers 404 or 405 for most.
var knownMethods = map[string]bool{
	http.MethodPost: true, http.MethodPut: true, http.MethodPatch: true, http.MethodDelete: true,
	http.MethodOptions: true, http.MethodTrace: true, http.MethodConnect: true,
}

// panicked answers 500 with a number that also stands in the log.
func (s *Server) panicked(ctx *fasthttp.RequestCtx, cause any) {
	number := rand.Text()[:10]
	s.cfg.Log.Error("panic in a request", slog.String("number", number),
		slog.String("cause", fmt.Sprint(cause)), slog.String("stack", string(debug.Stack())))
	s.metrics.panics.Add(1)
	s.metrics.request("panic", http.StatusInternalServerError)
	ctx.Response.Reset()
	p := problem(http.StatusInternalServerError)
	p.Detail = "Something went wrong here; its number is " + number + "."
	p.write(ctx)
}

// csp is for everything that is not a page: nothing may be loaded or run.
const csp = "default-src 'none'; frame-ancestors 'none'"

// secure puts on the headers that every answer has. What a handler set stays.
func (s *Server) secure(ctx *fasthttp.RequestCtx) {
	h := &ctx.Response.Header
	for _, x := range securityHeaders {
		if len(h.PeekCanonical(x.name)) == 0 {
			h.SetCanonical(x.name, x.value)
		}
	}
	if bytes.HasPrefix(h.ContentType(), []byte("text/html")) {
		h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=()") // which documents alone have
	}
	if ctx.IsTLS() || strings.HasPrefix(s.cfg.PublicURL, "https://") {
		h.Set("Strict-Transport-Security", "max-age=31536000")
	}
}

type header struct{ name, value []byte }

var securityHeaders = [...]header{
	{[]byte("Content-Security-Policy"), []byte(csp)},
	{[]byte("X-Content-Type-Options"), []byte("nosniff")},
	// Not no-referrer: that would make forms send "Origin: null".
	{[]byte("Referrer-Policy"), []byte("same-origin")},
	{[]byte("Cross-Origin-Opener-Policy"), []byte("same-origin")},
	{[]byte("Cross-Origin-Resource-Policy"), []byte("same-origin")},
	{[]byte("Cache-Control"), []byte("no-store")},
}
