package api

import (
	"bytes"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"outcry"
)

// The bounds of what may be read at once.
const (
	maxSpan  = 31 * 24 * time.Hour
	maxSlots = 10080 // a week by the minute
	// maxBack is how far back anything is looked for.
	maxBack = 2 * 366 * 24 * time.Hour
)

// seriesDoc is the answer of /series. A count is null where a region's slot
// has so few people that its number is not shown.
type seriesDoc struct {
	Start     time.Time     `json:"start"`
	Step      string        `json:"step"`
	Counts    []*int        `json:"counts"`
	Expected  []float64     `json:"expected"`
	Upper     []float64     `json:"upper"`
	Incidents []incidentRef `json:"incidents"`
}

// incidentRef is an incident as a chart marks it.
type incidentRef struct {
	ID         string               `json:"id"`
	State      outcry.IncidentState `json:"state"`
	Severity   outcry.Severity      `json:"severity"`
	StartedAt  time.Time            `json:"started_at"`
	ResolvedAt *time.Time           `json:"resolved_at"`
}

// slots is which series is asked for.
type slots struct {
	from, to time.Time
	step     outcry.Step
	sel      outcry.Select
}

// getSeries is GET /api/v1/services/{id}/series, as JSON or CSV.
func (s *Server) getSeries(c *fiber.Ctx) error {
	csv := strings.HasSuffix(c.Path(), ".csv") || c.Accepts(typeJSON, "text/csv") == "text/csv"
	c.Append(fiber.HeaderVary, fiber.HeaderAccept)
	svc, err := s.serviceOf(c)
	if err != nil {
		return err
	}
	want, err := s.slotsOf(c, svc)
	if err != nil {
		return err
	}
	counts, age, err := s.view.between(svc.Slug, want.from, want.to)
	if err != nil {
		return err
	}
	snapshots, snapAge, err := s.view.verdicts()
	if err != nil {
		return err
	}
	counts = counts.running(s.cfg.Now())
	series := outcry.Fill(counts.buckets, counts.forecasts, want.from, want.to, want.step, want.sel)
	scale(&series, usualShare(snapshots[svc.Slug].Shares, want.sel))
	doc := newSeriesDoc(series, want.sel.Region != "")
	age = max(age, snapAge)
	if csv {
		return s.reply(c, newDocument(typeCSV, doc.csv(), cacheLive, age))
	}
	incidents, listAge, err := s.view.during(svc.Slug, want.from, want.to)
	if err != nil {
		return err
	}
	doc.Incidents = incidents
	return s.json(c, doc, cacheLive, max(age, listAge))
}

// slotsOf reads ?from=&to=&step=&symptom=&region=; by default the last day in
// steps of five minutes.
func (s *Server) slotsOf(c *fiber.Ctx, svc *outcry.Service) (slots, error) {
	q := query{c: c}
	want := slots{from: q.time("from"), to: q.time("to"), step: outcry.StepFiveMinutes,
		sel: outcry.Select{Symptom: q.text("symptom"), Region: q.text("region")}}
	if text := q.text("step"); text != "" {
		step, err := outcry.ParseStep(text)
		if err != nil {
			q.fail("The parameter step is 1m, 5m or 1h.")
		}
		want.step = step
	}
	if want.sel.Region != "" && !regionCode.MatchString(want.sel.Region) {
		q.fail("The parameter region is a code of ISO 3166, such as US or US-MD.")
	}
	if want.sel.Region != "" && want.sel.Symptom != "" {
		q.fail("Only one of symptom and region can be given.")
	}
	if err := q.err(); err != nil {
		return want, err
	}
	if _, ok := svc.Symptom(want.sel.Symptom); want.sel.Symptom != "" && !ok {
		return want, outcry.ErrUnknownSymptom
	}
	return want, want.bound(s.cfg.Now().UTC())
}

