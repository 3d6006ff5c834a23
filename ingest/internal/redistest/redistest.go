// Package redistest starts a real redis-server for a test, on a socket in the
// test's own directory. A machine without redis-server fails the test: what is
// promised of Redis is tested with Redis.
package redistest

import (
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
)

// Server is a redis-server that syncs every write, and survives Kill with what
// it had acknowledged.
type Server struct {
	tb     testing.TB
	dir    string
	extra  []string
	cmd    *exec.Cmd
	url    string
	Socket string
}

// Start starts one, and stops it when the test ends. extra are more settings,
// such as "--appendfsync", "everysec".
func Start(tb testing.TB, extra ...string) *Server {
	tb.Helper()
	// A socket's path is short by law (108 bytes), a test's directory long.
	dir, err := os.MkdirTemp("", "redis")
	if err != nil {
		tb.Fatal(err)
	}
	s := &Server{tb: tb, dir: dir, extra: extra, Socket: filepath.Join(dir, "s")}
	tb.Cleanup(func() {
		s.Kill()
		_ = os.RemoveAll(dir)
	})
	s.Run()
	return s
}

// StartCluster starts a cluster of one node, which has all slots.
func StartCluster(tb testing.TB) *Server {
	tb.Helper()
	// Nodes of a cluster are found by address: take a port that is free now.
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	port := l.Addr().(*net.TCPAddr).Port
	_ = l.Close()
	s := Start(tb, "--port", strconv.Itoa(port), "--bind", "127.0.0.1", "--cluster-enabled", "yes",
		"--cluster-port", strconv.Itoa(port%10000+20000))
	s.url = fmt.Sprintf("redis://127.0.0.1:%d?cluster=true", port)
	client := redis.NewClient(&redis.Options{Network: "unix", Addr: s.Socket})
	defer func() { _ = client.Close() }()
	ctx := context.Background()
	if err := client.ClusterAddSlotsRange(ctx, 0, 16383).Err(); err != nil {
		tb.Fatalf("start a cluster: %v", err)
	}
	for { // the node needs a moment to see that all slots are served
		info, err := client.ClusterInfo(ctx).Result()
		if err != nil {
			tb.Fatalf("start a cluster: %v", err)
		}
		if strings.Contains(info, "cluster_state:ok") {
			return s
		}
		<-time.After(5 * time.Millisecond)
	}
}

// URL is what Dial reads.
func (s *Server) URL() string {
	if s.url != "" {
		return s.url
	}
	return "unix://" + s.Socket
}

// Dir holds the server's files.
func (s *Server) Dir() string { return s.dir }

// Run starts the server, again after Kill, and waits until it answers.
func (s *Server) Run() {
	s.tb.Helper()
	if err := s.start(); err != nil {
		s.tb.Fatalf("start redis-server: %v", err)
	}
}

func (s *Server) start() error {
	args := append([]string{
		"--port", "0", "--unixsocket", s.Socket, "--dir", s.dir,
		"--appendonly", "yes", "--appendfsync", "always", "--save", "", "--daemonize", "no",
	}, s.extra...)
	s.cmd = exec.Command("redis-server", args...)
	s.cmd.Stdout, s.cmd.Stderr = io.Discard, io.Discard
	if err := s.cmd.Start(); err != nil {
		return err
	}
	client := redis.NewClient(&redis.Options{Network: "unix", Addr: s.Socket, MaxRetries: -1})
	defer func() { _ = client.Close() }()
	deadline := time.Now().Add(20 * time.Second)
	for {
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		err := client.Ping(ctx).Err()
		cancel()
		if err == nil {
			return nil
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("no answer: %w", err)
		}
		// The server tells nobody when it is up: ask again soon.
		<-time.After(5 * time.Millisecond)
	}
}

// Kill ends the server as a crash would.
func (s *Server) Kill() {
	if s.cmd == nil || s.cmd.Process == nil {
		return
	}
	_ = s.cmd.Process.Kill()
	_ = s.cmd.Wait()
	s.cmd = nil
}

// Stop halts the server without ending it; Continue lets it go on.
func (s *Server) Stop() { s.signal(syscall.SIGSTOP) }

// Continue ends Stop.
func (s *Server) Continue() { s.signal(syscall.SIGCONT) }

func (s *Server) signal(sig syscall.Signal) {
	s.tb.Helper()
	if err := s.cmd.Process.Signal(sig); err != nil {
		s.tb.Fatalf("signal redis-server: %v", err)
	}
}
