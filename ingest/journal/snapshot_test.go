package journal

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"outcry/ingest/embedded"
	"outcry/ingest/store"
)

// snapshotOf is one of a small store.
func snapshotOf(t *testing.T) []byte {
	t.Helper()
	dir := t.TempDir()
	k := keep(t, dir)
	mustAdd(t, k, 0, 4)
	if err := k.keeper.Close(context.Background(), time.Now()); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(filepath.Join(dir, snapshotName))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// tryKeep starts on a folder, and says how many reports are counted and what the
// log says.
func tryKeep(t *testing.T, dir string, o Options) (n int, said string, err error) {
	t.Helper()
	var log bytes.Buffer
	o.Log = slog.New(slog.NewTextHandler(&log, nil))
	r, err := embedded.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = r.Close() }()
	k, err := o.Keep(context.Background(), dir, r.Client())
	if err != nil {
		return 0, log.String(), err
	}
	defer func() { _ = k.log.Close() }()
	return total(t, store.New(r.Client(), store.Config{})), log.String(), nil
}

// TestNoDamageToASnapshotIsSilent: no bit may be another, and nothing missing.
func TestNoDamageToASnapshotIsSilent(t *testing.T) {
	whole := snapshotOf(t)
	name := filepath.Join(quick(t), snapshotName)
	damaged := func(b []byte) bool {
		put(t, name, b)
		_, _, err := inspect(name)
		return errors.Is(err, ErrDamaged)
	}
	b := bytes.Clone(whole)
	for bit := range 8 * len(b) {
		// The scripts' text is as good as any byte, and there is much of it.
		if bit/8 > 2000 && bit/8 < len(b)-4000 && bit%41 > 0 {
			continue
		}
		b[bit/8] ^= 1 << (bit % 8)
		if !damaged(b) {
			t.Fatalf("bit %d: the snapshot counts as whole", bit)
		}
		b[bit/8] ^= 1 << (bit % 8)
	}
	for size := 0; size < len(b); size += 1 + len(b)/3000 {
		if !damaged(b[:size]) {
			t.Fatalf("cut at %d: the snapshot counts as whole", size)
		}
	}
	for at := bytes.Index(b, []byte("\r\n*")); at >= 0; at = bytes.LastIndex(b[:at], []byte("\r\n*")) {
		if !damaged(b[:at+2]) {
			t.Fatalf("cut between commands at %d: the snapshot counts as whole", at)
		}
	}
	if !damaged(append(bytes.Clone(b), "*1\r\n$4\r\nPING\r\n"...)) || damaged(b) {
		t.Error("a longer snapshot counts as whole, or the whole one does not")
	}
}

// TestADamagedSnapshotIsRefused, and one that is gone or older than the journal.
func TestADamagedSnapshotIsRefused(t *testing.T) {
	dir := t.TempDir()
	k := keep(t, dir)
	var older []byte
	for n := range 3 {
		mustAdd(t, k, 10*n, 10*n+10)
		if err := k.keeper.Compact(context.Background(), time.Now()); err != nil {
			t.Fatal(err)
		}
		if n == 0 {
			older, _ = os.ReadFile(filepath.Join(dir, snapshotName))
		}
	}
	mustAdd(t, k, 30, 35)
	whole, err := os.ReadFile(filepath.Join(dir, snapshotName))
	if err != nil {
		t.Fatal(err)
	}
	flipped := bytes.Clone(whole)
	flipped[bytes.Index(whole, []byte("HSET"))]++
	for what, snapshot := range map[string][]byte{"a flipped bit": flipped, "empty": {}, "older than the journal": older, "gone": nil} {
		copied := crashed(t, dir)
		if put(t, filepath.Join(copied, snapshotName), snapshot); snapshot == nil {
			if err := os.Remove(filepath.Join(copied, snapshotName)); err != nil {
				t.Fatal(err)
			}
		}
		if n, _, err := tryKeep(t, copied, Options{}); !errors.Is(err, ErrDamaged) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %d reports, %v", what, n, err)
		}
	}
	// And with a snapshot whose journal is gone the new one's entries would be
	// passed over as old ones.
	copied := crashed(t, dir)
	if err := os.RemoveAll(filepath.Join(copied, "journal")); err != nil {
		t.Fatal(err)
	}
	if n, _, err := tryKeep(t, copied, Options{}); !errors.Is(err, ErrDamaged) {
		t.Errorf("without a journal: %d reports, %v", n, err)
	}
	if n, said, err := tryKeep(t, crashed(t, dir), Options{}); n != 35 || said != "" || err != nil {
		t.Errorf("undamaged: %d reports, %v, %s", n, err, said)
	}
}

// asOfBefore is a snapshot as the first format had it.
func asOfBefore(t *testing.T, snapshot []byte) []byte {
	t.Helper()
	b := bytes.Clone(snapshot)
	b = b[:bytes.LastIndex(b, []byte("*2\r\n$4\r\nECHO"))]
	_, rest, _ := bytes.Cut(b, []byte("\r\nECHO\r\n"))
	_, rest, _ = bytes.Cut(rest, []byte("\r\n"))
	number, rest, _ := bytes.Cut(rest, []byte("\r\n"))
	return append(appendCommand(nil, "ECHO", oldHeadWord+strings.TrimPrefix(string(number), headWord)), rest...)
}

// TestASnapshotOfBeforeIsRead, with a word that nothing vouches for it.
func TestASnapshotOfBeforeIsRead(t *testing.T) {
	dir := t.TempDir()
	k := keep(t, dir)
	mustAdd(t, k, 0, 10)
	if err := k.keeper.Close(context.Background(), time.Now()); err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(dir, snapshotName)
	whole, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	old := asOfBefore(t, whole)
	put(t, name, old)
	n, said, err := tryKeep(t, dir, Options{})
	if n != 10 || strings.Count(said, "level=WARN") != 1 || err != nil {
		t.Errorf("%d reports, %v, %s", n, err, said)
	}
	for what, to := range map[string]string{"refused": "\r\n$4\r\nHSEU\r\n", "no command": "\r\n?4\r\nHSET\r\n", "another length": "\r\n$5\r\nHSET\r\n"} {
		put(t, name, bytes.Replace(old, []byte("\r\n$4\r\nHSET\r\n"), []byte(to), 1))
		if n, _, err := tryKeep(t, dir, Options{}); !errors.Is(err, ErrDamaged) {
			t.Errorf("%s: %d reports, %v", what, n, err)
		}
	}
}

// FuzzSalvage: of whatever bytes, each is either in a command or left out.
func FuzzSalvage(f *testing.F) {
	whole := appendCommand(appendCommand(nil, "SET", "a", "1"), "DEL", "b")
	f.Add(whole)
	f.Add(whole[3:])
	f.Add(whole[:len(whole)-3])
	f.Add([]byte("*2\r\n$9\r\nSET\r\n*1\r\n$1\r\na\r\n"))
	f.Fuzz(func(t *testing.T, content []byte) {
		p := player{in: newCommandReader(nil), only: "none of them"}
		commands, skipped, err := p.salvage(context.Background(), content)
		if err != nil || skipped > len(content) || commands > len(content)-skipped {
			t.Errorf("%d commands, %d of %d bytes left out, %v", commands, skipped, len(content), err)
		}
		name := filepath.Join(quick(t), snapshotName)
		put(t, name, content)
		if from, vouched, err := inspect(name); vouched || err != nil && !errors.Is(err, ErrDamaged) {
			t.Errorf("a snapshot from %d on, %v", from, err)
		}
	})
}
