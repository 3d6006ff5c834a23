package simulate

import (
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"outcry"
	"outcry/ingest/replay"
)

func TestEveryScenarioIsSound(t *testing.T) {
	for _, s := range Scenarios() {
		lines := slices.Collect(s.World.Lines(1))
		checkLines(t, lines, s.World.From, s.World.Until)
		i := 0
		for l := range s.World.Lines(1) {
			if l != lines[i] {
				t.Errorf("%s: the same seed told two worlds", s.Name)
			}
			if i++; i == 3000 || i == len(lines) {
				break
			}
		}
		if gap := s.World.Until.Sub(lines[len(lines)-1].Time); gap > 15*time.Minute {
			t.Errorf("%s: the last line ends a replay's clock %s early", s.Name, gap)
		}
		if found, ok := FindScenario(s.Name); !ok || found.Name != s.Name {
			t.Errorf("%s is not found by its name", s.Name)
		}
		if about := s.About(); !strings.Contains(about, "Nobody sent these reports") || strings.Contains(about, "\n\n\n") {
			t.Errorf("%s: About says %q", s.Name, about)
		}
	}
	if _, ok := FindScenario("nothing"); ok {
		t.Error("a scenario was found that is not there")
	}
}

// crowd counts the complaints of a scenario under three seeds, so that what is
// asserted is true of the scenario and not of one throw of the dice.
type crowd struct {
	t     *testing.T
	tales [3][]replay.Line
}

func tell(t *testing.T, name string) crowd {
	t.Helper()
	s, ok := FindScenario(name)
	if !ok {
		t.Fatalf("no scenario %q", name)
	}
	c := crowd{t: t}
	for i := range c.tales {
		c.tales[i] = slices.Collect(s.World.Lines(uint64(i)))
	}
	return c
}

// rate is the mean number of complaints an hour in [from, until) that are of
// one of the symptoms; of any where none is given.
func (c crowd) rate(from, until time.Time, symptoms ...string) float64 {
	n := 0
	for _, tale := range c.tales {
		for _, l := range tale {
			if l.Kind == outcry.KindDown && !l.Time.Before(from) && l.Time.Before(until) &&
				(len(symptoms) == 0 || slices.Contains(symptoms, l.Symptom)) {
				n++
			}
		}
	}
	return float64(n) / until.Sub(from).Hours() / float64(len(c.tales))
}

func (c crowd) want(what string, got, least, most float64) {
	c.t.Helper()
	if got < least || got > most {
		c.t.Errorf("%s: %.2f, want %.2f to %.2f", what, got, least, most)
	}
}

func TestCoursePlus(t *testing.T) {
	c := tell(t, "courseplus-2022-10-24")
	at := func(hour, minute int) time.Time {
		return local("America/New_York", 2022, time.October, 24, hour, minute)
	}
	const week, minute = 7 * 24, 1.0 / 60
	c.want("complaints a week before", week*c.rate(at(0, 0).Add(-historyBefore), at(18, 40)), 3, 8)
	c.want("trickle a minute", minute*c.rate(at(18, 41), at(18, 45)), .05, 1.5)
	c.want("a minute at first", minute*c.rate(at(18, 48), at(19, 5)), 4, 10)
	c.want("a minute later", minute*c.rate(at(19, 5), at(19, 37)), 3, 8)
	c.want("taper in all", c.rate(at(19, 37), at(19, 45))*8/60, 3, 15)
	c.want("an hour after", c.rate(at(19, 45), at(21, 30)), 0, .5)
	down := c.rate(at(18, 45), at(19, 37))
	c.want("share that says the site doesn't load", c.rate(at(18, 45), at(19, 37), "site")/down, .65, .85)
}

// TestCoursePlusIsSeenThroughOneCampus: many people on few addresses, told
// apart by their devices, and others elsewhere.
func TestCoursePlusIsSeenThroughOneCampus(t *testing.T) {
	for _, tale := range tell(t, "courseplus-2022-10-24").tales {
		addresses, devices := map[string]bool{}, map[string]bool{}
		campus := 0
		for _, l := range tale {
			if l.ASN == coursePlusASN {
				campus++
				addresses[l.IP], devices[l.Device] = true, true
			}
		}
		if share := float64(campus) / float64(len(tale)); share < .5 || share > .7 {
			t.Errorf("%.2f from the campus, want 0.5 to 0.7", share)
		}
		if len(addresses) > 24 || len(devices) < 3*len(addresses) {
			t.Errorf("%d addresses and %d devices on campus, want 24 at most, and several devices each", len(addresses), len(devices))
		}
	}
}

