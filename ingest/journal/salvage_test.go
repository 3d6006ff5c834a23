package journal

import (
	"bytes"
	"context"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"outcry/ingest/internal/redistest"
	"outcry/ingest/store"
)

// flip changes a bit of a file's byte, counted from its end if negative.
func flip(t *testing.T, name string, at int) (before []byte) {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	before = bytes.Clone(b)
	if at < 0 {
		at += len(b)
	}
	b[at] ^= 4
	put(t, name, b)
	return before
}

// TestAcceptedDamageCostsNoMoreThanItself: all entries but the damaged one are
// there, what was left out is said, the damaged file is kept, and the next start
// finds nothing to say.
func TestAcceptedDamageCostsNoMoreThanItself(t *testing.T) {
	for _, old := range []bool{false, true} {
		all, want := threeSegments(t, old)
		head, ahead := entryHead, fileHead
		if old {
			head, ahead = oldHead, 0
		}
		one, two := segment{"", 1, old}.name(), segment{"", 2, old}.name()
		second := ahead + head + len(want[0])
		without := func(left ...int) []string {
			return slices.DeleteFunc(slices.Clone(want), func(e string) bool {
				return slices.ContainsFunc(left, func(n int) bool { return want[n] == e })
			})
		}
		for what, c := range map[string]struct {
			damage func(dir string)
			want   []string
			aside  string
		}{
			"a length":    {func(dir string) { flip(t, filepath.Join(dir, one), second+2) }, without(1), one},
			"an entry":    {func(dir string) { flip(t, filepath.Join(dir, one), second+head) }, without(1), one},
			"a checksum":  {func(dir string) { flip(t, filepath.Join(dir, one), second+5) }, without(1), one},
			"a cut file":  {func(dir string) { put(t, filepath.Join(dir, one), all[one][:second+3]) }, without(1, 2), one},
			"a lost file": {func(dir string) { _ = os.Remove(filepath.Join(dir, two)) }, without(3, 4), ""},
		} {
			dir := filepath.Join(t.TempDir(), "log")
			lay(t, dir, all)
			c.damage(dir)
			damaged := files(t, dir)[one]
			if _, _, err := reopened(dir, Options{}); !errors.Is(err, ErrDamaged) {
				t.Errorf("old %v, %s: %v", old, what, err)
			}
			o := Options{AcceptDamage: true}
			l, err := o.openLog(dir)
			if err != nil {
				t.Fatalf("old %v, %s: %v", old, what, err)
			}
			// A process that dies here has to be told again.
			if _, _, err := reopened(crashed(t, dir), Options{}); !errors.Is(err, ErrDamaged) {
				t.Errorf("old %v, %s, after a crash: %v", old, what, err)
			}
			if err := errors.Join(l.Drop(l.salvaged), l.Close()); err != nil {
				t.Fatal(err)
			}
			got, said, err := reopened(dir, Options{})
			if !slices.Equal(got, c.want) || said != "" || err != nil {
				t.Errorf("old %v, %s: %q, %v, %s", old, what, got, err, said)
			}
			if kept := files(t, dir); c.aside != "" && !bytes.Equal(kept[c.aside+".damaged"], damaged) {
				t.Errorf("old %v, %s: there are %q", old, what, slices.Sorted(maps.Keys(kept)))
			}
		}
	}
}

// TestAcceptDamageFindsNone: without damage it changes nothing.
func TestAcceptDamageFindsNone(t *testing.T) {
	all, want := threeSegments(t, false)
	dir := filepath.Join(t.TempDir(), "log")
	lay(t, dir, all)
	for range 2 {
		got, said, err := reopened(dir, Options{AcceptDamage: true})
		if !slices.Equal(got, want) || said != "" || err != nil {
			t.Errorf("%q, %v, %s", got, err, said)
		}
	}
	if n := len(files(t, dir)); n != len(all)+1 {
		t.Errorf("%d files, of %d before", n, len(all))
	}
}

