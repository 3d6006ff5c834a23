package backtest

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/csv"
	"fmt"
	"io/fs"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/fstest"
	"time"
)

var start = time.Date(2025, 3, 3, 0, 0, 0, 0, time.UTC)

// folder builds an input of n days of five-minute bins, judged from day eval on.
func folder(meta string, rows func(add func(series string, at time.Time, x float64))) fstest.MapFS {
	var b strings.Builder
	b.WriteString("time,count,series\n") // columns in any order
	rows(func(series string, at time.Time, x float64) {
		fmt.Fprintf(&b, "%s,%g,%s\n", at.Format(time.RFC3339), x, series)
	})
	return fstest.MapFS{"meta.json": {Data: []byte(meta)}, "counts.csv": {Data: []byte(b.String())}}
}

func metaOf(bin int, series ...string) string {
	return fmt.Sprintf(`{"bin_seconds":%d,"series":[%s]}`, bin, strings.Join(series, ","))
}

func seriesOf(id, extra string, eval, end time.Time) string {
	return fmt.Sprintf(`{"id":%q,"group":"g","tz":"Europe/Berlin","start":%q,"eval_start":%q,"end":%q%s}`,
		id, start.Format(time.RFC3339), eval.Format(time.RFC3339), end.Format(time.RFC3339), extra)
}

// crowdFolder is two services over days, with an outage of the first on the last
// day from noon for two hours.
func crowdFolder(days int) fstest.MapFS {
	end := start.AddDate(0, 0, days)
	meta := metaOf(300, seriesOf("one", "", start.AddDate(0, 0, 16), end), seriesOf("two", "", start.AddDate(0, 0, 16), end))
	return folder(meta, func(add func(string, time.Time, float64)) {
		for _, id := range []string{"one", "two"} {
			r := rand.New(rand.NewPCG(uint64(len(id)), uint64(id[0])))
			for at := start; at.Before(end); at = at.Add(5 * time.Minute) {
				mean := 6 + 5*math.Sin(float64(at.Hour()-6)/24*2*math.Pi)
				if id == "one" && at.YearDay() == start.YearDay()+18 && at.Hour() >= 12 && at.Hour() < 14 {
					mean *= 4
				}
				x := 0.0
				for s := r.ExpFloat64(); s < mean; s += r.ExpFloat64() {
					x++
				}
				add(id, at, x)
			}
		}
	})
}

func alarms(t *testing.T, dir fs.FS) [][]string {
	t.Helper()
	var out bytes.Buffer
	if err := Run(context.Background(), dir, Options{}, &out); err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(&out).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(rows[0], ","); got != "series,time,alarm,score,expected,upper" {
		t.Fatalf("header %q", got)
	}
	return rows[1:]
}

func TestCrowd(t *testing.T) {
	rows := alarms(t, crowdFolder(20))
	if want := 2 * 4 * 288; len(rows) != want {
		t.Fatalf("%d rows, want %d", len(rows), want)
	}
	from, to := start.AddDate(0, 0, 18).Add(12*time.Hour), start.AddDate(0, 0, 18).Add(14*time.Hour)
	inside, outside := 0, 0
	for _, r := range rows {
		at, err := time.Parse(time.RFC3339, r[1])
		if err != nil {
			t.Fatal(err)
		}
		if r[2] == "1" {
			if r[0] == "one" && !at.Before(from) && at.Before(to.Add(20*time.Minute)) {
				inside++
			} else {
				outside++
			}
		}
	}
	// The outage lasts 24 bins; the guard takes two. Half an hour of false alarm
	// in eight series-days would be bad luck.
	if inside < 20 || outside > 6 {
		t.Errorf("%d bins alarmed in the outage, %d elsewhere", inside, outside)
	}
}

func TestNothingAfterTIsUsed(t *testing.T) {
	short, long := alarms(t, crowdFolder(18)), alarms(t, crowdFolder(20))
	at := map[string]string{}
	for _, r := range long {
		at[r[0]+r[1]] = strings.Join(r, ",")
	}
	for _, r := range short {
		if got, want := strings.Join(r, ","), at[r[0]+r[1]]; got != want {
			t.Fatalf("cut short: %s\nwhole:     %s", got, want)
		}
	}
}

