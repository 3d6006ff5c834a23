package scan

import (
	"fmt"
	"math"
	"testing"

	"outcry/anomaly/baseline"
	"outcry/anomaly/onset"
)

// run steps a board with the regions of c renamed by alias, and calls see after
// each step.
func run(c *country, alias func(string) string, bins int, hit func(n int) []int, see func(n int, b *Board)) {
	adj := map[string][]string{}
	for k, near := range ring() {
		for _, n := range near {
			adj[alias(k)] = append(adj[alias(k)], alias(n))
		}
	}
	b := New(5, adj)
	for n := range bins {
		c.step(hit(n)...)
		counts := map[string]float64{}
		for i := range c.b.Parts {
			p := &c.b.Parts[i]
			counts[alias(p.Key)] = float64(p.Ring[c.b.At])
		}
		b.Step(counts, Whole{
			Number: c.now - 1, Minute: 5 * (c.now - 1), Usual: 24, Candidates: &c.set, InvR: c.dyn.InvR, Threshold: c.h,
		})
		if !b.Joint.On {
			b.Learn()
		}
		see(n, b)
	}
}

func TestRegionsMayBeNamedInAnyOrder(t *testing.T) {
	c := newCountry(21)
	alias := func(k string) string {
		var i int
		if _, err := fmt.Sscanf(k, "R%d", &i); err != nil {
			t.Fatal(err)
		}
		return name((5*i + 3) % regions) // 5 and 12 are coprime: each name once
	}
	alarms := 0
	hit := func(n int) []int {
		if n%400 > 380 {
			return []int{4, 5}
		}
		return nil
	}
	run(c, alias, 1600, hit, func(n int, b *Board) {
		for i := range c.b.Parts {
			p, q := c.b.Finding(i), b.Finding(b.find(alias(c.b.Parts[i].Key)))
			if p.Alarm != q.Alarm || p.Onset != q.Onset || math.Abs(p.Evidence-q.Evidence) > 1e-6 {
				t.Fatalf("bin %d, %s: %+v, renamed %+v", n, p.Key, p, q)
			}
			if p.Alarm {
				alarms++
			}
		}
	})
	if alarms == 0 {
		t.Error("no alarm to compare")
	}
}

func TestBoundsLoseNoZone(t *testing.T) {
	c := newCountry(22)
	for n := range 900 {
		if n%150 > 140 {
			c.step(7, 8)
		} else {
			c.step()
		}
		if n < 300 {
			continue
		}
		w := Whole{Number: c.now - 1, Minute: 5 * (c.now - 1), Candidates: &c.set, InvR: c.dyn.InvR}
		got, _ := c.b.survey(w)
		want := 0.0
		for i := range c.b.desk.most {
			c.b.desk.most[i] = 1e9
		}
		for i := range c.b.zones {
			want = max(want, c.b.weigh(&c.b.zones[i], 0).evidence)
		}
		if math.Abs(got.evidence-want) > 1e-9 {
			t.Fatalf("bin %d: best zone has %.6f nats, by the bounds %.6f", n, want, got.evidence)
		}
	}
}

// counted steps c's board over given counts of one region, all others as usual.
func counted(c *country, key string, x float64) {
	counts := map[string]float64{key: x}
	total := x
	for i := range regions {
		if k := name(i); k != key {
			counts[k] = 2
			total += 2
		}
	}
	f := baseline.Filter{LevelVar: 0.0005, DriftVar: 0.0009}
	c.set.Step(onset.Bin{Number: c.now, Count: total, LogRate: math.Log(24)}, &f, c.dyn, 5)
	c.b.Step(counts, Whole{
		Number: c.now, Minute: 5 * c.now, Usual: 24, Candidates: &c.set, InvR: c.dyn.InvR, Clump: c.dyn.Clump, Threshold: c.h,
	})
	if !c.b.Joint.On {
		c.b.Learn()
	}
	c.now++
}

func TestClumpsOfARegionAreLessEvidence(t *testing.T) {
	// Two bins of five times the usual, where each report stands for one and where
	// they come five at a time.
	for _, x := range []struct {
		clump float64
		alarm bool
	}{{0, true}, {4, false}} {
		c := newCountry(5)
		c.dyn.Clump = x.clump
		for range 300 {
			counted(c, name(4), 2)
		}
		counted(c, name(4), 10)
		counted(c, name(4), 10)
		if on := len(c.alarmed()) > 0; on != x.alarm {
			t.Errorf("in clumps of %g: alarm %v, want %v", 1+x.clump, on, x.alarm)
		}
	}
}

