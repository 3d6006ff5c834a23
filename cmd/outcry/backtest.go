package main

import (
	"context"
	"fmt"
	"os"
	"strconv"

	"outcry/anomaly/backtest"
)

// runBacktest is `outcry backtest DIR`: recorded counts in, alarms out.
func runBacktest(ctx context.Context, args []string, env environment) error {
	dir, options, err := backtestOptions(args, env)
	if err != nil {
		return err
	}
	if info, err := os.Stat(dir); err != nil || !info.IsDir() {
		return fmt.Errorf("%s is not a folder", dir)
	}
	return backtest.Run(ctx, os.DirFS(dir), options, env.stdout)
}

// backtestOptions reads the folder and the options of a backtest. No rate is
// the default of the bins' kind.
func backtestOptions(args []string, env environment) (dir string, o backtest.Options, err error) {
	f := flagSet("backtest DIR")
	f.Func("false-alarms", "accepted false episodes per series and week (default 0.25; of weekly bins the share of false weeks, default 0.01)",
		func(s string) (err error) { o.FalseAlarms, err = rate(s, 1000); return err })
	dir, err = parseWith("folder", f, args, env)
	return dir, o, err
}

// rate reads a number above 0 and at most most.
func rate(text string, most float64) (float64, error) {
	r, err := strconv.ParseFloat(text, 64)
	if err != nil || !(r > 0 && r <= most) {
		return 0, fmt.Errorf("not a rate above 0 and at most %g", most)
	}
	return r, nil
}
