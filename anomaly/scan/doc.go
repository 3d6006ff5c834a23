// Package scan finds the part of a service that is in trouble when the whole
// hardly moves: a few regions, or one symptom.
//
// Parts have no baseline of their own; there are too many and they are too thin.
// The whole's forecast serves them all: each part is expected to send its usual
// share of it, with more doubt (Board learns shares and their spread while all
// is quiet). For each onset the whole considers, the reports of every zone (a
// part, two or three adjacent ones, a country) are weighed against their share of
// the forecast: the expectation-based space-time scan of Neill (2009), with the
// negative binomial law of package nb. A zone pays for how many rivals of its
// size there are.
//
// One bin of one part proves nothing, it may be a blip: a window must be two bins
// long and owe a quarter of its evidence to more than one of them. Where two
// adjacent parts rise in the same bin and the rest does not, that bin is enough.
//
// Only the best zone is reported, and of it only members that stand out by
// themselves, so that the map shows where trouble is and not its neighbourhood.
package scan
