// Command outcry is the product: it takes reports, judges them and shows what
// it found. main parses and wires; the work is done in the rooms beside cmd.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"
)

const usage = `Usage: outcry COMMAND [FLAGS]

  serve        the product: API, pages, detector
  demo         serve, on simulated weeks and an outage unfolding live
  replay FILE  run recorded reports through the pipeline, print the incidents
  backtest DIR counts in, alarms out: the detector alone
  verify FILE  check a receipt's signature
  healthcheck  ask a running server whether it is alive

outcry COMMAND -h lists the command's flags. Each has an environment twin:
--redis-url is OUTCRY_REDIS_URL.
`

// version is set by the linker.
var version = "dev"

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	err := run(ctx, os.Args[1:], environment{os.Stdin, os.Stdout, os.Stderr, os.LookupEnv, time.Now})
	switch {
	case err == nil || errors.Is(err, flag.ErrHelp):
	case errors.Is(err, errUsage):
		fmt.Fprintln(os.Stderr, "outcry:", err)
		os.Exit(2)
	default:
		fmt.Fprintln(os.Stderr, "outcry:", err)
		os.Exit(1)
	}
}

// environment is all that a command has of the world around it.
type environment struct {
	stdin          io.Reader
	stdout, stderr io.Writer
	lookup         func(name string) (string, bool)
	now            func() time.Time
}

// errUsage marks what is wrong with the call itself.
var errUsage = errors.New("usage")

// run is the program: it returns when the command is done or ctx ends.
func run(ctx context.Context, args []string, env environment) error {
	if len(args) == 0 {
		fmt.Fprint(env.stderr, usage)
		return fmt.Errorf("%w: no command given", errUsage)
	}
	command, rest := args[0], args[1:]
	switch command {
	case "serve":
		return runServe(ctx, rest, env)
	case "demo":
		return runDemo(ctx, rest, env)
	case "replay":
		return runReplay(ctx, rest, env)
	case "backtest":
		return runBacktest(ctx, rest, env)
	case "verify":
		return runVerify(ctx, rest, env)
	case "healthcheck":
		return runHealthcheck(ctx, rest, env)
	case "version", "--version":
		if err := parseAlone(flagSet("version"), rest, env); err != nil {
			return err
		}
		fmt.Fprintln(env.stdout, "outcry", version)
		return nil
	case "help", "-h", "--help":
		fmt.Fprint(env.stdout, usage)
		return nil
	}
	fmt.Fprint(env.stderr, usage)
	return fmt.Errorf("%w: there is no command %q", errUsage, command)
}
