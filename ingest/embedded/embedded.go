// Package embedded is Redis for those who have none: miniredis in this
// process, behind the same client as a real one, with no port and no socket
// that somebody else on the machine could reach.
//
// By itself it keeps nothing: what it holds is gone with the process. A
// journal.Keeper over its client makes it durable.
package embedded

import (
	"context"
	"fmt"
	"net"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"
)

// Redis is a store in this process. Keys grow old only by Advance.
type Redis struct {
	server *miniredis.Miniredis
	client *client
}

// Open starts an empty one.
func Open() (*Redis, error) {
	server := miniredis.NewMiniRedis()
	// The first connection starts the server without a listener. Later ones
	// are ours: a net.Pipe has no buffer, and a pipeline longer than the
	// server's would leave both sides writing for ever.
	first, err := server.Dial()
	if err != nil {
		return nil, fmt.Errorf("start the embedded store: %w", err)
	}
	if err := first.Close(); err != nil {
		return nil, fmt.Errorf("start the embedded store: %w", err)
	}
	machine, err := newMachine(server.Server())
	if err != nil {
		return nil, err
	}
	client := newClient(&redis.Options{
		Addr: "embedded",
		Dialer: func(context.Context, string, string) (net.Conn, error) {
			ours, theirs := pipe()
			server.Server().ServeConn(theirs)
			return ours, nil
		},
		Protocol: 2, DisableIdentity: true, ContextTimeoutEnabled: true,
		ReadTimeout: 5 * time.Second, MaxRetries: -1,
		MaintNotificationsConfig: &maintnotifications.Config{Mode: maintnotifications.ModeDisabled},
	}, machine)
	return &Redis{server: server, client: client}, nil
}

// Client speaks to the store; Close closes it.
func (r *Redis) Client() redis.UniversalClient { return r.client }

// Advance lets elapsed pass: keys whose time is up are gone. Call it from a
// ticker, such as once a second, with what passed since the last call. The
// server could watch the clock itself, but then looks at every key at every
// command: 6 commands a second at 100,000 keys.
func (r *Redis) Advance(elapsed time.Duration) {
	if elapsed > 0 {
		r.client.inner.lock.Lock() // a script's keys do not end within it
		defer r.client.inner.lock.Unlock()
		r.server.FastForward(elapsed)
	}
}

// Close ends the client and the store, and all that it held.
func (r *Redis) Close() error {
	err := r.client.Close()
	r.server.Close()
	r.client.inner.machine.close()
	return err
}
