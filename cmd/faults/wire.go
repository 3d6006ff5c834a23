package main

import (
	"math/rand/v2"
	"net"
	"sync"
	"time"
)

// wire lies between outcry and Redis, and has weather. It is a small proxy of
// our own so that its chances come from the seed as all others do.
type wire struct {
	listener net.Listener
	to       string

	mu      sync.Mutex
	weather weather
	chance  *rand.Rand
	ends    map[net.Conn]struct{}
	free    [2]time.Time // when each direction has carried what it was given
}

// weather is what happens to what passes. The zero value is fair.
type weather struct {
	latency, jitter time.Duration // each piece of an answer is late by latency ± jitter
	bandwidth       int           // bytes a second and direction, for all together
	slice           int           // pieces are no longer, and come one by one
	silent          bool          // pieces vanish, and the connection with the weather
	reset           bool          // connections are reset at their next piece
}

// pieceBytes is how much is carried at once.
const pieceBytes = 16 << 10

// newWire listens on the loopback, for a server at to.
func newWire(to string, chance *rand.Rand) (*wire, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	w := &wire{listener: l, to: to, chance: chance, ends: map[net.Conn]struct{}{}}
	go w.accept()
	return w, nil
}

func (w *wire) addr() string { return w.listener.Addr().String() }

// set changes the weather.
func (w *wire) set(to weather) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.weather = to
}

// close ends all connections and takes no more.
func (w *wire) close() {
	_ = w.listener.Close()
	w.mu.Lock()
	defer w.mu.Unlock()
	for c := range w.ends {
		_ = c.Close()
	}
}

func (w *wire) accept() {
	for {
		from, err := w.listener.Accept()
		if err != nil {
			return
		}
		go w.link(from)
	}
}

// link carries one connection until either end closes.
func (w *wire) link(client net.Conn) {
	server, err := net.DialTimeout("tcp", w.to, time.Second)
	if err != nil {
		_ = client.Close()
		return
	}
	w.mu.Lock()
	w.ends[client], w.ends[server] = struct{}{}, struct{}{}
	w.mu.Unlock()
	var both sync.WaitGroup
	both.Go(func() { w.carry(client, server, requests) })
	both.Go(func() { w.carry(server, client, answers) })
	both.Wait()
	w.mu.Lock()
	delete(w.ends, client)
	delete(w.ends, server)
	w.mu.Unlock()
}

// The directions.
const (
	requests = iota
	answers
)

// piece is some bytes and when they arrive.
type piece struct {
	data []byte
	due  time.Time
}

// carry takes one direction's bytes from one end to the other. Pieces are
// under way side by side, so that latency does not cost bandwidth.
func (w *wire) carry(from, to net.Conn, direction int) {
	way := make(chan piece, 256)
	var arriving sync.WaitGroup
	arriving.Go(func() {
		for p := range way {
			if wait := time.Until(p.due); wait > 0 {
				<-time.After(wait)
			}
			if _, err := to.Write(p.data); err != nil {
				_ = from.Close()
			}
		}
	})
	w.read(from, to, direction, way)
	close(way)
	arriving.Wait()
	_ = from.Close()
	_ = to.Close()
}

// read puts what comes on its way until the end or a reset.
func (w *wire) read(from, to net.Conn, direction int, way chan<- piece) {
	var last time.Time // pieces do not overtake each other
	lost := false      // something vanished: the rest would make no sense
	buf := make([]byte, pieceBytes)
	for {
		n, err := from.Read(buf)
		if err != nil {
			return
		}
		sky, pieces := w.pieces(buf[:n], direction)
		switch {
		case sky.reset || lost && !sky.silent:
			reset(from)
			reset(to)
			return
		case sky.silent:
			lost = true
			continue
		}
		for _, p := range pieces {
			if p.due.Before(last) {
				p.due = last
			}
			last = p.due
			way <- p
		}
	}
}

// pieces cuts data as the weather says and times each part.
func (w *wire) pieces(data []byte, direction int) (weather, []piece) {
	w.mu.Lock()
	defer w.mu.Unlock()
	sky, now := w.weather, time.Now()
	length := len(data)
	if sky.slice > 0 {
		length = sky.slice
	}
	var out []piece
	for at := 0; at < len(data); at += length {
		part := data[at:min(at+length, len(data))]
		due := now
		if direction == answers {
			due = due.Add(sky.latency)
		}
		if direction == answers && sky.jitter > 0 {
			due = due.Add(time.Duration(w.chance.Int64N(int64(2*sky.jitter))) - sky.jitter)
		}
		if sky.bandwidth > 0 {
			if w.free[direction].Before(now) {
				w.free[direction] = now
			}
			w.free[direction] = w.free[direction].Add(time.Duration(len(part)) * time.Second / time.Duration(sky.bandwidth))
			due = due.Add(w.free[direction].Sub(now))
		}
		out = append(out, piece{append([]byte(nil), part...), due})
	}
	return sky, out
}

// reset ends a connection without a farewell.
func reset(c net.Conn) {
	if tcp, ok := c.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	_ = c.Close()
}
