package main

import (
	"context"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/valyala/fasthttp"
)

// crowd writes reports: every one has an id, a device and an address of its
// own, and services come by Zipf's law.
type crowd struct {
	slugs []string
	next  atomic.Uint64
	seed  uint64
}

var symptoms = [...]string{"site", "login", "slow"}

// report fills in the request of the next report.
func (c *crowd) report(r *fasthttp.Request, rng *rand.Rand, zipf *rand.Zipf) {
	n := c.next.Add(1)
	var id [16]byte
	binary.BigEndian.PutUint64(id[:8], c.seed^rng.Uint64())
	binary.BigEndian.PutUint64(id[8:], n)
	id[6], id[8] = id[6]&0x0f|0x40, id[8]&0x3f|0x80
	text := hex.EncodeToString(id[:])
	body := r.Body()[:0]
	body = append(body, `{"service":"`...)
	body = append(body, c.slugs[zipf.Uint64()]...)
	body = append(body, `","symptom":"`...)
	body = append(body, symptoms[n%uint64(len(symptoms))]...)
	body = append(body, `","id":"`...)
	body = append(body, text[:8]+"-"+text[8:12]+"-"+text[12:16]+"-"+text[16:20]+"-"+text[20:]...)
	body = append(body, `","device":"d`...)
	body = strconv.AppendUint(body, n^c.seed, 36)
	body = append(body, `"}`...)
	r.SetBodyRaw(body)
	// Anywhere in 1.0.0.0 to 126.255.255.255, each address once in a long time:
	// the multiplier has no factor in common with their number.
	host := uint32((n*2654435761)%(126<<24)) + 1<<24
	address := make([]byte, 0, 15)
	for shift := 24; shift >= 0; shift -= 8 {
		address = strconv.AppendUint(address, uint64(host>>shift&255), 10)
		if shift > 0 {
			address = append(address, '.')
		}
	}
	r.Header.SetBytesV("X-Forwarded-For", address)
}

// tally is what a measurement found.
type tally struct {
	stored, refused int
	took            time.Duration
	latencies       []time.Duration // of those stored
	load            time.Duration   // processor time of sending
	server, redis   time.Duration   // processor time they used
	calls           int             // of the script
}

// perSecond is the goodput.
func (t tally) perSecond() float64 { return float64(t.stored) / t.took.Seconds() }

// percentile of the latencies, which are sorted on first use.
func (t tally) percentile(p float64) time.Duration {
	if len(t.latencies) == 0 {
		return 0
	}
	if !slices.IsSorted(t.latencies) {
		slices.Sort(t.latencies)
	}
	return t.latencies[min(int(p*float64(len(t.latencies))), len(t.latencies)-1)]
}

// sender is one client with a connection.
type sender struct {
	client  *fasthttp.HostClient
	crowd   *crowd
	rng     *rand.Rand
	zipf    *rand.Zipf
	request fasthttp.Request
	answer  fasthttp.Response
	tally
}

func (c *crowd) sender(client *fasthttp.HostClient, n int) *sender {
	s := &sender{client: client, crowd: c, rng: rand.New(rand.NewPCG(c.seed, uint64(n)))}
	s.zipf = rand.NewZipf(s.rng, 1.1, 1, uint64(len(c.slugs)-1))
	s.request.Header.SetMethod(http.MethodPost)
	s.request.Header.SetContentType("application/json")
	s.request.SetRequestURI("http://" + client.Addr + "/api/v1/reports")
	return s
}

// send sends one report, due at a moment, and notes what came of it.
func (s *sender) send(due time.Time) error {
	s.crowd.report(&s.request, s.rng, s.zipf)
	if err := s.client.Do(&s.request, &s.answer); err != nil {
		return err
	}
	switch code := s.answer.StatusCode(); code {
	case http.StatusCreated:
		s.stored++
		s.latencies = append(s.latencies, time.Since(due))
	case http.StatusServiceUnavailable:
		s.refused++
	default:
		return fmt.Errorf("answered %d: %s", code, s.answer.Body())
	}
	return nil
}

func hostClient(addr string, conns int) *fasthttp.HostClient {
	return &fasthttp.HostClient{Addr: addr, MaxConns: conns, ReadTimeout: 5 * time.Second, WriteTimeout: 5 * time.Second, MaxIdemponentCallAttempts: 1}
}

// closed lets n clients send for a span, each its next when it has an answer.
func (c *crowd) closed(ctx context.Context, addr string, n int, span time.Duration) (tally, error) {
	return c.all(ctx, addr, n, span, func(s *sender, begin, end time.Time) error {
		for now := time.Now(); now.Before(end) && ctx.Err() == nil; now = time.Now() {
			if err := s.send(now); err != nil {
				return err
			}
		}
		return nil
	})
}

// open sends rate reports a second for a span, whatever the answers do. The
// latency counts from when a report was due (Tene's coordinated omission).
func (c *crowd) open(ctx context.Context, addr string, rate int, span time.Duration) (tally, error) {
	var taken atomic.Int64
	apart := time.Second / time.Duration(rate)
	return c.all(ctx, addr, 512, span, func(s *sender, begin, end time.Time) error {
		for ctx.Err() == nil {
			due := begin.Add(time.Duration(taken.Add(1)-1) * apart)
			if !due.Before(end) {
				return nil
			}
			time.Sleep(time.Until(due))
			if err := s.send(due); err != nil {
				return err
			}
		}
		return nil
	})
}

func (c *crowd) all(ctx context.Context, addr string, n int, span time.Duration, each func(s *sender, begin, end time.Time) error) (tally, error) {
	client := hostClient(addr, n)
	defer client.CloseIdleConnections()
	begin := time.Now()
	senders := make([]*sender, n)
	errs := make([]error, n)
	var group sync.WaitGroup
	for i := range n {
		senders[i] = c.sender(client, i)
		group.Go(func() { errs[i] = each(senders[i], begin, begin.Add(span)) })
	}
	group.Wait()
	sum := tally{took: time.Since(begin)}
	for i, s := range senders {
		if errs[i] != nil {
			return sum, errs[i]
		}
		sum.stored += s.stored
		sum.refused += s.refused
		sum.latencies = append(sum.latencies, s.latencies...)
	}
	return sum, ctx.Err()
}
