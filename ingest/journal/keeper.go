package journal

import (
	"bytes"
	"context"
	"crypto/sha1"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"

	"outcry"
)

// Keeper makes the embedded store durable. It stands between the store and its
// client: every write goes into the log, synced, before it is done, so that an
// answer that anybody got is on the disk. At start the last snapshot is loaded
// and the log played over it; all writes are repeatable or replace what is
// there, so that it does not matter if the last of them is played twice.
type Keeper struct {
	dir    string
	log    *Log
	client redis.UniversalClient

	salvaged bool              // what was loaded was damaged
	compact  sync.Mutex        // one Compact at a time
	mu       sync.Mutex        // held from a write's logging to its end
	scripts  map[string]string // text by hash, of all that were run
	written  map[string]int    // how often their texts are in the log
	failed   error             // why the last write could not be logged
}

const snapshotName = "snapshot.resp"

// Keep fills the empty store behind client with what dir holds, and from then
// on logs what is written through client.
func Keep(ctx context.Context, dir string, client redis.UniversalClient) (*Keeper, error) {
	return Options{}.Keep(ctx, dir, client)
}

// Keep is the function of that name, with options.
func (o Options) Keep(ctx context.Context, dir string, client redis.UniversalClient) (*Keeper, error) {
	log, err := o.lockLog(filepath.Join(dir, "journal"))
	if err != nil {
		return nil, err
	}
	k := &Keeper{dir: dir, log: log, client: client, scripts: map[string]string{}, written: map[string]int{}}
	if err := k.load(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("load what %s holds: %w", dir, err), log.Close())
	}
	client.AddHook(hook{k})
	return k, nil
}

func (k *Keeper) load(ctx context.Context) error {
	p := player{client: k.client, scripts: k.scripts, in: newCommandReader(nil)}
	from, err := k.loadSnapshot(ctx, &p)
	needed := max(from, 1)
	if errors.Is(err, ErrDamaged) && k.log.accept {
		from, needed = 0, 0 // what it holds for sure nobody knows
		err = k.salvageSnapshot(ctx, &p, err)
	}
	if err != nil {
		return err
	}
	if err := k.log.begin(needed); err != nil {
		return err
	}
	k.salvaged = k.salvaged || k.log.salvaged > 0
	if err := k.playLog(ctx, &p, max(from, k.log.salvaged)); err != nil {
		return err
	}
	// A command of the log was written before it was done, and may have been
	// refused then too, but not for want of its script.
	if p.refused > 0 {
		k.log.tell.Warn("the store refused commands of the journal", "commands", p.refused, "last", p.refusal.Error())
	}
	if redis.HasErrorPrefix(p.refusal, "NOSCRIPT") && !k.salvaged {
		return fmt.Errorf("the journal is %w: %w", ErrDamaged, p.refusal)
	}
	return nil
}

// playLog plays the segments from a number on. Those before it are in the snapshot
// or salvaged, and were not dropped before the process ended.
func (k *Keeper) playLog(ctx context.Context, p *player, from uint64) error {
	segments, err := k.log.Segments()
	if err != nil {
		return err
	}
	segments = slices.DeleteFunc(segments, func(n uint64) bool { return n < from })
	if k.salvaged { // a script may be lost where it was first run, and be there later
		scripts := *p
		scripts.only = "script"
		for _, n := range segments {
			if err := k.log.Read(n, func(entry []byte) error { return scripts.play(ctx, bytes.NewReader(entry)) }); err != nil {
				return err
			}
		}
		if err := scripts.flush(ctx); err != nil {
			return err
		}
	}
	for _, n := range segments {
		if err := k.log.Read(n, func(entry []byte) error { return p.play(ctx, bytes.NewReader(entry)) }); err != nil {
			return err
		}
	}
	return p.flush(ctx)
}

