package api

import (
	"bytes"
	"errors"
	"io"
	"net"
	"os"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

// Who sends all of a body that is refused half-way still reads why.
func TestLastWordsArrive(t *testing.T) {
	plain, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = plain.Close() }()
	served := make(chan error, 1)
	go func() { served <- refuse(lingering{plain}) }()
	c, err := net.Dial("tcp", plain.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close() }()
	if err := c.SetDeadline(time.Now().Add(10 * time.Second)); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Write(bytes.Repeat([]byte("a"), 1<<20)); err != nil {
		t.Errorf("the sender was cut off: %v", err)
	}
	got, err := io.ReadAll(c)
	if err != nil || string(got) != "too large" {
		t.Errorf("got %q, %v", got, err)
	}
	if err := c.Close(); err != nil {
		t.Error(err)
	}
	if err := <-served; err != nil {
		t.Error(err)
	}
}

// refuse reads the start of what a client sends, answers and closes.
func refuse(l net.Listener) error {
	c, err := l.Accept()
	if err != nil {
		return err
	}
	if _, err := io.CopyN(io.Discard, c, 100); err != nil {
		return err
	}
	c.(*lingerConn).unread.Store(true)
	if _, err := io.WriteString(c, "too large"); err != nil {
		return err
	}
	return c.Close()
}

// fullListener has no room for a connection a few times.
type fullListener struct {
	net.Listener
	full  int
	error error
}

func (l *fullListener) Accept() (net.Conn, error) {
	if l.full > 0 {
		l.full--
		return nil, &net.OpError{Op: "accept", Err: os.NewSyscallError("accept4", l.error)}
	}
	return nil, net.ErrClosed
}

// Too many open files are no reason to end; a listener that is closed is.
func TestNoRoomForAConnectionPasses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		l := &fullListener{full: 5, error: syscall.EMFILE}
		if _, err := (lingering{l}).Accept(); !errors.Is(err, net.ErrClosed) || l.full != 0 {
			t.Errorf("%v with %d more failures to come, want to wait them out", err, l.full)
		}
		if waited := time.Since(began); waited != 155*time.Millisecond {
			t.Errorf("waited %v for five, want 5, 10, 20, 40 and 80 ms", waited)
		}
	})
	if _, err := (lingering{&fullListener{full: 1, error: syscall.EINVAL}}).Accept(); !errors.Is(err, syscall.EINVAL) {
		t.Errorf("%v, want what cannot pass to be told", err)
	}
}

func TestConnectionsLeaveFilesForTheStore(t *testing.T) {
	for _, c := range []struct{ files, want int }{{0, 36384}, {1 << 20, 36384}, {1024, 896}, {256, 192}, {10, 1}} {
		if got := (Limits{Files: c.files}).orDefaults().connections(); got != c.want {
			t.Errorf("%d open files: %d connections, want %d", c.files, got, c.want)
		}
	}
}
