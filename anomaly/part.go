package anomaly

import (
	"sort"
	"time"

	"outcry"
	"outcry/anomaly/detect"
)

// symptomState is a symptom's state: never worse than the whole's. An incident's
// record goes by the same rule, see standsOut.
func symptomState(j detect.Judgement, whole outcry.State, standsOut bool) outcry.State {
	if standsOut && bad(whole) {
		return whole
	}
	return quietState(j)
}

// regionState is a region's state: never worse than the whole's. Where the whole
// is alarmed the detector alarms no region, so that its rise speaks.
func regionState(j detect.Judgement, whole outcry.State, p detect.Part, r risen) outcry.State {
	rise := r.of(p, r.regions[p.Key])
	switch {
	case !bad(whole), !p.Alarm && !(j.Alarm && rise >= joined):
		return quietState(j)
	case max(p.Evidence, rise) < j.Threshold+surer:
		return outcry.Possible
	}
	return whole
}

func regionStates(j detect.Judgement, whole outcry.State, r risen) map[string]outcry.State {
	states := make(map[string]outcry.State, len(j.Regions))
	for _, p := range j.Regions {
		states[p.Key] = regionState(j, whole, p, r)
	}
	return states
}

// risen is what came since an alarm's onset, within reportWindow, and what was
// expected in all.
type risen struct {
	window
	expected float64
}

func (x *watched) risen() risen {
	end := x.last.Start.Add(time.Minute)
	from := maxTime(onset(x.last), end.Add(-reportWindow))
	return risen{x.lately(from), x.means.sum(from, end)}
}

// of is the evidence, in nats, that a part rose in the alarm, of n reports. What
// rose before the onset is none. The detector has none of a part that it met
// within a day, as one that shows up may only have been looked up; in an alarm of
// the whole a crowd counts all the same, and fewer where the detector agrees.
func (r risen) of(p detect.Part, n int) float64 {
	rise := surprise(float64(n), p.Share*r.expected)
	if n < fewest {
		return min(rise, p.Evidence)
	}
	return rise
}

// bad is true of the states that say there is trouble.
func bad(s outcry.State) bool { return s == outcry.Likely || s == outcry.Possible }

// standsOut lists the symptoms that stand out, or did within the last minutes:
// in an alarm of the whole, those that rose strongly since its onset; else those
// that are alarmed themselves.
func (x *watched) standsOut(now time.Time, r risen) []string {
	if x.failing == nil {
		x.failing = map[string]time.Time{}
	}
	for _, p := range x.last.Symptoms {
		if p.Alarm || x.last.Alarm && r.of(p, r.symptoms[p.Key]) >= apart {
			x.failing[p.Key] = now
		}
	}
	var keys []string
	for key := range x.failing {
		if !x.stoodOut(key, now) {
			delete(x.failing, key)
			continue
		}
		keys = append(keys, key)
	}
	return keys
}

// stoodOut tells whether a symptom stood out within the last minutes.
func (x *watched) stoodOut(symptom string, now time.Time) bool {
	at, ok := x.failing[symptom]
	return ok && now.Sub(at) < calm
}

// symptomParts lists the symptoms that were reported, most first, each with
// what is usual of it and whether it fails now.
func symptomParts(v view) []outcry.IncidentPart {
	failing := map[string]bool{}
	for _, key := range v.failing {
		failing[key] = true
	}
	list := []outcry.IncidentPart{}
	for _, s := range v.service.Symptoms {
		n := v.tally.symptoms[s.Slug]
		if n == 0 {
			continue
		}
		list = append(list, outcry.IncidentPart{
			Key: s.Slug, Label: s.Label, Count: n, State: v.partState(failing[s.Slug]),
			Expected: finite(round(v.shares[s.Slug]*v.expected, 2)),
		})
	}
	mostFirst(list)
	return list
}

// partState is the state of a part that fails now, or does not.
func (v view) partState(fails bool) outcry.State {
	switch {
	case fails && v.bad:
		return v.state
	case !v.known:
		return outcry.Unknown
	}
	return outcry.Operational
}

// regionParts lists the regions that enough people reported from, most first,
// with their usual part of what was expected in all.
func regionParts(v view) []outcry.IncidentPart {
	list := []outcry.IncidentPart{}
	for key, n := range v.tally.regions {
		people, state := v.tally.crowds[key], v.regions[key]
		if !shown(key, people) {
			continue
		}
		if state == "" {
			state = outcry.Unknown
		}
		list = append(list, outcry.IncidentPart{Key: key, Label: key, Count: n, Reporters: people, State: state,
			Expected: finite(round(v.places[key]*v.expected, 2))})
	}
	mostFirst(list)
	return list
}

// networkParts lists the networks with enough reports, most first. One fails
// that sent far more than its usual part.
func networkParts(v view) []outcry.IncidentPart {
	list := []outcry.IncidentPart{}
	for key, n := range v.tally.networks {
		if shown(key, n) {
			usual := v.senders[key] * v.expected
			list = append(list, outcry.IncidentPart{Key: key, Label: key, Count: n, Expected: finite(round(usual, 2)),
				State: v.partState(surprise(float64(n), usual) >= joined)})
		}
	}
	mostFirst(list)
	return list
}

func mostFirst(list []outcry.IncidentPart) {
	sort.SliceStable(list, func(a, b int) bool {
		if list[a].Count != list[b].Count {
			return list[a].Count > list[b].Count
		}
		return list[a].Key < list[b].Key
	})
}

// withWorst says of parts what they were at worst, before's minute included.
func withWorst(parts, before []outcry.IncidentPart) []outcry.IncidentPart {
	was := make(map[string]outcry.State, len(before))
	for _, p := range before {
		was[p.Key] = p.Worst
	}
	rank := map[outcry.State]int{outcry.Unknown: 1, outcry.Operational: 2, outcry.Possible: 3, outcry.Likely: 4}
	for n := range parts {
		p := &parts[n]
		if p.Worst = p.State; rank[was[p.Key]] > rank[p.State] {
			p.Worst = was[p.Key]
		}
	}
	return parts
}