// loadSnapshot returns the first segment of the log that the snapshot does not
// hold, 0 without a snapshot.
func (k *Keeper) loadSnapshot(ctx context.Context, p *player) (from uint64, err error) {
	name := filepath.Join(k.dir, snapshotName)
	from, vouched, err := inspect(name)
	if errors.Is(err, os.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	if !vouched {
		k.log.tell.Warn("the snapshot was written by a version that added no checksum: what it holds is taken as it is", "file", name)
	}
	f, err := os.Open(name)
	if err != nil {
		return 0, err
	}
	err = p.play(ctx, f)
	if err == nil {
		err = p.flush(ctx)
	}
	if errors.Is(err, errCommand) || errors.Is(err, io.ErrUnexpectedEOF) {
		err = fmt.Errorf("%s is %w: %w", snapshotName, ErrDamaged, err)
	} else if err == nil && p.refused > 0 {
		err = fmt.Errorf("%s is %w: the store refused %d of its commands, the last as %w", snapshotName, ErrDamaged, p.refused, p.refusal)
	}
	return from, errors.Join(err, f.Close())
}

// salvageSnapshot loads what can be read of a damaged one and keeps a second name
// for it, as the next snapshot takes its own.
func (k *Keeper) salvageSnapshot(ctx context.Context, p *player, damage error) error {
	name := filepath.Join(k.dir, snapshotName)
	content, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	p.pending, p.refused, p.refusal = nil, 0, nil
	commands, skipped, err := p.salvage(ctx, content)
	if err != nil {
		return err
	}
	k.log.tell.Warn("the damaged snapshot is taken as far as it can be read, and its numbers may be wrong", "commands", commands,
		"bytes_left_out", skipped, "refused", p.refused, "kept_as", snapshotName+damagedEnding, "damage", damage.Error())
	k.salvaged, p.refused, p.refusal = true, 0, nil
	return errors.Join(setAside(name), syncDir(k.dir))
}

// player sends commands in pipelines.
type player struct {
	client  redis.UniversalClient
	scripts map[string]string
	in      *commandReader
	pending []redis.Cmder
	only    string // command that is sent, if not all are
	refused int    // commands
	refusal error  // of the last of these
}

const playBatch = 1000

func (p *player) play(ctx context.Context, r io.Reader) error {
	p.in.in.Reset(r)
	for {
		args, err := p.in.next()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		if err := p.take(ctx, args); err != nil {
			return err
		}
	}
}

// take sends a command, sooner or later.
func (p *player) take(ctx context.Context, args []string) error {
	if p.only != "" && (len(args) == 0 || !strings.EqualFold(args[0], p.only)) {
		return nil
	}
	if len(args) == 3 && strings.EqualFold(args[0], "script") && strings.EqualFold(args[1], "load") {
		p.scripts[hashOf(args[2])] = args[2]
	}
	command := make([]any, len(args))
	for i, a := range args {
		command[i] = a
	}
	p.pending = append(p.pending, redis.NewCmd(ctx, command...))
	if len(p.pending) >= playBatch {
		return p.flush(ctx)
	}
	return nil
}

// flush sends what is pending, and counts what the server refuses.
func (p *player) flush(ctx context.Context) error {
	if len(p.pending) == 0 {
		return nil
	}
	pipe := p.client.Pipeline()
	for _, cmd := range p.pending {
		_ = pipe.Process(ctx, cmd)
	}
	p.pending = p.pending[:0]
	sent, err := pipe.Exec(ctx)
	var refused redis.Error
	if err != nil && !errors.As(err, &refused) {
		return err
	}
	for _, cmd := range sent {
		if err := cmd.Err(); err != nil && !errors.Is(err, redis.Nil) {
			p.refused++
			if !redis.HasErrorPrefix(p.refusal, "NOSCRIPT") {
				p.refusal = err
			}
		}
	}
	return nil
}

// mostWritten is how often a script's text is written to the log between two
// snapshots: one damaged entry must not make all that follow worthless.
const mostWritten = 2

// record logs the writes among cmds. The caller holds mu.
func (k *Keeper) record(cmds []redis.Cmder) error {
	var entry []byte
	loaded := map[string]bool{}
	for _, cmd := range cmds {
		args := words(cmd.Args())
		if !writes(args) {
			continue
		}
		switch strings.ToLower(args[0]) {
		case "eval":
			k.scripts[hashOf(args[1])] = args[1]
			args = append([]string{"evalsha", hashOf(args[1])}, args[2:]...)
		case "evalsha":
			if _, known := k.scripts[args[1]]; !known {
				continue // will be answered NOSCRIPT, and sent again as EVAL
			}
		}
		if hash := args[1]; args[0] == "evalsha" && k.written[hash] < mostWritten && !loaded[hash] {
			entry = appendCommand(entry, "SCRIPT", "LOAD", k.scripts[hash])
			loaded[hash] = true
		}
		entry = appendCommand(entry, args...)
	}
	if entry == nil {
		return nil
	}
	if k.failed = k.log.Append(entry); k.failed != nil {
		return fmt.Errorf("%w: %w", outcry.ErrUnavailable, k.failed)
	}
	for hash := range loaded {
		k.written[hash]++
	}
	return nil
}

// writes reports whether a command changes what is to be kept. What is not
// known is taken to. Leases are not kept, as their holder ended with the process,
// nor the copies that a snapshot is made of.
func writes(args []string) bool {
	switch strings.ToLower(args[0]) {
	case "get", "mget", "exists", "ttl", "pttl", "type", "keys", "scan", "dbsize",
		"hget", "hmget", "hgetall", "hlen", "hexists", "hscan", "zrange", "zscore", "zcard", "zrevrange",
		"zrangebyscore", "zrevrangebyscore", "xread", "xrange", "xrevrange", "xlen", "smembers",
		"ping", "echo", "info", "config", "client", "hello", "command", "memory", "time", "select", "auth",
		"multi", "exec", "discard", "script":
		return false
	}
	for _, a := range args[1:min(len(args), 5)] {
		if strings.HasPrefix(a, "outcry:{.lease}:") || strings.HasPrefix(a, copyPrefix) {
			return false
		}
	}
	return len(args) > 1
}

func hashOf(text string) string {
	sum := sha1.Sum([]byte(text))
	return hex.EncodeToString(sum[:])
}

// hook is the Keeper in its client.
type hook struct{ k *Keeper }

func (h hook) DialHook(next redis.DialHook) redis.DialHook {
	return func(ctx context.Context, network, addr string) (net.Conn, error) { return next(ctx, network, addr) }
}

func (h hook) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, cmd redis.Cmder) error {
		return h.k.through(ctx, []redis.Cmder{cmd}, func(ctx context.Context) error { return next(ctx, cmd) })
	}
}

