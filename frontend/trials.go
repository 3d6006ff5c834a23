package frontend

import (
	"fmt"
	"math"
	"strconv"

	"outcry"
)

// trialsView is the measured figures ready to be read and drawn.
type trialsView struct {
	*outcry.Trials
	Words   []string
	All     trialPanel   // services of all sizes together
	Panels  []trialPanel // one a size of service
	False   []falseRow
	Rates   []rateRow
	Example exampleView
	// About many services at once, about the first weeks, and about very large
	// services.
	Site          []string
	Sites         []siteRow
	First, Larger string
}

// methodologyView and scorecardView are their pages with the figures.
type methodologyView struct {
	MethodologyPage
	Measured *trialsView
}

type scorecardView struct {
	ScorecardPage
	Measured *trialsView
}

// Total is how many incidents the record is of.
func (p ScorecardPage) Total() int {
	n := p.Retracted + p.Open
	for _, k := range p.Labels {
		n += k
	}
	return n
}

// Checked says how many of the closed incidents anybody has checked.
func (p ScorecardPage) Checked() string {
	checked, closed := 0, 0
	for label, n := range p.Labels {
		closed += n
		if label == outcry.Confirmed || label == outcry.FalseAlarm {
			checked += n
		}
	}
	switch {
	case closed == 0:
		return "No incident has ended yet."
	case checked == 0:
		return "Nobody has checked any of these yet, so that they say neither that we were right nor that we were wrong."
	}
	return "Checked by a person, a probe or the service's own words: " + whole(checked) + " of the " + whole(closed) + " that have ended. The rest is neither right nor wrong."
}

// newTrialsView is nil where nothing was measured.
func newTrialsView(t *outcry.Trials) *trialsView {
	if t == nil || t.Of(-1, -1).Noticed.Of == 0 {
		return nil
	}
	v := &trialsView{Trials: t, Words: trialWords(t), False: falseRows(t), Rates: rateRows(t), Example: newExampleView(t.Example),
		Site: siteWords(t), Sites: siteRows(t), First: promiseWords(t.Promise), Larger: largeWords(t.Large)}
	v.All = newTrialPanel(t, -1)
	for i := range t.Tiers {
		v.Panels = append(v.Panels, newTrialPanel(t, i))
	}
	return v
}

// trialPanel is the outages on services of one size.
type trialPanel struct {
	Title, What string
	Rows        []trialRow
	// Detectable is what the page says it would notice, "" where not known.
	Detectable string
}

// trialRow is the outages of one class: a bar of what was noticed how soon,
// with the interval of the whole.
type trialRow struct {
	Size   string
	Bars   []trialBar
	Low    string // ends of the interval, in per cent
	High   string
	Found  outcry.TrialShare
	Median string
}

// trialBar is a part of a row's bar, in per cent of its width.
type trialBar struct{ X, Width, Class string }

// soon are the minutes that tell the parts of a bar apart; what lasted longer
// is the last part.
var soon = []struct {
	minutes int
	class   string
}{{5, "s5"}, {15, "s15"}, {60, "s60"}, {math.MaxInt, "later"}}

func newTrialPanel(t *outcry.Trials, tier int) trialPanel {
	p := trialPanel{Title: "All services", What: "services of all four sizes, in equal numbers"}
	if tier >= 0 {
		x := t.Tiers[tier]
		p.Title = tierTitle(x.Name)
		p.What = fmt.Sprintf("%s to %s complaints a day", whole(int(x.Low)), whole(int(x.High)))
		if x.Detectable.Of > 0 {
			p.Detectable = timesWord(x.Detectable.Median)
		}
	}
	for size := range t.Sizes {
		p.Rows = append(p.Rows, newTrialRow(t, t.Of(tier, size)))
	}
	return p
}

func tierTitle(name string) string { return "A " + name + " service" }

