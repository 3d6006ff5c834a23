package backtest

import (
	"bytes"
	"context"
	"strings"
	"testing"
	"testing/fstest"
	"time"
)

const goodMeta = `{"bin_seconds":300,"series":[{"id":"a","tz":"UTC","start":"2025-03-03T00:00:00Z","eval_start":"2025-03-03T00:00:00Z","end":"2025-03-03T01:00:00Z"}]}`

func TestMalformedInputIsNamed(t *testing.T) {
	for _, c := range []struct{ name, meta, counts, want string }{
		{"no meta", "", "series,time,count\n", "read meta.json: file does not exist"},
		{"broken meta", "{", "", "read meta.json: "},
		{"bin", strings.Replace(goodMeta, "300", "7", 1), "", "bin_seconds is 7"},
		{"no series", `{"bin_seconds":300}`, "", "no series"},
		{"zone", strings.Replace(goodMeta, "UTC", "Mars", 1), "", `unknown time zone "Mars"`},
		{"order", strings.Replace(goodMeta, "03T01", "02T01", 1), "", "start must not be after"},
		{"long", strings.Replace(goodMeta, "2025-03-03T01", "9025-03-03T01", 1), "", "more than"},
		{"twice", strings.Replace(goodMeta, "}]", `},{"id":"a","tz":"UTC","start":"2025-03-03T00:00:00Z","eval_start":"2025-03-03T00:00:00Z","end":"2025-03-03T01:00:00Z"}]`, 1), "", "listed twice"},
		{"neighbour", strings.Replace(goodMeta, `"tz"`, `"neighbors":["x"],"tz"`, 1), "", `unknown neighbour "x"`},
		{"no counts", goodMeta, "", "no such file"},
		{"empty counts", goodMeta, "\x00", "no column"},
		{"column", goodMeta, "series,time\n", `no column "count"`},
		{"series", goodMeta, "series,time,count\nb,2025-03-03T00:00:00Z,1\n", `line 2: series "b" is not in meta.json`},
		{"time", goodMeta, "series,time,count\na,yesterday,1\n", `line 2: time "yesterday" is not RFC 3339`},
		{"count", goodMeta, "series,time,count\na,2025-03-03T00:00:00Z,NaN\n", `line 2: count "NaN"`},
		{"negative", goodMeta, "series,time,count\n\na,2025-03-03T00:00:00Z,-1\n", `line 3: count "-1"`},
		{"cells", goodMeta, "series,time,count\na\n", "line 2: time"},
	} {
		dir := fstest.MapFS{}
		if c.meta != "" {
			dir["meta.json"] = &fstest.MapFile{Data: []byte(c.meta)}
		}
		if c.counts != "" {
			dir["counts.csv"] = &fstest.MapFile{Data: []byte(c.counts)}
		}
		err := Run(context.Background(), dir, Options{}, &bytes.Buffer{})
		if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v, want one sentence with %q", c.name, err, c.want)
		}
	}
}

func TestNotGzip(t *testing.T) {
	dir := fstest.MapFS{"meta.json": {Data: []byte(goodMeta)}, "counts.csv.gz": {Data: []byte("plain")}}
	if err := Run(context.Background(), dir, Options{}, &bytes.Buffer{}); err == nil {
		t.Error("no error")
	}
}

func TestBinsOutsideAreIgnored(t *testing.T) {
	counts := "\ufeffseries , time,count\r\na,2025-03-02T00:00:00Z,9\na,2025-03-03T02:00:00+01:00,9\na,2025-03-03T00:12:30Z,2.5\n"
	r, err := read(fstest.MapFS{"meta.json": {Data: []byte(goodMeta)}, "counts.csv": {Data: []byte(counts)}})
	if err != nil {
		t.Fatal(err)
	}
	for i, x := range r.counts[0] {
		if want := map[int]float64{2: 2.5}[i]; x != want {
			t.Errorf("bin %d holds %g, want %g", i, x, want)
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add(goodMeta, "series,time,count\na,2025-03-03T00:00:00Z,1\n")
	f.Add(strings.Replace(goodMeta, "300", "604800", 1), "series,time,count\n")
	f.Add(strings.Replace(goodMeta, `"tz"`, `"neighbors":["a"],"tz"`, 1), "count,series,time\n1,a,2025-03-03T00:00:00Z")
	f.Fuzz(func(t *testing.T, meta, counts string) {
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		dir := fstest.MapFS{"meta.json": {Data: []byte(meta)}, "counts.csv": {Data: []byte(counts)}}
		if m, err := readMeta(dir); err != nil || len(m.Series) > 3 || m.Series[0].bins > 1000 {
			return // an error is fine; long runs are not what is looked for
		}
		_ = Run(ctx, dir, Options{}, &bytes.Buffer{})
	})
}
