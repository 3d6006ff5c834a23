package frontend

import "slices"

// shownRows is how many countries, and how many parts of one, the table shows
// before it folds or stops.
const shownRows = 12

// placeTable is a part of the rows, under the map's title.
type placeTable struct {
	Title string
	Rows  []placeRow
}

// First is the top of the table: places with numbers, for in quiet times
// nearly all have too few.
func (v mapView) First() placeTable { return placeTable{v.Title, v.Rows[:v.split()]} }

// Rest is what is folded away; nil for nothing.
func (v mapView) Rest() *placeTable {
	if v.split() == len(v.Rows) {
		return nil
	}
	return &placeTable{v.Title + ", continued", v.Rows[v.split():]}
}

func (v mapView) split() int {
	n := slices.IndexFunc(v.Rows, func(r placeRow) bool { return !r.Known })
	if n < 0 {
		n = len(v.Rows)
	}
	return min(n, shownRows)
}

// Shown is the parts that have a number; Unshown is how many are left out.
func (r placeRow) Shown() []placeRow {
	n := slices.IndexFunc(r.Parts, func(p placeRow) bool { return !p.Known })
	if n < 0 {
		n = len(r.Parts)
	}
	return r.Parts[:min(n, shownRows)]
}

func (r placeRow) Unshown() int { return len(r.Parts) - len(r.Shown()) }
