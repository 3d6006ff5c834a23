package anomaly

import (
	"time"

	"outcry"
)

// momentary tells whether a rise is one minute's: that minute brought most of
// it, and without it nothing unusual remains. An app that asks all its users at
// noon, or a link that goes round, looks so; an outage goes on. On a large
// service such a minute is strong evidence for each symptom and region that is
// judged by itself, however well the whole is guarded against it.
//
// The rise of the whole is looked at without its largest network, unless that is
// the service's home: one that sends all day would bring the minutes before and
// after.
func (x *watched) momentary(w window) bool {
	j := x.last
	count, expected, of := j.WindowCount, j.WindowExpected, func(b outcry.Bucket) int { return b.Down }
	if p := loudest(j); !j.Alarm {
		count, expected = p.WindowCount, p.WindowExpected
		of = func(b outcry.Bucket) int { return b.Symptoms[p.Key] + b.Regions[p.Key] }
	} else if key, n := largest(w.networks); placed(key) {
		if usual, home := x.usualPart(key, true); !home {
			count, expected = count-float64(n), expected*(1-usual)
			of = func(b outcry.Bucket) int { return b.Down - b.Networks[key] }
		}
	}
	from := onset(j)
	top, minutes := 0, j.Start.Add(time.Minute).Sub(from).Minutes()
	for _, b := range x.recent {
		if !b.Minute.Before(from) {
			top = max(top, of(b))
		}
	}
	usual := expected / max(minutes, 1)
	if 2*(float64(top)-usual) < count-expected {
		return false
	}
	rest := count - float64(top)
	return rest < 2 || surprise(rest, expected-usual) < standing
}
