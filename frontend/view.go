package frontend

import (
	"cmp"
	"fmt"
	"html/template"
	"slices"
	"strings"
	"time"

	"outcry"
)

// functions are what templates may call: words and numbers, nothing that
// decides.
func (r *Renderer) functions() template.FuncMap {
	return template.FuncMap{
		"asset":       func(name string) string { return r.asset.byName[name] },
		"class":       stateClass,
		"words":       stateWords,
		"reasoning":   reasoning,
		"sentence":    Sentence,
		"counted":     counted,
		"span":        span,
		"window":      window,
		"amount":      amount,
		"few":         fewer,
		"times":       times,
		"percent":     percent,
		"plural":      plural,
		"whole":       whole,
		"day":         day,
		"clock":       clockElement,
		"moment":      momentElement,
		"stamp":       stamp,
		"lower":       lowerFirst,
		"place":       r.world.placeText,
		"spark":       newSpark,
		"chance":      chance,
		"incWords":    incidentWords,
		"incClass":    incidentClass,
		"incSentence": IncidentSentence,
		"severity":    severityWords,
		"label":       labelWords,
		"meaning":     labelMeaning,
		"attribution": r.world.attributionWords,
		"keyName":     r.world.keyName,
		"because":     reasonWords,
		"reasons":     reasons,
		"symptom":     symptomLabel,
		"size":        size,
		"incRow":      newIncidentRow,
		"parts":       newPartsTable,
		"keyed":       r.world.keyed,
		"state":       func(s string) outcry.State { return outcry.State(s) },
		"states":      incidentStates,
		"labels":      labels,
		"times1":      rateWords,
		"sure":        sure,
		"round":       func(x float64) int { return int(x + 0.5) },
	}
}

// clockElement is a time of day that script can turn into the reader's own.
func clockElement(t, now time.Time) template.HTML { return timeElement(t, clock(t, now)) }

func momentElement(t time.Time) template.HTML { return timeElement(t, moment(t)) }

func timeElement(t time.Time, text string) template.HTML {
	return template.HTML(fmt.Sprintf(`<time datetime="%s">%s</time>`, stamp(t), template.HTMLEscapeString(text)))
}

// symptomLabel is the words for a symptom; one that the service no longer has
// is its own name.
func symptomLabel(s outcry.Service, slug string) string {
	if x, ok := s.Symptom(slug); ok {
		return x.Label
	}
	return slug
}

// chance reads a p-value: "less than 1 in 10,000".
func chance(p float64) string {
	switch {
	case !(p > 0 && p < 1):
		return ""
	case p < 1e-6:
		return "less than 1 in a million"
	}
	return "about 1 in " + whole(int(1/p+0.5))
}

func size(n int64) string {
	switch {
	case n >= 1e6:
		return fmt.Sprintf("%.1f MB", float64(n)/1e6)
	case n >= 1e3:
		return fmt.Sprintf("%.0f kB", float64(n)/1e3)
	}
	return fmt.Sprintf("%d bytes", n)
}

// incidentRow is one incident of a list, with the time to read it by.
type incidentRow struct {
	Incident outcry.Incident
	Now      time.Time
}

func newIncidentRow(i outcry.Incident, now time.Time) incidentRow { return incidentRow{i, now} }

// partsTable is a table of an incident's symptoms, regions or networks. Of an
// incident that is over it says what they were at worst.
type partsTable struct {
	Title string
	Over  bool
	Parts []outcry.IncidentPart
}

func newPartsTable(title string, i outcry.IncidentState, parts []outcry.IncidentPart) partsTable {
	t := partsTable{title, !i.Open(), slices.Clone(parts)}
	for n := range t.Parts {
		if p := &t.Parts[n]; t.Over {
			p.State = p.Worst
		}
	}
	return t
}

// keyed names regions or networks by their keys.
func (w *world) keyed(parts []outcry.IncidentPart) []outcry.IncidentPart {
	parts = slices.Clone(parts)
	for n := range parts {
		parts[n].Label = w.keyName(parts[n].Key)
	}
	return parts
}

type homeView struct {
	HomePage
	Trouble, Quiet []ServiceCard // quiet: nothing seen, or cannot tell
	Likely         int
	Possible       int
	Unknown        int
	Map            mapView
}

