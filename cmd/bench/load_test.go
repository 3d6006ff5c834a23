package main

import (
	"encoding/json"
	"math/rand/v2"
	"net/netip"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/valyala/fasthttp"
)

// Every report is somebody else's, or the caps would be measured and not the
// counting.
func TestReportsAreDistinct(t *testing.T) {
	c := &crowd{slugs: []string{"a", "b", "c"}, seed: 7}
	rng := rand.New(rand.NewPCG(7, 1))
	zipf := rand.NewZipf(rng, 1.1, 1, 2)
	seen := map[string]bool{}
	services := map[string]int{}
	var r fasthttp.Request
	for range 20_000 {
		c.report(&r, rng, zipf)
		var b body
		if err := json.Unmarshal(r.Body(), &b); err != nil {
			t.Fatal(err)
		}
		if id, err := uuid.Parse(b.ID); err != nil || id.Version() != 4 {
			t.Fatalf("id %q, %v", b.ID, err)
		}
		from, err := netip.ParseAddr(string(r.Header.Peek("X-Forwarded-For")))
		if err != nil || !from.IsGlobalUnicast() {
			t.Fatalf("address %v, %v", from, err)
		}
		for _, what := range []string{"id " + b.ID, "device " + b.Device, "address " + from.String()} {
			if seen[what] {
				t.Fatalf("%s came twice", what)
			}
			seen[what] = true
		}
		services[b.Service]++
	}
	if services["a"] <= services["b"] || services["b"] <= services["c"] || services["c"] == 0 {
		t.Errorf("services came %v", services)
	}
}

func TestPercentile(t *testing.T) {
	var all tally
	if all.percentile(0.99) != 0 {
		t.Error("nothing has a percentile")
	}
	for i := 1000; i > 0; i-- {
		all.latencies = append(all.latencies, time.Duration(i))
	}
	if p50, p99 := all.percentile(0.5), all.percentile(0.99); p50 != 501 || p99 != 991 {
		t.Errorf("p50 %d, p99 %d of 1 to 1000", p50, p99)
	}
}
