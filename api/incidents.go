package api

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/gofiber/fiber/v2"

	"outcry"
	"outcry/frontend"
)

// list gives the incidents that f selects, newest first.
func (v *view) list(f outcry.IncidentFilter) ([]outcry.Incident, time.Duration, error) {
	key := fmt.Sprintf("%s %s %d %d %s %d", f.Service, f.State, f.From.Unix(), f.To.Unix(), f.After, f.Limit)
	got, err := v.lists.Get(key, freshly, func() (list []outcry.Incident, err error) {
		err = v.ask(func(ctx context.Context) error {
			list, err = v.board.Incidents(ctx, f)
			return err
		})
		list = slices.Clone(list)
		for i := range list {
			plainIncident(&list[i])
		}
		return list, err
	})
	return got.Value, got.Age, err
}

// listUnderWay gives those that were under way at any time from f.From to f.To,
// the first inclusive, newest start first. One that had begun longer than maxSpan
// before f.From is not found.
func (v *view) listUnderWay(f outcry.IncidentFilter) (found []outcry.Incident, age time.Duration, err error) {
	if f.From.IsZero() {
		return v.list(f)
	}
	from, limit := f.From, f.Limit
	f.From, f.Limit = from.Add(-maxSpan), 200
	for {
		list, listAge, err := v.list(f)
		if err != nil {
			return nil, 0, err
		}
		age = max(age, listAge)
		for _, i := range list {
			if underWay(i, from, f.To) {
				found = append(found, i)
			}
		}
		if len(found) >= limit || len(list) < f.Limit {
			return found[:min(len(found), limit)], age, nil
		}
		f.After = list[len(list)-1].ID
	}
}

// incident gives one.
func (v *view) incident(id string) (outcry.Incident, time.Duration, error) {
	if !cursorValue.MatchString(id) {
		return outcry.Incident{}, 0, outcry.ErrNotFound // no identifier looks like that
	}
	got, err := v.incidents.Get(id, freshly, func() (i outcry.Incident, err error) {
		err = v.ask(func(ctx context.Context) error {
			i, err = v.board.Incident(ctx, id)
			return err
		})
		plainIncident(&i)
		return i, err
	})
	return got.Value, got.Age, err
}

// plainIncident makes every list of an incident one, never null, and takes out
// the regions that too few people reported from to be shown by number. Of one
// whose people were not counted, too little is known to show it.
func plainIncident(i *outcry.Incident) {
	i.Symptoms, i.Networks = plainParts(*i, i.Symptoms), plainParts(*i, i.Networks)
	i.Regions = slices.DeleteFunc(plainParts(*i, i.Regions), func(p outcry.IncidentPart) bool { return p.Reporters < outcry.PrivacyThreshold })
	i.Updates, i.Corrections = some(i.Updates), some(i.Corrections)
	i.Attribution = publicAttribution(i.Attribution, i.Reports.Total)
	if i.Label == "" {
		i.Label = outcry.Unconfirmed
	}
}

// plainParts says of parts what they were at worst: where that was not kept, what
// they are while the incident is under way, and else that it is not known.
func plainParts(i outcry.Incident, parts []outcry.IncidentPart) []outcry.IncidentPart {
	parts = some(slices.Clone(parts))
	for n := range parts {
		p := &parts[n]
		switch {
		case p.Worst != "":
		case i.State.Open():
			p.Worst = p.State
		default:
			p.Worst = outcry.Unknown
		}
	}
	return parts
}

func some[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}

// incidentFilter reads ?service=&state=&from=&to=&limit=&cursor=.
func (s *Server) incidentFilter(c *fiber.Ctx) (outcry.IncidentFilter, error) {
	q := query{c: c}
	f := outcry.IncidentFilter{
		State: oneOf(&q, "state", outcry.Suspected, outcry.Ongoing, outcry.Recovering, outcry.Resolved, outcry.Retracted),
		From:  q.time("from"), To: q.time("to"), After: q.cursor("incidents"), Limit: q.limit(50, 200),
	}
	slug, err := q.service(s.cfg.Catalog())
	f.Service = slug
	if !f.From.IsZero() && !f.To.IsZero() && f.To.Before(f.From) {
		q.fail("The time in from is later than the one in to.")
	}
	if wrong := q.err(); wrong != nil {
		return f, wrong
	}
	return f, err
}