func newTrialRow(t *outcry.Trials, f outcry.TrialFound) trialRow {
	r := trialRow{Size: sizeWords(t.Sizes[f.Size]), Found: f.Noticed, Low: per(f.Noticed.Low), High: per(f.Noticed.High), Median: "–"}
	if f.Delay.Of > 0 {
		r.Median = minutes(f.Delay.Median)
	}
	if f.Noticed.Of == 0 {
		return r
	}
	before := 0
	for _, s := range soon {
		n := max(before, within(t, f, s.minutes))
		if n > before {
			of := float64(f.Noticed.Of)
			r.Bars = append(r.Bars, trialBar{X: per(float64(before) / of), Width: per(float64(n-before) / of), Class: s.class})
		}
		before = n
	}
	return r
}

// within is how many were noticed within so many minutes, by the largest mark
// that is not above it.
func within(t *outcry.Trials, f outcry.TrialFound, limit int) int {
	if limit == math.MaxInt {
		return f.Noticed.Count
	}
	n := 0
	for i, m := range t.Marks {
		if m <= limit && i < len(f.Within) {
			n = f.Within[i]
		}
	}
	return n
}

// per writes a share in per cent, for coordinates.
func per(share float64) string { return short(share * 100) }

func sizeWords(s [2]float64) string {
	number := func(x float64) string { return strconv.FormatFloat(x, 'g', 3, 64) }
	return number(s[0]) + " to " + number(s[1]) + " times"
}

func minutes(x float64) string {
	if x < 0.5 {
		return "under 1 min"
	}
	return whole(int(math.Round(x))) + " min"
}

// falseRow is one cause of false alarms that we simulated.
type falseRow struct {
	Name, What    string
	At, Low, High string // per cent
	False         outcry.TrialShare
	OnlyUpper     bool // none was seen: the interval alone says something
}

func falseRows(t *outcry.Trials) []falseRow {
	var rows []falseRow
	for _, c := range t.False.Causes {
		name, what := causeWords(c.Cause)
		rows = append(rows, falseRow{Name: name, What: what, At: per(c.False.Share()), Low: per(c.False.Low), High: per(c.False.High),
			False: c.False, OnlyUpper: c.False.Count == 0})
	}
	return rows
}

// rateRow is a rate of false alarms.
type rateRow struct {
	Name            string
	Rate, Low, High string // in 1,000 service-weeks
	Count, Weeks    int
}

func rateRows(t *outcry.Trials) []rateRow {
	var rows []rateRow
	add := func(name string, r outcry.TrialRate) {
		if !(r.Weeks > 0) {
			return
		}
		n := func(x float64) string { return whole(int(math.Round(1000 * x))) }
		rows = append(rows, rateRow{name, n(r.Rate()), n(r.Low), n(r.High), r.Count, int(math.Round(r.Weeks))})
	}
	f := t.False
	add("All, whatever their cause", f.All)
	add("Those that were called likely", f.Likely)
	add("By chance alone", f.Chance)
	for i, r := range f.Tiers {
		add("All, on a "+t.Tiers[i].Name+" service", r)
	}
	add("In the first "+strconv.Itoa(t.Learning)+" weeks, from nothing", f.Learning)
	return rows
}

// causeWords is the name of a cause and what was simulated.
func causeWords(cause string) (name, what string) {
	switch cause {
	case "blip":
		return "A blip", "one minute in which many people report, and none after it"
	case "flood":
		return "A flood", "one source that reports for hours, up to its cap"
	case "deadline":
		return "A deadline", "an unannounced rise over hours to 1.5 to 2.5 times the usual"
	case "holiday":
		return "A holiday", "a weekday that runs like a Saturday"
	case "shift":
		return "A lasting rise", "to 1.3 to 2 times the usual within a day and a half, for good"
	case "clock_change":
		return "A clock change", "the week after summer time begins"
	}
	return "Something else", cause
}

