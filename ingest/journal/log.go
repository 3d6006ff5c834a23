// Package journal makes reports outlive a crash where Redis does not do it.
//
// A Log is a row of files that is only ever appended to, and synced before an
// append returns. On it stand a Keeper, which makes the embedded store durable
// (each write is in the log before it is done, and a snapshot from time to
// time makes the log short again), and a Spool, which takes reports in while a
// Redis of its own is away and hands them over when it is back.
package journal

import (
	"errors"
	"fmt"
	"hash/crc32"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
)

// Log is entries in numbered segments. A process that dies while it appends
// leaves half an entry at the end of the last segment, which was never
// acknowledged: OpenLog cuts it off. Whatever else is not as it was written is
// ErrDamaged: half an entry anywhere else, or where one follows it; a segment
// shorter than the next one says; a number that is missing. One process at a
// time has the folder, held by a lock that goes with the process.
type Log struct {
	dir  string
	tell *slog.Logger
	lock *os.File

	accept   bool
	salvaged uint64    // the segment that has all that could be read, or 0
	bad      []segment // that were damaged then

	mu     sync.Mutex
	file   *os.File // the last segment, open for appending
	first  uint64   // the number of the first that was not dropped
	last   uint64   // that of the last
	size   int64    // its length, up to the last whole entry
	before int64    // that of the segment before
	broken error    // an append failed and is to be taken back
}

// OpenLog opens the log in dir, made if need be, and starts a new segment.
func OpenLog(dir string) (*Log, error) { return Options{}.openLog(dir) }

// Options are how a log is opened.
type Options struct {
	// Log is told what was left out; nil is nobody.
	Log *slog.Logger
	// AcceptDamage takes what is ErrDamaged as far as it can be read. The files
	// that are damaged are kept under another name.
	AcceptDamage bool
}

func (o Options) openLog(dir string) (*Log, error) {
	l, err := o.lockLog(dir)
	if err != nil {
		return nil, err
	}
	if err := l.begin(0); err != nil {
		return nil, errors.Join(err, l.Close())
	}
	return l, nil
}

// lockLog is the log of a folder that is still to begin.
func (o Options) lockLog(dir string) (*Log, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("open journal: %w", err)
	}
	lock, err := os.OpenFile(filepath.Join(dir, "lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open journal: %w", err)
	}
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		_ = lock.Close()
		return nil, fmt.Errorf("open journal: another process has %s", dir)
	}
	l := &Log{dir: dir, tell: o.Log, lock: lock, accept: o.AcceptDamage}
	if l.tell == nil {
		l.tell = slog.New(slog.DiscardHandler)
	}
	return l, nil
}

// begin cuts the last segment's torn end off and starts the next, or goes on with
// the last if it is empty. The segment needed must be there, unless that is 0.
func (l *Log) begin(needed uint64) (err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("open the %s: %w", filepath.Base(l.dir), err)
		}
	}()
	all, err := l.list()
	if err != nil {
		return err
	}
	err = l.check(all, needed)
	if l.accept {
		if err == nil {
			err = l.readAll()
		}
		if errors.Is(err, ErrDamaged) {
			return l.salvage(needed, err)
		}
	}
	if err != nil {
		return err
	}
	if len(all) > 0 {
		last := all[len(all)-1]
		if l.size, err = l.cutTail(last); err != nil {
			return err
		}
		if l.last = last.number; !last.old && l.size <= fileHead {
			return l.reopen(last)
		}
	}
	if err := l.next(); err != nil {
		return err
	}
	_ = l.setMark() // a full disk may have no room for it
	return nil
}

// reopen goes on with an empty last segment.
func (l *Log) reopen(last segment) (err error) {
	if previous, ok := l.find(last.number - 1); ok {
		if l.before, err = previous.length(); err != nil {
			return err
		}
	}
	l.file, err = os.OpenFile(last.path(), os.O_WRONLY|os.O_APPEND, 0o600)
	return err
}

// next starts the segment after the last, which ends as long as it is. The caller
// holds mu, or nobody else is there.
func (l *Log) next() error {
	name := l.segment(l.last + 1).path()
	f, err := os.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	// The name must be on the disk before what is in it counts as stored.
	if err := syncDir(l.dir); err != nil {
		return errors.Join(err, f.Close(), os.Remove(name))
	}
	if l.file != nil {
		_ = l.file.Close() // every append was synced
	}
	l.file, l.last, l.size, l.before = f, l.last+1, 0, l.size
	// A full disk has no room for the head, which the first entry then brings.
	_ = l.write(nil, true)
	return nil
}

// Append writes an entry and returns when the disk has it. After an error the
// entry is not in the log.
func (l *Log) Append(entry []byte) error { return l.append(entry, true) }

func (l *Log) append(entry []byte, sync bool) error {
	if len(entry) > maxEntry {
		return fmt.Errorf("append to journal: an entry of %d bytes is too long", len(entry))
	}
	buf := append(make([]byte, fileHead+entryHead, fileHead+entryHead+len(entry)), entry...)
	sum := crc32.Checksum(entry, castagnoli())
	l.mu.Lock()
	defer l.mu.Unlock()
	if err := l.heal(); err != nil {
		return fmt.Errorf("append to journal: %w", err)
	}
	putEntryHead(buf[fileHead:], len(entry), sum, l.last, max(l.size, fileHead))
	if err := l.write(buf, sync); err != nil {
		return fmt.Errorf("append to journal: %w", err)
	}
	return nil
}

