package journal

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
)

// LogSize is how many bytes were logged since the last snapshot: above some 16
// MiB it is time for Compact.
func (k *Keeper) LogSize() int64 { return k.log.Size() }

// Compact writes a snapshot and drops the log before it. Writes wait for it:
// a snapshot that ran beside them could hold a count without its record, and
// the log would then count once more.
func (k *Keeper) Compact(ctx context.Context, now time.Time) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	segment, err := k.log.Rotate()
	if err != nil {
		return err
	}
	name := filepath.Join(k.dir, snapshotName)
	if err := writeFile(name, func(w io.Writer) error { return k.dump(ctx, w, segment, now) }); err != nil {
		return fmt.Errorf("write snapshot: %w", err)
	}
	k.failed = nil
	clear(k.written)
	for hash := range k.scripts {
		k.written[hash] = true // the snapshot begins with them
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

func (k *Keeper) dump(ctx context.Context, w io.Writer, segment uint64, now time.Time) error {
	if _, err := w.Write(appendCommand(nil, "ECHO", fromWord+strconv.FormatUint(segment, 10))); err != nil {
		return err
	}
	for _, text := range k.scripts {
		if _, err := w.Write(appendCommand(nil, "SCRIPT", "LOAD", text)); err != nil {
			return err
		}
	}
	return Dump(ctx, k.client, w, now)
}

// Dump writes all that Outcry keeps behind client as Redis commands, loadable
// by `redis-cli --pipe` into an empty server: the way to grow from the
// embedded store, and a backup. Keys get the moment of their end rather than a
// length of life, so that a snapshot that lies for a week does not keep
// anybody's traces a week longer.
func Dump(ctx context.Context, client redis.UniversalClient, w io.Writer, now time.Time) error {
	var cursor uint64
	for {
		keys, next, err := client.Scan(ctx, cursor, "outcry:*", 1000).Result()
		if err != nil {
			return err
		}
		slices.Sort(keys)
		for _, key := range keys {
			if strings.HasPrefix(key, "outcry:{.lease}:") {
				continue
			}
			if err := dumpKey(ctx, client, w, key, now); err != nil {
				return fmt.Errorf("%s: %w", key, err)
			}
		}
		if cursor = next; cursor == 0 {
			return nil
		}
	}
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
