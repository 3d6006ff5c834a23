// Command trials measures the detector on simulated services and writes the
// figures that /methodology and /scorecard show:
//
//	go run ./cmd/trials -seed 1 -sets 5 -made 2026-11-21
//
// or, with -promise, plays an empty installation of many services from its first
// minute on, on which nothing happens; that takes a third of a second for a
// service and week.
//
// It is run at the root of the repository, whose source of the detector it
// hashes into the file.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"time"

	"outcry/anomaly/trial"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	err := run(ctx, os.Args[1:], os.Stderr)
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "trials:", err)
		os.Exit(1)
	}
}

// settings are the command line.
type settings struct {
	seed     uint64
	sets     int
	services int
	weeks    int
	accepted float64
	made     time.Time
	promise  bool
	source   string
	out      string
}

func run(ctx context.Context, args []string, stderr io.Writer) error {
	s, err := parse(args, stderr)
	if err != nil {
		return err
	}
	if s.promise {
		return promise(ctx, s, stderr)
	}
	o := trial.Options{Services: s.services, Weeks: s.weeks, Accepted: s.accepted, Made: s.made}
	for i := range s.sets {
		o.Seeds = append(o.Seeds, s.seed+uint64(i))
	}
	if o.Detector, err = trial.Fingerprint(os.DirFS(filepath.Join(s.source, "anomaly"))); err != nil {
		return err
	}
	t, err := trial.Run(ctx, o)
	if err != nil {
		return err
	}
	if err := write(s.out, t); err != nil {
		return err
	}
	all := t.Of(-1, -1)
	fmt.Fprintf(stderr, "noticed %d of %d outages, median delay %g min; %d false alarms in %.0f service-weeks\n",
		all.Noticed.Count, all.Noticed.Of, all.Delay.Median, t.False.All.Count, t.False.All.Weeks)
	return nil
}

// promise measures what an installation says from its first minute on.
func promise(ctx context.Context, s settings, stderr io.Writer) error {
	p, err := trial.Promise(ctx, s.seed, s.services, s.weeks, s.accepted)
	if err != nil {
		return err
	}
	if p.Detector, err = trial.Fingerprint(os.DirFS(filepath.Join(s.source, "anomaly"))); err != nil {
		return err
	}
	p.Made = s.made.Format(time.DateOnly)
	for i, w := range p.Weeks {
		fmt.Fprintf(stderr, "week %d: %d false alarms, %d likely; each by itself %d and %d; accepted %.0f\n",
			i+1, w.Held.Possible, w.Held.Likely, w.Apart.Possible, w.Apart.Likely, p.Accepted*float64(p.Services))
	}
	return write(s.out, p)
}

func write(path string, figures any) error {
	text, err := json.MarshalIndent(figures, "", " ")
	if err != nil {
		return fmt.Errorf("write the figures: %w", err)
	}
	if err := os.WriteFile(path, append(text, '\n'), 0o644); err != nil {
		return fmt.Errorf("write the figures: %w", err)
	}
	return nil
}

func parse(args []string, stderr io.Writer) (settings, error) {
	var s settings
	f := flag.NewFlagSet("trials", flag.ContinueOnError)
	f.SetOutput(stderr)
	f.Uint64Var(&s.seed, "seed", 1, "seed of the first set; the others follow")
	f.IntVar(&s.sets, "sets", 5, "number of sets, of a world each")
	f.IntVar(&s.services, "services", 12, "services of a set")
	f.IntVar(&s.weeks, "weeks", 10, "weeks of a set, the first two for learning")
	f.Float64Var(&s.accepted, "false-alarms", 0.05, "accepted false alarms per service and week, as of outcry serve")
	f.BoolVar(&s.promise, "promise", false, "play an empty installation of -services for -weeks instead, on which nothing happens")
	f.StringVar(&s.source, "source", ".", "root of the repository")
	f.StringVar(&s.out, "out", filepath.Join("cmd", "outcry", "trials.json"), "file to write")
	f.Func("made", "the day that the figures carry, as 2006-01-02", func(text string) (err error) {
		s.made, err = time.Parse(time.DateOnly, text)
		return err
	})
	switch err := f.Parse(args); {
	case err != nil:
		return s, err
	case f.NArg() > 0:
		return s, fmt.Errorf("unexpected %q", f.Arg(0))
	case s.sets < 1:
		return s, errors.New("-sets must be 1 or more")
	case s.services < 1 || s.weeks < 1 || s.weeks < 3 && !s.promise:
		return s, errors.New("-services must be 1 or more and -weeks 3 or more, or 1 or more with -promise")
	case !(s.accepted > 0):
		return s, errors.New("-false-alarms must be above 0")
	case s.made.IsZero():
		return s, errors.New("-made is needed: the day that the figures carry")
	}
	return s, nil
}
