package trial

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"outcry"
	"outcry/anomaly"
	"outcry/anomaly/discovery"
)

// rise is an incident of a service that was judged by itself: how many nats
// beyond the threshold its evidence lay, minute by minute.
type rise struct {
	service string
	at      time.Time // end of its first minute
	beyond  []float64
	known   bool // the usual was known: the law of the threshold holds
}

// rise reads what the record of an incident says of its minutes.
func (l *ledger) rise(i outcry.Incident) (rise, error) {
	var r struct {
		Minutes []outcry.RecordMinute `json:"minutes"`
	}
	if err := json.Unmarshal(l.records[outcry.RecordName(i.ID)], &r); err != nil {
		return rise{}, fmt.Errorf("read the record of %s: %w", i.ID, err)
	}
	c := rise{service: i.Service, at: i.DetectedAt, known: !i.DetectedAt.Before(monday.Add(learning))}
	for _, m := range r.Minutes {
		c.beyond = append(c.beyond, m.Beyond)
	}
	return c, nil
}

// rises are those of all incidents, as they began.
func (l *ledger) rises() ([]rise, error) {
	var list []rise
	for _, id := range l.order {
		c, err := l.rise(l.incidents[id])
		if err != nil {
			return nil, err
		}
		list = append(list, c)
	}
	slices.SortStableFunc(list, func(a, b rise) int { return a.at.Compare(b.at) })
	return list, nil
}

// nats is how far beyond the threshold c lies in the minute that ends at t.
func (c *rise) nats(t time.Time) float64 { return c.beyond[int(t.Sub(c.at)/time.Minute)] }

func (c *rise) over(t time.Time) bool { return int(t.Sub(c.at)/time.Minute) >= len(c.beyond) }

// told is when an incident was told of, and when it was called likely; zero is
// never.
type told struct{ possible, likely time.Time }

// desk decides what a site of so many services says. A desk of none judges each
// service by itself.
type desk struct {
	rule             outcry.Rule
	services         int
	accepted         float64
	possible, likely discovery.Account
}

// hold is what a site of n services says of the incidents in list, which are in
// order: it asks of them what anomaly.Watcher does.
func hold(list []rise, n int, accepted float64) []told {
	d := desk{rule: anomaly.Rule(), services: n, accepted: accepted}
	said := make([]told, len(list))
	var active []int
	next := 0
	for t := monday; ; t = t.Add(time.Minute) {
		active = slices.DeleteFunc(active, func(i int) bool { return list[i].over(t) })
		if len(active) == 0 {
			if next == len(list) {
				return said
			}
			t = list[next].at
		}
		for ; next < len(list) && !list[next].at.After(t); next++ {
			active = append(active, next)
		}
		slices.SortStableFunc(active, func(a, b int) int { return cmp.Compare(list[b].nats(t), list[a].nats(t)) })
		for _, i := range active {
			d.judge(&list[i], &said[i], t)
		}
	}
}

// judge decides on one minute of one incident.
func (d *desk) judge(c *rise, said *told, t time.Time) {
	nats, n := c.nats(t), d.services
	if !c.known {
		n = 0
	}
	if said.possible.IsZero() {
		if need := d.possible.Need(t, n, d.rule.SharePossible, d.accepted); need > 0 && nats < need {
			return
		}
		said.possible = t
		if c.known {
			d.possible.Add(t)
		}
	}
	if said.likely.IsZero() && c.known && nats >= max(d.rule.Surer, d.likely.Need(t, n, d.rule.ShareLikely, d.accepted)) {
		said.likely = t
		d.likely.Add(t)
	}
}
