package frontend

import (
	"cmp"
	"math"
	"slices"

	"outcry"
)

// mapView is the regions of a page as its map and its table show them. The
// table is the source of truth; the map colours a country by its row.
type mapView struct {
	World  drawnMap
	States *drawnMap // of the USA, where they have something to show
	Rows   []placeRow
	Total  int // sum of the rows' counts
	Hidden int // cells with too few reporters to show
	Title  string
}

// drawnMap is one picture.
type drawnMap struct {
	Title         string
	Name          string // what keeps it apart from others on a page
	Width, Height int
	Shapes        []mapShape
}

// mapShape is one country of the map.
type mapShape struct {
	shape
	Level level
	Words string
}

// placeRow is one country of the table, or one part of it.
type placeRow struct {
	Code, Name string
	Count      int
	Expected   float64
	// Known: at least one number is in Count. Hidden cells had too few.
	Known  bool
	Hidden int
	Level  level
	Parts  []placeRow
}

// level says how far a place is from its usual, in five steps of colour.
type level string

const (
	levelNone    level = "none"   // no reports
	levelHidden  level = "hidden" // too few reporters to show a number
	levelUsual   level = "usual"
	levelRaised  level = "raised"
	levelHigh    level = "high"
	levelExtreme level = "extreme"
)

// The ratios to the usual from which a place is raised, high and extreme.
const (
	raisedFrom  = 1.5
	highFrom    = 3
	extremeFrom = 10
)

func levelOf(count int, expected float64) level {
	ratio := ratioOf(count, expected)
	switch {
	case ratio >= extremeFrom:
		return levelExtreme
	case ratio >= highFrom:
		return levelHigh
	case ratio >= raisedFrom:
		return levelRaised
	}
	return levelUsual
}

// ratioOf takes less than one expected report as one: where nothing was
// expected, five reports are five times the usual and not infinitely many.
func ratioOf(count int, expected float64) float64 {
	if math.IsNaN(expected) {
		expected = 0
	}
	return float64(count) / max(expected, 1)
}

func (l level) words() string {
	switch l {
	case levelUsual:
		return "usual"
	case levelRaised:
		return "raised"
	case levelHigh:
		return "high"
	case levelExtreme:
		return "extreme"
	case levelHidden:
		return "too few"
	}
	return "no reports"
}

func (r placeRow) Times() string {
	if !r.Known {
		return "–"
	}
	return times(ratioOf(r.Count, r.Expected))
}

func (r placeRow) Words() string { return r.Level.words() }

func (w *world) view(cells []outcry.RegionVerdict, title string) mapView {
	v := mapView{Rows: w.rows(cells), Title: title}
	byCode := map[string]placeRow{}
	for _, row := range v.Rows {
		v.Total += row.Count
		v.Hidden += row.Hidden
		byCode[row.Code] = row
	}
	v.World = w.countries.colour(byCode)
	v.World.Title, v.World.Name = title, "countries"
	if parts := byCode["US"].Parts; slices.ContainsFunc(parts, func(p placeRow) bool { return p.Known }) {
		states := map[string]placeRow{}
		for _, p := range parts {
			states[p.Code] = p
		}
		d := w.states.colour(states)
		d.Title, d.Name = title+": the United States by state", "states"
		v.States = &d
	}
	return v
}

// colour gives each shape the level of its row.
func (a atlas) colour(rows map[string]placeRow) drawnMap {
	d := drawnMap{Width: a.Width, Height: a.Height}
	for _, s := range a.Shapes {
		row, ok := rows[s.ID]
		if !ok || s.ID == "" {
			row = placeRow{Level: levelNone}
		}
		d.Shapes = append(d.Shapes, mapShape{s, row.Level, shapeWords(s.Name, row)})
	}
	// What has something to show is drawn last: borders are not covered.
	slices.SortStableFunc(d.Shapes, func(a, b mapShape) int { return cmp.Compare(order(b.Level), order(a.Level)) })
	return d
}

func shapeWords(name string, r placeRow) string {
	if !r.Known {
		return name + ": " + r.Level.words()
	}
	return name + ": " + plural(r.Count, "report", "reports") + ", " + r.Times() + " the usual (" + r.Level.words() + ")"
}

// rows sums cells by country, the furthest from usual first.
func (w *world) rows(cells []outcry.RegionVerdict) []placeRow {
	index := map[string]int{}
	var rows []placeRow
	for _, cell := range cells {
		code := cell.Country
		if code == "" && len(cell.Region) > 2 {
			code = cell.Region[:2]
		}
		i, ok := index[code]
		if !ok {
			i = len(rows)
			index[code] = i
			rows = append(rows, placeRow{Code: code, Name: w.countryName(code)})
		}
		part := w.partRow(cell)
		rows[i].take(part)
		rows[i].Parts = append(rows[i].Parts, part)
	}
	for i := range rows {
		rows[i].finish()
	}
	slices.SortStableFunc(rows, compareRows)
	return rows
}

func (w *world) countryName(code string) string {
	if code == "" {
		return "Place unknown"
	}
	return w.name(code)
}

func (w *world) partRow(c outcry.RegionVerdict) placeRow {
	p := placeRow{Code: c.Region, Name: c.Name, Known: c.Count != nil && !c.Suppressed}
	switch {
	case c.Region == "":
		p.Name = "Region unknown"
	case p.Name == "" || p.Name == c.Region:
		p.Name = w.name(c.Region)
	}
	if !p.Known {
		p.Hidden, p.Level = 1, levelHidden
		return p
	}
	p.Count = *c.Count
	if c.Expected != nil {
		p.Expected = *c.Expected
	}
	p.Level = levelOf(p.Count, p.Expected)
	return p
}

func (r *placeRow) take(p placeRow) {
	r.Count += p.Count
	r.Expected += p.Expected
	r.Known = r.Known || p.Known
	r.Hidden += p.Hidden
}

// finish judges a whole country. One that is a single nameless cell has no
// parts worth listing.
func (r *placeRow) finish() {
	r.Level = levelHidden
	if r.Known {
		r.Level = levelOf(r.Count, r.Expected)
	}
	if len(r.Parts) == 1 && r.Parts[0].Code == "" {
		r.Parts = nil
	}
	slices.SortStableFunc(r.Parts, compareRows)
}

func compareRows(a, b placeRow) int {
	return cmp.Or(
		cmp.Compare(order(a.Level), order(b.Level)),
		cmp.Compare(b.Count, a.Count),
		cmp.Compare(a.Name, b.Name),
	)
}

func order(l level) int {
	return slices.Index([]level{levelExtreme, levelHigh, levelRaised, levelUsual, levelHidden, levelNone}, l)
}
