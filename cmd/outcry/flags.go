package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"strings"
)

// flagError names the flag whose value is at fault.
func flagError(name string, err error) error { return fmt.Errorf("--%s: %w", name, err) }

// flagSet makes a command's flags. What is wrong with them is an error, and
// nothing else is printed of it.
func flagSet(name string) *flag.FlagSet {
	f := flag.NewFlagSet(name, flag.ContinueOnError)
	f.SetOutput(io.Discard)
	f.Usage = func() {}
	return f
}

// parse reads args and then, for flags not given, their environment twins, and
// returns the arguments among the flags. A wrong value is named with its flag,
// in one sentence.
func parse(f *flag.FlagSet, args []string, env environment) (rest []string, err error) {
	for {
		switch err := f.Parse(args); {
		case errors.Is(err, flag.ErrHelp):
			fmt.Fprintf(env.stdout, "Flags of outcry %s:\n", f.Name())
			f.SetOutput(env.stdout)
			f.PrintDefaults()
			return nil, err
		case err != nil:
			return nil, fmt.Errorf("%w: %s", errUsage, dashes(err.Error()))
		}
		if f.NArg() == 0 {
			return rest, twins(f, env)
		}
		rest, args = append(rest, f.Arg(0)), f.Args()[1:]
	}
}

// twins sets the flags not given as their environment twins say.
func twins(f *flag.FlagSet, env environment) (err error) {
	given := map[string]bool{}
	f.Visit(func(x *flag.Flag) { given[x.Name] = true })
	f.VisitAll(func(x *flag.Flag) {
		value, ok := env.lookup(twin(x.Name))
		if !ok || given[x.Name] || err != nil {
			return
		}
		if e := f.Set(x.Name, value); e != nil {
			err = fmt.Errorf("%w: %s (for --%s) is not usable: %s", errUsage, twin(x.Name), x.Name, e)
		}
	})
	return err
}

// parseAlone is parse for commands that take flags only.
func parseAlone(f *flag.FlagSet, args []string, env environment) error {
	rest, err := parse(f, args, env)
	if err == nil && len(rest) > 0 {
		return fmt.Errorf("%w: outcry %s takes flags only, and was given %q", errUsage, f.Name(), rest[0])
	}
	return err
}

// parseWith is parse for commands that take one thing, a file or a folder.
func parseWith(thing string, f *flag.FlagSet, args []string, env environment) (string, error) {
	rest, err := parse(f, args, env)
	if err != nil {
		return "", err
	}
	if len(rest) != 1 {
		return "", fmt.Errorf("%w: outcry %s takes one %s, and was given %d", errUsage, f.Name(), thing, len(rest))
	}
	return rest[0], nil
}

// twin is the environment variable that stands for a flag.
func twin(name string) string {
	return "OUTCRY_" + strings.ToUpper(strings.ReplaceAll(name, "-", "_"))
}

// dashes writes flags in messages of package flag the way they are documented.
func dashes(text string) string {
	text = strings.ReplaceAll(text, " -", " --")
	return strings.ReplaceAll(text, "----", "--")
}
