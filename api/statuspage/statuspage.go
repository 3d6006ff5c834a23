// Package statuspage gives the crowd's view of a service in the shapes of
// Atlassian Statuspage's public API v2, so that the many tools that read those
// can read this. Those shapes know no "cannot tell": it is said in the
// description, beside an indicator of "none".
package statuspage

import (
	"slices"
	"strconv"
	"time"

	"outcry"
)

// Page heads every document.
type Page struct {
	ID        string    `json:"id"`
	Name      string    `json:"name"`
	URL       string    `json:"url"`
	TimeZone  string    `json:"time_zone"`
	UpdatedAt time.Time `json:"updated_at"`
}

// Status is the whole in one word and one sentence.
type Status struct {
	Indicator   string `json:"indicator"` // none, minor, major, critical
	Description string `json:"description"`
}

// Component is one symptom.
type Component struct {
	ID                 string    `json:"id"`
	Name               string    `json:"name"`
	Status             string    `json:"status"`
	CreatedAt          time.Time `json:"created_at"`
	UpdatedAt          time.Time `json:"updated_at"`
	Position           int       `json:"position"`
	Description        *string   `json:"description"`
	Showcase           bool      `json:"showcase"`
	StartDate          *string   `json:"start_date"`
	GroupID            *string   `json:"group_id"`
	PageID             string    `json:"page_id"`
	Group              bool      `json:"group"`
	OnlyShowIfDegraded bool      `json:"only_show_if_degraded"`
}

// IncidentUpdate is one entry of an incident's log.
type IncidentUpdate struct {
	ID                 string     `json:"id"`
	Status             string     `json:"status"`
	Body               string     `json:"body"`
	IncidentID         string     `json:"incident_id"`
	CreatedAt          time.Time  `json:"created_at"`
	UpdatedAt          time.Time  `json:"updated_at"`
	DisplayAt          time.Time  `json:"display_at"`
	AffectedComponents []struct{} `json:"affected_components"`
}

// Incident is one incident, its updates newest first.
type Incident struct {
	ID              string           `json:"id"`
	Name            string           `json:"name"`
	Status          string           `json:"status"`
	CreatedAt       time.Time        `json:"created_at"`
	UpdatedAt       time.Time        `json:"updated_at"`
	MonitoringAt    *time.Time       `json:"monitoring_at"`
	ResolvedAt      *time.Time       `json:"resolved_at"`
	Impact          string           `json:"impact"`
	Shortlink       string           `json:"shortlink"`
	StartedAt       time.Time        `json:"started_at"`
	PageID          string           `json:"page_id"`
	IncidentUpdates []IncidentUpdate `json:"incident_updates"`
	Components      []Component      `json:"components"`
}

// Document is every answer: a part that an endpoint does not have is left out.
type Document struct {
	Page                  Page         `json:"page"`
	Status                *Status      `json:"status,omitempty"`
	Components            *[]Component `json:"components,omitempty"`
	Incidents             *[]Incident  `json:"incidents,omitempty"`
	ScheduledMaintenances *[]struct{}  `json:"scheduled_maintenances,omitempty"`
}

// View is what documents are made from.
type View struct {
	Base      string // scheme and host
	Service   outcry.Service
	Verdict   outcry.Verdict
	Incidents []outcry.Incident // newest first
}

// Summary is the whole: status, components and the incidents under way.
func (v View) Summary() Document {
	d := v.StatusOnly()
	d.Components = v.components()
	d.Incidents = v.incidents(true)
	d.ScheduledMaintenances = &[]struct{}{}
	return d
}

// StatusOnly is status.json.
func (v View) StatusOnly() Document { return Document{Page: v.page(), Status: v.status()} }

// ComponentsOnly is components.json.
func (v View) ComponentsOnly() Document {
	return Document{Page: v.page(), Components: v.components()}
}

// AllIncidents is incidents.json.
func (v View) AllIncidents() Document { return Document{Page: v.page(), Incidents: v.incidents(false)} }

// Unresolved is incidents/unresolved.json.
func (v View) Unresolved() Document { return Document{Page: v.page(), Incidents: v.incidents(true)} }

// Maintenances is scheduled-maintenances.json: a crowd announces none.
func (v View) Maintenances() Document {
	return Document{Page: v.page(), ScheduledMaintenances: &[]struct{}{}}
}

