package main

import (
	"context"
	"net"
	"os"
	"sync"
	"time"

	"github.com/valyala/fasthttp"
)

// control measures what the machine adds to every answer: a server that does
// nothing but sync a byte to the disk, asked often. While others use the
// machine an answer may be late that outcry gave in time, and this tells the
// two apart.
type control struct {
	server  *fasthttp.Server
	file    *os.File
	stop    context.CancelFunc
	work    sync.WaitGroup
	slowest time.Duration // read it after end
}

const controlEvery = 20 * time.Millisecond

func newControl(ctx context.Context, file string) (*control, error) {
	f, err := os.Create(file)
	if err != nil {
		return nil, err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	ctx, stop := context.WithCancel(ctx)
	c := &control{stop: stop, file: f}
	c.server = &fasthttp.Server{Handler: func(ctx *fasthttp.RequestCtx) {
		_, _ = f.Write([]byte{0})
		_ = f.Sync()
		ctx.SetStatusCode(fasthttp.StatusNoContent)
	}}
	c.work.Go(func() { _ = c.server.Serve(l) })
	c.work.Go(func() { c.ask(ctx, "http://"+l.Addr().String()) })
	return c, nil
}

func (c *control) ask(ctx context.Context, url string) {
	for due := time.Now(); ; due = due.Add(controlEvery) {
		if !pause(ctx, time.Until(due)) {
			return
		}
		if _, _, err := fasthttp.GetTimeout(nil, url, 10*time.Second); err != nil {
			continue
		}
		// From when it was due: a sleeper who is woken late is a late answer.
		c.slowest = max(c.slowest, time.Since(due))
		due = time.Now()
	}
}

func (c *control) end() {
	c.stop()
	_ = c.server.Shutdown()
	c.work.Wait()
	_ = c.file.Close()
}
