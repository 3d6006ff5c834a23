package discovery

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"outcry/anomaly/onset"
)

const (
	perWeek = 0.05
	share   = 0.1
)

var start = time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)

// nats is how far beyond the threshold an episode is that chance begins u times
// as often as one at the threshold.
func nats(u float64) float64 {
	return onset.Threshold(perWeek*u, 60) - onset.Threshold(perWeek, 60)
}

// site is services whose false episodes keep to the law, and their outages.
type site struct {
	services int
	outages  float64 // a week, on all of them
	gusts    float64 // sd of the log of what all services' false rate shares for an hour
}

// live says what passes in so many weeks, hour by hour, and counts it: false
// and all, with the account and without.
func (s site) live(r *rand.Rand, weeks int) (false1, all1, false0, all0 float64) {
	var a Account
	for hour := range weeks * 7 * 24 {
		t := start.Add(time.Duration(hour) * time.Hour)
		gust := math.Exp(s.gusts*r.NormFloat64() - s.gusts*s.gusts/2)
		for _, k := range []struct {
			rate  float64
			false bool
		}{{perWeek * float64(s.services) * gust / 168, true}, {s.outages / 168, false}} {
			for x := r.ExpFloat64(); x < k.rate; x += r.ExpFloat64() {
				height := nats(1 - r.Float64())
				if !k.false {
					height = 12 * r.Float64()
				}
				count := func(false, all *float64) {
					*all++
					if k.false {
						*false++
					}
				}
				count(&false0, &all0)
				if height >= a.Need(t, s.services, share, perWeek) {
					a.Add(t)
					count(&false1, &all1)
				}
			}
		}
	}
	return false1, all1, false0, all0
}

// TestThePromise: 400 weeks of sites of any size, calm or full of outages, their
// services apart or in gusts that raise the false rate of all to the threefold
// and more for an hour.
func TestThePromise(t *testing.T) {
	for i, s := range []site{
		{1, 0, 0}, {20, 0, 0}, {500, 0, 0}, {20, 0.5, 0}, {200, 5, 0}, {500, 50, 0},
		{500, 0, 1}, {200, 5, 1}, {500, 50, 1},
	} {
		const weeks = 400
		wrong, all, wrongApart, allApart := s.live(rand.New(rand.NewPCG(5, uint64(i))), weeks)
		// Three sd of a Poisson count are allowed for chance.
		if most := share * (all + weeks); wrong > most+3*math.Sqrt(most) {
			t.Errorf("%+v: %.0f of %.0f incidents are false, promised %.1f", s, wrong, all, most)
		}
		if s.services >= 200 && wrongApart < 2*share*(allApart+weeks) {
			t.Errorf("%+v: apart, %.0f of %.0f are false: there was nothing to hold", s, wrongApart, allApart)
		}
		// What is allowed is not left unused: a site of one is as it was.
		if s.services == 1 && all != allApart {
			t.Errorf("%+v: %.0f said where %.0f would be alone", s, all, allApart)
		}
	}
}

func TestNeed(t *testing.T) {
	found := func(n int) (a Account) {
		for range n {
			a.Add(start)
		}
		return a
	}
	for _, x := range []struct {
		name     string
		account  Account
		services int
		age      time.Duration
		more     bool // than one of 200 services needs where nothing was found
		same     bool
	}{
		{"more services", found(0), 500, 0, true, false},
		{"fewer services", found(0), 20, 0, false, false},
		{"others found", found(10), 200, 0, false, false},
		{"others found long ago", found(10), 200, 20 * Memory, false, true},
	} {
		want, got := found(0).Need(start, 200, share, perWeek), x.account.Need(start.Add(x.age), x.services, share, perWeek)
		if (got > want) != x.more || (got == want) != x.same {
			t.Errorf("%s: %.1f nats, of 200 services where nothing was found %.1f", x.name, got, want)
		}
	}
	if n := found(0).Need(start, 1, share, perWeek); n != 0 {
		t.Errorf("one service needs %.1f nats more than its own budget asks for", n)
	}
	if n := found(200).Need(start, 200, share, perWeek); n != 0 {
		t.Errorf("one of two hundred that fail together needs %.1f nats more", n)
	}
	if n := found(0).Need(start, 0, share, perWeek); n != 0 {
		t.Errorf("no service known, and %.1f nats are asked for", n)
	}
}

// TestItFadesByEInAWeek: each incident stands in the account for one Memory in
// all, on which the promise rests.
func TestItFadesByEInAWeek(t *testing.T) {
	var a Account
	a.Add(start)
	sum := 0.0
	for minute := range 30 * 7 * 24 * 60 {
		sum += a.At(start.Add(time.Duration(minute)*time.Minute)) / (7 * 24 * 60)
	}
	if math.Abs(sum-1) > 1e-3 {
		t.Errorf("it stands for %.4f weeks, want one", sum)
	}
}
