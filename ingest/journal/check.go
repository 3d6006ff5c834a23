package journal

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// ErrDamaged marks a log or a snapshot that is not as it was written.
var ErrDamaged = errors.New("damaged")

// readWhole reads a segment of which nothing may be missing.
func (l *Log) readWhole(s segment, size int64, do func(entry []byte) error) error {
	entries, at := 0, int64(-1)
	err := s.walk(size, func(entry []byte) error {
		if at >= 0 {
			return nil // counted when all that lies beyond is
		}
		entries++
		return do(entry)
	}, func(from, _ int64) error {
		if at < 0 {
			at = from
		}
		return nil
	})
	if err != nil || at < 0 {
		return err
	}
	return l.damaged(s, at, entries)
}

// damaged is the error for what cannot be read from a byte of a segment on,
// behind so many entries. It counts those beyond, in this segment and in all later ones.
func (l *Log) damaged(s segment, at int64, before int) error {
	beyond := 0
	count := func([]byte) error { beyond++; return nil }
	pass := func(_, _ int64) error { return nil }
	all, err := l.list()
	for _, later := range all {
		if err == nil && later.number >= s.number {
			err = later.walk(-1, count, pass)
		}
	}
	if err != nil {
		return err
	}
	return fmt.Errorf("%s is %w at byte %d: before it lie %d of its entries, beyond it %d", s.shown(), ErrDamaged, at, before, beyond-before)
}

// cutTail removes what a process left that died while it appended to the last
// segment, and returns the length of the rest. It is the end of the file,
// with no whole head of an entry in it, as nothing is written behind an entry
// before the disk has that.
func (l *Log) cutTail(s segment) (int64, error) {
	size, err := s.length()
	if err != nil {
		return 0, err
	}
	torn, follows := int64(-1), false
	err = s.walk(size, func([]byte) error { follows = torn >= 0; return nil }, func(from, _ int64) error {
		if follows = torn >= 0; !follows {
			torn = from
		}
		return nil
	})
	switch {
	case err != nil || torn < 0:
		return size, err
	case follows:
		return 0, l.readWhole(s, size, func([]byte) error { return nil })
	}
	l.tell.Warn("the journal ended within an entry, as after a crash: it was cut off", "file", s.shown(), "byte", torn, "bytes", size-torn)
	f, err := os.OpenFile(s.path(), os.O_WRONLY, 0o600)
	if err != nil {
		return 0, err
	}
	// The next segment will say how long this one is.
	return torn, errors.Join(f.Truncate(torn), f.Sync(), f.Close())
}

// A log's mark is a file that is named after its first and its last segment, so
// that one is missed. There is nothing in it: a name can be changed at once, and on a
// full disk too.
const markEnding = ".kept"

type mark struct{ first, last uint64 }

func (l *Log) markPath(m mark) string {
	return filepath.Join(l.dir, fmt.Sprintf("%016d-%016d%s", m.first, m.last, markEnding))
}

// marks lists those there are: one, or none in a new log and in one of the first
// format.
func (l *Log) marks() (out []mark, err error) {
	files, err := os.ReadDir(l.dir)
	for _, f := range files {
		var m mark
		if n, _ := fmt.Sscanf(f.Name(), "%d-%d", &m.first, &m.last); n == 2 && filepath.Join(l.dir, f.Name()) == l.markPath(m) {
			out = append(out, m)
		}
	}
	return out, err
}

// setMark marks the log from its first to its last segment. The caller holds mu,
// or nobody else is there.
func (l *Log) setMark() error {
	now := mark{l.first, l.last}
	marks, err := l.marks()
	switch {
	case err != nil:
		return err
	case len(marks) == 1 && marks[0] == now:
		return nil
	case len(marks) > 0:
		for _, m := range marks { // of several once these are salvaged
			err = errors.Join(err, os.Rename(l.markPath(m), l.markPath(now)))
		}
	default:
		err = os.WriteFile(l.markPath(now), nil, 0o600)
	}
	return errors.Join(err, syncDir(l.dir))
}

// check tells whether all segments are there that should be, and none is shorter
// than the next one says. It removes those that were dropped already.
func (l *Log) check(all []segment, needed uint64) error {
	m, err := l.marked(all)
	if err != nil {
		return err
	}
	if l.first = m.first; l.first == 0 {
		if l.first = 1; needed > 1 {
			return missing(needed, 0)
		}
		return nil // a new log
	}
	for len(all) > 0 && all[0].number < m.first {
		if err := os.Remove(all[0].path()); err != nil {
			return err
		}
		all = all[1:]
	}
	want := m.first
	for i, s := range all {
		if s.number < want {
			return fmt.Errorf("it is %w: there are two files of number %d", ErrDamaged, s.number)
		} else if s.number > want {
			return missing(want, s.number-1)
		}
		if want++; i > 0 {
			if at, err := wrongEnd(all[i-1], s); err != nil {
				return err
			} else if at >= 0 {
				return l.ends(all[i-1], at)
			}
		}
	}
	switch {
	case needed > 0 && needed < m.first:
		return missing(needed, m.first-1)
	case max(needed, m.last) >= want:
		return missing(want, 0)
	}
	return nil
}

// marked is which segments must be there, by the log's mark or without one; zero
// for a new log.
func (l *Log) marked(all []segment) (mark, error) {
	marks, err := l.marks()
	switch {
	case err != nil:
		return mark{}, err
	case len(marks) > 1:
		return mark{}, fmt.Errorf("it is %w: files of two are mixed, from number %d and from %d on", ErrDamaged, marks[0].first, marks[1].first)
	case len(marks) == 1:
		return marks[0], nil
	case len(all) == 0:
		return mark{}, nil
	case all[0].old || all[0].number == 1:
		return mark{all[0].number, all[0].number}, nil
	}
	return mark{}, fmt.Errorf("it is %w: no file ending in %s says where it begins", ErrDamaged, markEnding)
}

// missing is the error for segments that are not there; to is 0 if nobody knows how many.
func missing(from, to uint64) error {
	switch {
	case to == 0:
		return fmt.Errorf("it is %w: its file of number %d and those that followed are missing", ErrDamaged, from)
	case from == to:
		return fmt.Errorf("it is %w: its file of number %d is missing", ErrDamaged, from)
	}
	return fmt.Errorf("it is %w: its files of numbers %d to %d are missing", ErrDamaged, from, to)
}

// wrongEnd holds a segment's length to what the head of the next one says: it is
// where the segment ends or should end if it does not, or -1. A head that does not
// hold is found when the next one is read.
func wrongEnd(s, next segment) (at int64, err error) {
	length, err := s.length()
	if err != nil {
		return -1, err
	}
	before, ok, err := next.sealed()
	switch {
	case err != nil:
		return -1, err
	case !s.old && length < fileHead: // its own head was there before the next segment
		return length, nil
	case ok && before != length:
		return min(before, length), nil
	}
	return -1, nil
}

// ends is the error for a segment that does not end where it should.
func (l *Log) ends(s segment, at int64) error {
	entries := 0
	if err := s.walk(at, func([]byte) error { entries++; return nil }, func(_, _ int64) error { return nil }); err != nil {
		return err
	}
	return l.damaged(s, at, entries)
}
