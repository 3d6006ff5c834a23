package api

import (
	"errors"
	"io"
	"net"
	"sync/atomic"
	"syscall"
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

// The pauses after a connection could not be taken, each twice as long.
const acceptPause, acceptPauseMost = 5 * time.Millisecond, time.Second

// Accept wraps the next TCP connection. Where the system has no room for one, it
// waits in the system's queue until others have gone: that is no reason to end.
func (l lingering) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	for pause := acceptPause; crowded(err); pause = min(2*pause, acceptPauseMost) {
		time.Sleep(pause)
		c, err = l.Listener.Accept()
	}
	if tcp, ok := c.(*net.TCPConn); ok && err == nil {
		return &lingerConn{TCPConn: tcp}, nil
	}
	return c, err
}

// crowded tells what passes: too many open files or too little memory, and a
// client that had gone before it was taken.
func crowded(err error) bool {
	for _, passing := range []error{syscall.EMFILE, syscall.ENFILE, syscall.ENOBUFS, syscall.ENOMEM, syscall.ECONNABORTED} {
		if errors.Is(err, passing) {
			return true
		}
	}
	return false
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
