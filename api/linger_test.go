package api

import (
	"bytes"
	"io"
	"net"
	"testing"
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