// pageOf gives one page of incidents, and the cursor of the next or "".
func (s *Server) pageOf(f outcry.IncidentFilter) ([]outcry.Incident, string, time.Duration, error) {
	limit := f.Limit
	f.Limit++ // one more tells whether there is another page
	list, age, err := s.view.listUnderWay(f)
	if errors.Is(err, outcry.ErrNotFound) || errors.Is(err, outcry.ErrInvalid) {
		return nil, "", 0, named("malformed", "The cursor is not one of this list.")
	}
	if err != nil || len(list) <= limit {
		return some(list), "", age, err
	}
	list = list[:limit]
	return list, newCursor("incidents", list[limit-1].ID), age, nil
}

// getIncidents is GET /api/v1/incidents.
func (s *Server) getIncidents(c *fiber.Ctx) error {
	f, err := s.incidentFilter(c)
	if err != nil {
		return err
	}
	list, next, age, err := s.pageOf(f)
	if err != nil {
		return err
	}
	linkNext(c, next)
	return s.json(c, list, cacheLive, age)
}

// getIncident is GET /api/v1/incidents/{id}.
func (s *Server) getIncident(c *fiber.Ctx) error {
	i, age, err := s.view.incident(c.Params("id"))
	if err != nil {
		return err
	}
	return s.json(c, i, cacheLive, age)
}

// incidentsPage is GET /incidents.
func (s *Server) incidentsPage(c *fiber.Ctx) (*document, error) {
	f, err := s.incidentFilter(c)
	if err != nil {
		return nil, err
	}
	list, next, age, err := s.pageOf(f)
	if err != nil {
		return nil, err
	}
	return drawn(s.cfg.Renderer.Incidents, frontend.IncidentsPage{
		Site: s.site(age), Services: s.cfg.Catalog().Services(), Service: f.Service, State: string(f.State),
		Incidents: list, Next: next, Later: f.After != "",
	}, cacheLive, age)
}

// around is how much is shown before and after an incident.
const around = 3 * time.Hour

// incidentPage is GET /incidents/{id}.
func (s *Server) incidentPage(c *fiber.Ctx) (*document, error) {
	i, age, err := s.view.incident(c.Params("id"))
	if err != nil {
		return nil, err
	}
	page := frontend.IncidentPage{Incident: i}
	if svc, ok := s.cfg.Catalog().Service(i.Service); ok {
		page.Service = *svc
	}
	from, to := s.stretch(i)
	counts, countsAge, err := s.view.between(i.Service, from, to)
	if err != nil {
		countsAge = max(age, time.Second) // the incident is worth showing without its chart
	}
	counts = counts.running(s.cfg.Now())
	page.Series = outcry.Fill(counts.buckets, counts.forecasts, from, to, outcry.StepFiveMinutes, outcry.Select{})
	if i.Umbrella == "" || i.Umbrella == i.ID {
		if page.Members, err = s.members(i); err != nil {
			return nil, err
		}
	}
	age = max(age, countsAge)
	page.Site = s.site(age)
	return drawn(s.cfg.Renderer.Incident, page, cacheLive, age)
}

// stretch is an incident's time with some around it, on whole five minutes.
func (s *Server) stretch(i outcry.Incident) (from, to time.Time) {
	now := s.cfg.Now()
	to = now
	if i.ResolvedAt != nil && i.ResolvedAt.Add(around).Before(now) {
		to = i.ResolvedAt.Add(around)
	}
	from = i.StartedAt.Add(-around)
	if longest := to.Add(-maxSpan); from.Before(longest) {
		from = longest
	}
	return from.Truncate(5 * time.Minute), to.Truncate(5 * time.Minute).Add(5 * time.Minute)
}

// members are the incidents under an umbrella: of those that began near it, the
// ones that name it.
func (s *Server) members(umbrella outcry.Incident) ([]outcry.Incident, error) {
	near, _, err := s.view.list(outcry.IncidentFilter{From: umbrella.StartedAt.Add(-around), To: umbrella.StartedAt.Add(24 * time.Hour), Limit: 200})
	var members []outcry.Incident
	for _, i := range near {
		if i.Umbrella == umbrella.ID && i.ID != umbrella.ID {
			members = append(members, i)
		}
	}
	return members, err
}
