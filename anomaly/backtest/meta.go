package backtest

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"time"
)

// Series describes one stream of counts: [Start, EvalStart) is history,
// [EvalStart, End) is judged.
type Series struct {
	ID        string    `json:"id"`
	Group     string    `json:"group"`
	TZ        string    `json:"tz"`
	Start     time.Time `json:"start"`
	EvalStart time.Time `json:"eval_start"`
	End       time.Time `json:"end"`
	Neighbors []string  `json:"neighbors"`

	zone *time.Location
	bins int
	eval int // first bin judged
}

// Meta is meta.json.
type Meta struct {
	BinSeconds int      `json:"bin_seconds"`
	Series     []Series `json:"series"`

	bin  time.Duration
	byID map[string]int
}

// Limits on what a folder may ask for, so that a slip in a date is an error and
// not a machine out of memory.
const (
	maxBins  = 20_000_000 // of one series
	maxTotal = 400_000_000
	week     = 7 * 24 * time.Hour
)

// readMeta reads and checks meta.json.
func readMeta(dir fs.FS) (*Meta, error) {
	data, err := fs.ReadFile(dir, "meta.json")
	if err != nil {
		return nil, fmt.Errorf("read meta.json: %w", reason(err))
	}
	m := &Meta{}
	if err := json.Unmarshal(data, m); err != nil {
		return nil, fmt.Errorf("read meta.json: %w", err)
	}
	if err := m.check(); err != nil {
		return nil, fmt.Errorf("read meta.json: %w", err)
	}
	return m, nil
}

// reason is the error below a path error: the name is said already.
func reason(err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}

func (m *Meta) check() error {
	m.bin = time.Duration(m.BinSeconds) * time.Second
	switch {
	case m.bin == week:
	case m.BinSeconds < 60 || m.BinSeconds > 1800 || 86400%m.BinSeconds != 0 || m.BinSeconds%60 != 0:
		return fmt.Errorf("bin_seconds is %d, must be whole minutes that divide an hour, up to 1800, or a week", m.BinSeconds)
	}
	if len(m.Series) == 0 {
		return errors.New("no series")
	}
	m.byID = make(map[string]int, len(m.Series))
	total := 0
	for i := range m.Series {
		s := &m.Series[i]
		if err := s.check(m.bin); err != nil {
			return err
		}
		if _, twice := m.byID[s.ID]; twice {
			return fmt.Errorf("series %q is listed twice", s.ID)
		}
		m.byID[s.ID] = i
		if total += s.bins; total > maxTotal {
			return fmt.Errorf("more than %d bins in all", maxTotal)
		}
	}
	for i := range m.Series {
		for _, n := range m.Series[i].Neighbors {
			if _, ok := m.byID[n]; !ok {
				return fmt.Errorf("series %q has an unknown neighbour %q", m.Series[i].ID, n)
			}
		}
	}
	return nil
}

func (s *Series) check(bin time.Duration) error {
	if s.ID == "" {
		return errors.New("a series has no id")
	}
	var err error
	if s.zone, err = time.LoadLocation(s.TZ); err != nil {
		return fmt.Errorf("series %q: unknown time zone %q", s.ID, s.TZ)
	}
	switch {
	case s.Start.IsZero() || s.End.IsZero() || s.EvalStart.IsZero():
		return fmt.Errorf("series %q: start, eval_start and end are needed", s.ID)
	case s.End.Before(s.Start) || s.EvalStart.Before(s.Start):
		return fmt.Errorf("series %q: start must not be after eval_start or end", s.ID)
	}
	n := s.End.Sub(s.Start) / bin
	if n > maxBins {
		return fmt.Errorf("series %q: more than %d bins", s.ID, maxBins)
	}
	s.bins = int(n)
	s.eval = int((s.EvalStart.Sub(s.Start) + bin - 1) / bin)
	return nil
}
