package journal

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"log/slog"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// putOld writes a segment of the first format.
func putOld(t testing.TB, dir string, number uint64, all ...string) {
	t.Helper()
	var b []byte
	for _, e := range all {
		b = binary.LittleEndian.AppendUint32(b, uint32(len(e)))
		b = binary.LittleEndian.AppendUint32(b, crc32.Checksum([]byte(e), castagnoli()))
		b = append(b, e...)
	}
	put(t, segment{dir, number, true}.path(), b)
}

func put(t testing.TB, name string, b []byte) {
	t.Helper()
	if err := os.WriteFile(name, b, 0o600); err != nil {
		t.Fatal(err)
	}
}

// quick is a folder in memory, where there is one: a sync for each of thousands
// of starts would take a minute.
func quick(t testing.TB) string {
	t.Helper()
	dir, err := os.MkdirTemp("/dev/shm", "journal")
	if err != nil {
		return t.TempDir()
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}

// files are all of a folder, by name.
func files(t testing.TB, dir string) map[string][]byte {
	t.Helper()
	list, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string][]byte{}
	for _, f := range list {
		if out[f.Name()], err = os.ReadFile(filepath.Join(dir, f.Name())); err != nil {
			t.Fatal(err)
		}
	}
	return out
}

// lay makes a folder hold those files and no other.
func lay(t testing.TB, dir string, all map[string][]byte) {
	t.Helper()
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	for name, b := range all {
		put(t, filepath.Join(dir, name), b)
	}
}

// reopened is what a log holds that is opened anew, and what is said meanwhile.
func reopened(dir string, o Options) (got []string, said string, err error) {
	var log bytes.Buffer
	o.Log = slog.New(slog.NewTextHandler(&log, nil))
	l, err := o.openLog(dir)
	if err != nil {
		return nil, log.String(), err
	}
	defer func() { err = errors.Join(err, l.Close()) }()
	segments, err := l.Segments()
	for _, n := range segments {
		if err == nil {
			err = l.Read(n, func(e []byte) error { got = append(got, string(e)); return nil })
		}
	}
	return got, log.String(), err
}

