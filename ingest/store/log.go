package store

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
)

// logInterval is how long a kind of message is not repeated.
const logInterval = time.Minute

// LogTo takes what the Redis client says by itself, such as that it cannot
// dial, into log instead of in its own words onto stderr: while Redis is away
// it would say so several times a second. A kind of message comes once a
// minute, with the number of those that were left out since. It is the
// client's one log for all of the process.
func LogTo(log *slog.Logger, now func() time.Time) {
	redis.SetLogger(&clientLog{log: log, now: now, said: map[string]utterance{}})
}

// clientLog is what go-redis logs to. It may be used by many goroutines.
type clientLog struct {
	log *slog.Logger
	now func() time.Time

	mu   sync.Mutex
	said map[string]utterance // by format, of which the client has a few dozen
}

// utterance is when a kind of message was last logged, and how many were not.
type utterance struct {
	at   time.Time
	more int
}

// Printf logs a message, unless one of its kind was logged lately.
func (c *clientLog) Printf(_ context.Context, format string, args ...any) {
	if more, ok := c.due(format); ok {
		c.log.Warn("the Redis client reports trouble", "text", fmt.Sprintf(format, args...), "left_out", more)
	}
}

func (c *clientLog) due(format string) (more int, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	last, known := c.said[format]
	if now := c.now(); !known || now.Sub(last.at) >= logInterval {
		c.said[format] = utterance{at: now}
		return last.more, true
	}
	last.more++
	c.said[format] = last
	return 0, false
}
