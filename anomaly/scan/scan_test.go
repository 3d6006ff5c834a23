package scan

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"outcry/anomaly/baseline"
	"outcry/anomaly/onset"
)

const regions = 12

// ring of regions, each next to two others.
func ring() map[string][]string {
	adj := map[string][]string{}
	for i := range regions {
		adj[name(i)] = []string{name((i + 1) % regions), name((i + regions - 1) % regions)}
	}
	return adj
}

func name(i int) string { return fmt.Sprintf("R%02d", i) }

// country steps a board over a service of steady rate, 24 reports a bin of five
// minutes, spread evenly, with the regions that hit picks at ratio.
type country struct {
	b    *Board
	r    *rand.Rand
	set  onset.Set
	dyn  baseline.Dynamics
	now  int64
	h    float64
	rise float64
}

func newCountry(seed uint64) *country {
	return &country{
		b: New(5, ring()), r: rand.New(rand.NewPCG(seed, 9)),
		dyn: baseline.Noise{InvR: 0.01, DriftVar: 0.0009, DriftMinutes: 120}.Dynamics(5),
		now: 1000, h: Threshold(regions, 1, 300), rise: 6,
	}
}

func (c *country) step(hit ...int) {
	counts := map[string]float64{}
	total := 0.0
	for i := range regions {
		mean := 24.0 / regions
		for _, j := range hit {
			if i == j {
				mean *= c.rise
			}
		}
		x := 0.0
		for s := c.r.ExpFloat64(); s < mean; s += c.r.ExpFloat64() {
			x++
		}
		counts[name(i)] = x
		total += x
	}
	f := baseline.Filter{LevelVar: 0.0005, DriftVar: 0.0009}
	c.set.Step(onset.Bin{Number: c.now, Count: total, LogRate: math.Log(24)}, &f, c.dyn, 5)
	c.b.Step(counts, Whole{
		Number: c.now, Minute: 5 * c.now, Usual: 24, Candidates: &c.set, InvR: c.dyn.InvR, Threshold: c.h,
	})
	if !c.b.Joint.On {
		c.b.Learn()
	}
	c.now++
}

// alarmed lists the regions whose alarm is on.
func (c *country) alarmed() (keys []string) {
	for i := range c.b.Parts {
		if c.b.Finding(i).Alarm {
			keys = append(keys, c.b.Parts[i].Key)
		}
	}
	return keys
}

func TestScanLocalises(t *testing.T) {
	overlap, found, ended := 0.0, 0, 0
	const runs = 20
	for seed := range uint64(runs) {
		c := newCountry(seed)
		for range 600 {
			c.step()
		}
		seen := map[string]bool{}
		for range 12 {
			c.step(4, 5)
			for _, k := range c.alarmed() {
				seen[k] = true
			}
		}
		if len(seen) > 0 {
			found++
		}
		inter := 0.0
		for _, k := range []string{name(4), name(5)} {
			if seen[k] {
				inter++
			}
		}
		overlap += inter / (float64(len(seen)) + 2 - inter)
		for range 12 {
			c.step()
		}
		if len(c.alarmed()) == 0 {
			ended++
		}
	}
	// Two of twelve regions at six times: 20 extra reports a bin where four are
	// usual. All are found within the hour, with few neighbours beside them.
	if found < runs-1 || overlap/runs < 0.85 {
		t.Errorf("found %d of %d, mean overlap %.2f", found, runs, overlap/runs)
	}
	if ended < runs-2 {
		t.Errorf("%d of %d alarms ended within the hour after", ended, runs)
	}
}

func TestQuietCountryStaysQuiet(t *testing.T) {
	alarms := 0
	for seed := range uint64(6) {
		c := newCountry(100 + seed)
		on := false
		for n := range 2 * 2016 {
			c.step()
			now := len(c.alarmed()) > 0
			if now && !on && n > 288 {
				alarms++
			}
			on = now
		}
	}
	// Twelve country-weeks at one false episode a week are promised for worlds
	// that drift; this one does not. 12 + 3 sd of a Poisson count.
	if alarms > 22 {
		t.Errorf("%d false episodes in twelve weeks", alarms)
	}
}

func TestSharesFollowAndForget(t *testing.T) {
	b := New(5, nil)
	s := &onset.Set{}
	f := baseline.Filter{}
	d := baseline.DefaultNoise().Dynamics(5)
	step := func(n int64, counts map[string]float64) {
		s.Step(onset.Bin{Number: n, Count: 10, LogRate: math.Log(10)}, &f, d, 5)
		b.Step(counts, Whole{Number: n, Minute: 5 * n, Usual: 10, Candidates: s, InvR: 0.05, Threshold: 1e9})
		b.Learn()
	}
	for n := range int64(500) {
		step(n, map[string]float64{"a": 7, "b": 3})
	}
	if got := b.Share(b.find("a")); math.Abs(got-0.7) > 0.01 {
		t.Errorf("share of a is %.3f, want 0.7", got)
	}
	step(500, map[string]float64{"a": 7, "b": 2, "new": 1})
	if got := b.Share(b.find("new")); got > 0.001 {
		t.Errorf("a part seen once has share %.4f", got)
	}
	for n := int64(501); n < 501+120*288; n++ { // four months of b alone
		step(n, map[string]float64{"b": 10})
	}
	if got := b.Share(b.find("a")); got > 0.05 {
		t.Errorf("share of a part long silent is %.3f", got)
	}
	b.Parts[b.find("new")].Own = 0
	b.Prune()
	if b.find("new") >= 0 {
		t.Error("a part without reports was kept")
	}
}

func TestNewPartIsDoubted(t *testing.T) {
	// A region never seen before sends three reports: a look-up that has just
	// begun to work, more likely than an outage.
	c := newCountry(3)
	for range 600 {
		c.step()
	}
	for n := range 3 {
		f := baseline.Filter{LevelVar: 0.0005, DriftVar: 0.0009}
		c.set.Step(onset.Bin{Number: c.now, Count: 24, LogRate: math.Log(24)}, &f, c.dyn, 5)
		c.b.Step(map[string]float64{"new": 1}, Whole{
			Number: c.now, Minute: 5 * c.now, Usual: 24, Candidates: &c.set, InvR: c.dyn.InvR, Threshold: c.h,
		})
		c.now++
		if len(c.alarmed()) > 0 {
			t.Fatalf("alarm after %d reports of a new region", n+1)
		}
	}
}

func TestZones(t *testing.T) {
	parts := []Part{{Key: "DE-BE"}, {Key: "US"}, {Key: "US-MD"}, {Key: "US-VA"}, {Key: "login"}}
	adj := map[string][]string{"US-MD": {"US-VA", "nowhere"}, "US-VA": {"US-MD"}}
	var pairs, wide int
	for _, z := range zonesOf(parts, adj) {
		switch {
		case z.wide:
			wide++
			if len(z.members) != 3 {
				t.Errorf("country of %d parts", len(z.members))
			}
		case len(z.members) == 2:
			pairs++
		}
	}
	if pairs != 1 || wide != 1 {
		t.Errorf("%d pairs, %d countries, want one each", pairs, wide)
	}
	if n := len(zonesOf(parts[:3:3], nil)); n != 4 { // three singles, US with US-MD
		t.Errorf("%d zones without adjacency", n)
	}
}
