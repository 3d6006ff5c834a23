package main

import (
	"fmt"
	"io"
	"strings"
	"time"
)

// row is what a scenario came to.
type row struct {
	name  string
	times int
	tally
	refused        int
	there          int // of the unknown, those that had been stored
	proof          proof
	slowest        time.Duration
	machine        time.Duration // of it, what the machine alone takes at worst
	slow           int
	start          time.Duration // of a web process, the slowest
	recovery       time.Duration
	settled        time.Duration // until all that was acknowledged could be read
	notes          []string
	broken, bare   int
	generatorShort int64
}

// table prints rows as they come.
type table struct{ out io.Writer }

func newTable(out io.Writer) table {
	fmt.Fprintf(out, "%-24s %5s %8s %8s %8s %13s %8s %7s %5s %8s %8s %5s %8s %8s %8s  %s\n", "fault", "times", "sent", "acked",
		"refused", "unknown", "counted", "missing", "twice", "slowest", "idle", ">1s", "start", "recovery", "settled", "notes")
	return table{out}
}

func (t table) add(r row) {
	notes := r.notes
	if r.broken > 0 {
		notes = append(notes, fmt.Sprintf("%d cut off", r.broken))
	}
	if r.bare > 0 {
		notes = append(notes, fmt.Sprintf("%d refusals without Retry-After", r.bare))
	}
	if r.discounted > 0 {
		notes = append(notes, fmt.Sprintf("%d discounted", r.discounted))
	}
	if r.generatorShort > 0 {
		notes = append(notes, fmt.Sprintf("%d not sent: too many under way", r.generatorShort))
	}
	unknown := fmt.Sprint(r.unknown)
	if r.unknown > 0 {
		unknown = fmt.Sprintf("%d (%d in)", r.unknown, r.there)
	}
	fmt.Fprintf(t.out, "%-24s %5d %8d %8d %8d %13s %8d %7d %5d %8s %8s %5d %8s %8s %8s  %s\n", r.name, r.times, r.sent, r.acknowledged,
		r.refused, unknown, r.proof.counted, r.proof.missing, r.proof.twice, milliseconds(r.slowest), milliseconds(r.machine), r.slow, milliseconds(r.start), milliseconds(r.recovery), milliseconds(r.settled), strings.Join(notes, "; "))
}

func milliseconds(d time.Duration) string {
	if d < 10*time.Second {
		return fmt.Sprintf("%dms", d.Milliseconds())
	}
	return fmt.Sprintf("%.1fs", d.Seconds())
}
