// Package baseline says how many reports are usual: now, in this service, at
// this hour of this kind of day, with how much doubt.
//
// Three parts answer at three speeds:
//
//   - Profile, refitted each night from the last six weeks (History): the log
//     rate of every half hour of the local week, with the variance of that
//     estimate. Local wall clock, so that a change of clocks is no surprise.
//   - Noise, estimated in the same night: how much single bins scatter (the
//     negative binomial's 1/r, and φ where reports come in clumps), and how far
//     and how long the rate wanders off the profile without being an outage
//     ("drift").
//   - Filter, every bin: a two-state Kalman filter for the slow level (days) and
//     the drift (hours).
//
// Rates are logs of expected reports per bin. Variances are of logs, hence
// relative: 0.01 is about ten per cent. A missing bin is NaN and teaches nothing.
package baseline
