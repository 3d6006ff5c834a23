package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"time"

	"outcry"
	"outcry/anomaly"
	"outcry/ingest/replay"
	"outcry/ingest/source"
)

// replayed is what replay prints with --json.
type replayed struct {
	Reports    int               `json:"reports"`
	Counted    int               `json:"counted"`
	Discounted int               `json:"discounted"`
	Rejected   int               `json:"rejected"`
	Incidents  []outcry.Incident `json:"incidents"`
}

// runReplay runs recorded reports through the real pipeline: the same desk,
// script, buckets and watcher as serve, on an embedded store of its own and a
// clock that the file's times turn.
func runReplay(ctx context.Context, args []string, env environment) error {
	var c config
	var asJSON, strict bool
	var until time.Time
	f := flagSet("replay FILE")
	f.StringVar(&c.catalogFile, "catalog", "", "file with the services (empty: the embedded one)")
	f.StringVar(&c.geoip, "geoip", "", "MaxMind-schema City or Country database for lines with an ip and no place")
	f.StringVar(&c.geoipASN, "geoip-asn", "", "MaxMind-schema ASN database for the same")
	f.Float64Var(&c.falseAlarms, "false-alarms", 0.05, "accepted false episodes per service and week")
	f.BoolVar(&asJSON, "json", false, "print one JSON document")
	f.BoolVar(&strict, "strict", false, "exit 1 if any line was rejected")
	f.Func("until", "time at which the clock ends, RFC 3339 (default: the last line's)", func(s string) (err error) {
		if until, err = time.Parse(time.RFC3339, s); err != nil {
			return errors.New("a time is written like 2006-01-02T15:04:05Z")
		}
		return nil
	})
	file, err := parseWith("file", f, args, env)
	if err != nil {
		return err
	}
	c.listen, c.role = "127.0.0.1:0", roleAll
	if err := c.check(); err != nil {
		return err
	}
	in, err := openInput(file, env.stdin)
	if err != nil {
		return err
	}
	defer in.Close()
	result, err := replayFile(ctx, c, in, until, env)
	if err != nil {
		return err
	}
	if err := result.print(env.stdout, asJSON); err != nil {
		return err
	}
	if strict && result.Rejected > 0 {
		return fmt.Errorf("%d of %d lines were rejected", result.Rejected, result.Reports+result.Rejected)
	}
	return nil
}

// openInput opens a file, or standard input for "-".
func openInput(file string, stdin io.Reader) (io.ReadCloser, error) {
	if file == "-" {
		return io.NopCloser(stdin), nil
	}
	return os.Open(file)
}

// replayFile counts every line and then judges every minute, from the first
// line's to the end. Counting does not depend on judging, so that the two need
// not take turns.
func replayFile(ctx context.Context, c config, in io.Reader, until time.Time, env environment) (*replayed, error) {
	p, err := openPipeline(c, source.Fleeting(), env.now)
	if err != nil {
		return nil, err
	}
	defer p.close()
	result := &replayed{Incidents: []outcry.Incident{}}
	seen := map[string]bool{}
	desk := &recorder{pipeline: p, stored: func(report outcry.Report, ack outcry.Acknowledgement) {
		result.add(ack)
		seen[report.Service] = true
	}}
	var first, last time.Time
	reject := func(n int, reason string) {
		result.Rejected++
		fmt.Fprintf(env.stderr, "line %d: %s\n", n, reason)
	}
	err = replay.Read(in, func(n int, l replay.Line) error {
		if !until.IsZero() && l.Time.After(until) {
			return nil
		}
		switch err := desk.take(ctx, l); {
		case isRejection(err):
			reject(n, err.Error())
			return nil
		case err != nil:
			return fmt.Errorf("line %d: %w", n, err)
		}
		if first.IsZero() {
			first = l.Time
		}
		last = maxTime(last, l.Time)
		return nil
	}, reject)
	if err != nil || first.IsZero() {
		return result, err
	}
	if err := desk.flush(ctx); err != nil {
		return nil, err
	}
	if !until.IsZero() {
		last = until
	}
	if err := p.judge(ctx, seen, first, last); err != nil {
		return nil, err
	}
	result.Incidents, err = p.incidents(ctx)
	return result, err
}

func (r *replayed) add(ack outcry.Acknowledgement) {
	r.Reports++
	if ack.Counted() {
		r.Counted++
	} else {
		r.Discounted++
	}
}

func maxTime(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// print writes the result for people, or as one JSON document.
func (r *replayed) print(w io.Writer, asJSON bool) error {
	if asJSON {
		e := json.NewEncoder(w)
		e.SetIndent("", "  ")
		return e.Encode(r)
	}
	fmt.Fprintf(w, "%d reports, %d counted, %d discounted, %d lines rejected\n", r.Reports, r.Counted, r.Discounted, r.Rejected)
	if len(r.Incidents) == 0 {
		fmt.Fprintln(w, "no incident")
	}
	for _, i := range r.Incidents {
		fmt.Fprintf(w, "\n%s (%s): %s, %s, cause %s\n", i.Name, i.ID, i.State, i.Severity, i.Attribution.Cause)
		fmt.Fprintf(w, "  started %s, detected %s\n", i.StartedAt.Format(time.RFC3339), i.DetectedAt.Format(time.RFC3339))
		for _, u := range i.Updates {
			fmt.Fprintf(w, "  %s  %-10s %s\n", u.At.Format(time.RFC3339), u.State, u.Text)
		}
	}
	return nil
}

// judge runs a watcher over [first, last] for the services that were seen; of
// the others there is nothing to say.
func (p *pipeline) judge(ctx context.Context, seen map[string]bool, first, last time.Time) error {
	catalog := p.catalogs.get().Only(func(s outcry.Service) bool { return seen[s.Slug] })
	w := anomaly.NewWatcher(anomaly.Config{
		Catalog: func() *outcry.Catalog { return catalog }, Counts: p.store, Board: p.store,
		FalseAlarms: p.falseAlarms, AlwaysOpen: true, CheckpointEvery: forever,
	})
	w.StartAt(first)
	for t := first; ; t = t.Add(judgeStep) {
		if t.After(last) {
			t = last
		}
		if err := w.Tick(ctx, t); err != nil {
			return err
		}
		if !t.Before(last) {
			return nil
		}
	}
}

const (
	// judgeStep is how far the clock of a replay jumps at once.
	judgeStep = 24 * time.Hour
	forever   = time.Duration(1<<63 - 1)
)

// incidents lists all, in order of start.
func (p *pipeline) incidents(ctx context.Context) ([]outcry.Incident, error) {
	all := []outcry.Incident{}
	for after := ""; ; {
		page, err := p.store.Incidents(ctx, outcry.IncidentFilter{After: after, Limit: 500})
		if err != nil {
			return nil, err
		}
		if len(page) == 0 {
			slices.Reverse(all)
			return all, nil
		}
		all = append(all, page...)
		after = page[len(page)-1].ID
	}
}
