// Package trial measures the detector on services of our own making, where the
// truth is known: which share of outages it notices, how soon, and how often it
// cries wolf.
//
//	seed → world (services, outages, and what is none but may look like one)
//	     → crowd (reports, minute by minute) → anomaly.Watcher, as in serve
//	     → ledger (what a reader would have seen) → score → outcry.Trials
//
// A service's reports are negative binomial around a rate that is a weekly
// profile in local time, times a level that wanders slowly, times a drift that
// comes and goes within hours. That is the model the detector assumes, so the
// figures say how well it does where the model holds; outages, floods, blips,
// deadlines, holidays, lasting shifts and changes of the clock are outside it.
package trial