// bound fills in what was not given, moves the ends to whole slots, and
// refuses what is too much.
func (w *slots) bound(now time.Time) error {
	width := time.Duration(w.step)
	switch {
	case w.to.IsZero() && w.from.IsZero():
		w.to = now.Truncate(width).Add(width)
		w.from = w.to.Add(-24 * time.Hour)
	case w.to.IsZero():
		w.to = now.Truncate(width).Add(width)
	case w.from.IsZero():
		w.from = w.to.Add(-24 * time.Hour)
	}
	w.from = w.from.Truncate(width)
	if t := w.to.Truncate(width); t.Before(w.to) {
		w.to = t.Add(width)
	}
	switch {
	case !w.from.Before(w.to):
		return named("malformed", "The time in from must be earlier than the one in to.")
	case w.to.After(now.Add(25*time.Hour)) || w.from.Before(now.Add(-maxBack)):
		return named("out-of-range", "The times lie too far ahead, or too far back.")
	case w.to.Sub(w.from) > maxSpan || w.to.Sub(w.from)/width > maxSlots:
		return named("out-of-range", "That is more than 31 days, or than 10,080 slots; ask for less, or a larger step.")
	}
	return nil
}

// usualShare is the part of a service's usual complaints that sel selects.
func usualShare(usual map[string]outcry.Usual, sel outcry.Select) float64 {
	switch {
	case sel.Symptom != "":
		return usual[sel.Symptom].Share
	case sel.Region != "":
		sum := 0.0
		for key, u := range usual {
			if outcry.InRegion(key, sel.Region) {
				sum += u.Share
			}
		}
		return sum
	}
	return 1
}

// scale makes a service's forecast that of a part of it: the mean by the share,
// the margin, which is like a standard deviation, by its root.
func scale(s *outcry.Series, share float64) {
	for i := range s.Expected {
		margin := (s.Upper[i] - s.Expected[i]) * math.Sqrt(share)
		s.Expected[i] *= share
		s.Upper[i] = s.Expected[i] + margin
	}
}

func newSeriesDoc(s outcry.Series, guarded bool) seriesDoc {
	doc := seriesDoc{Start: s.Start, Step: s.Step.String(), Counts: make([]*int, len(s.Counts)),
		Expected: some(s.Expected), Upper: some(s.Upper), Incidents: []incidentRef{}}
	// A person may count twice in an hour, and once in a shorter slot.
	least := outcry.PrivacyThreshold
	if time.Duration(s.Step) > outcry.CountOncePer {
		least = 2*least - 1
	}
	for i := range s.Counts {
		if n := s.Counts[i]; !guarded || n == 0 || n >= least {
			doc.Counts[i] = &s.Counts[i]
		}
	}
	return doc
}

// csv is the series as a table; a number that is not shown is left empty.
func (d seriesDoc) csv() []byte {
	var b bytes.Buffer
	b.WriteString("time,count,expected,upper\n")
	step, _ := outcry.ParseStep(d.Step) // our own writing
	for i, n := range d.Counts {
		count := ""
		if n != nil {
			count = strconv.Itoa(*n)
		}
		at := d.Start.Add(time.Duration(i) * time.Duration(step))
		fmt.Fprintf(&b, "%s,%s,%s,%s\n", at.Format(time.RFC3339), count, decimal(d.Expected[i]), decimal(d.Upper[i]))
	}
	return b.Bytes()
}

// during are the incidents of a service that touch a span, as a chart marks them.
func (v *view) during(slug string, from, to time.Time) ([]incidentRef, time.Duration, error) {
	list, age, err := v.touching(slug, from, to)
	out := []incidentRef{}
	for _, i := range list {
		out = append(out, incidentRef{i.ID, i.State, i.Severity, i.StartedAt, i.ResolvedAt})
	}
	return out, age, err
}

// touching are the incidents of a service under way at any time of a span. Nearly
// always they are among its latest, of which there is a copy.
func (v *view) touching(slug string, from, to time.Time) ([]outcry.Incident, time.Duration, error) {
	const latest = 100
	list, age, err := v.list(outcry.IncidentFilter{Service: slug, Limit: latest})
	if n := len(list); n == latest && list[n-1].StartedAt.After(from) {
		list, age, err = v.list(outcry.IncidentFilter{Service: slug, From: from.Add(-maxSpan), To: to, Limit: latest})
	}
	var out []outcry.Incident
	for _, i := range list {
		if underWay(i, from, to) {
			out = append(out, i)
		}
	}
	return out, age, err
}

// underWay tells whether an incident was, at any time from (inclusive) to
// (exclusive); the zero time is no bound.
func underWay(i outcry.Incident, from, to time.Time) bool {
	return (to.IsZero() || i.StartedAt.Before(to)) && (i.ResolvedAt == nil || i.ResolvedAt.After(from))
}
