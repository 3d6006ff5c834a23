package outcry

// Trials is how the detector fared on simulated services, where the truth is
// known. Package anomaly/trial makes it; the pages show it.
type Trials struct {
	// Made is the day it was made, as 2006-01-02.
	Made string `json:"made"`
	// Detector is a hash of the source that was tried.
	Detector string   `json:"detector"`
	Seeds    []uint64 `json:"seeds"`
	// Accepted is the number of false alarms per service and week that the
	// detector was told to accept.
	Accepted float64 `json:"accepted"`
	// Services of each set ran for Weeks weeks, of which the first Learning
	// were without outages.
	Services int  `json:"services"`
	Weeks    int  `json:"weeks"`
	Learning int  `json:"learning"`
	Rule     Rule `json:"rule"`
	// Tiers are the classes of services by complaints a day, Sizes those of
	// outages by how many times the usual they brought.
	Tiers []TrialTier  `json:"tiers"`
	Sizes [][2]float64 `json:"sizes"`
	// Marks are minutes since the onset, for TrialFound.Within.
	Marks []int        `json:"marks"`
	Found []TrialFound `json:"found"`
	False TrialFalse   `json:"false"`
	// FirstVerdict is the hours until a service had its first verdict, Untold
	// the part of the looks after the learning at which there was none.
	FirstVerdict TrialSpread  `json:"first_verdict"`
	Untold       TrialShare   `json:"untold"`
	Example      TrialExample `json:"example"`
	// Sites are put together from what services said by themselves, of which
	// Chance false alarms by chance are drawn again and again.
	Sites  []TrialSite `json:"sites"`
	Chance int         `json:"chance"`
	Large  TrialLarge  `json:"large"`
	// Promise is kept in a file of its own, as it takes longer to measure.
	Promise *TrialPromise `json:"-"`
	Check   TrialCheck    `json:"check"`
}

// Rule is the decision's numbers, for those who are to understand it.
type Rule struct {
	// Surer is how many nats beyond the threshold make "possible" into
	// "likely"; Standing how many must be left without the largest network.
	Surer    float64 `json:"surer"`
	Standing float64 `json:"standing"`
	// SharePossible is the part of all incidents of a site that may be false,
	// ShareLikely of those called likely.
	SharePossible float64 `json:"share_possible"`
	ShareLikely   float64 `json:"share_likely"`
	// Fewest is the smallest crowd that is ever called a problem; FewestUnknown
	// the same where the usual is not known, with RatioUnknown times the guess.
	Fewest        int     `json:"fewest"`
	FewestUnknown int     `json:"fewest_unknown"`
	RatioUnknown  float64 `json:"ratio_unknown"`
	// Calm is how many minutes an incident recovers before the all-clear,
	// Rejoin how many after it new trouble is the same incident.
	Calm   int `json:"calm"`
	Rejoin int `json:"rejoin"`
}

// TrialTier is a class of services.
type TrialTier struct {
	Name string `json:"name"`
	// Low and High bound the complaints of a usual day.
	Low  float64 `json:"low"`
	High float64 `json:"high"`
	// Detectable is the multiple of the usual from which the site said, by day
	// and while nothing happened, that it would notice within half an hour.
	Detectable TrialSpread `json:"detectable"`
}

// TrialFound is what became of the outages of one class, or of all where Tier
// or Size is −1.
type TrialFound struct {
	Tier int `json:"tier"`
	Size int `json:"size"`
	// Noticed are those that were called possible or likely while they lasted,
	// Likely those called likely.
	Noticed TrialShare `json:"noticed"`
	Likely  TrialShare `json:"likely"`
	// Delay is minutes from the true onset to the first word, of those noticed.
	Delay TrialSpread `json:"delay"`
	// AllClear is minutes from the true end to the all-clear, of those under
	// alarm at their end; Early are those noticed whose all-clear came before.
	AllClear TrialSpread `json:"all_clear"`
	Early    TrialShare  `json:"early"`
	// Within counts those noticed within so many minutes as Marks says.
	Within []int `json:"within"`
}

// TrialFalse is what was said where there was no outage.
type TrialFalse struct {
	// All are the false alarms after the learning, Likely those of them that
	// were called likely, Chance those with no cause that we simulated, by the
	// time in which there was none.
	All    TrialRate `json:"all"`
	Likely TrialRate `json:"likely"`
	Chance TrialRate `json:"chance"`
	// Learning are those of the first weeks, which start from nothing.
	Learning TrialRate    `json:"learning"`
	Tiers    []TrialRate  `json:"tiers"`
	Causes   []TrialCause `json:"causes"`
}

// TrialCause is something that is no outage and may look like one, and how
// often it raised an alarm.
type TrialCause struct {
	Cause string     `json:"cause"` // "blip", "flood", "deadline", "holiday", "shift", "clock_change"
	False TrialShare `json:"false"`
}

