package api

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/netip"
	"runtime/debug"
	"sync"
	"time"

	"github.com/gofiber/fiber/v2"

	"outcry/api/events"
	"outcry/api/limit"
	"outcry/api/peer"
)

const (
	// eventsKept is how far back a follower who was away can go on.
	eventsKept = 4096
	// heartbeat is how often a silent stream says something: shorter than the
	// patience of common proxies, and the only way to find who has left.
	heartbeat = 15 * time.Second
	// sendTimeout is how long a reader may let the connection stand full.
	sendTimeout = 10 * time.Second
)

// getEvents is GET /api/v1/events: Server-Sent Events.
func (s *Server) getEvents(c *fiber.Ctx) error {
	q := query{c: c}
	slug, err := q.service(s.cfg.Catalog())
	after := c.Get("Last-Event-ID")
	if len(after) > 64 {
		after = "unknown"
	}
	if wrong := q.err(); wrong != nil {
		return wrong
	}
	if err != nil {
		return err
	}
	source := peer.Source(s.client(c))
	switch s.crowd.Enter(source) {
	case limit.SourceFull:
		return named("too-many", "There are too many open event streams from your address.")
	case limit.AllFull:
		return named("unavailable", "There are too many open event streams.")
	}
	c.Set(fiber.HeaderContentType, "text/event-stream")
	c.Set(fiber.HeaderCacheControl, "no-store")
	c.Set("X-Accel-Buffering", "no") // a proxy must not wait for more
	c.Context().SetBodyStream(&stream{
		server: s, source: source, conn: c.Context().Conn(), follower: s.hub.Follow(after, slug),
	}, -1)
	return nil
}

// stream is the body of an event stream. The server's own goroutine writes it,
// so a client costs no second goroutine and no pipe.
type stream struct {
	server   *Server
	source   netip.Prefix
	conn     net.Conn
	follower *events.Follower
	left     sync.Once
}

// SupportsBodyWriteTo makes fasthttp call WriteTo, each Write of which is one
// chunk that is flushed at once.
func (st *stream) SupportsBodyWriteTo() bool { return true }

// Read is never called where WriteTo is supported.
func (st *stream) Read([]byte) (int, error) { return 0, io.EOF }

// WriteTo sends events until the reader leaves, is too slow, or the server
// shuts down. A panic here is outside of guard and is kept in here.
func (st *stream) WriteTo(w io.Writer) (total int64, err error) {
	defer func() {
		if cause := recover(); cause != nil {
			st.server.metrics.panics.Add(1)
			st.server.cfg.Log.Error("panic in an event stream", slog.String("cause", fmt.Sprint(cause)), slog.String("stack", string(debug.Stack())))
			err = io.ErrUnexpectedEOF
		}
	}()
	// Readers who lose the server together come back apart.
	text := fmt.Sprintf("retry: %d\n: welcome\n\n", 2000+rand.IntN(8000))
	for {
		if err := st.conn.SetWriteDeadline(time.Now().Add(sendTimeout)); err != nil {
			return total, err
		}
		n, err := io.WriteString(w, text)
		total += int64(n)
		if err != nil {
			return total, err
		}
		text, err = st.follower.Next(heartbeat)
		switch {
		case errors.Is(err, events.ErrGap):
			// Not one of the events that happened: it asks to read the present
			// state anew.
			text = "event: resync\ndata: {}\n\n"
		case err != nil:
			return total, nil // the server ends
		case text == "":
			text = ": still here\n\n"
		}
	}
}

// Close is called once the stream was written, or could not be.
func (st *stream) Close() error {
	st.left.Do(func() { st.server.crowd.Leave(st.source) })
	return nil
}