func (r *Renderer) homeView(p HomePage) homeView {
	v := homeView{HomePage: p, Map: r.world.view(p.Regions, "All services: reports by country")}
	v.Map.States = nil // the first page is to be light; the map's page has them
	cards := slices.Clone(p.Cards)
	slices.SortStableFunc(cards, func(a, b ServiceCard) int {
		return cmp.Or(
			cmp.Compare(rank(a.Verdict.State), rank(b.Verdict.State)),
			cmp.Compare(strings.ToLower(a.Service.Name), strings.ToLower(b.Service.Name)),
		)
	})
	for _, c := range cards {
		switch c.Verdict.State {
		case outcry.Likely:
			v.Likely++
		case outcry.Possible:
			v.Possible++
		case outcry.Operational:
			v.Quiet = append(v.Quiet, c)
			continue
		default:
			v.Unknown++
			v.Quiet = append(v.Quiet, c)
			continue
		}
		v.Trouble = append(v.Trouble, c)
	}
	slices.SortStableFunc(v.Quiet, func(a, b ServiceCard) int {
		return cmp.Compare(strings.ToLower(a.Service.Name), strings.ToLower(b.Service.Name))
	})
	v.Incidents = p.Incidents[:min(len(p.Incidents), 10)]
	return v
}

// Summary is the state of the whole in one sentence. Services of which nothing
// can be told are never counted among the sound ones.
func (v homeView) Summary() string {
	n := len(v.Cards)
	var parts []string
	for _, p := range []struct {
		n         int
		one, many string
	}{
		{v.Likely, "is likely down", "are likely down"},
		{v.Possible, "may have trouble", "may have trouble"},
		{v.Unknown, "cannot be judged yet", "cannot be judged yet"},
	} {
		if p.n > 0 {
			parts = append(parts, plural(p.n, p.one, p.many))
		}
	}
	all := plural(n, "service", "services")
	switch {
	case n == 0:
		return ""
	case len(parts) == 0:
		return "No sign of trouble in " + all + "."
	case v.Unknown == n:
		return "We cannot tell yet: too little is known about what is usual for the " + all + " here. Your report helps."
	case len(parts) == 1:
		return "Of " + all + ", " + parts[0] + "."
	}
	last := len(parts) - 1
	return "Of " + all + ", " + strings.Join(parts[:last], ", ") + " and " + parts[last] + "."
}

type serviceView struct {
	ServicePage
	Chart   chart
	Map     mapView
	Trace   spark  // the day in half hours, for the panel
	Chosen  string // the symptom that is chosen at first
	Advice  []outcry.Help
	Message string
	URL     string // absolute where the public address is known
}

func (r *Renderer) serviceView(p ServicePage) serviceView {
	v := serviceView{
		ServicePage: p,
		Chart:       newChart(p.Series, p.Incidents),
		Trace:       newSpark(coarse(p.Series, 30*time.Minute)),
		Map:         r.world.view(p.Regions, p.Service.Name+": reports by country"),
		Chosen:      p.Form.Symptom,
		Advice:      advice(p.Service, p.Verdict.State),
		URL:         p.PublicURL + "/services/" + p.Service.Slug,
	}
	if _, ok := p.Service.Symptom(v.Chosen); !ok && len(p.Service.Symptoms) > 0 {
		v.Chosen = p.Service.FirstSymptom()
	}
	v.Message = message(v)
	return v
}

type mapPageView struct {
	MapPage
	Map    mapView
	Chosen string // the service's name, or "all services"
}

func (r *Renderer) mapPageView(p MapPage) mapPageView {
	v := mapPageView{MapPage: p, Chosen: "All services"}
	for _, s := range p.Services {
		if s.Slug == p.Service {
			v.Chosen = s.Name
		}
	}
	v.Map = r.world.view(p.Regions, v.Chosen+": reports by country")
	return v
}

type incidentView struct {
	IncidentPage
	Chart chart
}

func newIncidentView(p IncidentPage) incidentView {
	return incidentView{p, newChart(p.Series, []outcry.Incident{p.Incident})}
}
