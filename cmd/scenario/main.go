// Command scenario writes simulated reports of a real or a typical incident,
// for `outcry replay`:
//
//	scenario courseplus-2022-10-24 | outcry replay -
//	scenario -about courseplus-2022-10-24
//
// Nobody publishes the reports behind an outage. What is public is when it
// began, what failed and when it ended; the crowd around that is made up by
// package simulate, and -about tells the two apart.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"

	"outcry/ingest/replay"
	"outcry/ingest/simulate"
)

func main() {
	err := run(os.Args[1:], os.Stdout, os.Stderr)
	switch {
	case err == nil || errors.Is(err, flag.ErrHelp):
	case errors.Is(err, errUsage):
		fmt.Fprintln(os.Stderr, "scenario:", err)
		os.Exit(2)
	default:
		fmt.Fprintln(os.Stderr, "scenario:", err)
		os.Exit(1)
	}
}

// errUsage marks what is wrong with the call itself.
var errUsage = errors.New("usage")

// options are the command line.
type options struct {
	name  string
	seed  uint64
	about bool
}

func run(args []string, stdout, stderr io.Writer) error {
	o, err := parse(args, stderr)
	if err != nil {
		return err
	}
	s, ok := simulate.FindScenario(o.name)
	if !ok {
		return fmt.Errorf("%w: there is no scenario %q; there are %s", errUsage, o.name, strings.Join(names(), ", "))
	}
	if o.about {
		_, err := io.WriteString(stdout, s.About())
		return err
	}
	return write(stdout, s, o.seed)
}

// parse takes the flags before or after the name.
func parse(args []string, stderr io.Writer) (options, error) {
	var o options
	f := flag.NewFlagSet("scenario", flag.ContinueOnError)
	f.SetOutput(stderr)
	f.Uint64Var(&o.seed, "seed", 1, "another seed is another crowd of the same size")
	f.BoolVar(&o.about, "about", false, "say what is fact and what is simulated, and write no reports")
	f.Usage = func() {
		fmt.Fprintf(stderr, "Usage: scenario NAME [-seed N] > file.ndjson\n       scenario NAME -about\n\n  %s\n\n", strings.Join(names(), "\n  "))
		f.PrintDefaults()
	}
	if err := f.Parse(args); err != nil {
		return o, usageError(err)
	}
	if o.name = f.Arg(0); o.name == "" {
		f.Usage()
		return o, fmt.Errorf("%w: no scenario named", errUsage)
	}
	if err := f.Parse(f.Args()[1:]); err != nil {
		return o, usageError(err)
	}
	if f.NArg() > 0 {
		return o, fmt.Errorf("%w: one scenario at a time", errUsage)
	}
	return o, nil
}

// usageError marks err, unless help was asked for.
func usageError(err error) error {
	if errors.Is(err, flag.ErrHelp) {
		return err
	}
	return fmt.Errorf("%w: %w", errUsage, err)
}

func names() []string {
	var all []string
	for _, s := range simulate.Scenarios() {
		all = append(all, s.Name)
	}
	return all
}

func write(w io.Writer, s simulate.Scenario, seed uint64) error {
	out := replay.NewWriter(w)
	for l := range s.World.Lines(seed) {
		if err := out.Write(l); err != nil {
			return err
		}
	}
	return out.Flush()
}
