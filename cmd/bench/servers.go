package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/gofiber/fiber/v2"

	"outcry"
	"outcry/ingest/commit"
	"outcry/ingest/store"
)

// body is a report as both yardsticks parse it.
type body struct {
	Service    string `json:"service"`
	Symptom    string `json:"symptom"`
	Kind       string `json:"kind"`
	Comment    string `json:"comment"`
	OccurredAt string `json:"occurred_at"`
	ID         string `json:"id"`
	Device     string `json:"device"`
}

// yardstick serves as the bare handler, as the one with a call each, or as the
// one with group commit.
func yardstick(ctx context.Context, s settings) error {
	var add func(context.Context, outcry.Report) error
	if s.server != "bare" {
		client, err := store.Dial(s.redis)
		if err != nil {
			return err
		}
		defer client.Close()
		keep := store.New(client, store.Config{})
		add = func(ctx context.Context, r outcry.Report) error {
			_, err := keep.Add(ctx, []outcry.Report{r})
			return err
		}
		if s.server == "grouped" {
			groups := commit.New(keep, commit.Config{})
			defer groups.Close()
			add = func(ctx context.Context, r outcry.Report) error {
				_, err := groups.Add(ctx, r)
				return err
			}
		}
	}
	app := fiber.New(fiber.Config{DisableStartupMessage: true, Immutable: true})
	app.Post("/api/v1/reports", func(c *fiber.Ctx) error {
		var b body
		if err := json.Unmarshal(c.Body(), &b); err != nil {
			return c.SendStatus(http.StatusBadRequest)
		}
		if add != nil {
			now := time.Now().UTC()
			err := add(c.Context(), outcry.Report{
				ID: b.ID, Service: b.Service, Symptom: b.Symptom, Kind: outcry.KindDown, Occurred: now, Received: now,
				Source: outcry.Source{Key: b.ID, Person: b.Device, Address: b.Device, Network: c.Get("X-Forwarded-For")},
			})
			if err != nil {
				return c.SendStatus(http.StatusServiceUnavailable)
			}
		}
		return c.Status(http.StatusCreated).JSON(map[string]any{"id": b.ID, "counted": true})
	})
	app.Get("/healthz", func(c *fiber.Ctx) error { return c.SendString("ok") })
	stop := context.AfterFunc(ctx, func() { _ = app.ShutdownWithTimeout(time.Second) })
	defer stop()
	return app.Listen(s.listen)
}

// child is a program that was started and is ended with end.
type child struct {
	addr string
	cmd  *exec.Cmd
	dir  string
}

func start(dir string, name string, args ...string) (*child, error) {
	c := &child{cmd: exec.Command(name, args...), dir: dir}
	c.cmd.Dir = dir
	log, err := os.Create(filepath.Join(dir, filepath.Base(name)+".log"))
	if err != nil {
		return nil, err
	}
	defer log.Close()
	c.cmd.Stdout, c.cmd.Stderr = log, log
	if err := c.cmd.Start(); err != nil {
		return nil, err
	}
	return c, nil
}

// cpu is the processor time that the child has used (proc(5), utime and stime
// in ticks of 10 ms).
func (c *child) cpu() (time.Duration, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", c.cmd.Process.Pid))
	if err != nil {
		return 0, err
	}
	_, rest, _ := strings.Cut(string(text), ") ")
	fields := strings.Fields(rest)
	if len(fields) < 13 {
		return 0, errors.New("/proc has no processor times")
	}
	user, err := strconv.Atoi(fields[11])
	system, err2 := strconv.Atoi(fields[12])
	return time.Duration(user+system) * 10 * time.Millisecond, errors.Join(err, err2)
}

// ownCPU is the processor time that this process has used.
func ownCPU() (time.Duration, error) {
	var used syscall.Rusage
	err := syscall.Getrusage(syscall.RUSAGE_SELF, &used)
	return time.Duration(used.Utime.Nano() + used.Stime.Nano()), err
}

func (c *child) end() {
	_ = c.cmd.Process.Signal(os.Interrupt)
	gone := time.AfterFunc(10*time.Second, func() { _ = c.cmd.Process.Kill() })
	defer gone.Stop()
	_ = c.cmd.Wait()
}

// await waits until the child answers.
func (c *child) await(answers func() bool) error {
	for range 200 {
		if answers() {
			return nil
		}
		time.Sleep(50 * time.Millisecond)
	}
	return fmt.Errorf("%s did not answer within 10 s", filepath.Base(c.cmd.Path))
}

func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil
}

// startRedis starts one that does not rewrite its file: that would fall on one
// of the servers by chance, and take a core from it for seconds.
func startRedis(dir, sync string) (*child, error) {
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	c, err := start(dir, "redis-server", "--port", strconv.Itoa(port), "--bind", "127.0.0.1", "--save", "",
		"--appendonly", "yes", "--appendfsync", sync, "--auto-aof-rewrite-percentage", "0", "--maxmemory-policy", "noeviction")
	if err != nil {
		return nil, err
	}
	c.addr = "127.0.0.1:" + strconv.Itoa(port)
	return c, c.await(func() bool {
		conn, err := net.Dial("tcp", c.addr)
		if err == nil {
			conn.Close()
		}
		return err == nil
	})
}

// startServer starts one of the kinds before Redis, and waits for it.
func startServer(s settings, dir, kind, redis string, slugs []string) (*child, error) {
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	addr := "127.0.0.1:" + strconv.Itoa(port)
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	name, args := self, []string{"-server", kind, "-listen", addr, "-redis-url", "redis://" + redis}
	if kind == "ours" {
		catalog, err := writeCatalog(dir, slugs)
		if err != nil {
			return nil, err
		}
		name, err = filepath.Abs(s.outcry)
		if err != nil {
			return nil, err
		}
		args = []string{"serve", "--listen", addr, "--redis-url", "redis://" + redis, "--trusted-proxies", "127.0.0.1",
			"--data-dir", filepath.Join(dir, "data"), "--catalog", catalog}
		if s.geoip != "" {
			geoip, err := filepath.Abs(s.geoip)
			if err != nil {
				return nil, err
			}
			args = append(args, "--geoip", geoip)
		}
	}
	c, err := start(dir, name, args...)
	if err != nil {
		return nil, err
	}
	c.addr = addr
	return c, c.await(func() bool {
		response, err := http.Get("http://" + addr + "/healthz")
		if err == nil {
			response.Body.Close()
		}
		return err == nil && response.StatusCode == http.StatusOK
	})
}

func writeCatalog(dir string, slugs []string) (string, error) {
	type service struct {
		Slug string `json:"slug"`
		Name string `json:"name"`
	}
	var list []service
	for _, slug := range slugs {
		list = append(list, service{slug, strings.ToUpper(slug)})
	}
	text, err := json.Marshal(map[string]any{"services": list})
	if err != nil {
		return "", err
	}
	file := filepath.Join(dir, "catalog.json")
	return file, errors.Join(os.WriteFile(file, text, 0o600))
}
