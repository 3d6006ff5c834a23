package journal

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
)

// shortLog is how many bytes of log a start plays in less than a second. They
// hold calls of scripts, which take the embedded store five times as long as the
// plain commands of a snapshot.
const shortLog = 8 << 20

// Overgrown tells whether it is time for Compact: the log is so long that the
// next start would be slow, measured by what it has to load anyhow and by what
// a snapshot costs to write.
func (k *Keeper) Overgrown() bool {
	k.mu.Lock()
	salvaged := k.salvaged
	k.mu.Unlock()
	if salvaged { // the next start is to find nothing damaged
		return true
	}
	size, err := k.log.Length()
	if err != nil || size < shortLog {
		return false
	}
	snapshot, err := os.Stat(filepath.Join(k.dir, snapshotName))
	return err != nil || size >= shortLog+snapshot.Size()/8
}

// Compact writes a snapshot and drops the log before it.
//
// Writes go on meanwhile: they wait only while the keys of one service are
// read. So the snapshot is of one moment for each service, but not for all of
// them, and holds a part of what the log says again. That is harmless because
// whatever the log holds may be done again over its own effects: a report
// finds its record, a value replaces itself. (A pages' event may then be there
// twice, and a flood that leaves no records be discounted twice.)
func (k *Keeper) Compact(ctx context.Context, now time.Time) error {
	k.compact.Lock()
	defer k.compact.Unlock()
	k.mu.Lock()
	segment, err := k.log.Rotate()
	head := appendCommand(nil, "ECHO", headWord+strconv.FormatUint(segment, 10))
	for _, text := range k.scripts {
		head = appendCommand(head, "SCRIPT", "LOAD", text)
	}
	clear(k.written) // the log is to be read without the snapshot too, were that lost
	k.mu.Unlock()
	if err != nil {
		return err
	}
	name := filepath.Join(k.dir, snapshotName)
	err = writeFile(name, func(w io.Writer) error {
		sum := &summed{w: w, sum: sha256.New()}
		if _, err := sum.Write(head); err != nil {
			return err
		}
		if err := dump(ctx, k.client, sum, now, &k.mu); err != nil {
			return err
		}
		_, err := w.Write(sum.end())
		return err
	})
	if err != nil {
		return fmt.Errorf("write snapshot: %w", err)
	}
	if err := k.log.Drop(segment); err != nil {
		return err
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.salvaged = false
	return nil
}

// A snapshot begins with an ECHO that says where the log goes on, and ends with
// one that has the SHA-256 and the number of all bytes before it. To a server both
// are harmless commands. One that begins with the first of these words is of the
// first format, which has no such end.
const (
	oldHeadWord = "outcry journal from "
	headWord    = "outcry snapshot, journal from "
	endWord     = "outcry snapshot ends, sha256 %x, bytes %020d"
)

// summed is a snapshot that is written.
type summed struct {
	w     io.Writer
	sum   hash.Hash
	bytes int64
}

func (s *summed) Write(b []byte) (int, error) {
	n, err := s.w.Write(b)
	s.sum.Write(b[:n])
	s.bytes += int64(n)
	return n, err
}

// end is the last command, of the same length for all snapshots.
func (s *summed) end() []byte {
	return appendCommand(nil, "ECHO", fmt.Sprintf(endWord, s.sum.Sum(nil), s.bytes))
}

// inspect reads all of a snapshot and tells which segment of the log goes on from
// it, and whether its end vouches for it.
func inspect(name string) (from uint64, vouched bool, err error) {
	f, err := os.Open(name)
	if err != nil {
		return 0, false, err
	}
	defer func() { _ = f.Close() }()
	info, err := f.Stat()
	if err != nil {
		return 0, false, err
	}
	first, err := newCommandReader(f).next()
	if unlessEnd(err) != nil && !errors.Is(err, errCommand) {
		return 0, false, err
	}
	old, ok := false, false
	if len(first) == 2 && first[0] == "ECHO" {
		if number, is := strings.CutPrefix(first[1], oldHeadWord); is {
			from, err = strconv.ParseUint(number, 10, 64)
			old, ok = true, err == nil
		} else if number, is := strings.CutPrefix(first[1], headWord); is {
			from, err = strconv.ParseUint(number, 10, 64)
			ok = err == nil
		}
	}
	if !ok {
		return 0, false, fmt.Errorf("%s is %w at byte 0: it does not say where the journal goes on", snapshotName, ErrDamaged)
	}
	if old {
		return from, false, nil
	}
	sum := &summed{w: io.Discard, sum: sha256.New()}
	body := max(info.Size()-int64(len(sum.end())), 0)
	if _, err := io.Copy(sum, io.NewSectionReader(f, 0, body)); err != nil {
		return from, false, err
	}
	end := make([]byte, info.Size()-body)
	if _, err := f.ReadAt(end, body); err != nil {
		return from, false, err
	}
	if !bytes.Equal(end, sum.end()) {
		return from, false, fmt.Errorf("%s is %w: its %d bytes are not those that were written", snapshotName, ErrDamaged, info.Size())
	}
	return from, true, nil
}

// writeFile replaces a file whole or not at all.
func writeFile(name string, write func(io.Writer) error) error {
	f, err := os.OpenFile(name+".new", os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	w := bufio.NewWriterSize(f, 1<<16)
	if err = write(w); err == nil {
		err = w.Flush()
	}
	if err == nil {
		err = f.Sync()
	}
	err = errors.Join(err, f.Close())
	if err != nil {
		return errors.Join(err, os.Remove(name+".new"))
	}
	if err := os.Rename(name+".new", name); err != nil {
		return err
	}
	return syncDir(filepath.Dir(name))
}

// dump writes all that Outcry keeps behind client as Redis commands that
// `redis-cli --pipe` loads into an empty server. Keys get the moment of their
// end rather than a length of life, so that a file that lies for a week does not
// keep anybody's traces a week longer.
//
// It holds writes while it copies the keys of one hash tag within the store: those
// of a service belong together, as a report's record and its count do. To read
// them takes ten times as long, and nobody waits for that.
func dump(ctx context.Context, client redis.UniversalClient, w io.Writer, now time.Time, writes sync.Locker) error {
	tags, err := tags(ctx, client)
	if err != nil {
		return err
	}
	for _, tag := range tags {
		writes.Lock()
		keys, err := copyTag(ctx, client, tag)
		writes.Unlock()
		var out []byte
		for _, key := range keys {
			if err == nil {
				out, err = appendKey(ctx, out, client, key, now)
			}
			err = errors.Join(err, client.Do(ctx, "DEL", copyPrefix+key).Err())
		}
		if err != nil {
			return fmt.Errorf("read what is kept of %s: %w", tag, err)
		}
		if _, err := w.Write(out); err != nil {
			return err
		}
	}
	return nil
}

// copyPrefix begins the name of a key's copy, which a log does not hear of.
const copyPrefix = "snapshot:"

// tags lists what stands between the braces of the keys there are. A service
// that is new meanwhile is in the log from its first report on.
func tags(ctx context.Context, client redis.UniversalClient) ([]string, error) {
	seen := map[string]bool{}
	var cursor uint64
	for {
		keys, next, err := client.Scan(ctx, cursor, "outcry:*", 1000).Result()
		if err != nil {
			return nil, err
		}
		for _, key := range keys {
			_, rest, _ := strings.Cut(key, "{")
			if tag, _, ok := strings.Cut(rest, "}"); ok && tag != ".lease" {
				seen[tag] = true
			}
		}
		if cursor = next; cursor == 0 {
			return slices.Sorted(maps.Keys(seen)), nil
		}
	}
}

// copyTag lists the keys anew, as one may have come since tags did.
func copyTag(ctx context.Context, client redis.UniversalClient, tag string) ([]string, error) {
	keys, err := client.Keys(ctx, "outcry:{"+tag+"}*").Result()
	if err != nil {
		return nil, err
	}
	slices.Sort(keys)
	for i, key := range keys {
		if err := client.Do(ctx, "COPY", key, copyPrefix+key, "REPLACE").Err(); err != nil {
			return keys[:i], err
		}
	}
	return keys, nil
}

// appendKey adds the commands that make key anew from its copy.
func appendKey(ctx context.Context, out []byte, client redis.UniversalClient, key string, now time.Time) ([]byte, error) {
	pipe := client.Pipeline()
	kind, ttl := pipe.Type(ctx, copyPrefix+key), pipe.PTTL(ctx, copyPrefix+key)
	if _, err := pipe.Exec(ctx); err != nil {
		return nil, err
	}
	// What is there already must not mix with it, were it loaded twice.
	out = appendCommand(out, "DEL", key)
	out, err := appendContents(ctx, out, client, key, kind.Val())
	if life := ttl.Val(); life > 0 {
		out = appendCommand(out, "PEXPIREAT", key, strconv.FormatInt(now.Add(life).UnixMilli(), 10))
	}
	return out, err
}

// appendContents adds what key's copy holds. It asks by plain
// commands, whose answers the embedded store gives without a detour.
func appendContents(ctx context.Context, out []byte, client redis.UniversalClient, key, kind string) ([]byte, error) {
	from := copyPrefix + key
	switch kind {
	case "string":
		v, err := client.Do(ctx, "GET", from).Text()
		return appendCommand(out, "SET", key, v), err
	case "hash":
		all, err := client.Do(ctx, "HGETALL", from).StringSlice()
		return appendChunks(out, []string{"HSET", key}, all), err
	case "zset":
		all, err := client.Do(ctx, "ZRANGE", from, 0, -1, "WITHSCORES").StringSlice()
		for i := 0; i+1 < len(all); i += 2 { // a member's score comes after it, and is given before
			all[i], all[i+1] = all[i+1], all[i]
		}
		return appendChunks(out, []string{"ZADD", key}, all), err
	case "stream":
		all, err := client.XRange(ctx, from, "-", "+").Result()
		for _, m := range all {
			c := []string{"XADD", key, m.ID}
			for f, v := range m.Values {
				c = append(c, f, fmt.Sprint(v))
			}
			out = appendCommand(out, c...)
		}
		return out, err
	case "none": // its time was up meanwhile
		return out, nil
	}
	return out, fmt.Errorf("a %s is nothing that Outcry keeps", kind)
}

// appendChunks spreads pairs over commands of a size that servers take lightly.
func appendChunks(out []byte, head, pairs []string) []byte {
	for part := range slices.Chunk(pairs, 1000) {
		out = appendCommand(out, slices.Concat(head, part)...)
	}
	return out
}
