package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"

	"outcry/anomaly/backtest"
)

// runBacktest is `outcry backtest DIR`: recorded counts in, alarms out.
func runBacktest(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	flags := flag.NewFlagSet("backtest", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.Usage = func() {
		fmt.Fprintln(stderr, "usage: outcry backtest [--false-alarms RATE] DIR > alarms.csv")
		flags.PrintDefaults()
	}
	rate := flags.Float64("false-alarms", 0,
		"accepted false episodes per series and week (default 0.25; of weekly bins the share of false weeks, default 0.01)")
	dir, err := parseInterspersed(flags, args)
	if errors.Is(err, flag.ErrHelp) {
		return nil
	}
	if err != nil {
		return err
	}
	given := false
	flags.Visit(func(f *flag.Flag) { given = given || f.Name == "false-alarms" })
	if given && !(*rate > 0 && *rate <= 1000) {
		return fmt.Errorf("--false-alarms: %g is not a rate above 0", *rate)
	}
	if info, err := os.Stat(dir); err != nil || !info.IsDir() {
		return fmt.Errorf("%s is not a folder", dir)
	}
	return backtest.Run(ctx, os.DirFS(dir), backtest.Options{FalseAlarms: *rate}, stdout)
}

// parseInterspersed parses flags that may stand before or after the one
// argument, the folder.
func parseInterspersed(flags *flag.FlagSet, args []string) (dir string, err error) {
	var rest []string
	for {
		if err := flags.Parse(args); err != nil {
			return "", err
		}
		if flags.NArg() == 0 {
			break
		}
		rest = append(rest, flags.Arg(0))
		args = flags.Args()[1:]
	}
	if len(rest) != 1 {
		return "", fmt.Errorf("backtest wants one folder, not %d", len(rest))
	}
	return rest[0], nil
}
