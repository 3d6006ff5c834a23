package journal

import (
	"time"

	"outcry"
)

// foretold is who was told while Redis was away that they count, so that the
// same person is not told so twice within half an hour. The hand-over judges
// again, by the same rule and the same times.
type foretold struct {
	reports map[person]told
}

// person is somebody as a service counts them; who tells of a past minute is
// counted apart.
type person struct {
	service, hash string
	late          bool
}

type told struct {
	id string // of the report, as it is spooled
	at time.Time
}

// mostForetold bounds the memory (some 20 MB); beyond it everybody is told that
// they count, as before.
const mostForetold = 1 << 17

// answer is what r is told, in the order of arrival.
func (f *foretold) answer(r outcry.Report) outcry.Acknowledgement {
	ack := outcry.Acknowledgement{
		ID: r.ID, Minute: r.Occurred.UTC().Truncate(time.Minute),
		Symptom: r.Symptom, Kind: r.Kind, Place: outcry.Place{Country: r.Place.Country, Region: r.Place.Region},
		Received: r.Received.UTC().Truncate(time.Second),
	}
	if r.Late() {
		ack.Reason = outcry.LateReport
	}
	id := spooledID(r)
	for _, hash := range [...]string{r.Source.Person, r.Source.Former} {
		if before, ok := f.reports[person{r.Service, hash, r.Late()}]; hash != "" && ok && r.Received.Sub(before.at) < outcry.CountOncePer {
			if before.id != id {
				ack.Reason = outcry.Duplicate
			}
			return ack
		}
	}
	if r.Source.Person != "" && f.room(r.Received) {
		f.reports[person{r.Service, r.Source.Person, r.Late()}] = told{id, r.Received}
	}
	return ack
}

// room makes some by forgetting those who may count again at now.
func (f *foretold) room(now time.Time) bool {
	if f.reports == nil {
		f.reports = map[person]told{}
	}
	if len(f.reports) < mostForetold {
		return true
	}
	for p, t := range f.reports {
		if now.Sub(t.at) >= outcry.CountOncePer {
			delete(f.reports, p)
		}
	}
	return len(f.reports) < mostForetold
}

// spooledID is what a report is spooled under.
func spooledID(r outcry.Report) string {
	if r.Source.Key != "" {
		return r.Source.Key
	}
	return r.ID
}