func (v View) page() Page {
	zone := v.Service.TimeZone
	if zone == "" {
		zone = "Etc/UTC"
	}
	return Page{ID: v.Service.Slug, Name: v.Service.Name, URL: v.Base + "/services/" + v.Service.Slug, TimeZone: zone, UpdatedAt: v.Verdict.Freshness.AsOf.UTC()}
}

func (v View) status() *Status {
	switch v.Verdict.State {
	case outcry.Operational:
		return &Status{"none", "People report no unusual trouble"}
	case outcry.Possible:
		return &Status{"minor", "People report possible trouble"}
	case outcry.Likely:
		if v.Verdict.Severity == outcry.SeverityCritical {
			return &Status{"critical", "People report a likely outage"}
		}
		return &Status{"major", "People report a likely outage"}
	}
	return &Status{"none", "Too few reports to tell"}
}

// components are all symptoms. When one was made nobody wrote down; the time that
// stands for it never moves, as readers take another for another component.
func (v View) components() *[]Component {
	list, made := []Component{}, time.Unix(0, 0).UTC()
	for n, s := range v.Verdict.Symptoms {
		status := "operational"
		switch s.State {
		case outcry.Possible:
			status = "degraded_performance"
		case outcry.Likely:
			status = "partial_outage"
			if v.Verdict.Severity == outcry.SeverityCritical {
				status = "major_outage"
			}
		}
		at := v.Verdict.Freshness.AsOf.UTC()
		list = append(list, Component{ID: v.Service.Slug + "-" + s.Symptom, Name: s.Label, Status: status, CreatedAt: made, UpdatedAt: at, Position: n + 1, PageID: v.Service.Slug})
	}
	return &list
}

// failed are the components that had trouble in an incident, as they are now.
func (v View) failed(i outcry.Incident) []Component {
	worst := map[string]outcry.State{}
	for _, p := range i.Symptoms {
		worst[v.Service.Slug+"-"+p.Key] = p.Worst
	}
	return slices.DeleteFunc(*v.components(), func(c Component) bool {
		return worst[c.ID] != outcry.Possible && worst[c.ID] != outcry.Likely
	})
}

// phase is an incident's state in Statuspage's words. Crowds investigate; known
// says that somebody knows whose trouble it is.
func phase(s outcry.IncidentState, known bool) string {
	switch {
	case s == outcry.Ongoing && known:
		return "identified"
	case s == outcry.Recovering:
		return "monitoring"
	case s.Open():
		return "investigating"
	}
	return "resolved"
}

// known tells whether somebody said whose trouble an incident is: the service, a
// person, or the counts, where they point away from the service.
func known(i outcry.Incident) bool {
	switch i.Attribution.Cause {
	case outcry.CauseNetwork, outcry.CauseRegion, outcry.CauseSpillover:
		return true
	}
	return i.OfficialAt != nil || i.Label == outcry.Confirmed
}

func (v View) incidents(open bool) *[]Incident {
	list := []Incident{}
	for _, i := range v.Incidents {
		if open && !i.State.Open() {
			continue
		}
		x := Incident{ID: i.ID, Name: "Reports of trouble with " + i.Name, Status: phase(i.State, known(i)), CreatedAt: i.DetectedAt.UTC(), UpdatedAt: i.UpdatedAt.UTC(),
			ResolvedAt: i.ResolvedAt, Impact: string(i.Severity), Shortlink: v.Base + "/incidents/" + i.ID, StartedAt: i.StartedAt.UTC(), PageID: v.Service.Slug,
			IncidentUpdates: []IncidentUpdate{}, Components: v.failed(i)}
		if i.State == outcry.Retracted || x.Impact == "" {
			x.Impact = "none"
		}
		for n := len(i.Updates) - 1; n >= 0; n-- {
			u := i.Updates[n]
			at := u.At.UTC()
			if u.State == outcry.Recovering {
				x.MonitoringAt = &at
			}
			official := i.OfficialAt != nil && !at.Before(*i.OfficialAt)
			x.IncidentUpdates = append(x.IncidentUpdates, IncidentUpdate{ID: i.ID + "-" + strconv.Itoa(n+1), Status: phase(u.State, official), Body: u.Text,
				IncidentID: i.ID, CreatedAt: at, UpdatedAt: at, DisplayAt: at, AffectedComponents: []struct{}{}})
		}
		list = append(list, x)
	}
	return &list
}
