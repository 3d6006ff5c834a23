package journal

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// readAll reads all segments, as those do that the log is for.
func (l *Log) readAll() error {
	all, err := l.list()
	for i, s := range all {
		if err != nil {
			break
		}
		if i == len(all)-1 {
			_, err = l.cutTail(s)
		} else {
			err = l.readWhole(s, -1, func([]byte) error { return nil })
		}
	}
	return err
}

// salvage begins a damaged log: all entries that can be read are copied to a new
// segment, which the log is read from. The others stay until Drop, so that whatever
// becomes of this process, it can be done again.
func (l *Log) salvage(needed uint64, damage error) error {
	all, err := l.list()
	if err != nil {
		return err
	}
	marks, err := l.marks()
	if err != nil {
		return err
	}
	l.first, l.last = 1, needed
	for _, m := range marks {
		l.last = max(l.last, m.last)
	}
	if len(all) > 0 {
		l.first, l.last = all[0].number, max(l.last, all[len(all)-1].number)
	}
	if s, ok := l.find(l.last); ok {
		if l.size, err = s.length(); err != nil {
			return err
		}
	}
	if err := l.next(); err != nil {
		return err
	}
	l.salvaged = l.last
	entries := 0
	for i, s := range all {
		n, err := l.copy(s)
		if err != nil {
			return err
		}
		if entries += n; i == 0 || len(l.bad) > 0 && l.bad[len(l.bad)-1] == all[i-1] {
			continue
		}
		at, err := wrongEnd(all[i-1], s)
		if err != nil {
			return err
		}
		if at >= 0 {
			l.bad = append(l.bad, all[i-1])
		}
	}
	l.tell.Warn("what is damaged is taken as far as it can be read", "folder", filepath.Base(l.dir), "entries", entries, "damage", damage.Error())
	return l.file.Sync()
}

// copy appends the whole entries of a segment, and says how many they are.
func (l *Log) copy(s segment) (entries int, err error) {
	stretches, skipped := 0, int64(0)
	err = s.walk(-1, func(entry []byte) error {
		entries++
		return l.append(entry, false)
	}, func(from, to int64) error {
		stretches++
		skipped += to - from
		return nil
	})
	if stretches > 0 && err == nil {
		l.bad = append(l.bad, s)
		l.tell.Warn("a part of the journal was left out", "file", s.shown(), "bytes", skipped,
			"entries_lost_at_least", stretches, "entries_kept", entries, "kept_as", s.shown()+damagedEnding)
	}
	return entries, err
}

const damagedEnding = ".damaged"

// setAside gives a file a second name, under which nobody looks for it, before its
// own is removed or taken by another.
func setAside(name string) error {
	file, err := os.Stat(name)
	if err != nil {
		return err
	}
	aside := name + damagedEnding
	for n := 2; ; n++ {
		there, err := os.Stat(aside)
		switch {
		case errors.Is(err, os.ErrNotExist):
			return os.Link(name, aside)
		case err != nil || os.SameFile(file, there): // set aside by a process that ended then
			return err
		}
		aside = fmt.Sprintf("%s%s%d", name, damagedEnding, n)
	}
}

// salvage plays those commands of a damaged snapshot that can be read.
func (p *player) salvage(ctx context.Context, snapshot []byte) (commands, skipped int, err error) {
	for len(snapshot) > 0 {
		rest := bytes.NewReader(snapshot)
		p.in.in = bufio.NewReaderSize(rest, 1<<16)
		end := 0
		for {
			args, err := p.in.next()
			if err == io.EOF {
				return commands, skipped, p.flush(ctx)
			}
			if err != nil {
				break
			}
			commands++
			end = len(snapshot) - rest.Len() - p.in.in.Buffered()
			if err := p.take(ctx, args); err != nil {
				return commands, skipped, err
			}
		}
		next := bytes.Index(snapshot[end+1:], []byte("\n*"))
		if next < 0 {
			return commands, skipped + len(snapshot) - end, p.flush(ctx)
		}
		next += end + 2
		skipped += next - end
		snapshot = snapshot[next:]
	}
	return commands, skipped, p.flush(ctx)
}
