package detect

import (
	"math"
	"testing"
	"time"
)

// trained is a detector that has watched peak reports per five minutes for days.
func trained(t *testing.T, seed uint64, bin time.Duration, peak float64, days int) (*Detector, *world) {
	t.Helper()
	w := newWorld(seed, bin, peak)
	d := New(Config{Bin: bin})
	run(d, w, 0, days, nil, nil)
	return d, w
}

func TestOutageIsNoticedAndEnds(t *testing.T) {
	d, w := trained(t, 1, 5*time.Minute, 20, 21)
	from := monday.AddDate(0, 0, 21).Add(11 * time.Hour)
	to := from.Add(90 * time.Minute)
	var began, ended time.Time
	run(d, w, 21, 1, func(at time.Time) float64 {
		if !at.Before(from) && at.Before(to) {
			return 3
		}
		return 1
	}, func(j Judgement) {
		if j.Alarm && began.IsZero() {
			began = j.Start
			if lag := j.Onset.Sub(from).Abs(); lag > 10*time.Minute {
				t.Errorf("onset %v, want %v within ten minutes", j.Onset, from)
			}
			if j.PValue > 1e-4 || !j.Known {
				t.Errorf("at the alarm p = %v, known %v", j.PValue, j.Known)
			}
		}
		if !j.Alarm && !began.IsZero() && ended.IsZero() {
			ended = j.Start
		}
	})
	// Three times the usual of 20 brings 40 extra reports a bin, seven sd of one:
	// two bins are needed by the guard against blips, three allow for bad luck.
	if began.Before(from) || began.Sub(from) > 10*time.Minute {
		t.Errorf("alarm at %v, outage from %v", began, from)
	}
	// The clearing needs 2.5 nats; a usual bin gives about 8 against three times.
	if ended.Before(to) || ended.Sub(to) > 15*time.Minute {
		t.Errorf("all clear at %v, outage to %v", ended, to)
	}
}

func TestOneBinIsNoOutage(t *testing.T) {
	d, w := trained(t, 2, 5*time.Minute, 4, 21)
	at := monday.AddDate(0, 0, 21).Add(13 * time.Hour)
	run(d, w, 21, 1, func(t time.Time) float64 {
		if t.Equal(at) {
			return 6
		}
		return 1
	}, func(j Judgement) {
		if j.Alarm {
			t.Fatalf("a blip of one bin at %v alarmed at %v, evidence %.1f", at, j.Start, j.Evidence)
		}
	})
}

func TestThinService(t *testing.T) {
	// Five reports a week, then three minutes apart for half an hour.
	d := New(Config{Bin: time.Minute})
	start := monday
	var alarm time.Time
	outage := start.AddDate(0, 0, 20).Add(15 * time.Hour)
	for at := start; at.Before(start.AddDate(0, 0, 21)); at = at.Add(time.Minute) {
		x := 0.0
		if m := int(at.Sub(start).Minutes()); m%2016 == 1000 {
			x = 1
		}
		if since := at.Sub(outage); since >= 0 && since < 30*time.Minute && int(since.Minutes())%3 == 0 {
			x = 1
		}
		j := d.Step(Observation{Start: at, Total: x})
		if j.Alarm && alarm.IsZero() {
			alarm = at
		}
		if at.After(outage.Add(3*time.Hour)) && j.Alarm {
			t.Fatalf("the alarm of a thin service still stands three hours later")
		}
	}
	if alarm.Before(outage) || alarm.Sub(outage) > 15*time.Minute {
		t.Errorf("alarm at %v, outage from %v", alarm, outage)
	}
}

func TestEmptyInstallation(t *testing.T) {
	for _, c := range []struct {
		name    string
		bin     time.Duration
		before  time.Duration
		reports []float64 // per minute
		want    bool
	}{
		{"40 in ten minutes at once", time.Minute, 0, []float64{4, 4, 4, 4, 4, 4, 4, 4, 4, 4}, true},
		{"40 in ten minutes after an hour", time.Minute, time.Hour, []float64{4, 4, 4, 4, 4, 4, 4, 4, 4, 4}, true},
		{"40 in two minutes", time.Minute, time.Hour, []float64{20, 20}, true},
		{"8 in ten minutes", time.Minute, time.Hour, []float64{1, 1, 0, 1, 1, 1, 0, 1, 1, 1}, false},
		{"8 in one minute", time.Minute, 0, []float64{8}, false},
		{"8 in ten minutes, second day", time.Minute, 26 * time.Hour, []float64{1, 1, 0, 1, 1, 1, 0, 1, 1, 1}, false},
		{"40 in ten minutes, second day", time.Minute, 26 * time.Hour, []float64{4, 4, 4, 4, 4, 4, 4, 4, 4, 4}, true},
		{"40 in ten minutes, bins of five", 5 * time.Minute, time.Hour, []float64{20, 20}, true},
		{"8 in ten minutes, bins of five", 5 * time.Minute, time.Hour, []float64{4, 4}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := New(Config{Bin: c.bin})
			at := monday
			for ; at.Before(monday.Add(c.before)); at = at.Add(c.bin) {
				d.Step(Observation{Start: at})
			}
			alarm := false
			for _, x := range append(c.reports, 0, 0, 0) {
				j := d.Step(Observation{Start: at, Total: x})
				alarm = alarm || j.Alarm
				if j.Known {
					t.Error("known without history")
				}
				at = at.Add(c.bin)
			}
			if alarm != c.want {
				t.Errorf("alarm %v, want %v", alarm, c.want)
			}
		})
	}
}

func TestMissingIsNeitherOutageNorRecovery(t *testing.T) {
	d, w := trained(t, 3, 5*time.Minute, 20, 16)
	at := monday.AddDate(0, 0, 16).Add(12 * time.Hour)
	run2 := func(n int, ratio float64, missing bool) (j Judgement) {
		for range n {
			o := Observation{Start: at, Missing: missing}
			if !missing {
				o.Total = w.draw(at, ratio)
			}
			j = d.Step(o)
			at = at.Add(w.bin)
		}
		return j
	}
	if j := run2(1, 1, false); j.Alarm { // the gap since midnight is missing bins
		t.Fatal("a gap alarmed")
	}
	if j := run2(24, 0, true); j.Alarm || math.IsNaN(j.Expected) {
		t.Fatalf("missing bins: alarm %v, expected %v", j.Alarm, j.Expected)
	}
	if j := run2(4, 4, false); !j.Alarm {
		t.Fatal("an outage after a gap was not noticed")
	}
	if j := run2(12, 0, true); !j.Alarm {
		t.Fatal("missing bins ended an alarm")
	}
	if j := run2(6, 1, false); j.Alarm {
		t.Fatal("the alarm did not end when counts came back to usual")
	}
}

func TestStepOutOfOrderChangesNothing(t *testing.T) {
	d, w := trained(t, 4, 5*time.Minute, 5, 2)
	before, _ := d.MarshalBinary()
	d.Step(Observation{Start: monday, Total: 1000})
	after, _ := d.MarshalBinary()
	if string(before) != string(after) {
		t.Error("a bin of the past changed the state")
	}
	_ = w
}

func TestLongGap(t *testing.T) {
	d, w := trained(t, 5, 5*time.Minute, 20, 20)
	alarms := 0
	run(d, w, 30, 3, nil, func(j Judgement) {
		if j.Alarm {
			alarms++
		}
	})
	if alarms > 0 {
		t.Errorf("%d alarmed bins in the three usual days after ten without data", alarms)
	}
}
