package simulate

import (
	"iter"
	"time"

	"outcry/ingest/replay"
)

// The length of the two parts of Demo.
const (
	DemoHistory = 15 * 24 * time.Hour
	DemoLive    = 3 * time.Hour
)

// Demo is what `outcry demo` shows: the reports of nine services around the
// world, near 60,000 lines in all. History ends where the present begins, at
// the full minute of live; from there two things happen:
//
//	+4 min  CoursePlus, a school's platform that hardly anybody reports as a
//	        rule, is down for 50 minutes
//	+6 min  Coursera fails worldwide for 40 minutes, yet only in part: login,
//	        dashboard and catalogue, while videos and quizzes go on
//
// and after that two hours are as usual. The present may be read lazily, a
// line at a time; it makes the history's random numbers once more, so that
// either can be read without the other.
func Demo(live time.Time, seed uint64) (history, present iter.Seq[replay.Line]) {
	live = live.UTC().Truncate(time.Minute)
	w := demoWorld(live)
	before := w
	before.Until = live
	return before.Lines(seed), since(w.Lines(seed), live)
}

func demoWorld(live time.Time) World {
	all := worldwide()
	w := World{From: live.Add(-DemoHistory), Until: live.Add(DemoLive), Services: []Service{
		life("coursera", 420, all), life("courseplus", coursePlusPerDay, coursePlusAudience()),
		life("edx", 240, all), life("canvas", 560, all.in("US", "CA", "AU", "GB")), life("zoom", 560, all),
		life("khan-academy", 300, all), life("duolingo", 520, all), life("github", 400, all),
		life("google-classroom", 380, all),
	}}
	w.Outages = []Outage{
		coursePlusDown(live.Add(4*time.Minute), live.Add(54*time.Minute)),
		{
			Name: "in part", Service: "coursera", PerMinute: 22, Works: .04,
			Phases: between(live.Add(6*time.Minute), live.Add(46*time.Minute)),
			Rise:   3 * time.Minute, Fall: 3 * time.Minute,
			Symptoms: mix("login 34 dashboard 26 catalog 22 site 12 slow 6"),
		},
	}
	return w
}

// since leaves out what comes before from.
func since(lines iter.Seq[replay.Line], from time.Time) iter.Seq[replay.Line] {
	return func(yield func(replay.Line) bool) {
		for l := range lines {
			if !l.Time.Before(from) && !yield(l) {
				return
			}
		}
	}
}
