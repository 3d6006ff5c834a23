package main

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/uuid"
	"github.com/valyala/fasthttp"
)

// clientPatience is how long a client waits for an answer. The server's own
// limit is a second: who gives up by this one has found a handler that hangs.
const clientPatience = 4 * time.Second

// crowd is people who report, each once, from an address and a device of their
// own, so that nothing but a loss or a repetition makes the counts differ from
// their number.
type crowd struct {
	o      options
	addrs  []string // of the web processes
	ledger *ledger
	client *fasthttp.Client

	mu     sync.Mutex
	chance *rand.Rand
	bytes  *rand.ChaCha8 // of ids
	n      uint32        // people so far

	attempts atomic.Int64
	flying   chan struct{} // has room for the attempts that may be under way
	held     atomic.Int64  // people who could not be sent, as too many were under way
}

// mostFlying bounds the attempts under way, and so the connections.
const mostFlying = 8000

func newCrowd(o options, addrs []string, chance *rand.Rand) *crowd {
	var seed [32]byte
	for i := range seed {
		seed[i] = byte(chance.Uint32())
	}
	return &crowd{
		o: o, addrs: addrs, ledger: newLedger(), chance: chance, bytes: rand.NewChaCha8(seed),
		flying: make(chan struct{}, mostFlying),
		client: &fasthttp.Client{
			MaxConnsPerHost: mostFlying + 100, ReadTimeout: clientPatience, WriteTimeout: clientPatience,
			MaxIdemponentCallAttempts: 1, NoDefaultUserAgentHeader: true,
			Dial: func(addr string) (net.Conn, error) { return net.DialTimeout("tcp", addr, clientPatience) },
		},
	}
}

// person is the next one, who is entered into the ledger.
func (c *crowd) person() (*entry, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	id, err := uuid.NewRandomFromReader(c.bytes)
	if err != nil {
		return nil, err
	}
	e := &entry{
		cell: cell{service: int(float64(c.o.services) * c.chance.Float64() * c.chance.Float64())},
		id:   id.String(), device: fmt.Sprintf("device-%016x", c.chance.Uint64()),
		address: address(c.n), impatient: c.chance.Float64() < c.o.impatient,
	}
	c.n++
	c.ledger.open(e)
	return e, nil
}

// address is the n-th of 16 million public ones, in an order that spreads over
// all networks: multiplying by an odd number loses none.
func address(n uint32) string {
	x := n * 0x9E3779B1 & 0xFFFFFF
	return fmt.Sprintf("20.%d.%d.%d", x>>16, x>>8&255, x&255)
}

// slug and symptom name a cell to the API.
func (c cell) slug() string    { return fmt.Sprintf("service-%03d", c.service) }
func (c cell) symptom() string { return fmt.Sprintf("phase-%d", c.phase) }

