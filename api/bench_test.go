package api

import (
	"testing"

	"github.com/valyala/fasthttp"
)

// What a request costs beside the network: a page that is looked at by many,
// a verdict, and a report.
func BenchmarkRequests(b *testing.B) {
	for _, bb := range []struct{ name, method, path, body string }{
		{"page", "GET", "/services/zoom", ""},
		{"verdict", "GET", "/api/v1/services/zoom", ""},
		{"report", "POST", "/api/v1/reports", `{"service":"zoom","symptom":"login"}`},
	} {
		b.Run(bb.name, func(b *testing.B) {
			f := newFake()
			s := serve(b, f, func(c *Config) { c.Limits.ReportsPerMinute = 1 << 30 })
			_ = s.App().Handler() // builds the routing tree
			handler := s.App().Server().Handler
			var ctx fasthttp.RequestCtx
			b.ReportAllocs()
			for b.Loop() {
				f.submissions, f.buckets["zoom"] = nil, nil
				ctx.Request.Reset()
				ctx.Response.Reset()
				ctx.Request.Header.SetMethod(bb.method)
				ctx.Request.SetRequestURI(bb.path)
				ctx.Request.Header.SetHost("example.com")
				ctx.Request.Header.Set("Accept-Encoding", "gzip")
				ctx.Request.Header.SetContentType("application/json")
				ctx.Request.SetBodyString(bb.body)
				handler(&ctx)
				if ctx.Response.StatusCode() >= 300 {
					b.Fatal(ctx.Response.StatusCode())
				}
			}
		})
	}
}