// threeSegments writes a log of the present format or of the first one, as a
// process leaves it that is killed.
func threeSegments(t testing.TB, old bool) (all map[string][]byte, want []string) {
	t.Helper()
	dir := t.TempDir()
	parts := [][]string{{"first", "second", "third"}, {"", "*3\r\n$4"}, {"sixth", "\x00\x00\x00\x00", "the last"}}
	l, err := OpenLog(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	for n, part := range parts {
		want = append(want, part...)
		for _, e := range part {
			if err := l.Append([]byte(e)); err != nil {
				t.Fatal(err)
			}
		}
		if n < len(parts)-1 {
			if _, err := l.Rotate(); err != nil {
				t.Fatal(err)
			}
		}
	}
	if old {
		lay(t, dir, nil)
		for n, part := range parts {
			putOld(t, dir, uint64(n+1), part...)
		}
	}
	return files(t, dir), want
}

// TestNoFlippedBitIsSilent: whatever bit of whatever file is another, either all
// is there, or the log is damaged and says so. Of the very last entry nobody can
// tell whether it was damaged or half written when the process died: it may be cut
// off, and that is said.
func TestNoFlippedBitIsSilent(t *testing.T) {
	for _, old := range []bool{false, true} {
		all, want := threeSegments(t, old)
		dir := filepath.Join(quick(t), "log")
		flips, cuts := 0, 0
		for name, content := range all {
			for bit := range 8 * len(content) {
				damaged := slices.Clone(content)
				damaged[bit/8] ^= 1 << (bit % 8)
				lay(t, dir, all)
				put(t, filepath.Join(dir, name), damaged)
				got, said, err := reopened(dir, Options{})
				flips++
				switch {
				case errors.Is(err, ErrDamaged):
				case err != nil:
					t.Fatalf("bit %d of %s: %v", bit, name, err)
				case reflect.DeepEqual(got, want):
				case reflect.DeepEqual(got, want[:len(want)-1]) && strings.Contains(said, "cut off"):
					cuts++
				default:
					t.Fatalf("bit %d of %s: there are %q, and it says %q", bit, name, got, said)
				}
			}
		}
		if last := 8 * (entryHead + len(want[len(want)-1])); flips < 800 || cuts > last {
			t.Errorf("%d flips, %d of which cost the last entry of %d bits", flips, cuts, last)
		}
	}
}

// TestNoMissingPartIsSilent: a file that is cut, longer, or gone. Of the last one a
// process may have written a part when it died: all whole entries are there.
func TestNoMissingPartIsSilent(t *testing.T) {
	for _, old := range []bool{false, true} {
		all, want := threeSegments(t, old)
		names := []string{segment{"", 1, old}.name(), segment{"", 2, old}.name(), segment{"", 3, old}.name()}
		dir := filepath.Join(quick(t), "log")
		damaged := func(what string) {
			t.Helper()
			if got, _, err := reopened(dir, Options{}); !errors.Is(err, ErrDamaged) {
				t.Errorf("%s: there are %q, %v", what, got, err)
			}
		}
		for _, name := range names[:2] {
			for size := range all[name] {
				if old && endsEntry(all[name], size) {
					continue // the first format cannot tell
				}
				lay(t, dir, all)
				put(t, filepath.Join(dir, name), all[name][:size])
				damaged(fmt.Sprintf("%s cut at %d", name, size))
			}
		}
		for i, name := range names {
			lay(t, dir, all)
			if err := os.Remove(filepath.Join(dir, name)); err != nil {
				t.Fatal(err)
			}
			if !old || i == 1 { // the first format has no mark
				damaged(name + " is gone")
			}
		}
		lay(t, dir, all)
		put(t, filepath.Join(dir, names[0]), append(slices.Clone(all[names[0]]), all[names[0]][fileHead:]...))
		if !old {
			damaged("a segment with more at its end")
		}
		for size := range all[names[2]] {
			lay(t, dir, all)
			put(t, filepath.Join(dir, names[2]), all[names[2]][:size])
			got, said, err := reopened(dir, Options{})
			if err != nil || !slices.Equal(got, want[:len(got)]) || len(got) < 5 || len(got) > 7 {
				t.Errorf("the last cut at %d: %q, %v", size, got, err)
			}
			whole := size == 0 || size == fileHead && !old || endsEntry(all[names[2]], size)
			if whole == strings.Contains(said, "cut off") {
				t.Errorf("the last cut at %d: %q is said", size, said)
			}
		}
	}
}

// endsEntry is whether entries end at a byte of the last or of an old segment.
func endsEntry(content []byte, size int) bool {
	at, head := 0, oldHead
	if bytes.HasPrefix(content, []byte(fileWord)) {
		at, head = fileHead, entryHead
	}
	for at < size {
		at += head + int(binary.LittleEndian.Uint32(content[at:]))
	}
	return at == size && at > fileHead || at == size && head == oldHead
}

// TestTwoLogsAreNotMixed, such as by who restores one over another.
func TestTwoLogsAreNotMixed(t *testing.T) {
	all, _ := threeSegments(t, false)
	older, _ := threeSegments(t, true)
	dir := filepath.Join(quick(t), "log")
	for what, more := range map[string]map[string][]byte{
		"both formats": older,
		"two marks":    {"0000000000000007-0000000000000009.kept": nil},
	} {
		lay(t, dir, all)
		for name, b := range more {
			put(t, filepath.Join(dir, name), b)
		}
		if _, _, err := reopened(dir, Options{}); !errors.Is(err, ErrDamaged) {
			t.Errorf("%s: %v", what, err)
		}
	}
	swapped := map[string][]byte{}
	for name, b := range all {
		swapped[name] = b
	}
	one, two := segment{"", 1, false}.name(), segment{"", 2, false}.name()
	swapped[one], swapped[two] = all[two], all[one]
	lay(t, dir, swapped)
	if _, _, err := reopened(dir, Options{}); !errors.Is(err, ErrDamaged) {
		t.Errorf("two segments in each other's place: %v", err)
	}
}

// TestTheFirstFormatIsRead, and goes on in the present one.
func TestTheFirstFormatIsRead(t *testing.T) {
	dir := t.TempDir()
	putOld(t, dir, 7, "a", "", "b")
	putOld(t, dir, 8)
	putOld(t, dir, 9, "c", "torn")
	if err := os.Truncate(segment{dir, 9, true}.path(), 2*oldHead+1+2); err != nil {
		t.Fatal(err)
	}
	want := []string{"a", "", "b", "c"}
	for range 3 {
		l := openLog(t, dir)
		if got := entries(t, l); !slices.Equal(got, want) {
			t.Errorf("entries %q, want %q", got, want)
		}
		mustAppend(t, l, "d")
		want = append(want, "d")
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
	}
	l := openLog(t, dir)
	if segments, err := l.Segments(); err != nil || len(segments) != 3+3+1 {
		t.Errorf("segments %v, %v", segments, err)
	}
	if err := l.Drop(9); err != nil {
		t.Fatal(err)
	}
	if got := entries(t, l); !slices.Equal(got, want[3:]) {
		t.Errorf("after Drop %q, want %q", got, want[3:])
	}
}

// TestStartsLeaveNoFiles: each takes the empty segment that the last one left.
func TestStartsLeaveNoFiles(t *testing.T) {
	dir := t.TempDir()
	for range 20 {
		if err := openLog(t, dir).Close(); err != nil {
			t.Fatal(err)
		}
	}
	if n := len(files(t, dir)); n != 3 { // and the lock and the mark
		t.Errorf("twenty starts leave %d files", n)
	}
}

// FuzzSegment: whatever a file holds, a log opens or says that it is damaged, and
// what it read the first time it reads again.
func FuzzSegment(f *testing.F) {
	for _, old := range []bool{false, true} {
		all, _ := threeSegments(f, old)
		for n := range uint64(3) {
			f.Add(all[segment{"", n + 1, old}.name()], old)
		}
	}
	f.Add([]byte(fileWord), false)
	f.Fuzz(func(t *testing.T, content []byte, old bool) {
		dir := quick(t)
		put(t, segment{dir, 1, old}.path(), content)
		first, _, err := reopened(dir, Options{})
		if err != nil {
			if !errors.Is(err, ErrDamaged) {
				t.Fatal(err)
			}
			return
		}
		if again, said, err := reopened(dir, Options{}); err != nil || said != "" || !slices.Equal(again, first) {
			t.Errorf("read %q, then %q, %v, %s", first, again, err, said)
		}
	})
}

func BenchmarkAppend(b *testing.B) {
	l, err := OpenLog(b.TempDir())
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	entry := bytes.Repeat([]byte("entry"), 200)
	b.SetBytes(int64(len(entry)))
	for b.Loop() {
		if err := l.Append(entry); err != nil {
			b.Fatal(err)
		}
	}
}
