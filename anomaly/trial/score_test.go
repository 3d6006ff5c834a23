package trial

import (
	"fmt"
	"testing"
	"time"

	"outcry"
)

func minute(m int) time.Time { return monday.Add(learning + time.Duration(m)*time.Minute) }

// log is an incident's updates: minute and state in turn.
func log(entries ...any) outcry.Incident {
	i := outcry.Incident{ID: fmt.Sprint(entries...), Service: "x"}
	for k := 0; k < len(entries); k += 2 {
		i.Updates = append(i.Updates, outcry.Update{At: minute(entries[k].(int)), State: entries[k+1].(outcry.IncidentState)})
	}
	return i
}

func TestAlarmsOfALog(t *testing.T) {
	got := alarms(log(3, outcry.Suspected, 5, outcry.Ongoing, 20, outcry.Recovering, 30, outcry.Resolved, 60, outcry.Suspected), minute(90))
	want := []alarm{{minute(3), minute(30), minute(5)}, {minute(60), minute(90), time.Time{}}}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("got  %v\nwant %v", got, want)
	}
}

func TestScore(t *testing.T) {
	events := []event{
		{kind: outage, from: minute(100), to: minute(160), class: 2},
		{kind: blip, from: minute(600), to: minute(601)},
	}
	for _, x := range []struct {
		name      string
		incidents []outcry.Incident
		fate      fate
		cries     []kind
		likely    int
	}{
		{"nothing said", nil, fate{class: 2}, nil, 0},
		{"noticed, likely, cleared", []outcry.Incident{log(107, outcry.Suspected, 112, outcry.Ongoing, 175, outcry.Resolved)},
			fate{class: 2, noticed: true, likely: true, delay: 7, underAlarm: true, allClear: 15}, nil, 0},
		{"cleared too early", []outcry.Incident{log(107, outcry.Suspected, 120, outcry.Retracted)},
			fate{class: 2, noticed: true, delay: 7}, nil, 0},
		{"back again before its end", []outcry.Incident{log(107, outcry.Suspected, 120, outcry.Resolved, 150, outcry.Suspected, 165, outcry.Resolved)},
			fate{class: 2, noticed: true, delay: 7, underAlarm: true, allClear: 5}, nil, 0},
		{"too late to be of use, and no false alarm", []outcry.Incident{log(170, outcry.Suspected, 180, outcry.Resolved)}, fate{class: 2}, nil, 0},
		{"false, by chance", []outcry.Incident{log(300, outcry.Ongoing, 330, outcry.Resolved)}, fate{class: 2}, []kind{outage}, 1},
		{"false, by a blip", []outcry.Incident{log(610, outcry.Suspected, 630, outcry.Resolved)}, fate{class: 2}, []kind{blip}, 0},
		{"false before it, and going on", []outcry.Incident{log(90, outcry.Suspected, 170, outcry.Resolved)},
			fate{class: 2, noticed: true, underAlarm: true, allClear: 10}, []kind{outage}, 0},
	} {
		r, l, s := newRecord(), newLedger(), &service{slug: "x", events: events}
		for _, i := range x.incidents {
			l.SaveIncident(t.Context(), i)
		}
		r.score(s, l, minute(9999))
		if len(r.fates) != 1 || r.fates[0] != x.fate {
			t.Errorf("%s: fate %+v, want %+v", x.name, r.fates, x.fate)
		}
		var kinds []kind
		likely := 0
		for _, c := range r.cries {
			kinds = append(kinds, c.cause)
			if c.likely {
				likely++
			}
		}
		if fmt.Sprint(kinds) != fmt.Sprint(x.cries) || likely != x.likely {
			t.Errorf("%s: false alarms %v, %d likely; want %v, %d", x.name, kinds, likely, x.cries, x.likely)
		}
		if hits := r.hit[blip]; r.events[blip] != 1 || hits != map[bool]int{true: 1}[len(kinds) == 1 && kinds[0] == blip] {
			t.Errorf("%s: %d of %d blips raised an alarm", x.name, hits, r.events[blip])
		}
	}
}

func TestFoundCountsItsClassOnly(t *testing.T) {
	r := newRecord()
	r.fates = []fate{
		{tier: 0, class: 1, noticed: true, delay: 4, underAlarm: true, allClear: 9},
		{tier: 0, class: 1}, {tier: 0, class: 2, noticed: true, likely: true, delay: 40}, {tier: 1, class: 1},
	}
	f := r.found(0, 1)
	if f.Noticed.Count != 1 || f.Noticed.Of != 2 || f.Delay.Median != 4 || f.AllClear.Median != 9 || f.Within[2] != 0 || f.Within[3] != 1 {
		t.Errorf("of one class: %+v", f)
	}
	if f = r.found(-1, -1); f.Noticed.Count != 2 || f.Noticed.Of != 4 || f.Likely.Count != 1 || f.Early.Count != 1 || f.Early.Of != 2 {
		t.Errorf("of all: %+v", f)
	}
}
