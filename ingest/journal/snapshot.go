package journal

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
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

// shortLog is how many bytes of log a start plays in about a second. They hold
// calls of scripts, which take the embedded store twenty times as long as the
// plain commands of a snapshot.
const shortLog = 2 << 20

// Overgrown tells whether it is time for Compact: the log is so long that the
// next start would be slow, measured by what it has to load anyhow and by what
// a snapshot costs to write.
func (k *Keeper) Overgrown() bool {
	size := k.log.Size()
	if size < shortLog {
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
	head := appendCommand(nil, "ECHO", fromWord+strconv.FormatUint(segment, 10))
	for _, text := range k.scripts {
		head = appendCommand(head, "SCRIPT", "LOAD", text)
	}
	k.mu.Unlock()
	if err != nil {
		return err
	}
	name := filepath.Join(k.dir, snapshotName)
	err = writeFile(name, func(w io.Writer) error {
		if _, err := w.Write(head); err != nil {
			return err
		}
		return dump(ctx, k.client, w, now, &k.mu)
	})
	if err != nil {
		return fmt.Errorf("write snapshot: %w", err)
	}
	return k.log.Drop(segment)
}

// writeFile replaces a file whole or not at all.
func writeFile(name string, write func(io.Writer) error) error {
	f, err := os.OpenFile(name+".new", os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	w := bufio.NewWriterSize(f, 1<<16)
	err = write(w)
	err = errors.Join(err, w.Flush(), f.Sync(), f.Close())
	if err != nil {
		return errors.Join(err, os.Remove(name+".new"))
	}
	if err := os.Rename(name+".new", name); err != nil {
		return err
	}
	return syncDir(filepath.Dir(name))
}

// Dump writes all that Outcry keeps behind client, a single server, as Redis
// commands that `redis-cli --pipe` loads into an empty one: a backup, and the
// way to grow from the embedded store. Keys get the moment of their end rather
// than a length of life, so that a file that lies for a week does not keep
// anybody's traces a week longer.
func Dump(ctx context.Context, client redis.UniversalClient, w io.Writer, now time.Time) error {
	return dump(ctx, client, w, now, &sync.Mutex{})
}

// dump holds writes while it reads the keys of one hash tag: those of a
// service belong together, as a report's record and its count do.
func dump(ctx context.Context, client redis.UniversalClient, w io.Writer, now time.Time, writes sync.Locker) error {
	tags, err := tags(ctx, client)
	if err != nil {
		return err
	}
	for _, tag := range tags {
		var out bytes.Buffer
		writes.Lock()
		err := dumpTag(ctx, client, &out, tag, now)
		writes.Unlock()
		if err != nil {
			return err
		}
		if _, err := w.Write(out.Bytes()); err != nil {
			return err
		}
	}
	return nil
}

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

// dumpTag lists the keys anew, as one may have come since tags did.
func dumpTag(ctx context.Context, client redis.UniversalClient, w io.Writer, tag string, now time.Time) error {
	keys, err := client.Keys(ctx, "outcry:{"+tag+"}*").Result()
	if err != nil {
		return err
	}
	slices.Sort(keys)
	for _, key := range keys {
		if err := dumpKey(ctx, client, w, key, now); err != nil {
			return fmt.Errorf("%s: %w", key, err)
		}
	}
	return nil
}

func dumpKey(ctx context.Context, client redis.UniversalClient, w io.Writer, key string, now time.Time) error {
	pipe := client.Pipeline()
	kind, ttl := pipe.Type(ctx, key), pipe.PTTL(ctx, key)
	if _, err := pipe.Exec(ctx); err != nil {
		return err
	}
	commands, err := contents(ctx, client, key, kind.Val())
	if err != nil {
		return err
	}
	// What is there already must not mix with it, were it loaded twice.
	out := appendCommand(nil, "DEL", key)
	for _, c := range commands {
		out = appendCommand(out, c...)
	}
	if life := ttl.Val(); life > 0 {
		out = appendCommand(out, "PEXPIREAT", key, strconv.FormatInt(now.Add(life).UnixMilli(), 10))
	}
	_, err = w.Write(out)
	return err
}

// contents are the commands that make key anew.
func contents(ctx context.Context, client redis.UniversalClient, key, kind string) ([][]string, error) {
	switch kind {
	case "string":
		v, err := client.Get(ctx, key).Result()
		return [][]string{{"SET", key, v}}, err
	case "hash":
		all, err := client.HGetAll(ctx, key).Result()
		fields := make([]string, 0, 2*len(all))
		for f, v := range all {
			fields = append(fields, f, v)
		}
		return chunks([]string{"HSET", key}, fields), err
	case "zset":
		all, err := client.ZRangeWithScores(ctx, key, 0, -1).Result()
		fields := make([]string, 0, 2*len(all))
		for _, z := range all {
			fields = append(fields, strconv.FormatFloat(z.Score, 'f', -1, 64), fmt.Sprint(z.Member))
		}
		return chunks([]string{"ZADD", key}, fields), err
	case "stream":
		all, err := client.XRange(ctx, key, "-", "+").Result()
		out := make([][]string, 0, len(all))
		for _, m := range all {
			c := []string{"XADD", key, m.ID}
			for f, v := range m.Values {
				c = append(c, f, fmt.Sprint(v))
			}
			out = append(out, c)
		}
		return out, err
	case "none": // its time was up meanwhile
		return nil, nil
	}
	return nil, fmt.Errorf("a %s is nothing that Outcry keeps", kind)
}

// chunks spreads pairs over commands of a size that servers take lightly.
func chunks(head, fields []string) [][]string {
	var out [][]string
	for part := range slices.Chunk(fields, 1000) {
		out = append(out, append(slices.Clone(head), part...))
	}
	return out
}
