package frontend

import (
	"testing"

	"outcry"
)

func cell(country, region string, n int, usual float64) outcry.RegionVerdict {
	return outcry.RegionVerdict{Country: country, Region: region, Count: &n, Expected: &usual, State: outcry.Operational}
}

func hidden(country, region string) outcry.RegionVerdict {
	return outcry.RegionVerdict{Country: country, Region: region, Suppressed: true, State: outcry.Unknown}
}

func testRenderer(t *testing.T) *Renderer {
	t.Helper()
	r, err := New()
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// The map is coloured from the table's rows, and these hold every cell once.
func TestMapAndTableAgree(t *testing.T) {
	cells := []outcry.RegionVerdict{
		cell("US", "US-MD", 66, 1), cell("US", "US-CA", 26, 4), cell("US", "", 8, .5), hidden("US", "US-TX"),
		cell("IN", "IN-KA", 31, 7), hidden("BR", "BR-SP"), cell("SG", "", 9, 1), cell("", "", 6, 2), cell("ZZ", "", 5, 5),
	}
	v := testRenderer(t).world.view(cells, "")
	sum, hiddenCells := 0, 0
	for _, c := range cells {
		if c.Suppressed {
			hiddenCells++
			continue
		}
		sum += *c.Count
	}
	if v.Total != sum || v.Hidden != hiddenCells {
		t.Errorf("total %d, hidden %d; want %d, %d", v.Total, v.Hidden, sum, hiddenCells)
	}
	rows := map[string]placeRow{}
	for _, r := range v.Rows {
		rows[r.Code] = r
		parts := 0
		for _, p := range r.Parts {
			parts += p.Count
		}
		if len(r.Parts) > 0 && parts != r.Count {
			t.Errorf("%s: parts sum to %d, row says %d", r.Name, parts, r.Count)
		}
	}
	for _, s := range v.World.Shapes {
		want := levelNone
		if r, ok := rows[s.ID]; ok && s.ID != "" {
			want = r.Level
		}
		if s.Level != want {
			t.Errorf("%s is coloured %s, its row says %s", s.Name, s.Level, want)
		}
	}
	if v.States == nil {
		t.Fatal("the states are not drawn")
	}
	states := map[string]level{"US-MD": levelExtreme, "US-CA": levelHigh, "US-TX": levelHidden}
	for _, s := range v.States.Shapes {
		want, ok := states[s.ID]
		if !ok {
			want = levelNone
		}
		if s.Level != want {
			t.Errorf("%s is coloured %s, want %s", s.Name, s.Level, want)
		}
	}
	for code, want := range map[string]level{"US": levelExtreme, "IN": levelHigh, "BR": levelHidden, "SG": levelHigh, "": levelHigh, "ZZ": levelUsual} {
		if rows[code].Level != want {
			t.Errorf("%q is %s, want %s", code, rows[code].Level, want)
		}
	}
	if v.Rows[0].Code != "US" || rows["US"].Name != "United States" || rows[""].Name != "Place unknown" {
		t.Errorf("rows start with %+v", v.Rows[0])
	}
}

// In quiet times nearly every place has too few reports: the table shows the
// rest first and folds those, and loses none.
func TestTableFoldsWhatHasNoNumber(t *testing.T) {
	cells := []outcry.RegionVerdict{hidden("US", "US-MD"), hidden("FR", ""), cell("IN", "IN-KA", 9, 1), hidden("IN", "IN-MH")}
	v := testRenderer(t).world.view(cells, "")
	if first := v.First().Rows; len(first) != 1 || first[0].Code != "IN" || len(first[0].Shown()) != 1 || first[0].Unshown() != 1 {
		t.Errorf("first: %+v", first)
	}
	if rest := v.Rest(); rest == nil || len(rest.Rows) != 2 {
		t.Errorf("rest: %+v", rest)
	}
	if v.States != nil {
		t.Error("the states are drawn with nothing to show")
	}
	if v := testRenderer(t).world.view(nil, ""); len(v.First().Rows) != 0 || v.Rest() != nil {
		t.Error("no cells have rows")
	}
}

// A cell under the privacy threshold shows no number, whatever came with it.
func TestSuppressedCellShowsNoNumber(t *testing.T) {
	n, usual := 3, 1.0
	v := testRenderer(t).world.view([]outcry.RegionVerdict{
		{Country: "FR", Region: "FR-IDF", Count: &n, Expected: &usual, Suppressed: true},
	}, "")
	if r := v.Rows[0]; r.Known || r.Count != 0 || r.Parts[0].Count != 0 || r.Times() != "–" {
		t.Errorf("%+v", r)
	}
}

func TestLevels(t *testing.T) {
	for _, x := range []struct {
		n     int
		usual float64
		want  level
	}{{0, 0, levelUsual}, {1, 0, levelUsual}, {2, 0, levelRaised}, {5, .1, levelHigh}, {10, .1, levelExtreme},
		{14, 10, levelUsual}, {15, 10, levelRaised}, {30, 10, levelHigh}, {100, 10, levelExtreme}} {
		if got := levelOf(x.n, x.usual); got != x.want {
			t.Errorf("%d of %g is %s, want %s", x.n, x.usual, got, x.want)
		}
	}
}

func TestPlaceName(t *testing.T) {
	r := testRenderer(t)
	for code, want := range map[string]string{"US": "United States", "US-MD": "Maryland", "GB-LND": "London, City of",
		"XK": "Kosovo", "": "", "QQ": "QQ", "US-QQ": "US-QQ", "QQ-1": "QQ-1"} {
		if got := r.PlaceName(code); got != want {
			t.Errorf("PlaceName(%q) = %q, want %q", code, got, want)
		}
	}
}
