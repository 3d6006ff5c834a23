package trial

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sort"
	"time"

	"gonum.org/v1/gonum/stat/distuv"

	"outcry"
)

// people is who reports a service, and what they say.
type people struct {
	usual, broken     mix // symptoms, when all is well and in an outage
	regions, networks mix
}

// mix is keys with the cumulated shares of each.
type mix struct {
	keys []string
	upTo []float64
}

func newMix(keys []string, share func(i int) float64) mix {
	m := mix{keys: keys}
	total := 0.0
	for i := range keys {
		total += share(i)
		m.upTo = append(m.upTo, total)
	}
	for i := range m.upTo {
		m.upTo[i] /= total
	}
	return m
}

func (m mix) draw(r *rand.Rand) string {
	return m.keys[min(sort.SearchFloat64s(m.upTo, r.Float64()), len(m.keys)-1)]
}

// newPeople draws habits: symptoms, regions and networks with shares that fall
// off unevenly. In an outage six of ten complaints name one symptom.
func newPeople(r *rand.Rand) people {
	var symptoms, networks []string
	for _, s := range symptomsOf() {
		symptoms = append(symptoms, s.Slug)
	}
	for i := range 30 {
		networks = append(networks, fmt.Sprintf("AS%d", 64500+i))
	}
	regions := []string{"US-CA", "US-NY", "DE-BE", "IN-KA"}
	uneven := func(int) float64 { return 0.1 + r.ExpFloat64() }
	main := r.IntN(len(symptoms))
	return people{
		usual: newMix(symptoms, uneven),
		broken: newMix(symptoms, func(i int) float64 {
			if i == main {
				return 0.6 * float64(len(symptoms)-1) / 0.4
			}
			return 1
		}),
		regions: newMix(regions, uneven), networks: newMix(networks, uneven),
	}
}

// symptomsOf are those of every simulated service.
func symptomsOf() []outcry.Symptom { return outcry.DefaultSymptoms()[:4] }

// crowd answers the watcher's questions, minute by minute and in order: it
// draws what was reported when it is asked, and keeps no minute but the last.
type crowd struct {
	services map[string]*service
	next     map[string]time.Time
	last     map[string]int // reports of the minute drawn last
}

func newCrowd(w *world) *crowd {
	c := &crowd{services: map[string]*service{}, next: map[string]time.Time{}, last: map[string]int{}}
	for _, s := range w.services {
		c.services[s.slug], c.next[s.slug] = s, monday
	}
	return c
}

// Buckets draws the minutes in [from, to); empty ones are left out.
func (c *crowd) Buckets(_ context.Context, slug string, from, to time.Time) ([]outcry.Bucket, error) {
	s := c.services[slug]
	if s == nil || !c.next[slug].Equal(from) {
		return nil, fmt.Errorf("the reports of %s can be drawn in order only", slug)
	}
	c.next[slug] = to
	var list []outcry.Bucket
	for t := from; t.Before(to); t = t.Add(time.Minute) {
		b := s.draw(t)
		c.last[slug] = b.Down
		if b.Down+b.Discounted > 0 {
			list = append(list, b)
		}
	}
	return list, nil
}

// Beats says that reports could be taken in every minute.
func (c *crowd) Beats(_ context.Context, from, to time.Time) (map[time.Time]bool, error) {
	beats := map[time.Time]bool{}
	for t := from; t.Before(to); t = t.Add(time.Minute) {
		beats[t] = true
	}
	return beats, nil
}

// draw is one minute. Counts are negative binomial: Poisson, with a rate that a
// gamma variable scatters.
func (s *service) draw(t time.Time) outcry.Bucket {
	b := outcry.Bucket{Minute: t}
	mean := s.advance(t) * distuv.Gamma{Alpha: s.size, Beta: s.size, Src: s.rng}.Rand()
	s.add(&b, s.poisson(mean), s.people.usual)
	for i := range s.events {
		e := &s.events[i]
		if !e.covers(t) {
			continue
		}
		switch e.kind {
		case outage:
			s.add(&b, s.poisson(mean*(e.ratio(t)-1)), s.people.broken)
		case blip:
			s.add(&b, int(e.size), s.people.usual)
		case flood:
			s.flood(&b, e, t)
		}
	}
	return b
}

func (s *service) poisson(mean float64) int {
	if mean <= 0 {
		return 0
	}
	return int(distuv.Poisson{Lambda: mean, Src: s.rng}.Rand())
}

// add counts n reports of people from everywhere.
func (s *service) add(b *outcry.Bucket, n int, symptoms mix) {
	for range n {
		count(b, symptoms.draw(s.rng), s.people.regions.draw(s.rng), s.people.networks.draw(s.rng))
	}
}

// flood is one source that reports all the time. What is over its cap of each
// quarter of an hour is kept and not counted, as at the desk.
func (s *service) flood(b *outcry.Bucket, e *event, t time.Time) {
	if t.Sub(e.from)%(15*time.Minute) != 0 {
		b.Discounted += 20
		return
	}
	for range int(e.size) {
		count(b, outcry.DefaultSymptom, s.people.regions.keys[0], "AS65000")
	}
}

func count(b *outcry.Bucket, symptom, region, network string) {
	if b.Down == 0 {
		b.Symptoms, b.Regions, b.Networks = map[string]int{}, map[string]int{}, map[string]int{}
	}
	b.Down++
	b.Symptoms[symptom]++
	b.Regions[region]++
	b.Networks[network]++
}
