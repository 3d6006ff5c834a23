package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"runtime"
	"time"

	"outcry/api"
)

// pulse is what a detector without pages knows of itself.
type pulse struct {
	alive bool
	last  time.Time // of the last look that went well
}

// serveHealth answers for a detector without pages until ctx ends.
func serveHealth(ctx context.Context, listener net.Listener, w *watch, now func() time.Time) error {
	handler := health(func() pulse { return pulse{w.alive(now()), time.Unix(w.last.Load(), 0)} })
	server := &http.Server{Handler: handler, ReadTimeout: 5 * time.Second, WriteTimeout: 5 * time.Second}
	stop := context.AfterFunc(ctx, func() { server.Close() })
	defer stop()
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// health is all that a detector without pages answers: whether it lives, and
// its numbers. Anything else is a problem (RFC 9457).
func health(look func() pulse) http.Handler {
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		rw.Header().Set("Cache-Control", "no-store")
		rw.Header().Set("X-Content-Type-Options", "nosniff")
		known := r.URL.Path == "/healthz" || r.URL.Path == "/readyz" || r.URL.Path == "/metrics"
		p := look()
		switch {
		case !known:
			refuse(rw, api.NewProblem(http.StatusNotFound))
		case r.Method != http.MethodGet && r.Method != http.MethodHead:
			rw.Header().Set("Allow", "GET, HEAD")
			refuse(rw, api.NewProblem(http.StatusMethodNotAllowed))
		case r.URL.Path == "/metrics":
			rw.Header().Set("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
			p.write(rw)
		case !p.alive:
			stuck := api.NewProblem(http.StatusServiceUnavailable)
			stuck.Detail = "The detector is stuck: it has judged nothing for a while."
			rw.Header().Set("Retry-After", "10")
			refuse(rw, stuck)
		default:
			rw.Header().Set("Content-Type", "application/json")
			fmt.Fprintln(rw, `{"status":"ok"}`)
		}
	})
}

func refuse(rw http.ResponseWriter, p *api.Problem) {
	rw.Header().Set("Content-Type", "application/problem+json")
	rw.WriteHeader(p.Status)
	_ = json.NewEncoder(rw).Encode(p) // who asked may be gone
}

// write gives the detector's numbers in Prometheus' text format.
func (p pulse) write(rw http.ResponseWriter) {
	var mem runtime.MemStats
	runtime.ReadMemStats(&mem)
	alive := 0
	if p.alive {
		alive = 1
	}
	for _, x := range []struct {
		name, help string
		value      int64
	}{
		{"outcry_detector_alive", "Whether its looks go well.", int64(alive)},
		{"outcry_detector_last_look_timestamp_seconds", "When it last looked and all went well.", p.last.Unix()},
		{"go_goroutines", "Goroutines.", int64(runtime.NumGoroutine())},
		{"go_memstats_heap_inuse_bytes", "Heap in use.", int64(mem.HeapInuse)},
	} {
		fmt.Fprintf(rw, "# HELP %s %s\n# TYPE %s gauge\n%s %d\n", x.name, x.help, x.name, x.name, x.value)
	}
}