func TestCourseraFailsInPart(t *testing.T) {
	c := tell(t, "coursera-2013-02-22")
	at := func(hour, minute int) time.Time {
		return local("America/Los_Angeles", 2013, time.February, 22, hour, minute)
	}
	day := func(n int) time.Time { return at(6, 0).AddDate(0, 0, -7*n) }
	class, site, course := []string{"login", "dashboard"}, []string{"catalog", "site", "slow"}, []string{"video", "quiz"}
	usual := func(symptoms ...string) float64 { // the same hours three weeks before
		sum := 0.0
		for n := 1; n <= 3; n++ {
			sum += c.rate(day(n).Add(30*time.Minute), day(n).Add(5*time.Hour), symptoms...) / 3
		}
		return sum
	}
	c.want("usual an hour", usual(), 10, 40)
	c.want("login and dashboard until nine, times their usual", c.rate(at(6, 30), at(9, 0), class...)/usual(class...), 8, 25)
	c.want("login and dashboard from half past nine", c.rate(at(9, 30), at(11, 0), class...)/usual(class...), .5, 1.6)
	c.want("site and catalogue until nine", c.rate(at(6, 30), at(9, 0), site...)/usual(site...), 8, 25)
	c.want("site and catalogue until eleven", c.rate(at(9, 0), at(11, 0), site...)/usual(site...), 8, 25)
	c.want("site and catalogue after", c.rate(at(11, 30), at(14, 0), site...)/usual(site...), .5, 1.6)
	c.want("videos and quizzes all morning", c.rate(at(6, 30), at(11, 0), course...)/usual(course...), .6, 1.5)
	c.want("all after", c.rate(at(11, 30), at(14, 0))/usual(), .6, 1.5)
	c.want("between two waves, of a wave", c.rate(at(7, 2), at(7, 7), site...)/c.rate(at(7, 15), at(7, 30), site...), .1, .8)
}

func TestDeadlineTriplesTheHour(t *testing.T) {
	c := tell(t, "deadline-sunday")
	at := func(hour, minute int) time.Time {
		return local("America/New_York", 2025, time.November, 9, hour, minute)
	}
	last := c.rate(at(23, 29), at(23, 59))
	// Three times for the deadline, 1.2 for the weekday, and chance.
	c.want("the last half hour, of that on Saturday", last/c.rate(at(23, 29).AddDate(0, 0, -1), at(23, 59).AddDate(0, 0, -1)), 2.2, 6)
	before := 0.0
	for n := range 3 {
		before += c.rate(at(23, 29).AddDate(0, 0, -7*n-7), at(23, 59).AddDate(0, 0, -7*n-7)) / 3
	}
	c.want("the last half hour, of that of the Sundays before", last/before, .6, 1.6)
}

// TestBrigadeComesFromOnePlace: each wave is of one network and of ever new
// devices.
func TestBrigadeComesFromOnePlace(t *testing.T) {
	for _, tale := range tell(t, "brigade").tales {
		addresses, reports := map[uint32]map[string]bool{}, map[uint32]int{}
		for _, l := range tale {
			if l.ASN >= hostingASN {
				if addresses[l.ASN] == nil {
					addresses[l.ASN] = map[string]bool{}
				}
				addresses[l.ASN][l.IP] = true
				reports[l.ASN]++
			}
		}
		for asn, most := range map[uint32]int{onlineASN + 1: 1, onlineASN + 2: 256, hostingASN: 1 << 16, onlineASN: 40, forgersASN: 1 << 16} {
			if n := len(addresses[asn]); n == 0 || n > most {
				t.Errorf("AS%d: %d addresses, want %d at most", asn, n, most)
			}
		}
		if reports[onlineASN+1] < 400 || reports[hostingASN] < 600 || len(addresses[onlineASN]) < 30 {
			t.Errorf("waves of %v reports, %d of the forty addresses", reports, len(addresses[onlineASN]))
		}
	}
}

// TestHostingAttackComesFromFourProviders: each with about a thousand networks,
// and hardly two reports in a row from one.
func TestHostingAttackComesFromFourProviders(t *testing.T) {
	for _, tale := range tell(t, "hosting-attack").tales {
		blocks, reports := map[uint32]map[netip.Prefix]bool{}, map[uint32]int{}
		for _, l := range tale {
			if l.ASN < providersASN || l.ASN >= providersASN+4 {
				continue
			}
			if blocks[l.ASN] == nil {
				blocks[l.ASN] = map[netip.Prefix]bool{}
			}
			blocks[l.ASN][netip.PrefixFrom(netip.MustParseAddr(l.IP), 24).Masked()] = true
			reports[l.ASN]++
		}
		for i := range uint32(4) {
			if n, r := len(blocks[providersASN+i]), reports[providersASN+i]; n < 900 || n > 1000 || r < 2500 {
				t.Errorf("AS%d: %d reports from %d networks, want thousands from about 1000", providersASN+i, r, n)
			}
		}
	}
}
