package api

import (
	"io"
	"net"
	"sync/atomic"
	"time"
)

// lingering makes connections whose last words arrive. Where a request is
// refused while the client still sends (413), closing at once would make the
// client's system throw away the answer; so what is still coming is read and
// dropped for a moment first.
type lingering struct{ net.Listener }

const (
	lingerTime  = time.Second
	lingerBytes = 2 << 20
)

// Accept wraps the next TCP connection.
func (l lingering) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if tcp, ok := c.(*net.TCPConn); ok && err == nil {
		return &lingerConn{TCPConn: tcp}, nil
	}
	return c, err
}

type lingerConn struct {
	*net.TCPConn
	unread atomic.Bool // the request was refused before it was read
}

// Close ends the connection, after listening a little longer where unread.
func (c *lingerConn) Close() error {
	if c.unread.Load() && c.CloseWrite() == nil {
		if err := c.SetReadDeadline(time.Now().Add(lingerTime)); err == nil {
			_, _ = io.CopyN(io.Discard, c.TCPConn, lingerBytes) // whatever ends it
		}
	}
	return c.TCPConn.Close()
}
