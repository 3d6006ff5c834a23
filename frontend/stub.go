package frontend

import (
	"html/template"
	"time"

	"outcry"
)

func (r *Renderer) functions() template.FuncMap {
	return template.FuncMap{"asset": func(n string) string { return r.asset.byName[n] }}
}
func (r *Renderer) homeView(p HomePage) any       { return p }
func (r *Renderer) serviceView(p ServicePage) any { return p }
func (r *Renderer) mapPageView(p MapPage) any     { return p }

// IncidentSentence says an incident in one sentence.
func IncidentSentence(i outcry.Incident, now time.Time) string { return i.Name }
func (p *ErrorPage) complete()                                 {}
func badge(v outcry.Verdict) []byte                            { return []byte("<svg xmlns=\"http://www.w3.org/2000/svg\"/>") }