// TestTheEmbeddedStoreGoesOnFromDamage of its snapshot, its journal or both.
func TestTheEmbeddedStoreGoesOnFromDamage(t *testing.T) {
	dir := t.TempDir()
	k := keep(t, dir)
	mustAdd(t, k, 0, 10)
	if err := k.keeper.Compact(context.Background(), time.Now()); err != nil {
		t.Fatal(err)
	}
	mustAdd(t, k, 10, 20)
	mustAdd(t, k, 10, 12) // which count once
	journal := segment{"journal", k.keeper.log.last, false}
	for what, c := range map[string]struct {
		damage func(dir string)
		most   int // reports may be lost
	}{
		"the journal":        {func(dir string) { flip(t, filepath.Join(dir, journal.path()), -1500) }, 1},
		"its first entry":    {func(dir string) { flip(t, filepath.Join(dir, journal.path()), fileHead+entryHead) }, 1},
		"a cut snapshot":     {func(dir string) { cutHalf(t, filepath.Join(dir, snapshotName)) }, 10},
		"a flipped snapshot": {func(dir string) { flip(t, filepath.Join(dir, snapshotName), -900) }, 10},
		"no snapshot":        {func(dir string) { _ = os.Remove(filepath.Join(dir, snapshotName)) }, 10},
		"no journal":         {func(dir string) { _ = os.RemoveAll(filepath.Join(dir, "journal")) }, 10},
	} {
		copied := crashed(t, dir)
		c.damage(copied)
		if n, _, err := tryKeep(t, copied, Options{}); !errors.Is(err, ErrDamaged) {
			t.Errorf("%s: %d reports, %v", what, n, err)
			continue
		}
		for range 2 { // the first is killed before it is done
			n, said, err := tryKeep(t, copied, Options{AcceptDamage: true})
			if n < 20-c.most || n > 20 || !strings.Contains(said, "level=WARN") || err != nil {
				t.Errorf("%s: %d reports, %v, %s", what, n, err, said)
			}
		}
		accepting := keepWith(t, copied, Options{AcceptDamage: true})
		n := total(t, accepting.Store)
		if !accepting.keeper.Overgrown() {
			t.Errorf("%s: no new snapshot is wanted", what)
		}
		mustAdd(t, accepting, 20, 25)
		if err := accepting.keeper.Compact(context.Background(), time.Now()); err != nil {
			t.Fatal(err)
		}
		mustAdd(t, accepting, 25, 30)
		if m, said, err := tryKeep(t, crashed(t, copied), Options{}); m != n+10 || said != "" || err != nil || accepting.keeper.Overgrown() {
			t.Errorf("%s, after a restart: %d reports of %d, %v, %s", what, m, n+10, err, said)
		}
	}
}

func cutHalf(t *testing.T, name string) {
	t.Helper()
	info, err := os.Stat(name)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(name, info.Size()/2); err != nil {
		t.Fatal(err)
	}
}

// spooled is a spool with ten reports, in ten entries, that Redis is not there to
// take, and the file they are in.
func spooled(t *testing.T, dir string, server *redistest.Server) (p *Spool, s *store.Store, name string) {
	t.Helper()
	p, s = spool(t, dir, server)
	server.Kill()
	mustAdd(t, p, 0, 10)
	return p, s, segment{filepath.Join(dir, "spool"), p.log.last, false}.path()
}

// TestADamagedSpoolIsHandedOver, if that is wanted, but for the damaged entry.
func TestADamagedSpoolIsHandedOver(t *testing.T) {
	server, dir := redistest.Start(t), t.TempDir()
	p, s, name := spooled(t, dir, server)
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	flip(t, name, fileHead+2) // the first entry's length
	if _, err := OpenSpool(dir, s); !errors.Is(err, ErrDamaged) || !strings.Contains(err.Error(), "beyond it 9") || strings.Contains(err.Error(), "\n") {
		t.Errorf("a damaged spool: %v", err)
	}
	again, err := Options{AcceptDamage: true}.OpenSpool(dir, s)
	if err != nil {
		t.Fatal(err)
	}
	if err := again.Close(); err != nil {
		t.Fatal(err)
	}
	again, err = OpenSpool(dir, s)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = again.Close() }()
	server.Run()
	mustDrain(t, again)
	if n := total(t, s); n != 9 {
		t.Errorf("%d reports came through, want 9", n)
	}
	if _, err := os.Stat(name + damagedEnding); err != nil {
		t.Error(err)
	}
}

// TestASpoolDamagedMeanwhileIsNotDropped: what cannot be read to its end stays.
func TestASpoolDamagedMeanwhileIsNotDropped(t *testing.T) {
	server := redistest.Start(t)
	p, s, name := spooled(t, t.TempDir(), server)
	whole := flip(t, name, -1)
	server.Run()
	if _, err := p.Drain(t.Context()); !errors.Is(err, ErrDamaged) {
		t.Errorf("drained: %v", err)
	}
	put(t, name, whole)
	mustDrain(t, p)
	if n := total(t, s); n != 10 {
		t.Errorf("%d reports came through, want 10", n)
	}
}
