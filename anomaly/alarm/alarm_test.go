package alarm

import "testing"

// play runs a machine over counts with a usual of mean, and gives for each bin
// whether the alarm is on.
func play(m *Machine, from int64, evidence, mean float64, counts ...float64) []bool {
	var on []bool
	for i, x := range counts {
		m.Step(Input{
			Minute: from + 5*int64(i), Width: 5, Evidence: evidence, Threshold: 6,
			Onset: from, Ratio: 4, Usual: mean, Count: x, Mean: mean, InvR: 0.05,
		})
		on = append(on, m.On)
	}
	return on
}

func count(on []bool) (n int) {
	for _, v := range on {
		if v {
			n++
		}
	}
	return n
}

func TestBeginsAtTheThreshold(t *testing.T) {
	for _, c := range []struct {
		evidence float64
		want     bool
	}{{5.9, false}, {6, true}, {0, false}} {
		var m Machine
		if on := play(&m, 1000, c.evidence, 10, 40); on[0] != c.want {
			t.Errorf("evidence %g: on %v", c.evidence, on[0])
		}
	}
}

func TestEndsOnUsualBins(t *testing.T) {
	var m Machine
	play(&m, 1000, 20, 20, 80, 80, 80)
	// Twenty where eighty came speaks for the usual by more than 2.5 nats.
	if on := play(&m, 1015, 0, 20, 20, 21, 19); on[1] {
		t.Error("still on after two usual bins")
	}
	// Two and a half times the usual is trouble still.
	m = Machine{}
	play(&m, 1000, 20, 20, 80, 80, 80)
	if on := play(&m, 1015, 0, 20, 50, 45, 55, 50, 48, 52); count(on) != 6 {
		t.Errorf("went off while the reports were at 2.5 times the usual: %v", on)
	}
}

func TestRejoins(t *testing.T) {
	var m Machine
	play(&m, 1000, 20, 20, 80, 80)
	play(&m, 1010, 0, 20, 20, 20, 20)
	if m.On {
		t.Fatal("not ended")
	}
	if on := play(&m, m.Cleared+55, 3, 20, 60); !on[0] {
		t.Error("half the evidence within the hour must reopen")
	}
	m.End(5000)
	if on := play(&m, 5065, 3, 20, 60); on[0] {
		t.Error("half the evidence after the hour must not open")
	}
}

func TestThinServiceFallsSilent(t *testing.T) {
	var m Machine
	play(&m, 1000, 20, 0.003, 2, 1)
	on := play(&m, 1010, 0, 0.003, make([]float64, 30)...)
	// No report for an hour is twelve bins.
	if n := count(on); n > 12 || n < 2 {
		t.Errorf("on for %d silent bins", n)
	}
}

func TestNoAlarmOutlastsEightHours(t *testing.T) {
	var m Machine
	counts := make([]float64, 120)
	for i := range counts {
		counts[i] = 80
	}
	on := play(&m, 1000, 20, 20, counts...)
	first := 8 * 60 / 5
	if !on[first-1] {
		t.Error("went off before eight hours of plain trouble")
	}
	m = Machine{}
	m.Begin(1000, 4, 20)
	m.Step(Input{Minute: 1000 + 8*60, Width: 5, Count: 80, Mean: 20, Evidence: 20, Threshold: 6})
	if m.On {
		t.Error("on after eight hours")
	}
}

func TestMissingChangesNothing(t *testing.T) {
	m := Machine{}
	m.Begin(1000, 4, 20)
	before := m
	m.Step(Input{Minute: 1005, Width: 5, Missing: true, Mean: 20, Evidence: 20, Threshold: 6})
	if m != before {
		t.Errorf("a missing bin changed %+v to %+v", before, m)
	}
	m = Machine{}
	if m.Step(Input{Minute: 1005, Missing: true, Evidence: 20, Threshold: 6}) != Same {
		t.Error("a missing bin began an alarm")
	}
}

func TestClumpsDoNotHideTheEnd(t *testing.T) {
	// Half a report a bin in clumps of three, six while it lasts. Silence says
	// ln 3 / 2 nats for every report that "still" would have brought, and the size
	// followed sinks: two bins, where clumps of the usual's size would take over an hour.
	var m Machine
	begun := Input{Minute: 1000, Width: 5, Evidence: 20, Threshold: 6, Onset: 1000, Ratio: 12, Usual: 0.5, Mean: 0.5, Clump: 2}
	m.Step(begun)
	bins := 0
	for m.On && bins < 12 {
		bins++
		m.Step(Input{Minute: 1000 + 5*int64(bins), Width: 5, Threshold: 6, Mean: 0.5, Clump: 2})
	}
	if bins > 2 {
		t.Errorf("went off after %d silent bins, want 2 at most", bins)
	}
}
