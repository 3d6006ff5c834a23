package frontend

import (
	"slices"

	"outcry"
)

// exampleView is one outage as two pictures above each other: what was
// reported, and how much that spoke against the usual. Their paths lie in a box
// of Slots × chartHeight units, as a chart's.
type exampleView struct {
	Slots                       int
	Bars, Over, Upper, Expected string
	Evidence, Threshold         string
	CountTop, EvidenceTop       string // labels of the highest level
	Outage                      trialBar
	Marks                       []exampleMark
	Ratio                       string
	Delay, After                int // minutes to the alarm, and to the all-clear; −1: none
	Total, Usual                int // in the outage
	Peak                        string
}

// exampleMark is a moment, by a letter in the picture.
type exampleMark struct {
	Letter, At, Words string
	Anchor            string // of its letter, so that close ones stand apart
}

func newExampleView(x outcry.TrialExample) exampleView {
	n := len(x.Counts)
	v := exampleView{Slots: max(n, 1), Ratio: timesWord(x.Ratio), Delay: -1, After: -1}
	if n == 0 || len(x.Expected) != n || len(x.Upper) != n || len(x.Evidence) != n || len(x.Threshold) != n {
		return exampleView{}
	}
	top := niceTop(max(float64(slices.Max(x.Counts)), slices.Max(x.Upper)))
	y := scale(top, chartHeight)
	v.Bars, _ = silhouette(x.Counts, y, func(int) bool { return true })
	v.Over, _ = silhouette(x.Counts, y, func(i int) bool { return float64(x.Counts[i]) > x.Upper[i] })
	v.Upper, v.Expected = area(x.Upper, y), line(x.Expected, y)
	high := niceTop(max(slices.Max(x.Evidence), slices.Max(x.Threshold)))
	e := scale(high, chartHeight)
	v.Evidence, v.Threshold = area(x.Evidence, e), line(x.Threshold, e)
	v.CountTop, v.EvidenceTop = whole(int(top)), whole(int(high))
	v.Outage = trialBar{X: per(float64(x.Outage[0]) / float64(n)), Width: per(float64(x.Outage[1]-x.Outage[0]) / float64(n))}
	usual := 0.0
	for i := x.Outage[0]; i < min(x.Outage[1], n); i++ {
		v.Total += x.Counts[i]
		usual += x.Expected[i]
	}
	v.Usual, v.Peak = int(usual+0.5), sure(slices.Max(x.Evidence))
	v.mark(x)
	return v
}

// closeMarks is the part of the width below which two letters would touch on a
// narrow phone.
const closeMarks = 0.06

// mark sets the letters.
func (v *exampleView) mark(x outcry.TrialExample) {
	last := -1.0
	add := func(minute int, words string) {
		at := float64(minute) / float64(v.Slots)
		if n := len(v.Marks); n > 0 && at-last < closeMarks {
			v.Marks[n-1].Anchor = "end"
			defer func() { v.Marks[n].Anchor = "start" }()
		}
		last = at
		v.Marks = append(v.Marks, exampleMark{string(rune('A' + len(v.Marks))), per(at), words, "middle"})
	}
	add(x.Outage[0], "the outage begins")
	if x.Noticed >= 0 {
		v.Delay = x.Noticed - x.Outage[0]
		word := "we say “possible trouble”"
		if x.Likely == x.Noticed {
			word = "we say “likely outage”"
		}
		add(x.Noticed, word+", "+howLong(float64(v.Delay))+" later")
		if x.Likely > x.Noticed {
			add(x.Likely, "we say “likely outage”")
		}
	}
	add(x.Outage[1], "the outage ends")
	if x.AllClear >= 0 {
		v.After = x.AllClear - x.Outage[1]
		add(x.AllClear, "we give the all-clear, "+howLong(float64(v.After))+" later")
	}
}