func (h hook) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return func(ctx context.Context, cmds []redis.Cmder) error {
		return h.k.through(ctx, cmds, func(ctx context.Context) error { return next(ctx, cmds) })
	}
}

// through logs cmds and then lets them be done. What is logged is done, even
// if its sender has left meanwhile: the store and the log must not part.
func (k *Keeper) through(ctx context.Context, cmds []redis.Cmder, do func(context.Context) error) error {
	any := false
	for _, cmd := range cmds {
		any = any || writes(words(cmd.Args()))
	}
	if !any {
		return do(ctx)
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return refuse(cmds, err)
	}
	if err := k.record(cmds); err != nil {
		return refuse(cmds, err)
	}
	return do(context.WithoutCancel(ctx))
}

func refuse(cmds []redis.Cmder, err error) error {
	for _, cmd := range cmds {
		cmd.SetErr(err)
	}
	return err
}

// Ready is nil while writes reach the disk, else why the last did not.
func (k *Keeper) Ready() error {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.failed
}

// Close takes a last snapshot and ends the log. now is the wall's clock, by which
// servers end the lives of keys; a replay's would end them all at once. The
// client is not used after.
func (k *Keeper) Close(ctx context.Context, now time.Time) error {
	err := k.Compact(ctx, now)
	return errors.Join(err, k.log.Close())
}
