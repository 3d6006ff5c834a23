package simulate

import (
	"fmt"
	"math/rand/v2"
	"time"

	"outcry"
	"outcry/ingest/replay"
)

// Mix is symptoms with their shares, which need not sum to 1.
type Mix []Part

// Part is one symptom of a mix.
type Part struct {
	Symptom string
	Share   float64
}

func (m Mix) draw(r *rand.Rand) string {
	if len(m) == 0 {
		return ""
	}
	return m[weighted(r, len(m), func(i int) float64 { return m[i].Share })].Symptom
}

// person is one device at one address.
type person struct {
	ip, device string
	place      outcry.Place
	last       time.Time
}

// noDevice is the share of people whose page keeps no token: no script, or a
// private window.
const noDevice = 0.08

func newPerson(r *rand.Rand, h Home) person {
	n := h.Networks[weighted(r, len(h.Networks), func(i int) float64 { return h.Networks[i].Share })]
	p := person{
		ip:    n.address(r).String(),
		place: outcry.Place{Country: h.Country, Region: h.Region, ASN: n.ASN},
	}
	if token := r.Uint64(); r.Float64() >= noDevice {
		p.device = fmt.Sprintf("%016x", token)
	}
	return p
}

// recent remembers the last people who reported a service: some of them come
// back and report once more while it stays broken.
type recent struct {
	people [64]person
	next   int
}

const (
	// comesBack is the chance that a report is by somebody who has reported
	// within comesBackFor: these are what "count once" is for.
	comesBack    = 0.12
	comesBackFor = 40 * time.Minute
)

// again picks somebody who reported lately; ok is false where there is none.
func (q *recent) again(r *rand.Rand, now time.Time) (p *person, ok bool) {
	if r.Float64() >= comesBack {
		return nil, false
	}
	p = &q.people[r.IntN(len(q.people))]
	return p, p.ip != "" && now.Sub(p.last) < comesBackFor
}

func (q *recent) remember(p person) {
	q.people[q.next] = p
	q.next = (q.next + 1) % len(q.people)
}

// line is p's report at a second of the minute.
func (p *person) line(r *rand.Rand, minute time.Time, service, symptom string, kind outcry.Kind) replay.Line {
	p.last = minute.Add(time.Duration(r.IntN(60)) * time.Second)
	if kind == outcry.KindWorks {
		symptom = ""
	}
	return replay.Line{
		Time: p.last, Service: service, Symptom: symptom, Kind: kind, IP: p.ip, Device: p.device,
		Country: p.place.Country, Region: p.place.Region, ASN: p.place.ASN,
	}
}
