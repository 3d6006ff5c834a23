package api

import (
	"bytes"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gofiber/fiber/v2"
)

// metrics counts what happened. Every label comes from our own code (a route's
// pattern, an outcome's name), never from a request, so the number of series is
// bounded and nothing about a person is in them.
type metrics struct {
	panics   atomic.Int64
	mu       sync.Mutex
	requests map[requestLabels]*requestCount
	reports  map[string]int64
}

type requestLabels struct {
	method, route string // the method is "" where the request did not get that far
	status        int
}

type requestCount struct {
	count   int64
	seconds float64
}

func newMetrics() *metrics {
	return &metrics{requests: map[requestLabels]*requestCount{}, reports: map[string]int64{}}
}

func (m *metrics) request(route string, status int) { m.timed(requestLabels{"", route, status}, 0) }

func (m *metrics) timed(key requestLabels, took time.Duration) {
	m.mu.Lock()
	defer m.mu.Unlock()
	n := m.requests[key]
	if n == nil {
		n = new(requestCount)
		m.requests[key] = n
	}
	n.count++
	n.seconds += took.Seconds()
}

// report counts what became of a report: counted, a reason, or refused.
func (m *metrics) report(outcome string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.reports[outcome]++
}

// observe counts requests by the pattern of their route.
func (s *Server) observe(c *fiber.Ctx) error {
	start := s.cfg.Now()
	err := c.Next()
	if err != nil {
		if err := s.explain(c, err); err != nil {
			return err
		}
	}
	route := c.Route().Path
	if route == "/" && c.Path() != "/" {
		route = "none" // nothing matched but this middleware
	}
	s.metrics.timed(requestLabels{c.Method(), route, c.Response().StatusCode()}, s.cfg.Now().Sub(start))
	return nil
}

// write gives all in Prometheus' text format, gauges among them.
func (m *metrics) write(b *bytes.Buffer, gauges map[string]float64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var count, seconds, reports, rest []string
	for k, n := range m.requests {
		labels := fmt.Sprintf("{route=%q,status=\"%d\"}", strings.TrimSpace(k.method+" "+k.route), k.status)
		count = append(count, fmt.Sprintf("outcry_http_requests_total%s %d\n", labels, n.count))
		seconds = append(seconds, fmt.Sprintf("outcry_http_request_seconds_total%s %g\n", labels, n.seconds))
	}
	for outcome, n := range m.reports {
		reports = append(reports, fmt.Sprintf("outcry_reports_total{outcome=%q} %d\n", outcome, n))
	}
	for name, value := range gauges {
		rest = append(rest, fmt.Sprintf("# TYPE %s gauge\n%s %g\n", name, name, value))
	}
	section(b, "outcry_http_requests_total", "Requests by route and status.", count)
	section(b, "outcry_http_request_seconds_total", "Time spent in them.", seconds)
	section(b, "outcry_reports_total", "Reports by what became of them.", reports)
	section(b, "outcry_panics_total", "Panics that a request survived.", []string{fmt.Sprintf("outcry_panics_total %d\n", m.panics.Load())})
	slices.Sort(rest)
	b.WriteString(strings.Join(rest, ""))
}

func section(b *bytes.Buffer, name, help string, lines []string) {
	slices.Sort(lines)
	fmt.Fprintf(b, "# HELP %s %s\n# TYPE %s counter\n%s", name, help, name, strings.Join(lines, ""))
}

// processGauges are the few numbers of the process that operators look at.
func processGauges() map[string]float64 {
	var mem runtime.MemStats
	runtime.ReadMemStats(&mem)
	return map[string]float64{
		"go_goroutines": float64(runtime.NumGoroutine()), "go_memstats_heap_inuse_bytes": float64(mem.HeapInuse),
	}
}