// write appends to the last segment what stands behind the place for a file's
// head, and the head as well where the file has none. The caller holds mu.
func (l *Log) write(buf []byte, sync bool) error {
	switch {
	case l.size > 0:
		buf = buf[fileHead:]
	case buf == nil:
		buf = make([]byte, fileHead)
		fallthrough
	default:
		putFileHead(buf, l.last, l.before)
	}
	_, err := l.file.Write(buf)
	if err == nil && sync {
		err = l.file.Sync()
	}
	if err != nil {
		// Take back what was written. Should that fail too, the entry may be
		// there after a restart though its sender was told otherwise, which
		// is harmless: all entries may be applied again.
		l.broken = err
		_ = os.Truncate(l.segment(l.last).path(), l.size)
		return err
	}
	l.size += int64(len(buf))
	return nil
}

// heal opens the last segment anew after an append failed, such as on a full
// disk, without what that may have left. It needs no room: each new segment
// would take one of the files that the disk can have. The caller holds mu.
func (l *Log) heal() error {
	if l.broken == nil {
		return nil
	}
	f, err := os.OpenFile(l.segment(l.last).path(), os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	if err := f.Truncate(l.size); err != nil {
		return errors.Join(err, f.Close())
	}
	_ = l.file.Close() // every append that succeeded was synced
	l.file, l.broken = f, nil
	return nil
}

// Rotate starts a new segment and returns its number: all entries so far are
// in lower ones. An empty last segment is kept as it is.
func (l *Log) Rotate() (uint64, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	err := l.heal()
	if err == nil && l.size > fileHead {
		if err = l.next(); err == nil {
			_ = l.setMark() // else the last segment is not missed, were it gone
		}
	}
	if err != nil {
		return 0, fmt.Errorf("rotate journal: %w", err)
	}
	return l.last, nil
}

// Length is how many bytes all segments have.
func (l *Log) Length() (int64, error) {
	all, err := l.list()
	if err != nil {
		return 0, err
	}
	var sum int64
	for _, s := range all {
		n, err := s.length()
		if err != nil && !errors.Is(err, os.ErrNotExist) { // dropped meanwhile
			return 0, err
		}
		sum += n
	}
	return sum, nil
}

// Size is how many bytes the last segment has.
func (l *Log) Size() int64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.size
}

// Segments lists the numbers of all, in order.
func (l *Log) Segments() ([]uint64, error) {
	all, err := l.list()
	out := make([]uint64, len(all))
	for i, s := range all {
		out[i] = s.number
	}
	return out, err
}

// list is all segments, in order.
func (l *Log) list() ([]segment, error) {
	files, err := os.ReadDir(l.dir)
	if err != nil {
		return nil, err
	}
	var out []segment
	for _, f := range files {
		if s, ok := segmentOf(l.dir, f.Name()); ok {
			out = append(out, s)
		}
	}
	slices.SortFunc(out, func(a, b segment) int { return strings.Compare(a.name(), b.name()) })
	return out, nil
}

// segment is one of the present format.
func (l *Log) segment(number uint64) segment { return segment{dir: l.dir, number: number} }

// find is the segment of a number, whichever its format.
func (l *Log) find(number uint64) (s segment, ok bool) {
	for _, s := range []segment{l.segment(number), {l.dir, number, true}} {
		if _, err := os.Stat(s.path()); err == nil {
			return s, true
		}
	}
	return l.segment(number), false
}

// Read calls do with each entry of a segment, in order. do must not keep the
// slice.
func (l *Log) Read(number uint64, do func(entry []byte) error) error {
	s, _ := l.find(number)
	size := int64(-1)
	l.mu.Lock()
	if number == l.last {
		size = l.size // what else is there is to be taken back
	}
	l.mu.Unlock()
	return l.readWhole(s, size, do)
}

// Drop removes the segments below number.
func (l *Log) Drop(below uint64) error {
	if err := l.drop(below); err != nil {
		return fmt.Errorf("drop from journal: %w", err)
	}
	return nil
}

func (l *Log) drop(below uint64) error {
	for ; len(l.bad) > 0 && below >= l.salvaged; l.bad = l.bad[1:] {
		if err := setAside(l.bad[0].path()); err != nil {
			return err
		}
	}
	all, err := l.list()
	if err != nil {
		return err
	}
	l.mu.Lock()
	l.first = max(l.first, below)
	err = l.setMark() // from here on nobody misses them
	l.mu.Unlock()
	if err != nil {
		return err
	}
	for _, s := range all {
		if s.number < below {
			if err := os.Remove(s.path()); err != nil && !errors.Is(err, os.ErrNotExist) {
				return err
			}
		}
	}
	return syncDir(l.dir)
}

// Close ends the log; what was appended stays.
func (l *Log) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	var err error
	if l.file != nil { // it began
		err = l.file.Close()
	}
	return errors.Join(err, l.lock.Close())
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
