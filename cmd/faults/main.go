// Command faults lets things go wrong around the real program, under load, and
// proves that no acknowledged report is lost or counted twice:
//
//	go run ./cmd/faults -seed 7 -seconds 60
//	go run ./cmd/faults -faults kill-redis,stop-redis -rate 2000
//
// It runs `outcry serve` and redis-server as processes of their own, sends
// reports at an even rate whatever becomes of them, each with an id that its
// client made and sends again after an unknown outcome, and meanwhile kills,
// halts, cuts off, fills and empties what the seed says. In the end the counts
// that the API gives, and those in Redis, must be what was acknowledged.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	switch {
	case err == nil || errors.Is(err, flag.ErrHelp):
	case errors.Is(err, errUsage):
		fmt.Fprintln(os.Stderr, "faults:", err)
		os.Exit(2)
	default:
		fmt.Fprintln(os.Stderr, "faults:", err)
		os.Exit(1)
	}
}

// errUsage marks what is wrong with the call itself.
var errUsage = errors.New("usage")

// options are the command line.
type options struct {
	seed      uint64
	names     string        // of scenarios, or of their beginnings
	length    time.Duration // of each
	rate      float64       // reports a second
	times     int           // kills, flushes
	stop      time.Duration // how long a server is halted
	services  int
	outcry    string        // the binary; "": built
	redis     string        // the binary
	answer    time.Duration // the slowest answer that is accepted
	recovery  time.Duration // the slowest recovery that is accepted
	patience  time.Duration // how long a client sends the same report again
	impatient float64       // share of clients that give up at once
	read      time.Duration // how long counts may take to be what was acknowledged
	keep      string        // folder for logs and data; "": a passing one
}

func parse(args []string, stderr io.Writer) (options, error) {
	var o options
	seconds := 0
	f := flag.NewFlagSet("faults", flag.ContinueOnError)
	f.SetOutput(stderr)
	f.Uint64Var(&o.seed, "seed", 1, "what all chances begin with")
	f.StringVar(&o.names, "faults", "all", "comma-separated scenarios, or the beginnings of their names: "+strings.Join(scenarioNames(), ", "))
	f.IntVar(&seconds, "seconds", 60, "how long each scenario is under load")
	f.Float64Var(&o.rate, "rate", 500, "reports sent a second")
	f.IntVar(&o.times, "times", 20, "how often something is killed in a scenario")
	f.DurationVar(&o.stop, "stop", 30*time.Second, "how long stop-redis halts it, at most half of -seconds")
	f.IntVar(&o.services, "services", 100, "services in the catalogue")
	f.StringVar(&o.outcry, "outcry", "", "the outcry binary (empty: built from this repository)")
	f.StringVar(&o.redis, "redis-server", "redis-server", "the redis-server binary")
	f.DurationVar(&o.answer, "answer", 1200*time.Millisecond, "the slowest answer that is accepted, besides twice what a server takes at worst that only syncs a byte")
	f.DurationVar(&o.recovery, "recovery", 10*time.Second, "the slowest recovery that is accepted")
	f.DurationVar(&o.patience, "patience", 20*time.Second, "how long a client sends the same report again")
	f.Float64Var(&o.impatient, "impatient", 0.05, "share of clients that give up after one unknown outcome")
	f.DurationVar(&o.read, "read", 20*time.Second, "how long, after the load, the counts may take to be right: a spool is handed over")
	f.StringVar(&o.keep, "keep", "", "empty or new folder in which logs and data stay (empty: none)")
	if err := f.Parse(args); err != nil {
		return o, err
	}
	o.length = time.Duration(seconds) * time.Second
	if f.NArg() > 0 || seconds < 1 || o.rate < 1 || o.times < 1 || o.services < 1 {
		return o, fmt.Errorf("%w: -seconds, -rate, -times and -services are at least 1, and nothing follows the flags", errUsage)
	}
	return o, nil
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	o, err := parse(args, stderr)
	if err != nil {
		return err
	}
	chosen, err := choose(o.names)
	if err != nil {
		return err
	}
	dir, done, err := workFolder(o.keep)
	if err != nil {
		return err
	}
	defer done()
	if o.outcry == "" {
		if o.outcry, err = build(ctx, dir); err != nil {
			return err
		}
	}
	table := newTable(stdout)
	var violations []error
	for _, s := range chosen {
		row, err := play(ctx, s, o, dir)
		table.add(row)
		if err != nil {
			violations = append(violations, fmt.Errorf("%s, seed %d: %w", s.name, o.seed, err))
			fmt.Fprintln(stderr, "VIOLATION", violations[len(violations)-1])
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
	}
	return errors.Join(violations...)
}

// workFolder is where servers keep their files, and how it is left.
func workFolder(keep string) (string, func(), error) {
	if keep != "" {
		dir, err := filepath.Abs(keep)
		if err != nil {
			return "", nil, err
		}
		// One seed makes the same reports each time, which servers with the
		// data of before would know already.
		if files, _ := os.ReadDir(dir); len(files) > 0 {
			return "", nil, fmt.Errorf("%w: -keep names a folder that is not empty", errUsage)
		}
		return dir, func() {}, os.MkdirAll(dir, 0o700)
	}
	dir, err := os.MkdirTemp("", "faults")
	return dir, func() { _ = os.RemoveAll(dir) }, err
}

// build makes the program from the sources this command is run among.
func build(ctx context.Context, dir string) (string, error) {
	name := filepath.Join(dir, "outcry")
	out, err := exec.CommandContext(ctx, "go", "build", "-o", name, "outcry/cmd/outcry").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("build outcry: %w: %s", err, strings.TrimSpace(string(out)))
	}
	return name, nil
}
