package journal

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func openLog(t *testing.T, dir string) *Log {
	t.Helper()
	l, err := OpenLog(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	return l
}

// crashed is a copy of what is on the disk now, as a process would find it
// that starts after this one was killed.
func crashed(t *testing.T, dir string) string {
	t.Helper()
	copied := filepath.Join(t.TempDir(), "copy")
	if err := os.CopyFS(copied, os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	return copied
}

func entries(t *testing.T, l *Log) (out []string) {
	t.Helper()
	segments, err := l.Segments()
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range segments {
		if err := l.Read(n, func(e []byte) error { out = append(out, string(e)); return nil }); err != nil {
			t.Fatal(err)
		}
	}
	return out
}

func mustAppend(t *testing.T, l *Log, all ...string) {
	t.Helper()
	for _, e := range all {
		if err := l.Append([]byte(e)); err != nil {
			t.Fatal(err)
		}
	}
}

func TestLogKeepsEntriesInOrder(t *testing.T) {
	dir := t.TempDir()
	l := openLog(t, dir)
	mustAppend(t, l, "a", "", "b")
	if _, err := l.Rotate(); err != nil {
		t.Fatal(err)
	}
	mustAppend(t, l, "c")
	want := []string{"a", "", "b", "c"}
	if got := entries(t, l); !reflect.DeepEqual(got, want) {
		t.Errorf("entries %q, want %q", got, want)
	}
	again := openLog(t, crashed(t, dir))
	mustAppend(t, again, "d")
	if got := entries(t, again); !reflect.DeepEqual(got, append(want, "d")) {
		t.Errorf("after a crash: %q", got)
	}
	end, err := again.Rotate()
	if err != nil {
		t.Fatal(err)
	}
	if err := again.Drop(end); err != nil {
		t.Fatal(err)
	}
	if got := entries(t, again); len(got) != 0 {
		t.Errorf("after Drop: %q", got)
	}
}

// TestLogIsCutAtEveryByte: whatever part of the last append reached the disk,
// the entries before it are there and new ones follow.
func TestLogIsCutAtEveryByte(t *testing.T) {
	dir := t.TempDir()
	l := openLog(t, dir)
	mustAppend(t, l, "first", "second")
	whole := l.Size()
	mustAppend(t, l, "third")
	for size := whole; size < l.Size(); size++ {
		torn := crashed(t, dir)
		if err := os.Truncate(segment{torn, 1, false}.path(), size); err != nil {
			t.Fatal(err)
		}
		again := openLog(t, torn)
		mustAppend(t, again, "new")
		if got, want := entries(t, again), []string{"first", "second", "new"}; !reflect.DeepEqual(got, want) {
			t.Errorf("cut at %d: %q, want %q", size, got, want)
		}
	}
}

func TestLogTellsOfDamage(t *testing.T) {
	dir := t.TempDir()
	l := openLog(t, dir)
	mustAppend(t, l, "first", "second", "third")
	damaged := crashed(t, dir)
	name := segment{damaged, 1, false}.path()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	b[fileHead+entryHead+2] ^= 1
	if err := os.WriteFile(name, b, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := OpenLog(damaged); err == nil || !strings.Contains(err.Error(), "0000000000000001.log2 is damaged at byte 28: before it lie 0 of its entries, beyond it 2") {
		t.Errorf("a flipped bit: %v", err)
	}
}

func TestOneProcessHasTheLog(t *testing.T) {
	dir := t.TempDir()
	openLog(t, dir)
	if _, err := OpenLog(dir); err == nil || !strings.Contains(err.Error(), "another process") {
		t.Errorf("a second log: %v", err)
	}
}

// fullDisk makes a log's last segment one that nothing can be written to, as on
// a full disk, until room is called.
func fullDisk(t *testing.T, l *Log) (room func()) {
	t.Helper()
	name := l.segment(l.last).path()
	for _, err := range []error{os.Rename(name, name+".aside"), os.Symlink("/dev/full", name)} {
		if err != nil {
			t.Fatal(err)
		}
	}
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	l.mu.Lock()
	l.file, full = full, l.file
	l.mu.Unlock()
	_ = full.Close()
	return func() {
		t.Helper()
		if err := os.Rename(name+".aside", name); err != nil {
			t.Fatal(err)
		}
	}
}

// TestFullDiskIsToldAndGotOver, however often: a file for each refused report
// would use up those that the disk can have.
func TestFullDiskIsToldAndGotOver(t *testing.T) {
	l := openLog(t, t.TempDir())
	mustAppend(t, l, "before")
	for range 3 {
		room := fullDisk(t, l)
		for range 100 {
			if err := l.Append([]byte("lost")); err == nil {
				t.Fatal("on a full disk: no error")
			}
		}
		if _, err := l.Rotate(); err == nil {
			t.Error("rotated on a full disk")
		}
		if segments, err := l.Segments(); err != nil || len(segments) != 1 {
			t.Fatalf("segments %v, %v, want one", segments, err)
		}
		room()
		mustAppend(t, l, "after")
	}
	room := fullDisk(t, l)
	if err := l.Append([]byte("lost")); err == nil || !strings.Contains(err.Error(), "no space") {
		t.Fatalf("on a full disk: %v", err)
	}
	room()
	if _, err := l.Rotate(); err != nil {
		t.Fatal(err)
	}
	mustAppend(t, l, "last")
	if got, want := entries(t, l), []string{"before", "after", "after", "after", "last"}; !reflect.DeepEqual(got, want) {
		t.Errorf("entries %q, want %q", got, want)
	}
}
