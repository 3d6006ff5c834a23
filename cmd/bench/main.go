// Command bench measures the whole way of a report, from the HTTP request to
// the answer after it was stored, side by side with three yardsticks, in one
// run and in turns:
//
//	bare     a Fiber handler that parses the same JSON and stores nothing
//	each     the same handler with one call of the script for each request
//	grouped  the same handler with our group commit: what storing costs at least
//	ours     `outcry serve`: address, place, hashes, checks, group commit, script
//
// Redis syncs its file every second or always, and 64 or 256 clients each send
// their next report when the last is answered. An open loop then sends at a
// fixed rate and measures each answer from the moment its report was due, so
// that a stall is charged to all who would have come during it. Only the
// ratios of one run mean anything; load and servers share the machine.
//
//	make bench
//	go run ./cmd/bench -outcry bin/outcry -seconds 5 -rounds 3
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// settings are the flags.
type settings struct {
	outcry   string
	geoip    string
	clients  []int
	syncs    []string
	services int
	span     time.Duration
	rounds   int
	rate     int
	server   string // run as this server, for the bench itself
	listen   string
	redis    string
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, out io.Writer) error {
	s, err := parse(args)
	if err != nil {
		return err
	}
	if s.server != "" {
		return yardstick(ctx, s)
	}
	return measure(ctx, s, out)
}

func parse(args []string) (settings, error) {
	var s settings
	var clients, syncs string
	f := flag.NewFlagSet("bench", flag.ContinueOnError)
	f.StringVar(&s.outcry, "outcry", "bin/outcry", "the program to measure")
	f.StringVar(&s.geoip, "geoip", "", "place database that it looks addresses up in (empty: none)")
	f.StringVar(&clients, "clients", "64,256", "numbers of clients of the closed loop")
	f.StringVar(&syncs, "sync", "everysec,always", "values of Redis' appendfsync")
	f.IntVar(&s.services, "services", 20, "services that reports are about, drawn by Zipf's law")
	f.DurationVar(&s.span, "span", 5*time.Second, "length of one measurement")
	f.IntVar(&s.rounds, "rounds", 3, "how often each measurement is made; the median counts")
	f.IntVar(&s.rate, "rate", 2000, "reports a second of the open loop")
	f.StringVar(&s.server, "server", "", "for the bench itself: serve as bare, each or grouped")
	f.StringVar(&s.listen, "listen", "", "for the bench itself: address to serve on")
	f.StringVar(&s.redis, "redis-url", "", "for the bench itself: store of each and grouped")
	if err := f.Parse(args); err != nil {
		return s, err
	}
	for text := range strings.SplitSeq(clients, ",") {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 {
			return s, errors.New("-clients is not a list of numbers")
		}
		s.clients = append(s.clients, n)
	}
	s.syncs = strings.Split(syncs, ",")
	if s.services < 1 || s.rounds < 1 || s.rate < 1 || s.span <= 0 {
		return s, errors.New("-services, -rounds, -rate and -span are above 0")
	}
	return s, nil
}
