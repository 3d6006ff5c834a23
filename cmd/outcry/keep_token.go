package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"

	"outcry"
	"outcry/ingest/journal"
	"outcry/ingest/store"
)

// tokens lets the spool take reports before Redis was ever reached. The key
// under which all web processes seal withdrawal tokens lies in Redis, and
// without one nobody could be promised that their report can be taken back.
// Until it is known, tokens are sealed under a key of this machine's own, kept
// in --data-dir and offered to the others as soon as Redis is there. Where they
// agreed on another before, this process opens both; only then is a token good
// at the process alone that gave it. --secret-file avoids even that.
//
// What is given up is little: who reads the folder could make tokens for
// reports whose keys they know, such as those that wait in the spool beside it.
// Who reads Redis can do as much.
type tokens struct {
	*journal.Spool              // seals under the agreed key
	own            *store.Store // the same Redis, under the machine's own key
	agreed         atomic.Bool  // whether the key in Redis is known
}

// Token is what takes r back.
func (t *tokens) Token(ctx context.Context, r outcry.Report) (string, error) {
	if t.agreed.Load() {
		return t.Spool.Token(ctx, r)
	}
	return t.own.Token(ctx, r)
}

// agree learns the key in Redis, once.
func (t *tokens) agree(ctx context.Context) {
	if t.agreed.Load() {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, readyWithin)
	defer cancel()
	if _, err := t.Spool.Token(ctx, outcry.Report{}); err == nil {
		t.agreed.Store(true)
	}
}

// Withdraw takes a report back by a token under either key. A report that
// Redis does not know may be on its way there.
func (t *tokens) Withdraw(ctx context.Context, service, id, token string, now time.Time) error {
	waiting := t.State().Spooled > 0
	err := t.own.Withdraw(ctx, service, id, token, now)
	switch {
	case errors.Is(err, outcry.ErrForbidden):
		return t.Spool.Withdraw(ctx, service, id, token, now)
	case waiting && errors.Is(err, outcry.ErrNotFound):
		return fmt.Errorf("%w: the report is on its way to the store", outcry.ErrUnavailable)
	}
	return err
}

// keyBytes is the length of the keys that are kept in --data-dir.
const keyBytes = 32

// keptKey is a random key of this machine: the one in the folder, or a new one
// that is on the disk before it is used.
func keptKey(dataDir, name string) ([]byte, error) {
	if err := os.MkdirAll(dataDir, 0o700); err != nil {
		return nil, fmt.Errorf("--data-dir: %w", err)
	}
	file := filepath.Join(dataDir, name)
	key, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		key = make([]byte, keyBytes)
		if _, err := rand.Read(key); err != nil {
			return nil, err
		}
		err = writeSynced(file, key)
	}
	if err != nil {
		return nil, fmt.Errorf("--data-dir: %w", err)
	}
	if len(key) != keyBytes {
		return nil, fmt.Errorf("--data-dir: %s is not a key of %d bytes; move it away to have a new one made", name, keyBytes)
	}
	return key, nil
}

// writeSynced puts a file on the disk whole or not at all.
func writeSynced(name string, data []byte) error {
	f, err := os.OpenFile(name+".new", os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return errors.Join(err, os.Remove(name+".new"))
	}
	if err := os.Rename(name+".new", name); err != nil {
		return err
	}
	dir, err := os.Open(filepath.Dir(name))
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}
