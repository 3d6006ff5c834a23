package trial

import (
	"fmt"
	"math"
	"math/rand/v2"
	"time"
)

// tier is a class of services by their complaints on a usual day.
type tier struct {
	name      string
	low, high float64
}

// tiers are a factor of ten apart, and twice wide to either side.
var tiers = []tier{{"thin", 2, 8}, {"small", 20, 80}, {"middling", 200, 800}, {"large", 2000, 8000}}

// sizes bound the classes of outages by how many times the usual reports they
// bring at their height.
var sizes = [][2]float64{{1.5, 2}, {2, 3}, {3, 5}, {5, 10}, {10, 50}}

// zones are those of the simulated services, in turn. Two change their clocks
// within the weeks that are judged, on different days, and one never does.
var zones = []string{"America/New_York", "Europe/Berlin", "Asia/Kolkata"}

// monday is when every world begins. Clocks change on 8 March in New York and
// on 29 March in Berlin.
var monday = time.Date(2026, 2, 2, 0, 0, 0, 0, time.UTC)

const (
	week = 7 * 24 * time.Hour
	// learning is how long a world runs before its first outage.
	learning = 2 * week
)

// world is some services with a past and a future that only the scorer knows.
type world struct {
	end      time.Time
	services []*service
	apart    bool // each is judged as if it were the only one
}

// newWorld draws n services and what happens to them in so many weeks.
func newWorld(seed uint64, n, weeks int) (*world, error) {
	w := &world{end: monday.Add(time.Duration(weeks) * week)}
	for i := range n {
		zone, err := time.LoadLocation(zones[(i/len(tiers))%len(zones)])
		if err != nil {
			return nil, fmt.Errorf("load a time zone: %w", err)
		}
		r := rand.New(rand.NewPCG(seed, uint64(i)))
		s := newService(r, fmt.Sprintf("simulated-%d", i+1), i%len(tiers), zone)
		// Holidays are a zone's and not a service's: same seed, same days.
		s.holidays(rand.New(rand.NewPCG(seed, 1<<32+uint64((i/len(tiers))%len(zones)))), r, weeks)
		s.schedule(r, weeks)
		w.services = append(w.services, s)
	}
	return w, nil
}

// service is one simulated service: its habits, its troubles, and how its rate
// wanders.
type service struct {
	slug string
	tier int
	zone *time.Location
	rng  *rand.Rand // of its counts

	profile [7 * 24 * 60]float64 // log of the usual reports a minute, by minute of the local week
	size    float64              // of the negative binomial, a minute
	walk    float64              // sd of the log level's walk, a root minute
	spread  float64              // sd of the log drift
	memory  float64              // of the drift, a minute to the next
	people  people
	events  []event

	level, drift float64
}

func newService(r *rand.Rand, slug string, tier int, zone *time.Location) *service {
	s := &service{
		slug: slug, tier: tier, zone: zone, rng: rand.New(rand.NewPCG(r.Uint64(), r.Uint64())),
		size:   logUniform(r, 2, 15), // 10 to 75 over five minutes
		walk:   0.05 / math.Sqrt(24*60),
		spread: uniform(r, 0.04, 0.12),
		memory: math.Exp(-1 / logUniform(r, 60, 240)),
		people: newPeople(r),
	}
	s.shape(r, logUniform(r, tiers[tier].low, tiers[tier].high))
	return s
}

// shape draws the local week: two waves a day, a weekend of its own, weekdays
// that differ a little, and for half of the services a deadline on Sunday
// night. perDay is the mean over the week.
func (s *service) shape(r *rand.Rand, perDay float64) {
	day, half := uniform(r, 0.6, 1.4), uniform(r, 0, 0.4)
	peak, second := uniform(r, 12, 20), uniform(r, 0, 12)
	weekend, later := uniform(r, -0.9, 0.2), uniform(r, 0, 3)
	var weekday [7]float64
	for d := range weekday {
		weekday[d] = 0.1 * r.NormFloat64()
	}
	deadline := 0.0
	if r.IntN(2) == 0 {
		deadline = math.Log(uniform(r, 1.5, 3))
	}
	total := 0.0
	for m := range s.profile {
		d, hour := m/(24*60), float64(m%(24*60))/60
		v := weekday[d]
		shift := 0.0
		if d == 0 || d == 6 {
			v, shift = v+weekend, later
		}
		v += day*math.Cos(2*math.Pi*(hour-peak-shift)/24) + half*math.Cos(4*math.Pi*(hour-second)/24)
		if d == 0 && hour >= 20 {
			v += deadline * (hour - 20) / 4
		}
		s.profile[m] = v
		total += math.Exp(v)
	}
	for m := range s.profile {
		s.profile[m] += math.Log(7 * perDay / total)
	}
}

// advance wanders on by one minute and returns the mean of the minute that
// begins at t, without what outages add.
func (s *service) advance(t time.Time) float64 {
	s.level += s.walk * s.rng.NormFloat64()
	s.drift = s.memory*s.drift + s.spread*math.Sqrt(1-s.memory*s.memory)*s.rng.NormFloat64()
	wall := t.In(s.zone)
	minute := wall.Hour()*60 + wall.Minute()
	d := int(wall.Weekday())
	lg := s.level + s.drift
	for i := range s.events {
		e := &s.events[i]
		if !e.covers(t) {
			continue
		}
		switch e.kind {
		case holiday:
			d = 6 // it runs like a Saturday, at its own level
			lg += math.Log(e.size)
		case shift, deadline:
			lg += math.Log(e.ratio(t))
		}
	}
	return math.Exp(lg + s.profile[d*24*60+minute])
}

func uniform(r *rand.Rand, low, high float64) float64 { return low + (high-low)*r.Float64() }

func logUniform(r *rand.Rand, low, high float64) float64 {
	return math.Exp(uniform(r, math.Log(low), math.Log(high)))
}
