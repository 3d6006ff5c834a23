// Package anomaly judges: it turns minutes of counts into verdicts and
// incidents.
//
// The Watcher is the one loop. For every minute that has ended it reads the
// services' buckets, steps each service's detect.Detector (the statistics, in
// the rooms below), decides with pure functions what that means — attribute,
// verdict, advance — and writes forecasts, verdicts and incidents. It has no
// clock of its own: Tick is told the time, so that the same code runs live,
// over recorded reports and in tests.
//
//	detect.Judgement ─┐
//	recent buckets ───┼─ attribute ─ verdict ─ advance ─ incident
//	catalogue ────────┘
package anomaly
