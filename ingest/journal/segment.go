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
	"strconv"
	"strings"
)

// segment is one file of a log.
//
// It begins with a head of fileHead bytes: a word, the segment's number, how
// many bytes the segment before it has, and the CRC-32C of these. Then come
// entries, each behind a head of entryHead bytes: its length, its CRC-32C, and
// that of both together with the segment's number and the place in the file.
// So a length is believed only if it is what was written, and where entries are
// damaged those beyond are found again. All numbers are little-endian.
//
// Files ending in .log are of the first format: no head of the file, and before
// an entry only its length and its CRC-32C. They are read, and none is written.
type segment struct {
	dir    string
	number uint64
	old    bool
}

const (
	fileHead  = 8 + 8 + 8 + 4
	entryHead = 4 + 4 + 4
	oldHead   = 4 + 4

	fileWord = "outcry2\n"
)

// maxEntry bounds an entry, so that a damaged length is not believed.
const maxEntry = 64 << 20

func castagnoli() *crc32.Table { return crc32.MakeTable(crc32.Castagnoli) }

func (s segment) name() string {
	if s.old {
		return fmt.Sprintf("%016d.log", s.number)
	}
	return fmt.Sprintf("%016d.log2", s.number)
}

// shown is its name with its folder's, for people.
func (s segment) shown() string { return filepath.Join(filepath.Base(s.dir), s.name()) }

func (s segment) path() string { return filepath.Join(s.dir, s.name()) }

// segmentOf is the segment that a file is by its name.
func segmentOf(dir, name string) (s segment, ok bool) {
	digits, ending, _ := strings.Cut(name, ".")
	n, err := strconv.ParseUint(digits, 10, 64)
	s = segment{dir, n, ending == "log"}
	return s, err == nil && n > 0 && name == s.name()
}

// length is how many bytes the file has.
func (s segment) length() (int64, error) {
	info, err := os.Stat(s.path())
	if err != nil {
		return 0, err
	}
	return info.Size(), nil
}

// putFileHead fills the head of a file after one of so many bytes.
func putFileHead(head []byte, number uint64, before int64) {
	copy(head, fileWord)
	binary.LittleEndian.PutUint64(head[8:], number)
	binary.LittleEndian.PutUint64(head[16:], uint64(before))
	binary.LittleEndian.PutUint32(head[24:], crc32.Checksum(head[:24], castagnoli()))
}

// sealed is how many bytes the segment before has by this one's head; ok is
// whether there is a head that holds.
func (s segment) sealed() (before int64, ok bool, err error) {
	if s.old {
		return 0, false, nil
	}
	f, err := os.Open(s.path())
	if err != nil {
		return 0, false, err
	}
	defer func() { _ = f.Close() }()
	head := make([]byte, fileHead)
	if _, err := io.ReadFull(f, head); err != nil {
		return 0, false, unlessEnd(err)
	}
	return int64(binary.LittleEndian.Uint64(head[16:])), s.fileHeadHolds(head), nil
}

func (s segment) fileHeadHolds(head []byte) bool {
	return string(head[:8]) == fileWord && binary.LittleEndian.Uint64(head[8:]) == s.number &&
		binary.LittleEndian.Uint32(head[24:]) == crc32.Checksum(head[:24], castagnoli())
}

// putEntryHead fills the head of an entry that has a checksum and begins at a
// place in a segment.
func putEntryHead(head []byte, length int, sum uint32, number uint64, at int64) {
	binary.LittleEndian.PutUint32(head, uint32(length))
	binary.LittleEndian.PutUint32(head[4:], sum)
	binary.LittleEndian.PutUint32(head[8:], headSum(head, number, at))
}

func headSum(head []byte, number uint64, at int64) uint32 {
	var all [24]byte
	binary.LittleEndian.PutUint64(all[:], number)
	binary.LittleEndian.PutUint64(all[8:], uint64(at))
	copy(all[16:], head[:8])
	return crc32.Checksum(all[:], castagnoli())
}