// openLoop sends at an even rate for a while and until over is closed, whatever
// becomes of what was sent, and returns when everybody was answered or has
// given up.
func (c *crowd) openLoop(ctx context.Context, rate float64, length time.Duration, over <-chan struct{}, again bool) error {
	var people sync.WaitGroup
	defer people.Wait()
	began := time.Now()
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for sent := 0; ; {
		elapsed := time.Since(began)
		for ; float64(sent) < rate*elapsed.Seconds(); sent++ {
			select {
			case c.flying <- struct{}{}:
			default:
				c.held.Add(1)
				continue
			}
			e, err := c.person()
			if err != nil {
				return err
			}
			people.Go(func() { c.deliver(ctx, e, again) })
		}
		if elapsed >= length {
			select {
			case <-over:
				return nil
			default:
			}
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
	}
}

// closedLoop lets so many people at a time report, one after the other.
func (c *crowd) closedLoop(ctx context.Context, workers int, length time.Duration) error {
	ctx, cancel := context.WithTimeout(ctx, length)
	defer cancel()
	var people sync.WaitGroup
	defer people.Wait()
	for range workers {
		people.Go(func() {
			for ctx.Err() == nil {
				e, err := c.person()
				if err != nil {
					return
				}
				c.flying <- struct{}{}
				c.deliver(ctx, e, false)
			}
		})
	}
	return nil
}

// deliver sends a report until its outcome is known, its client has no more
// patience, or, unless again is set, once. The caller has made room for the
// first attempt among those under way.
func (c *crowd) deliver(ctx context.Context, e *entry, again bool) {
	began := time.Now()
	for attempt := 0; ; attempt++ {
		if attempt > 0 {
			c.flying <- struct{}{}
		}
		c.attempts.Add(1)
		o := c.send(e, c.addrs[(int(e.id[0])+attempt)%len(c.addrs)])
		<-c.flying
		c.ledger.note(e, o)
		if o.known() || !again || e.impatient || time.Since(began) > c.o.patience {
			return
		}
		wait := o.retryAfter
		if wait <= 0 {
			// Twice as long each time: a crowd that hammers on a closed port
			// takes the machine from the server that is to open it.
			wait = time.Duration(100+int(e.id[1])) * time.Millisecond << min(attempt, 4)
		}
		if !pause(ctx, wait) {
			return
		}
	}
}

// known is whether the client knows now what became of its report.
func (o outcome) known() bool {
	switch o.status {
	case 0, 408, 429, 503:
		return false
	}
	return true
}

// report is the body of a POST.
type report struct {
	Service string `json:"service"`
	Symptom string `json:"symptom"`
	ID      string `json:"id"`
	Device  string `json:"device"`
}

// send makes one attempt.
func (c *crowd) send(e *entry, addr string) outcome {
	body, _ := json.Marshal(report{e.slug(), e.symptom(), e.id, e.device}) // texts only
	req, resp := fasthttp.AcquireRequest(), fasthttp.AcquireResponse()
	defer fasthttp.ReleaseRequest(req)
	defer fasthttp.ReleaseResponse(resp)
	req.Header.SetMethod(fasthttp.MethodPost)
	req.SetRequestURI("http://" + addr + "/api/v1/reports")
	req.Header.SetContentType("application/json")
	req.Header.Set("X-Forwarded-For", e.address)
	req.SetBodyRaw(body)
	o := outcome{began: time.Now()}
	err := c.client.Do(req, resp)
	o.took = time.Since(o.began)
	if err != nil {
		return o
	}
	o.status = resp.StatusCode()
	seconds, _ := strconv.Atoi(string(resp.Header.Peek("Retry-After")))
	o.retryAfter = time.Duration(seconds) * time.Second
	var answer struct {
		Counted bool   `json:"counted"`
		Token   string `json:"withdraw_token"`
	}
	if o.status == fasthttp.StatusCreated && json.Unmarshal(resp.Body(), &answer) != nil {
		o.status = 0 // half an answer is none
	}
	o.counted, o.token = answer.Counted, answer.Token
	return o
}

// settle sends again what nobody knows the fate of, until it is known.
func (c *crowd) settle(ctx context.Context) error {
	left := make(chan *entry)
	var people sync.WaitGroup
	for range 64 {
		people.Go(func() {
			for e := range left {
				e.impatient = false
				c.flying <- struct{}{}
				c.deliver(ctx, e, true)
			}
		})
	}
	for _, e := range c.ledger.unsettled() {
		left <- e
	}
	close(left)
	people.Wait()
	if n := len(c.ledger.unsettled()); n > 0 {
		return fmt.Errorf("%d reports could not be sent though nothing is wrong any more", n)
	}
	return ctx.Err()
}

// withdraw takes a report back by its token.
func (c *crowd) withdraw(e *entry, addr string) (int, error) {
	req, resp := fasthttp.AcquireRequest(), fasthttp.AcquireResponse()
	defer fasthttp.ReleaseRequest(req)
	defer fasthttp.ReleaseResponse(resp)
	req.Header.SetMethod(fasthttp.MethodDelete)
	req.SetRequestURI("http://" + addr + "/api/v1/reports/" + e.id)
	req.Header.Set("Authorization", "Bearer "+e.token)
	err := c.client.Do(req, resp)
	return resp.StatusCode(), err
}
