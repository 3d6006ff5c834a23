// Package backtest runs the detector over recorded counts: counts in, alarms
// out, for comparing it with others. It steps the very detector of serve, and
// what it says at t uses nothing after t.
//
// A folder holds meta.json (the series), counts.csv and optionally sources.csv
// (distinct reporters, where they differ from the count), both maybe gzipped.
// The family is known by its content: bins of a week are judged by the weekly
// method, series with neighbours are regions of one service, all else are
// services of their own.
package backtest
