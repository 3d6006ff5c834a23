package frontend

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"outcry"
)

// Sentence says a verdict in one sentence that stands alone, as a headline, a
// feed's title or a tweet would need it.
func Sentence(name string, v outcry.Verdict, now time.Time) string {
	if why := reasoning(v, now); why != "" {
		return name + ": " + lowerFirst(stateWords(v.State)) + ". " + why
	}
	return name + ": " + lowerFirst(stateWords(v.State)) + "."
}

// stateWords is the verdict in two words.
func stateWords(s outcry.State) string {
	switch s {
	case outcry.Operational:
		return "No sign of trouble"
	case outcry.Possible:
		return "Possible trouble"
	case outcry.Likely:
		return "Likely outage"
	}
	return "Cannot tell"
}

// reasoning is the numbers behind a verdict, in one or two sentences.
func reasoning(v outcry.Verdict, now time.Time) string {
	switch v.State {
	case outcry.Likely, outcry.Possible:
		s := counted(v.Reports)
		if v.Since != nil {
			s += ", since " + clock(*v.Since, now)
		}
		return s + "."
	case outcry.Operational:
		s := counted(v.Reports) + "."
		if v.Detectable > 0 {
			s += " An outage that brings " + timesWord(v.Detectable) + " the usual reports would show within half an hour."
		}
		return s
	}
	if v.Detectable > 0 {
		return "Too little is known about this service yet: an outage that brings less than " +
			timesWord(v.Detectable) + " the usual reports would go unnoticed."
	}
	return "Too little is known about this service yet."
}

// counted is "214 reports in 30 minutes, where 3 are usual".
func counted(r outcry.Reports) string {
	n := plural(r.Count, "report", "reports")
	if r.Count == 0 {
		n = "No reports"
	}
	in := ""
	if w := window(r.Window); w != "" {
		in = " in " + w
	}
	usual := amount(r.Expected)
	switch {
	case r.Expected <= 0:
		return n + in
	case usual == "1":
		return n + in + ", where 1 is usual"
	}
	return n + in + ", where " + usual + " are usual"
}

// window reads a Go duration as "30 minutes"; what is none is "".
func window(s string) string {
	d, err := time.ParseDuration(s)
	if err != nil || d <= 0 {
		return ""
	}
	return span(d)
}

// span is a length of time in words, rounded to what a reader wants to know.
func span(d time.Duration) string {
	m := int(math.Round(d.Minutes()))
	switch {
	case m < 1:
		return "less than a minute"
	case m < 120:
		return plural(m, "minute", "minutes")
	case m < 48*60:
		h, rest := m/60, m%60
		if rest == 0 || h >= 12 {
			return plural(int(math.Round(float64(m)/60)), "hour", "hours")
		}
		return fmt.Sprintf("%s %d min", plural(h, "hour", "hours"), rest)
	}
	return plural(int(math.Round(float64(m)/60/24)), "day", "days")
}

// plural is "1 report", "2 reports", "1,204 reports".
func plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return whole(n) + " " + many
}

// whole writes a number with commas between thousands.
func whole(n int) string {
	s := strconv.Itoa(n)
	if n < 0 {
		return "−" + whole(-n)
	}
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// amount writes an expectation as people say it: "fewer than 1", "3", "1,200".
func amount(x float64) string {
	switch {
	case math.IsNaN(x) || math.IsInf(x, 0):
		return "–"
	case x <= 0:
		return "0"
	case x < 0.95:
		return "fewer than 1"
	}
	return whole(int(math.Round(x)))
}

// fewer is amount for a table.
func fewer(x float64) string {
	if x > 0 && x < 0.95 {
		return "< 1"
	}
	return amount(x)
}

// times writes a ratio: "1.5×", "12×".
func times(x float64) string {
	if math.IsNaN(x) || math.IsInf(x, 0) {
		return "–"
	}
	if x < 9.95 && math.Abs(x-math.Round(x)) >= 0.05 {
		return strconv.FormatFloat(x, 'f', 1, 64) + "×"
	}
	return whole(int(math.Round(x))) + "×"
}

// timesWord is times for running text: "4.5 times".
func timesWord(x float64) string { return strings.TrimSuffix(times(x), "×") + " times" }

// clock is "18:47 UTC", with the day where it is not today's.
func clock(t, now time.Time) string {
	t, now = t.UTC(), now.UTC()
	if t.Format(time.DateOnly) == now.Format(time.DateOnly) {
		return t.Format("15:04 UTC")
	}
	if t.Year() == now.Year() {
		return t.Format("15:04 UTC on 2 January")
	}
	return t.Format("15:04 UTC on 2 January 2006")
}

func day(t time.Time) string { return t.UTC().Format("2 January 2006") }

func moment(t time.Time) string { return t.UTC().Format("2 January 2006, 15:04 UTC") }

func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }

func lowerFirst(s string) string {
	if s == "" {
		return s
	}
	return strings.ToLower(s[:1]) + s[1:]
}