func TestOneBinOfARegionIsNoOutage(t *testing.T) {
	for _, x := range []struct {
		counts []float64
		alarm  bool
	}{
		{[]float64{40, 2, 2, 2, 2, 2}, false}, // a link shared for a minute
		{[]float64{20, 20, 2, 2, 2, 2}, true},
		{[]float64{30, 10, 10, 2, 2, 2}, true},
	} {
		c := newCountry(5)
		for range 600 {
			c.step()
		}
		seen := false
		for _, n := range x.counts {
			counted(c, name(3), n)
			seen = seen || len(c.alarmed()) > 0
		}
		if seen != x.alarm {
			t.Errorf("counts %v: alarm %v", x.counts, seen)
		}
	}
}

func TestTwoRegionsAgreeInOneBin(t *testing.T) {
	for _, x := range []struct {
		name  string
		hit   map[string]float64 // regions that leave their usual two reports
		other float64            // of all others
		alarm bool
	}{
		{"two neighbours", map[string]float64{name(3): 16, name(4): 16}, 2, true},
		{"one region, twenty times the usual", map[string]float64{name(3): 40}, 2, false},
		{"one region, and a neighbour by chance", map[string]float64{name(3): 40, name(4): 4}, 2, false},
		{"two regions far apart", map[string]float64{name(3): 16, name(8): 16}, 2, false},
		{"the whole country", map[string]float64{name(3): 16, name(4): 16}, 6, false},
	} {
		c := newCountry(5)
		for range 600 {
			c.step()
		}
		for range 20 { // so that the newest bin is the only one out of the usual
			counted(c, name(3), 2)
		}
		counts := map[string]float64{}
		total := 0.0
		for i := range regions {
			counts[name(i)] = x.other
			if n, ok := x.hit[name(i)]; ok {
				counts[name(i)] = n
			}
			total += counts[name(i)]
		}
		f := baseline.Filter{LevelVar: 0.0005, DriftVar: 0.0009}
		c.set.Step(onset.Bin{Number: c.now, Count: total, LogRate: math.Log(24)}, &f, c.dyn, 5)
		c.b.Step(counts, Whole{Number: c.now, Minute: 5 * c.now, Usual: 24, Candidates: &c.set, InvR: c.dyn.InvR, Threshold: c.h})
		got := c.alarmed()
		if x.alarm && (len(got) != 2 || got[0] != name(3) || got[1] != name(4)) || !x.alarm && len(got) > 0 {
			t.Errorf("%s: alarmed %v", x.name, got)
		}
	}
}

func TestClearedAlarmDoesNotRestart(t *testing.T) {
	// What was reported before the clearing is explained: the same window must
	// not begin the alarm anew.
	const runs = 12
	found, bins := 0, 0
	for seed := range uint64(runs) {
		c := newCountry(30 + seed)
		for range 600 {
			c.step()
		}
		for range 14 {
			c.step(9)
		}
		if len(c.alarmed()) > 0 {
			found++
		}
		for len(c.alarmed()) > 0 {
			c.step()
			bins++
		}
	}
	// Twelve reports a bin, then two: one such bin is about 6 nats, and 2.5 end
	// it. Where the old window begins it anew, the end takes two bins.
	if found < runs-1 || 2*bins > 3*found {
		t.Errorf("%d of %d found, %d bins until all had ended", found, runs, bins)
	}
}

func BenchmarkSixtyRegions(b *testing.B) {
	adj := map[string][]string{}
	for i := range 60 {
		for _, d := range []int{-11, -10, -1, 1, 10, 11} { // a triangular grid of ten columns
			if j := i + d; j >= 0 && j < 60 {
				adj[name(i)] = append(adj[name(i)], name(j))
			}
		}
	}
	c := newCountry(1)
	board := New(5, adj)
	step := func() {
		counts := map[string]float64{}
		total := 0.0
		for i := range 60 {
			for s := c.r.ExpFloat64(); s < 1; s += c.r.ExpFloat64() {
				counts[name(i)]++
				total++
			}
		}
		f := baseline.Filter{LevelVar: 0.0005, DriftVar: 0.0009}
		c.set.Step(onset.Bin{Number: c.now, Count: total, LogRate: math.Log(60)}, &f, c.dyn, 5)
		board.Step(counts, Whole{Number: c.now, Minute: 5 * c.now, Usual: 60, Candidates: &c.set, InvR: c.dyn.InvR, Threshold: 10})
		board.Learn()
		c.now++
	}
	for range 600 {
		step()
	}
	for b.Loop() {
		step()
	}
}
