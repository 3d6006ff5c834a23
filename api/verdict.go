package api

import (
	"time"

	"outcry"
)

// verdict is what is said about svc now: the detector's last word, with the
// counts brought up to this second. ttl is how old the counts may be.
func (v *view) verdict(svc *outcry.Service, ttl time.Duration) (outcry.Verdict, time.Duration, error) {
	snapshots, age, err := v.verdicts()
	if err != nil {
		return outcry.Verdict{}, 0, err
	}
	snap, judged := snapshots[svc.Slug]
	tail, tailAge, err := v.tail(svc.Slug, ttl)
	now := v.now()
	switch {
	case err != nil && !judged:
		return outcry.Verdict{}, 0, err
	case err != nil:
		// The counts of the verdict itself are the last that are known.
		return complete(snap.Verdict, svc, now), max(age, now.Sub(snap.Verdict.Freshness.AsOf), time.Second), nil
	}
	verdict := complete(snap.Verdict, svc, now)
	recount(&verdict, tail, now)
	return verdict, max(age, tailAge), nil
}

// complete fills in what a verdict lacks, or all of it where there is none: no
// list is null, every symptom is there, and what is not known says so.
func complete(v outcry.Verdict, svc *outcry.Service, now time.Time) outcry.Verdict {
	v.Service, v.Name = svc.Slug, svc.Name
	if v.State == "" {
		v.State, v.Severity = outcry.Unknown, outcry.SeverityNone
		v.Evidence.PValue = 1
		v.Evidence.Odds = 1
	}
	if v.Reports.Window == "" {
		v.Reports.Window = window.String()
	}
	v.Attribution = publicAttribution(v.Attribution, v.Reports.Count)
	if asOf := v.Freshness.AsOf; !asOf.IsZero() {
		v.Freshness.Stale = v.Freshness.Stale || now.Sub(asOf) > outcry.StaleAfter
	}
	v.Symptoms = allSymptoms(v, svc)
	return v
}

// publicAttribution makes every list one, and leaves out the regions whose
// share of total complaints would tell of fewer people than may be told of.
func publicAttribution(a outcry.Attribution, total int) outcry.Attribution {
	shares := []outcry.Share{}
	for _, s := range a.Shares {
		if s.Kind != "region" || s.Share*float64(total) >= outcry.PrivacyThreshold-0.5 {
			shares = append(shares, s)
		}
	}
	a.Shares, a.Related = shares, some(a.Related)
	if a.Cause == "" {
		a.Cause = outcry.CauseUndetermined
	}
	return a
}

// allSymptoms lists the catalogue's symptoms with what the detector said.
func allSymptoms(v outcry.Verdict, svc *outcry.Service) []outcry.SymptomVerdict {
	said := map[string]outcry.SymptomVerdict{}
	for _, s := range v.Symptoms {
		said[s.Symptom] = s
	}
	fallback := outcry.Unknown
	if v.State == outcry.Operational {
		fallback = outcry.Operational
	}
	out := make([]outcry.SymptomVerdict, 0, len(svc.Symptoms))
	for _, s := range svc.Symptoms {
		one := said[s.Slug]
		one.Symptom, one.Label = s.Slug, s.Label
		if one.State == "" {
			one.State = fallback
		}
		out = append(out, one)
	}
	return out
}

// recount brings a verdict's counts up to now, over the last half hour with the
// minute under way.
func recount(v *outcry.Verdict, s span, now time.Time) {
	end := now.Truncate(time.Minute).Add(time.Minute)
	s = s.cut(end.Add(-window), end)
	v.Reports.Count, v.Reports.Window = 0, window.String()
	v.Sources = outcry.Sources{}
	symptoms := map[string]int{}
	for _, b := range s.buckets {
		v.Reports.Count += b.Down
		v.Sources.Works += b.Works
		v.Sources.Late += b.Late
		v.Sources.Imported += b.Imported
		v.Sources.Discounted += b.Discounted
		for slug, n := range b.Symptoms {
			symptoms[slug] += n
		}
	}
	v.Sources.Reports = v.Reports.Count
	if len(s.forecasts) > 0 { // else what the detector expected stands
		v.Reports.Expected = 0
	}
	for _, f := range s.forecasts {
		v.Reports.Expected += f.Expected
	}
	for i := range v.Symptoms {
		v.Symptoms[i].Count = symptoms[v.Symptoms[i].Symptom]
	}
}

// hourly is complaints an hour over the last 24 hours, oldest first.
func hourly(s span, now time.Time) []int {
	end := now.Truncate(time.Hour).Add(time.Hour)
	return outcry.Fill(s.buckets, nil, end.Add(-24*time.Hour), end, outcry.StepHour, outcry.Select{}).Counts
}
