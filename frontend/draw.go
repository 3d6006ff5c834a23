package frontend

import (
	"io"

	"outcry"
)

// Home draws GET /.
func (r *Renderer) Home(w io.Writer, p HomePage) error {
	return r.draw(w, "home", frame{Site: p.Site, Path: "/", Title: "Is it down, or is it just me?",
		Description: "See what other people report about the services you learn and work with, as it happens.",
		Feed:        "/feed.atom", Live: "/api/v1/events"}, r.homeView(p))
}

// Service draws GET /services/{id}.
func (r *Renderer) Service(w io.Writer, p ServicePage) error {
	base := "/services/" + p.Service.Slug
	return r.draw(w, "service", frame{Site: p.Site, Path: base,
		Title:       "Is " + p.Service.Name + " down? " + stateWords(p.Verdict.State),
		Description: Sentence(p.Service.Name, p.Verdict, p.Now),
		Feed:        base + "/feed.atom", Live: "/api/v1/events?service=" + p.Service.Slug, Report: true}, r.serviceView(p))
}

// Map draws GET /map.
func (r *Renderer) Map(w io.Writer, p MapPage) error {
	live := "/api/v1/events"
	if p.Service != "" {
		live += "?service=" + p.Service
	}
	return r.draw(w, "map", frame{Site: p.Site, Path: "/map", Title: "Map of trouble", Live: live,
		Description: "Where more people than usual report trouble, country by country."}, r.mapPageView(p))
}

// Incidents draws GET /incidents.
func (r *Renderer) Incidents(w io.Writer, p IncidentsPage) error {
	return r.draw(w, "incidents", frame{Site: p.Site, Path: "/incidents", Title: "Incidents",
		Description: "Every outage that people's reports showed, with what became of it.",
		Feed:        "/feed.atom", Live: "/api/v1/events"}, p)
}

// Incident draws GET /incidents/{id}.
func (r *Renderer) Incident(w io.Writer, p IncidentPage) error {
	return r.draw(w, "incident", frame{Site: p.Site, Path: "/incidents/" + p.Incident.ID,
		Title:       p.Incident.Name + ", " + day(p.Incident.StartedAt),
		Description: IncidentSentence(p.Incident, p.Now),
		Feed:        "/feed.atom", Live: "/api/v1/events?service=" + p.Incident.Service}, newIncidentView(p))
}

// Receipt draws GET /receipts/{id}.
func (r *Renderer) Receipt(w io.Writer, p ReceiptPage) error {
	if p.Path == "" {
		p.Path = "/receipts/" + p.ID
	}
	return r.draw(w, "receipt", frame{Site: p.Site, Path: p.Path, Private: true,
		Title: "Receipt: " + p.Service.Name + " report"}, p)
}

// Methodology draws GET /methodology.
func (r *Renderer) Methodology(w io.Writer, p MethodologyPage) error {
	return r.draw(w, "methodology", frame{Site: p.Site, Path: "/methodology", Title: "How it works",
		Description: "What a verdict means, how it is found, how often it is right, and what we do not claim."},
		methodologyView{p, newTrialsView(p.Trials)})
}

// Scorecard draws GET /scorecard.
func (r *Renderer) Scorecard(w io.Writer, p ScorecardPage) error {
	return r.draw(w, "scorecard", frame{Site: p.Site, Path: "/scorecard", Title: "Scorecard",
		Description: "How often this site was right, wrong, early and late."},
		scorecardView{p, newTrialsView(p.Trials)})
}

// Data draws GET /data.
func (r *Renderer) Data(w io.Writer, p DataPage) error {
	return r.draw(w, "data", frame{Site: p.Site, Path: "/data", Title: "Data and feeds",
		Description: "Feeds, API, files and badges: free to use with attribution."}, p)
}

// About draws GET /about.
func (r *Renderer) About(w io.Writer, p AboutPage) error {
	return r.draw(w, "about", frame{Site: p.Site, Path: "/about", Title: "About",
		Description: "Who runs this, what it keeps about you, and how to reach us."}, p)
}

// Admin draws GET /admin.
func (r *Renderer) Admin(w io.Writer, p AdminPage) error {
	return r.draw(w, "admin", frame{Site: p.Site, Path: "/admin", Private: true, Title: "Moderation"}, p)
}

// Embed draws GET /embed/{id}.
func (r *Renderer) Embed(w io.Writer, p EmbedPage) error {
	return r.drawIn(w, r.bare, "embed", frame{Site: p.Site, Path: "/services/" + p.Service.Slug,
		Title: p.Service.Name + ": " + stateWords(p.Verdict.State)}, p)
}

// Error draws an error in place of any page.
func (r *Renderer) Error(w io.Writer, p ErrorPage) error {
	p.complete()
	return r.draw(w, "error", frame{Site: p.Site, Title: p.Title, Private: true}, p)
}

// Badge is the verdict as a small SVG picture.
func Badge(v outcry.Verdict) []byte { return badge(v) }
