package backtest

import (
	"bufio"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"strconv"
	"strings"
	"time"
)

// maxLine is the longest line of a CSV file, in bytes.
const maxLine = 1 << 16

// readCounts fills out[series][bin] from name.csv or name.csv.gz, whose columns
// series, time and column may stand in any order. Bins the file does not name
// keep what out holds. ok is false where there is no such file.
func readCounts(dir fs.FS, name, column string, m *Meta, out [][]float64) (ok bool, err error) {
	f, file, err := open(dir, name)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("read %s: %w", file, reason(err))
	}
	defer f.Close()
	if err := scan(f, column, m, out); err != nil {
		return true, fmt.Errorf("read %s: %w", file, err)
	}
	return true, nil
}

// open finds the plain or the gzipped file.
func open(dir fs.FS, name string) (io.ReadCloser, string, error) {
	f, err := dir.Open(name + ".csv")
	if err == nil {
		return f, name + ".csv", nil
	}
	file := name + ".csv.gz"
	f, err = dir.Open(file)
	if err != nil {
		return nil, file, err
	}
	z, err := gzip.NewReader(f)
	if err != nil {
		f.Close()
		return nil, file, err
	}
	return struct {
		io.Reader
		io.Closer
	}{z, f}, file, nil
}

func scan(r io.Reader, column string, m *Meta, out [][]float64) error {
	lines := bufio.NewScanner(r)
	lines.Buffer(make([]byte, 4096), maxLine)
	if !lines.Scan() {
		if err := lines.Err(); err != nil {
			return err
		}
		return errors.New("empty file")
	}
	at, err := header(lines.Text(), column)
	if err != nil {
		return err
	}
	p := parser{meta: m, at: at, out: out, last: -1}
	for n := 2; lines.Scan(); n++ {
		if err := p.line(lines.Text()); err != nil {
			return fmt.Errorf("line %d: %w", n, err)
		}
	}
	return lines.Err()
}

// header finds the columns series, time and the counted one.
func header(line, column string) (at [3]int, err error) {
	at = [3]int{-1, -1, -1}
	names := strings.Split(strings.TrimPrefix(strings.TrimSpace(line), "\ufeff"), ",")
	for i, want := range []string{"series", "time", column} {
		for j, name := range names {
			if strings.TrimSpace(name) == want {
				at[i] = j
			}
		}
		if at[i] < 0 {
			return at, fmt.Errorf("no column %q in the first line", want)
		}
	}
	return at, nil
}

// parser reads data lines; it remembers the last series, as lines come in runs.
type parser struct {
	meta *Meta
	at   [3]int
	out  [][]float64
	id   string
	last int
}

func (p *parser) line(line string) error {
	line = strings.TrimSpace(line)
	if line == "" {
		return nil
	}
	var cells [3]string
	for j := 0; ; j++ {
		cell, rest, more := strings.Cut(line, ",")
		for i, at := range p.at {
			if at == j {
				cells[i] = strings.TrimSpace(cell)
			}
		}
		if !more {
			break
		}
		line = rest
	}
	if cells[0] != p.id || p.last < 0 {
		i, ok := p.meta.byID[cells[0]]
		if !ok {
			return fmt.Errorf("series %q is not in meta.json", cells[0])
		}
		p.id, p.last = strings.Clone(cells[0]), i
	}
	s := &p.meta.Series[p.last]
	t, err := time.Parse(time.RFC3339, cells[1])
	if err != nil {
		return fmt.Errorf("time %q is not RFC 3339", cells[1])
	}
	x, err := strconv.ParseFloat(cells[2], 64)
	if err != nil || math.IsNaN(x) || math.IsInf(x, 0) || x < 0 || x > 1e12 {
		return fmt.Errorf("count %q is not a number from 0 to 1e12", cells[2])
	}
	if t.Before(s.Start) {
		return nil
	}
	if i := int(t.Sub(s.Start) / p.meta.bin); i < s.bins {
		p.out[p.last][i] = x
	}
	return nil
}
