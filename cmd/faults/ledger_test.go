package main

import (
	"math/rand/v2"
	"testing"
	"time"
)

func TestCompareFindsLossAndRepetition(t *testing.T) {
	a, b := cell{0, 0}, cell{1, 0}
	for _, x := range []struct {
		name     string
		expected map[cell]bounds
		counts   map[cell]int
		want     proof
	}{
		{"nothing", nil, nil, proof{}},
		{"exact", map[cell]bounds{a: {3, 3}}, map[cell]int{a: 3}, proof{counted: 3}},
		{"unknown ones may be there", map[cell]bounds{a: {3, 5}}, map[cell]int{a: 4}, proof{counted: 4}},
		{"a loss", map[cell]bounds{a: {3, 5}}, map[cell]int{a: 2}, proof{counted: 2, missing: 1}},
		{"a whole cell lost", map[cell]bounds{a: {3, 3}}, map[cell]int{}, proof{missing: 3}},
		{"a repetition", map[cell]bounds{a: {3, 3}}, map[cell]int{a: 5}, proof{counted: 5, twice: 2}},
		{"where nothing was sent", nil, map[cell]int{b: 1}, proof{counted: 1, twice: 1}},
		{"one does not hide the other", map[cell]bounds{a: {3, 3}, b: {3, 3}}, map[cell]int{a: 2, b: 4}, proof{counted: 6, missing: 1, twice: 1}},
	} {
		if got := compare(x.expected, x.counts); got != x.want {
			t.Errorf("%s: %+v, want %+v", x.name, got, x.want)
		}
	}
}

func TestLedgerExpectsWhatWasAcknowledged(t *testing.T) {
	now := time.Unix(1_800_000_000, 0)
	l := newLedger()
	enter := func(status int, counted bool, began time.Time) {
		e := &entry{}
		l.open(e)
		l.note(e, outcome{status: status, counted: counted, began: began, took: time.Millisecond, retryAfter: time.Second})
	}
	enter(201, true, now)
	enter(201, true, now.Add(time.Minute))
	enter(201, false, now) // discounted: in no bucket's count
	enter(503, false, now)
	enter(0, false, now)
	l.nextPhase()
	enter(201, true, now.Add(time.Hour))
	for _, x := range []struct {
		since time.Time
		want  bounds
	}{
		{time.Time{}, bounds{2, 4}},
		{now.Add(time.Second), bounds{1, 4}}, // somebody emptied the store in between
		{now.Add(time.Minute), bounds{1, 4}},
		{now.Add(2 * time.Minute), bounds{0, 4}},
	} {
		got := l.expected(x.since)
		if got[cell{0, 0}] != x.want || got[cell{0, 1}] != (bounds{1, 1}) || len(got) != 2 {
			t.Errorf("since %v: %v, want %v in the first phase and one in the second", x.since, got, x.want)
		}
	}
	if got, want := l.tally(), (tally{sent: 6, acknowledged: 4, discounted: 1, unknown: 2}); got != want {
		t.Errorf("tally %+v, want %+v", got, want)
	}
	if l.refused != 1 || l.broken != 1 || l.bare != 0 {
		t.Errorf("%d refused, %d cut off, %d bare", l.refused, l.broken, l.bare)
	}
}

// TestRecoveryIsMeasuredFromNewAttempts: an answer to what was sent during a
// fault tells nothing about the time after it.
func TestRecoveryIsMeasuredFromNewAttempts(t *testing.T) {
	now := time.Unix(1_800_000_000, 0)
	l := newLedger()
	served := func(began, ended time.Time) {
		e := &entry{}
		l.open(e)
		l.note(e, outcome{status: 201, counted: true, began: began, took: ended.Sub(began)})
	}
	l.faultEnded(now)
	served(now.Add(-time.Second), now.Add(time.Second))
	if l.recovery != 0 {
		t.Fatalf("recovered after %v by an attempt from before", l.recovery)
	}
	served(now.Add(time.Second), now.Add(3*time.Second))
	served(now.Add(time.Second), now.Add(9*time.Second))
	if l.recovery != 3*time.Second {
		t.Errorf("recovered after %v, want 3s", l.recovery)
	}
	if got := l.goodput(now, now.Add(10*time.Second)); got != 0.3 {
		t.Errorf("%v served a second, want 0.3", got)
	}
}

func TestCrowdComesFromTheSeed(t *testing.T) {
	people := func(seed uint64) []entry {
		c := newCrowd(options{services: 10, impatient: 0.5}, nil, rand.New(rand.NewPCG(seed, 0)))
		var out []entry
		for range 50 {
			e, err := c.person()
			if err != nil {
				t.Fatal(err)
			}
			out = append(out, *e)
		}
		return out
	}
	one, again, other := people(7), people(7), people(8)
	seen := map[string]bool{}
	for i := range one {
		if one[i] != again[i] {
			t.Fatalf("person %d differs under one seed: %+v and %+v", i, one[i], again[i])
		}
		if one[i].id == other[i].id || seen[one[i].id] || seen[one[i].device] || seen[one[i].address] {
			t.Fatalf("person %d is not one of their own: %+v", i, one[i])
		}
		seen[one[i].id], seen[one[i].device], seen[one[i].address] = true, true, true
	}
}

// TestAddressesSpread: no /24 may reach the cap of a network, at which honest
// reports would be discounted.
func TestAddressesSpread(t *testing.T) {
	const people = 500_000
	addresses, networks := map[string]bool{}, map[string]int{}
	for n := range uint32(people) {
		a := address(n)
		addresses[a] = true
		at := len(a) - 1
		for a[at] != '.' {
			at--
		}
		networks[a[:at]]++
	}
	most := 0
	for _, n := range networks {
		most = max(most, n)
	}
	if len(addresses) != people || most > 20 {
		t.Errorf("%d addresses of %d people, at most %d in a /24", len(addresses), people, most)
	}
}

func TestChoose(t *testing.T) {
	for _, x := range []struct {
		names string
		want  int
	}{{"all", len(scenarios())}, {"kill-redis", 2}, {"kill-redis/spool", 1}, {"kill-redis,mix", 3}, {"", 0}, {"kill", 0}, {"mix,nothing", 0}} {
		got, err := choose(x.names)
		if len(got) != x.want || (err == nil) != (x.want > 0) {
			t.Errorf("%q chooses %d, %v; want %d", x.names, len(got), err, x.want)
		}
	}
}
