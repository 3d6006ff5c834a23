package backtest

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strconv"
	"time"
)

// Options of a run.
type Options struct {
	// FalseAlarms is the accepted number of false episodes per series and week;
	// of weekly bins, the accepted share of false weeks. 0 takes the default:
	// 0.25, and 0.01.
	FalseAlarms float64
}

// row is one line of the result.
type row struct {
	bin                    int
	alarm                  bool
	score, expected, upper float64
}

// recording is a folder read.
type recording struct {
	meta   *Meta
	counts [][]float64 // [series][bin], distinct reporters where known
}

// Run reads the folder dir and writes series,time,alarm,score,expected,upper to
// w, a line a bin from each series' eval_start on.
func Run(ctx context.Context, dir fs.FS, o Options, w io.Writer) error {
	r, err := read(dir)
	if err != nil {
		return err
	}
	t := newTable(r.meta)
	if err := t.judge(ctx, r, o); err != nil {
		return err
	}
	return t.write(w)
}

func read(dir fs.FS) (*recording, error) {
	m, err := readMeta(dir)
	if err != nil {
		return nil, err
	}
	r := &recording{meta: m, counts: make([][]float64, len(m.Series))}
	for i, s := range m.Series {
		r.counts[i] = make([]float64, s.bins)
	}
	ok, err := readCounts(dir, "counts", "count", m, r.counts)
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, errors.New("read counts.csv: no such file, gzipped or not")
	}
	if _, err := readCounts(dir, "sources", "sources", m, r.counts); err != nil {
		return nil, err
	}
	return r, nil
}

// table collects rows by series before they are written.
type table struct {
	meta  *Meta
	rows  [][]row
	extra []string // names of series beyond meta's
	like  []int    // the series whose clock an extra one keeps
}

func newTable(m *Meta) *table { return &table{meta: m, rows: make([][]row, len(m.Series))} }

// judge finds the family and lets it fill the rows.
func (t *table) judge(ctx context.Context, r *recording, o Options) error {
	emit := func(i int, x row) { t.rows[i] = append(t.rows[i], x) }
	switch {
	case t.meta.bin == week:
		return weeks(ctx, r, o, emit)
	case t.meta.regional():
		for _, g := range t.meta.groups() {
			t.extra = append(t.extra, t.meta.Series[g[0]].Group+national)
			t.like = append(t.like, g[0])
			t.rows = append(t.rows, nil)
		}
		return regional(ctx, r, o, emit)
	}
	return crowd(ctx, r, o, emit)
}

// regional tells whether any series has neighbours.
func (m *Meta) regional() bool {
	for _, s := range m.Series {
		if len(s.Neighbors) > 0 {
			return true
		}
	}
	return false
}

func (t *table) write(w io.Writer) error {
	out := bufio.NewWriterSize(w, 1<<16)
	fmt.Fprintln(out, "series,time,alarm,score,expected,upper")
	var line []byte
	for i, rows := range t.rows {
		name, like := "", i
		if n := i - len(t.meta.Series); n >= 0 {
			name, like = t.extra[n], t.like[n]
		} else {
			name = t.meta.Series[i].ID
		}
		for _, x := range rows {
			line = t.line(line[:0], name, &t.meta.Series[like], x)
			out.Write(line)
		}
	}
	if err := out.Flush(); err != nil {
		return fmt.Errorf("write alarms: %w", err)
	}
	return nil
}

func (t *table) line(b []byte, name string, s *Series, x row) []byte {
	b = append(append(b, name...), ',')
	b = s.Start.UTC().Add(time.Duration(x.bin)*t.meta.bin).AppendFormat(b, time.RFC3339)
	b = append(b, ',', '0', ',')
	if x.alarm {
		b[len(b)-2] = '1'
	}
	for i, v := range [3]float64{x.score, x.expected, x.upper} {
		if i > 0 {
			b = append(b, ',')
		}
		b = strconv.AppendFloat(b, v, 'g', 6, 64)
	}
	return append(b, '\n')
}
