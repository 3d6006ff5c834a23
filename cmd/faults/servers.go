package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/valyala/fasthttp"
)

// process is a program that may be killed and run again.
type process struct {
	bin  string
	args []string
	log  string // file that takes what it says
	cmd  *exec.Cmd
	gone chan struct{} // closed when it has ended
}

func (p *process) run() error {
	out, err := os.OpenFile(p.log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer func() { _ = out.Close() }()
	p.cmd = exec.Command(p.bin, p.args...)
	p.cmd.Stdout, p.cmd.Stderr = out, out
	if err := p.cmd.Start(); err != nil {
		p.cmd = nil
		return fmt.Errorf("start %s: %w", filepath.Base(p.bin), err)
	}
	p.gone = make(chan struct{})
	go func(cmd *exec.Cmd, gone chan struct{}) {
		_ = cmd.Wait()
		close(gone)
	}(p.cmd, p.gone)
	return nil
}

// alive is whether it runs.
func (p *process) alive() bool {
	if p.cmd == nil {
		return false
	}
	select {
	case <-p.gone:
		return false
	default:
		return true
	}
}

// signal sends a signal, and waits for the end after a deadly one.
func (p *process) signal(s syscall.Signal) {
	if !p.alive() {
		return
	}
	_ = p.cmd.Process.Signal(s)
	if s == syscall.SIGKILL {
		<-p.gone
	}
}

func (p *process) kill() { p.signal(syscall.SIGKILL) }

// cpu is the processor's time it has used, in hundredths of a second.
func (p *process) cpu() (ticks float64) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", p.cmd.Process.Pid))
	_, after, ok := strings.Cut(string(text), ") ") // its name may have anything in it
	if fields := strings.Fields(after); err == nil && ok && len(fields) > 12 {
		for _, f := range fields[11:13] { // utime, stime
			n, _ := strconv.ParseFloat(f, 64)
			ticks += n
		}
	}
	return ticks
}

// Servers listen below the ports that the system gives to outgoing connections
// (from 32768 on, by default), one of which could else have taken a server's
// port while it is down.
const (
	firstPort = 20000
	ports     = 12000
)

// freePort is a port of the loopback that nobody has now. It is not of the
// seed's choice: two harnesses with one seed may run side by side.
func freePort() (int, error) {
	var err error
	for range 100 {
		port := firstPort + rand.IntN(ports)
		var l net.Listener
		if l, err = net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port))); err == nil {
			return port, l.Close()
		}
	}
	return 0, fmt.Errorf("find a free port: %w", err)
}

// redisServer is a Redis that syncs each write before it answers.
type redisServer struct {
	process
	addr string
}

func newRedis(bin, dir, log string) (*redisServer, error) {
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	return &redisServer{
		addr: net.JoinHostPort("127.0.0.1", strconv.Itoa(port)),
		process: process{bin: bin, log: log, args: []string{
			"--bind", "127.0.0.1", "--port", strconv.Itoa(port), "--dir", dir, "--daemonize", "no",
			"--appendonly", "yes", "--appendfsync", "always", "--save", "", "--maxmemory-policy", "noeviction",
		}},
	}, nil
}

// start runs the server and waits until it answers.
func (r *redisServer) start(ctx context.Context) error {
	if err := r.run(); err != nil {
		return err
	}
	return until(ctx, 20*time.Second, 5*time.Millisecond, func() error {
		if !r.alive() {
			return final{fmt.Errorf("redis-server ended by itself; see %s", r.log)}
		}
		return r.do("PING", "+PONG")
	})
}

// do sends one command and compares the first line of the answer.
func (r *redisServer) do(command, want string) error {
	conn, err := net.DialTimeout("tcp", r.addr, time.Second)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }()
	_ = conn.SetDeadline(time.Now().Add(5 * time.Second))
	if _, err := fmt.Fprintf(conn, "%s\r\n", command); err != nil {
		return err
	}
	line, err := bufio.NewReader(conn).ReadString('\n')
	if err != nil {
		return err
	}
	if got := strings.TrimSpace(line); got != want {
		return fmt.Errorf("redis-server answered %s to %s", got, command)
	}
	return nil
}

// web is one `outcry serve`.
type web struct {
	process
	addr    string
	slowest time.Duration // start
}

func newWeb(bin, log string, args ...string) (*web, error) {
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	addr := net.JoinHostPort("127.0.0.1", strconv.Itoa(port))
	args = append([]string{"serve", "--listen", addr, "--trusted-proxies", "127.0.0.1/32"}, args...)
	return &web{addr: addr, process: process{bin: bin, log: log, args: args}}, nil
}

// start runs it and waits until it answers, whether or not it can store.
func (w *web) start(ctx context.Context) error {
	began := time.Now()
	defer func() { w.slowest = max(w.slowest, time.Since(began)) }()
	if err := w.run(); err != nil {
		return err
	}
	return until(ctx, 20*time.Second, 10*time.Millisecond, func() error {
		if !w.alive() {
			return final{fmt.Errorf("outcry ended by itself; see %s", w.log)}
		}
		_, err := w.get("/healthz")
		return err
	})
}

// get asks it for a page.
func (w *web) get(path string) ([]byte, error) {
	status, body, err := fasthttp.GetTimeout(nil, "http://"+w.addr+path, 5*time.Second)
	if err == nil && status != fasthttp.StatusOK {
		return nil, fmt.Errorf("GET %s answered %d", path, status)
	}
	return body, err
}

// panics are the lines of its log that tell of a panic.
func (w *web) panics() ([]string, error) {
	text, err := os.ReadFile(w.log)
	if err != nil {
		return nil, err
	}
	var found []string
	for line := range bytes.Lines(text) {
		if bytes.HasPrefix(line, []byte("panic:")) || bytes.HasPrefix(line, []byte("fatal error:")) || bytes.Contains(line, []byte("panic in a request")) {
			found = append(found, string(bytes.TrimSpace(line)))
		}
	}
	return found, nil
}

// final is an error that asking again will not mend.
type final struct{ error }

// until asks again and again, every so often, until ask has no objection or
// the time is up; then its last one is the error.
func until(ctx context.Context, within, every time.Duration, ask func() error) error {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	for {
		err := ask()
		if err == nil || errors.As(err, new(final)) {
			return err
		}
		if !pause(ctx, every) {
			return fmt.Errorf("within %v: %w", within, err)
		}
	}
}

// pause waits, and is false when ctx ended first.
func pause(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-t.C:
		return true
	}
}
