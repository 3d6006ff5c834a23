package anomaly

import (
	"slices"
	"time"

	"outcry"
)

// What a service's trouble has to do with that of others. In 2020 one mobile
// network failed, and two more were called down on the reports of people who
// could not reach its customers, at 3 and 8 % of its reports; this is the rule
// that such trouble is named after what it rides on.
const (
	// riding is the part of a larger incident's excess up to which trouble
	// beside it is spill-over.
	riding = 0.15
	// together is how far apart incidents begin that belong together.
	together = time.Hour
	// severalMembers is how many services must fail with one that they depend
	// on before it is their umbrella.
	severalMembers = 3
)

// excess is how many more complaints than usual x has had since its trouble
// began, also where that has ended lately; 0 where there is none.
func (x *watched) excess() float64 {
	switch {
	case x.incident != nil:
		return float64(x.tally.total) - x.expected
	case alarmed(x.last):
		return x.last.WindowCount - x.last.WindowExpected
	}
	return 0
}

// troubleSince is when x's trouble began, if there is any.
func (x *watched) troubleSince() time.Time {
	if x.incident != nil && x.incident.State.Open() {
		return x.incident.StartedAt
	}
	return onset(x.last)
}

// ridesOn is the larger incident that x's trouble seems to be an echo of: of a
// service of the same kind, of one that depends on x, or of one beneath an
// umbrella that x is not under. A service does not ride on what it depends on:
// it fails with it.
func (x *watched) ridesOn(crowd []*watched) (larger *watched) {
	own := x.excess()
	for _, y := range crowd {
		if y == x || !y.fails() || x.dependsOn(y) || own > riding*y.excess() {
			continue
		}
		if y.incident.StartedAt.After(x.troubleSince().Add(together)) || !x.kindredOf(y, crowd) {
			continue
		}
		if larger == nil || y.excess() > larger.excess() {
			larger = y
		}
	}
	return larger
}

// fails is true of a service that is called likely down by its own fault, or
// was until lately: echoes last a little longer than what they echo.
func (x *watched) fails() bool {
	return x.incident != nil && x.incident.Label != outcry.Spillover && calledLikely(x.incident)
}

func (x *watched) dependsOn(y *watched) bool {
	return slices.Contains(x.service.DependsOn, y.service.Slug)
}

func (x *watched) kindredOf(y *watched, crowd []*watched) bool {
	if y.dependsOn(x) || x.service.Category != "" && x.service.Category == y.service.Category {
		return true
	}
	for _, u := range crowd {
		if (u == y || y.dependsOn(u)) && u.members(crowd) >= severalMembers {
			return true
		}
	}
	return false
}

// members counts the services that depend on u and fail together with it.
func (u *watched) members(crowd []*watched) int {
	if !u.fails() {
		return 0
	}
	n := 0
	for _, x := range crowd {
		if x.dependsOn(u) && x.fails() && near(x.incident.StartedAt, u.incident.StartedAt) {
			n++
		}
	}
	return n
}

// umbrella is the incident of what x depends on and fails together with, ""
// for none. It is suspected, as nothing else here, because the times agree.
func (x *watched) umbrella(crowd []*watched) string {
	if !x.fails() {
		return ""
	}
	for _, u := range crowd {
		if u != x && x.dependsOn(u) && u.members(crowd) >= severalMembers && near(x.incident.StartedAt, u.incident.StartedAt) {
			return u.incident.ID
		}
	}
	return ""
}

func near(a, b time.Time) bool { return a.Sub(b).Abs() <= together }