// walk reads the file, up to size unless that is negative. It calls do with each
// whole entry, which do must not keep, and bad with each stretch from one byte to
// another that holds none.
func (s segment) walk(size int64, do func(entry []byte) error, bad func(from, to int64) error) error {
	f, err := os.Open(s.path())
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	if size < 0 {
		info, err := f.Stat()
		if err != nil {
			return err
		}
		size = info.Size()
	}
	w := &walker{segment: s, file: f, size: size, in: bufio.NewReaderSize(nil, 1<<16)}
	if err := w.begin(bad); err != nil {
		return err
	}
	for w.at < size {
		entry, end, err := w.entry()
		if err != nil {
			return err
		}
		if entry == nil {
			if err := w.leave(end, bad); err != nil {
				return err
			}
			continue
		}
		if err := do(entry); err != nil {
			return err
		}
		w.at = end
	}
	return nil
}

// walker is where a walk has got to.
type walker struct {
	segment
	file *os.File
	size int64
	at   int64 // in reads from here
	in   *bufio.Reader
}

func (w *walker) seek(at int64) {
	w.at = at
	w.in.Reset(io.NewSectionReader(w.file, at, w.size-at))
}

// leave tells of what is no entry from here on: up to end, or if that is not
// known, to the next entry that there is.
func (w *walker) leave(end int64, bad func(from, to int64) error) error {
	from := w.at
	if end == 0 {
		var err error
		if end, err = w.find(from + 1); err != nil {
			return err
		}
	}
	w.seek(end)
	return bad(from, end)
}

// begin passes over the file's head.
func (w *walker) begin(bad func(from, to int64) error) error {
	w.seek(0)
	if w.old || w.size == 0 {
		return nil
	}
	head, err := w.in.Peek(fileHead)
	if unlessEnd(err) != nil {
		return err
	}
	if err != nil || !w.fileHeadHolds(head) {
		return w.leave(0, bad)
	}
	w.seek(fileHead)
	return nil
}

// entry reads one, and says where it ends. If there is none it is nil, and the end
// that of what should have been one, or 0 if even that is not known.
func (w *walker) entry() (entry []byte, end int64, err error) {
	head, err := w.in.Peek(w.headLength())
	if err != nil {
		return nil, 0, unlessEnd(err)
	}
	length, sum := int64(binary.LittleEndian.Uint32(head)), binary.LittleEndian.Uint32(head[4:])
	if w.old && length > maxEntry || !w.old && headSum(head, w.number, w.at) != binary.LittleEndian.Uint32(head[8:]) {
		return nil, 0, nil
	}
	end = w.at + int64(len(head)) + length
	if end <= w.size {
		if _, err := w.in.Discard(len(head)); err != nil {
			return nil, 0, err
		}
		entry = make([]byte, length)
		if _, err := io.ReadFull(w.in, entry); err != nil {
			return nil, 0, err
		}
		if crc32.Checksum(entry, castagnoli()) == sum {
			return entry, end, nil
		}
	}
	if w.old { // whose length nothing vouches for
		return nil, 0, nil
	}
	return nil, min(end, w.size), nil
}

func (s segment) headLength() int {
	if s.old {
		return oldHead
	}
	return entryHead
}

// find looks for the head of an entry at or after a place; if there is none, it
// returns the end.
func (w *walker) find(from int64) (int64, error) {
	length := w.headLength()
	buf := make([]byte, 1<<16)
	for from+int64(length) <= w.size {
		part := buf[:min(int64(len(buf)), w.size-from)]
		if _, err := w.file.ReadAt(part, from); err != nil {
			return 0, err
		}
		for i := 0; i+length <= len(part); i++ {
			holds, err := w.entryAt(part[i:i+length], from+int64(i))
			if err != nil || holds {
				return from + int64(i), err
			}
		}
		from += int64(len(part) - length + 1)
	}
	return w.size, nil
}

// entryAt is whether bytes are the head of an entry at a place. In the first
// format nothing but the whole entry tells.
func (w *walker) entryAt(head []byte, at int64) (bool, error) {
	length := int64(binary.LittleEndian.Uint32(head))
	if length > maxEntry {
		return false, nil
	}
	if !w.old {
		return headSum(head, w.number, at) == binary.LittleEndian.Uint32(head[8:]), nil
	}
	if length == 0 || at+oldHead+length > w.size {
		return false, nil
	}
	entry := make([]byte, length)
	_, err := w.file.ReadAt(entry, at+oldHead)
	return err == nil && crc32.Checksum(entry, castagnoli()) == binary.LittleEndian.Uint32(head[4:]), err
}

// unlessEnd is an error of reading that is not the end of the file.
func unlessEnd(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return nil
	}
	return err
}
