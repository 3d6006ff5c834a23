package simulate

import (
	"math"
	"net/netip"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"outcry"
	"outcry/ingest/replay"
)

// catalog is the one that the program ships.
func catalog(t *testing.T) *outcry.Catalog {
	t.Helper()
	f, err := os.Open("../../cmd/outcry/catalog.json")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	c, err := outcry.ParseCatalog(f)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// checkLines checks what is true of every telling: ordered, within its time,
// readable, known to the catalogue, and blaming no real network but the one of
// CoursePlus' own campus.
func checkLines(t *testing.T, lines []replay.Line, from, until time.Time) {
	t.Helper()
	services := catalog(t)
	reserved := []netip.Prefix{netip.MustParsePrefix("240.0.0.0/4"), netip.MustParsePrefix("2001:db8::/32")}
	var last time.Time
	for i, l := range lines {
		a := netip.MustParseAddr(l.IP)
		service, known := services.Service(l.Service)
		switch {
		case l.Validate() != nil:
			t.Fatalf("line %d: %v", i, l.Validate())
		case l.Time.Before(last) || l.Time.Before(from) || !l.Time.Before(until):
			t.Fatalf("line %d: %s comes after %s, in a telling from %s until %s", i, l.Time, last, from, until)
		case !known:
			t.Fatalf("line %d: no service %q", i, l.Service)
		case !slices.ContainsFunc(reserved, func(p netip.Prefix) bool { return p.Contains(a) }):
			t.Fatalf("line %d: %s may be somebody's address", i, a)
		case (l.ASN < 64512 || l.ASN > 65534) && !slices.Contains(service.HomeNetworks, l.ASN):
			t.Fatalf("line %d: AS%d may be somebody's network", i, l.ASN)
		case l.Country == "":
			t.Fatalf("line %d: no country", i)
		}
		if _, ok := service.Symptom(l.Symptom); !ok && l.Kind == outcry.KindDown {
			t.Fatalf("line %d: %s has no symptom %q", i, l.Service, l.Symptom)
		}
		last = l.Time
	}
}

// one is a world of one service for so many days.
func one(perDay float64, days int) World {
	from := time.Date(2026, 1, 5, 0, 0, 0, 0, time.UTC)
	return World{From: from, Until: from.AddDate(0, 0, days), Services: []Service{life("coursera", perDay, worldwide())}}
}

func TestTheSameSeedTellsTheSame(t *testing.T) {
	w := one(500, 3)
	a, b, c := slices.Collect(w.Lines(1)), slices.Collect(w.Lines(1)), slices.Collect(w.Lines(2))
	if !slices.Equal(a, b) {
		t.Error("the same seed told two worlds")
	}
	if slices.Equal(a, c) {
		t.Error("two seeds told one world")
	}
}

// TestAnotherServiceChangesNothing: each service has random numbers of its own.
func TestAnotherServiceChangesNothing(t *testing.T) {
	w := one(500, 3)
	alone := slices.Collect(w.Lines(1))
	w.Services = append(w.Services, life("zoom", 300, worldwide()))
	w.Outages = append(w.Outages, coursePlusDown(w.From.Add(time.Hour), w.From.Add(2*time.Hour)))
	w.Services = append(w.Services, life("courseplus", coursePlusPerDay, coursePlusAudience()))
	among := slices.DeleteFunc(slices.Collect(w.Lines(1)), func(l replay.Line) bool { return l.Service != "coursera" })
	if !slices.Equal(alone, among) {
		t.Error("a second service changed the first")
	}
}

// TestVolume: four weeks come within a tenth of what was asked for. The drift
// (spread 0.12, six hours) averages out to about 1.5 % over them.
func TestVolume(t *testing.T) {
	for seed := range uint64(4) {
		down, works := 0, 0
		for l := range one(800, 28).Lines(seed) {
			if l.Kind == outcry.KindWorks {
				works++
			} else {
				down++
			}
		}
		if want := 800 * 28.0; math.Abs(float64(down)-want) > .1*want {
			t.Errorf("seed %d: %d complaints, want %.0f", seed, down, want)
		}
		if share := float64(works) / float64(down); share < .04 || share > .06 {
			t.Errorf("seed %d: %.3f all-is-well a complaint, want %.2f", seed, share, usualWorks)
		}
	}
}

// TestTheDayIsSeen: people complain when they are awake.
func TestTheDayIsSeen(t *testing.T) {
	w := one(2000, 14)
	w.Services[0].Audience = worldwide().in("US-NY")
	var hours [24]int
	for l := range w.Lines(3) {
		hours[l.Time.In(zone("America/New_York")).Hour()]++
	}
	if hours[20] < 5*hours[3] {
		t.Errorf("%d complaints at eight in the evening and %d at three at night, want five times as many", hours[20], hours[3])
	}
}

func TestGlobe(t *testing.T) {
	seen := map[string]bool{}
	for i, name := range strings.Fields(globe) {
		if i%3 != 1 {
			continue
		}
		if _, err := time.LoadLocation(name); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	blocks := map[netip.Prefix]bool{}
	for _, h := range worldwide() {
		if key := h.Country + h.Region; seen[key] || h.Share <= 0 {
			t.Errorf("%s is there twice or has no share", key)
		} else {
			seen[key] = true
		}
		for _, n := range h.Networks {
			if blocks[n.Prefix] || n.Prefix != n.Prefix.Masked() {
				t.Errorf("%s: block %s is there twice or is no block", h.Region, n.Prefix)
			}
			blocks[n.Prefix] = true
		}
	}
}

func TestEveryLifeIsKnown(t *testing.T) {
	services := catalog(t)
	fields := strings.Fields(lives)
	for i := 0; i+2 < len(fields); i += 3 {
		s, ok := services.Service(fields[i])
		m := life(fields[i], 1, nil).Symptoms
		if !ok || len(m) == 0 {
			t.Errorf("%s is unknown or has no mix", fields[i])
			continue
		}
		for _, part := range m {
			if _, ok := s.Symptom(part.Symptom); !ok || part.Share <= 0 {
				t.Errorf("%s has no symptom %q, or it has no share", s.Slug, part.Symptom)
			}
		}
	}
}

func BenchmarkDay(b *testing.B) {
	w := one(1000, 1)
	for b.Loop() {
		for range w.Lines(1) {
		}
	}
}
