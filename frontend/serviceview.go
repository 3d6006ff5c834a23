package frontend

import (
	"cmp"
	"slices"

	"outcry"
)

// Recovering reports whether the incident under way is on its way out.
func (v serviceView) Recovering() bool {
	return slices.ContainsFunc(v.Incidents, func(i outcry.Incident) bool {
		return i.State == outcry.Recovering && i.ID == v.Verdict.Incident
	})
}

// WorstFirst is the verdict's symptoms: what fails before what does not.
func (v serviceView) WorstFirst() []outcry.SymptomVerdict {
	list := slices.Clone(v.Verdict.Symptoms)
	slices.SortStableFunc(list, func(a, b outcry.SymptomVerdict) int {
		return cmp.Or(cmp.Compare(rank(a.State), rank(b.State)), cmp.Compare(b.Count, a.Count))
	})
	return list
}

// neighbour is another service in trouble at the same time.
type neighbour struct{ Slug, Name, Relation string }

// Alongside names the services that the verdict says are in trouble too.
func (v serviceView) Alongside() []neighbour {
	names := map[string]string{}
	for _, c := range v.Related {
		names[c.Service.Slug] = c.Service.Name
	}
	var list []neighbour
	for _, x := range v.Verdict.Attribution.Related {
		list = append(list, neighbour{x.Service, cmp.Or(names[x.Service], x.Service), x.Relation})
	}
	return list
}