// TrialSaid counts incidents, and those of them that were called likely.
type TrialSaid struct {
	Possible int `json:"possible"`
	Likely   int `json:"likely"`
}

// TrialLarge is a few very large services on which nothing ever fails: only
// deadlines that nobody announced, and minutes in which very many report.
type TrialLarge struct {
	Services int          `json:"services"`
	Weeks    int          `json:"weeks"`
	Low      float64      `json:"low"` // complaints a day
	High     float64      `json:"high"`
	False    TrialRate    `json:"false"`
	Likely   TrialRate    `json:"likely"`
	Chance   TrialRate    `json:"chance"`
	Causes   []TrialCause `json:"causes"`
}

// TrialSite is a site put together from weeks of the simulated services.
type TrialSite struct {
	Services int `json:"services"`
	Weeks    int `json:"weeks"`
	// Misled says that what may look like an outage happened too, as often as in
	// the sets; else false alarms are chance alone, of which the site's share is
	// promised.
	Misled bool `json:"misled"`
	// Apart is what services say that are judged each by itself, Held the same
	// where the share of false ones is held.
	Apart TrialSaying `json:"apart"`
	Held  TrialSaying `json:"held"`
}

// TrialSaying is what a site said, and what of it was false.
type TrialSaying struct {
	Incidents int `json:"incidents"`
	False     int `json:"false"`
	Likely    int `json:"likely"`
	// LikelyFalse is the part of Likely that is false.
	LikelyFalse int `json:"likely_false"`
	// Noticed of all Outages were told of while they lasted, Delay minutes after
	// their onset.
	Outages int         `json:"outages"`
	Noticed int         `json:"noticed"`
	Delay   TrialSpread `json:"delay"`
}

// TrialWeek is what was said in one week: by services that are judged each by
// itself, and where the site's share of false ones is held.
type TrialWeek struct {
	Apart TrialSaid `json:"apart"`
	Held  TrialSaid `json:"held"`
}

// TrialPromise is a site of services on which nothing ever happens, from its
// first minute on. All that it says is false.
type TrialPromise struct {
	Made     string      `json:"made"`
	Detector string      `json:"detector"`
	Seed     uint64      `json:"seed"`
	Services int         `json:"services"`
	Accepted float64     `json:"accepted"` // a service and week
	Weeks    []TrialWeek `json:"weeks"`
}

// TrialShare is Count of Of, with the interval that holds the true share with
// 95 % confidence.
type TrialShare struct {
	Count int     `json:"count"`
	Of    int     `json:"of"`
	Low   float64 `json:"low"`
	High  float64 `json:"high"`
}

// Share is the measured share; 0 of nothing.
func (s TrialShare) Share() float64 {
	if s.Of == 0 {
		return 0
	}
	return float64(s.Count) / float64(s.Of)
}

// TrialRate is Count in Weeks service-weeks, with the interval that holds the
// true rate a service-week with 95 % confidence.
type TrialRate struct {
	Count int     `json:"count"`
	Weeks float64 `json:"weeks"`
	Low   float64 `json:"low"`
	High  float64 `json:"high"`
}

// Rate is the measured rate a service-week; 0 of nothing.
func (r TrialRate) Rate() float64 {
	if !(r.Weeks > 0) {
		return 0
	}
	return float64(r.Count) / r.Weeks
}

// TrialSpread is the median and the ninetieth percentile of Of values.
type TrialSpread struct {
	Of     int     `json:"of"`
	Median float64 `json:"median"`
	Ninety float64 `json:"ninety"`
}

// TrialExample is one outage minute by minute. Outage, Noticed and AllClear
// are minutes from the first; Noticed and AllClear are −1 where they were not.
type TrialExample struct {
	Ratio     float64   `json:"ratio"` // reports to the usual in the outage
	Counts    []int     `json:"counts"`
	Expected  []float64 `json:"expected"`
	Upper     []float64 `json:"upper"`
	Evidence  []float64 `json:"evidence"`  // nats
	Threshold []float64 `json:"threshold"` // nats
	Outage    [2]int    `json:"outage"`    // first minute, and the first after
	Noticed   int       `json:"noticed"`
	Likely    int       `json:"likely"`
	AllClear  int       `json:"all_clear"`
}

// TrialCheck is a small set that a test runs again: the delays of its outages
// in minutes, −1 for one that went unnoticed, and its false alarms.
type TrialCheck struct {
	Seed     uint64 `json:"seed"`
	Services int    `json:"services"`
	Weeks    int    `json:"weeks"`
	Delays   []int  `json:"delays"`
	False    int    `json:"false"`
}

// Of finds the class of outages; tier and size may be −1 for all.
func (t *Trials) Of(tier, size int) TrialFound {
	for _, f := range t.Found {
		if f.Tier == tier && f.Size == size {
			return f
		}
	}
	return TrialFound{Tier: tier, Size: size}
}
