// Package journal makes reports outlive a crash where Redis does not do it.
//
// A Log is a row of files that is only ever appended to, and synced before an
// append returns. On it stand a Keeper, which makes the embedded store durable
// (each write is in the log before it is done, and a snapshot from time to
// time makes the log short again), and a Spool, which takes reports in while a
// Redis of its own is away and hands them over when it is back.
package journal

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
)

// maxEntry bounds an entry, so that a damaged length is not believed.
const maxEntry = 64 << 20

// headBytes stand before each entry: its length and its CRC-32C.
const headBytes = 8

// Log is entries in numbered segments. A process that dies while it appends
// leaves half an entry at the end of the last segment, which was never
// acknowledged: Open cuts it off. Half an entry anywhere else is damage, and
// is reported. One process at a time has the folder, held by a lock that goes
// with the process.
type Log struct {
	dir  string
	lock *os.File

	mu      sync.Mutex
	file    *os.File // the last segment, open for appending
	segment uint64
	size    int64 // of the last segment, up to the last whole entry
	broken  error // an append failed and could not be undone
}

// OpenLog opens the log in dir, made if need be, and starts a new segment.
func OpenLog(dir string) (*Log, error) {
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
	l := &Log{dir: dir, lock: lock}
	if err := l.begin(); err != nil {
		_ = lock.Close()
		return nil, fmt.Errorf("open journal: %w", err)
	}
	return l, nil
}

// begin repairs the last segment and starts the next.
func (l *Log) begin() error {
	segments, err := l.Segments()
	if err != nil {
		return err
	}
	if len(segments) > 0 {
		l.segment = segments[len(segments)-1]
		if err := l.cutTail(l.segment); err != nil {
			return err
		}
	}
	return l.next()
}

// cutTail removes a half-written entry from the end of a segment.
func (l *Log) cutTail(segment uint64) error {
	whole, err := l.read(segment, func([]byte) error { return nil })
	if err == nil || !errors.Is(err, errTorn) {
		return err
	}
	return os.Truncate(l.path(segment), whole)
}

// next starts the next segment. The caller holds mu, or nobody else is there.
func (l *Log) next() error {
	name := l.path(l.segment + 1)
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
	l.file, l.size = f, 0
	l.segment++
	return nil
}

// Append writes an entry and returns when the disk has it. After an error the
// entry is not in the log.
func (l *Log) Append(entry []byte) error {
	if len(entry) > maxEntry {
		return fmt.Errorf("append to journal: an entry of %d bytes is too long", len(entry))
	}
	buf := make([]byte, headBytes, headBytes+len(entry))
	binary.LittleEndian.PutUint32(buf, uint32(len(entry)))
	binary.LittleEndian.PutUint32(buf[4:], crc32.Checksum(entry, castagnoli()))
	buf = append(buf, entry...)
	l.mu.Lock()
	defer l.mu.Unlock()
	if err := l.heal(); err != nil {
		return fmt.Errorf("append to journal: %w", err)
	}
	_, err := l.file.Write(buf)
	if err == nil {
		err = l.file.Sync()
	}
	if err != nil {
		// Take back what was written. Should that fail too, the entry may be
		// there after a restart though its sender was told otherwise, which
		// is harmless: all entries may be applied again.
		l.broken = err
		_ = os.Truncate(l.path(l.segment), l.size)
		return fmt.Errorf("append to journal: %w", err)
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
	f, err := os.OpenFile(l.path(l.segment), os.O_WRONLY|os.O_APPEND, 0o600)
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
	if err == nil && l.size > 0 {
		err = l.next()
	}
	if err != nil {
		return 0, fmt.Errorf("rotate journal: %w", err)
	}
	return l.segment, nil
}

// Length is how many bytes all segments have.
func (l *Log) Length() (int64, error) {
	segments, err := l.Segments()
	if err != nil {
		return 0, err
	}
	var sum int64
	for _, n := range segments {
		info, err := os.Stat(l.path(n))
		if err != nil && !errors.Is(err, os.ErrNotExist) { // dropped meanwhile
			return 0, err
		}
		if err == nil {
			sum += info.Size()
		}
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
	files, err := os.ReadDir(l.dir)
	if err != nil {
		return nil, err
	}
	var out []uint64
	for _, f := range files {
		name, ok := strings.CutSuffix(f.Name(), ".log")
		if n, err := strconv.ParseUint(name, 10, 64); ok && err == nil {
			out = append(out, n)
		}
	}
	slices.Sort(out)
	return out, nil
}

// Read calls do with each entry of a segment, in order. do must not keep the
// slice.
func (l *Log) Read(segment uint64, do func(entry []byte) error) error {
	_, err := l.read(segment, do)
	if errors.Is(err, errTorn) {
		// Only a segment in which an append failed ends so, and nobody was
		// told that it had succeeded.
		return nil
	}
	return err
}

// errTorn: the segment ends within an entry.
var errTorn = errors.New("half an entry at the end")

// read also returns the length of the whole entries at the segment's start.
func (l *Log) read(segment uint64, do func([]byte) error) (whole int64, err error) {
	f, err := os.Open(l.path(segment))
	if err != nil {
		return 0, err
	}
	defer func() { _ = f.Close() }()
	info, err := f.Stat()
	if err != nil {
		return 0, err
	}
	in := bufio.NewReaderSize(f, 1<<16)
	var head [headBytes]byte
	for {
		if _, err := io.ReadFull(in, head[:]); err == io.EOF {
			return whole, nil
		} else if err != nil {
			return whole, errTorn
		}
		length := int64(binary.LittleEndian.Uint32(head[:]))
		left := info.Size() - whole - headBytes
		if length > left {
			return whole, errTorn
		}
		entry := make([]byte, length)
		if _, err := io.ReadFull(in, entry); err != nil {
			return whole, errTorn
		}
		if crc32.Checksum(entry, castagnoli()) != binary.LittleEndian.Uint32(head[4:]) {
			if length == left {
				return whole, errTorn // the last one: its bytes came in another order
			}
			return whole, fmt.Errorf("read journal: %s is damaged at byte %d", filepath.Base(l.path(segment)), whole)
		}
		if err := do(entry); err != nil {
			return whole, err
		}
		whole += headBytes + length
	}
}

// Drop removes the segments below number.
func (l *Log) Drop(below uint64) error {
	segments, err := l.Segments()
	if err != nil {
		return err
	}
	for _, n := range segments {
		if n < below {
			if err := os.Remove(l.path(n)); err != nil {
				return fmt.Errorf("drop from journal: %w", err)
			}
		}
	}
	return syncDir(l.dir)
}

// Close ends the log; what was appended stays.
func (l *Log) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return errors.Join(l.file.Close(), l.lock.Close())
}

func (l *Log) path(segment uint64) string {
	return filepath.Join(l.dir, fmt.Sprintf("%016d.log", segment))
}

func castagnoli() *crc32.Table { return crc32.MakeTable(crc32.Castagnoli) }

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
