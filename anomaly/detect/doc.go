// Package detect is the one path from counts to judgement: serve, replay and
// backtest all step the same Detector, bin by bin, and what it says at t uses
// nothing after t.
//
// A Detector watches one service: the distinct people who report trouble with
// it, in total and by parts (symptoms, regions). For each bin it asks in turn
//
//	what is usual now?             baseline: profile, noise, level, drift
//	is today a holiday?            holiday
//	how much speaks for trouble?   onset: evidence in nats
//	where, and with what?          scan: the parts
//	does an alarm begin or end?    alarm
//
// It has no clock, no randomness and no goroutine; its state can be written out
// at any bin and goes on bit for bit (MarshalBinary).
package detect