func regionalFolder(days int) fstest.MapFS {
	end := start.AddDate(0, 0, days)
	eval := start.AddDate(0, 0, 15)
	var series []string
	for i := range 6 {
		near := fmt.Sprintf(`,"neighbors":["r%d","r%d"]`, (i+1)%6, (i+5)%6)
		series = append(series, seriesOf(fmt.Sprintf("r%d", i), near, eval, end))
	}
	return folder(metaOf(300, series...), func(add func(string, time.Time, float64)) {
		for i := range 6 {
			r := rand.New(rand.NewPCG(uint64(i), 77))
			for at := start; at.Before(end); at = at.Add(5 * time.Minute) {
				mean := 3.0
				if i == 2 && at.YearDay() == start.YearDay()+15 && at.Hour() == 12 {
					mean = 20
				}
				x := 0.0
				for s := r.ExpFloat64(); s < mean; s += r.ExpFloat64() {
					x++
				}
				add(fmt.Sprintf("r%d", i), at, x)
			}
		}
	})
}

func TestRegional(t *testing.T) {
	hit, names := map[string]int{}, map[string]int{}
	for _, r := range alarms(t, regionalFolder(16)) {
		names[r[0]]++
		if r[2] == "1" {
			hit[r[0]]++
		}
	}
	if len(names) != 7 || names["g/national"] != 288 {
		t.Errorf("series %v, want six regions and g/national of 288 bins", names)
	}
	// Region 2 at seven times for twelve bins; the guard takes two.
	if hit["r2"] < 9 || hit["r0"]+hit["r4"]+hit["r5"] > 3 {
		t.Errorf("alarmed bins %v", hit)
	}
}

func TestRegionalNothingAfterTIsUsed(t *testing.T) {
	at := map[string]string{}
	for _, r := range alarms(t, regionalFolder(17)) {
		at[r[0]+r[1]] = strings.Join(r, ",")
	}
	for _, r := range alarms(t, regionalFolder(16)) {
		if got, want := strings.Join(r, ","), at[r[0]+r[1]]; got != want {
			t.Fatalf("cut short: %s\nwhole:     %s", got, want)
		}
	}
}

func TestWeekly(t *testing.T) {
	end := start.AddDate(0, 0, 7*300)
	dir := folder(metaOf(7*86400, seriesOf("s", "", start.AddDate(0, 0, 7*290), end)), func(add func(string, time.Time, float64)) {
		r := rand.New(rand.NewPCG(5, 5))
		for n := range 300 {
			x := math.Round(20 + 4*r.NormFloat64())
			if n == 295 {
				x = 60
			}
			add("s", start.AddDate(0, 0, 7*n), x)
		}
	})
	rows := alarms(t, dir)
	if len(rows) != 10 || rows[5][2] != "1" || rows[4][2] != "0" {
		t.Errorf("rows %v", rows)
	}
}

func TestSourcesReplaceCounts(t *testing.T) {
	dir := crowdFolder(17)
	var z bytes.Buffer
	w := gzip.NewWriter(&z)
	fmt.Fprintf(w, "series,time,sources\none,%s,1\n", start.Format(time.RFC3339))
	w.Close()
	dir["sources.csv.gz"] = &fstest.MapFile{Data: z.Bytes()}
	r, err := read(dir)
	if err != nil {
		t.Fatal(err)
	}
	plain, err := read(crowdFolder(17))
	if err != nil {
		t.Fatal(err)
	}
	if r.counts[0][0] != 1 || r.counts[0][1] != plain.counts[0][1] || r.counts[1][0] != plain.counts[1][0] {
		t.Error("sources must replace only the bins they name")
	}
}

func TestCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := Run(ctx, crowdFolder(17), Options{}, &bytes.Buffer{}); err == nil {
		t.Error("a cancelled run gave no error")
	}
}