// trialWords says the figures in plain words.
func trialWords(t *outcry.Trials) []string {
	var words []string
	const three = 2 // the class of outages about which the first sentence is
	for tier := len(t.Tiers) - 1; tier > 0 && three < len(t.Sizes); tier-- {
		f := t.Of(tier, three)
		if f.Noticed.Of == 0 {
			continue
		}
		s := fmt.Sprintf("Of 100 outages that brought %s the usual reports to a %s service (%s to %s complaints a day), we noticed %s",
			sizeWords(t.Sizes[three]), t.Tiers[tier].Name, whole(int(t.Tiers[tier].Low)), whole(int(t.Tiers[tier].High)), of100(f.Noticed))
		if f.Delay.Of > 0 {
			s += ", half of them within " + howLong(f.Delay.Median) + " of their true beginning"
		}
		words = append(words, s+".")
	}
	f := t.False
	if f.All.Weeks > 0 {
		words = append(words, fmt.Sprintf("In 1,000 service-weeks without an outage, we raised a false alarm %s. "+
			"Leaving aside what we threw in to mislead it, chance alone did so %s; the detector was told to accept %s.",
			of1000(f.All), of1000(f.Chance), whole(int(math.Round(1000*t.Accepted)))))
	}
	all := t.Of(-1, -1)
	if all.AllClear.Of > 0 {
		words = append(words, fmt.Sprintf("Half of the all-clears came within %s of the true end, nine of ten within %s. "+
			"Of 100 outages that we noticed, %s had their all-clear before their end.",
			howLong(all.AllClear.Median), howLong(all.AllClear.Ninety), of100(all.Early)))
	}
	return append(words, untoldWords(t)...)
}

func untoldWords(t *outcry.Trials) []string {
	if t.FirstVerdict.Of == 0 {
		return nil
	}
	s := fmt.Sprintf("A new service gets its first verdict after %s days; until then we say “cannot tell”, and raise a false alarm %s in 1,000 such weeks. ",
		whole(int(math.Round(t.FirstVerdict.Median/24))), of1000(t.False.Learning))
	if t.Untold.Count == 0 {
		return []string{s + "After that there was always a verdict."}
	}
	return []string{s + "After that, " + percent(t.Untold.Share()) + " of the time was without a verdict."}
}

// of100 is "87 (with 95 % confidence, 79 to 92)".
func of100(s outcry.TrialShare) string {
	n := func(x float64) string { return whole(int(math.Round(100 * x))) }
	return fmt.Sprintf("%s (95 %% interval: %s to %s)", n(s.Share()), n(s.Low), n(s.High))
}

// of1000 is the same for a rate.
func of1000(r outcry.TrialRate) string {
	n := func(x float64) string { return whole(int(math.Round(1000 * x))) }
	return fmt.Sprintf("%s times (%s to %s)", n(r.Rate()), n(r.Low), n(r.High))
}

// howLong is a number of minutes, as said.
func howLong(minutes float64) string {
	if m := int(math.Round(minutes)); m != 1 {
		return plural(m, "minute", "minutes")
	}
	return "1 minute"
}

// sure is how many times as likely in an outage the counts must be, as words,
// for evidence of so many nats.
func sure(nats float64) string {
	const most = 1e12 // beyond it, odds say no more
	x := math.Exp(nats)
	switch {
	case !(x >= 1): // NaN too
		return "–"
	case x > most:
		return "more than " + whole(most)
	}
	unit := math.Pow(10, math.Max(0, math.Floor(math.Log10(x))-1)) // two digits
	return whole(int(math.Round(x/unit) * unit))
}

// Need is the evidence at which the example's alarm could begin, nats.
func (v *trialsView) Need() float64 {
	if len(v.Trials.Example.Threshold) == 0 {
		return 0
	}
	return v.Trials.Example.Threshold[0]
}

// AcceptedWords is how many false alarms in 1,000 weeks were asked for.
func (v *trialsView) AcceptedWords() string { return whole(int(math.Round(1000 * v.Accepted))) }

// Surer is the same for "likely".
func (v *trialsView) Surer() float64 { return v.Need() + v.Rule.Surer }

// ServiceWeeks is how long was watched without an outage, after the learning.
func (v *trialsView) ServiceWeeks() int { return int(math.Round(v.Trials.False.All.Weeks)) }

// Outages is how many there were.
func (v *trialsView) Outages() int { return v.Of(-1, -1).Noticed.Of }
