package simulate

import (
	"fmt"
	"time"
)

// historyBefore is how long a world lives before something happens: the
// detector wants two weeks for its first profile, and four make it good.
const historyBefore = 28 * 24 * time.Hour

// Scenario is a world worth replaying, with what is known of it.
type Scenario struct {
	Name string
	// Facts is what was publicly said, "" for a composite of what has happened
	// in several places. Simulated is what is made up, Expect what Outcry must
	// conclude.
	Facts, Simulated, Expect string
	World                    World
}

// Scenarios lists all, real incidents first.
func Scenarios() []Scenario {
	return []Scenario{
		coursePlus2022(), coursera2013(),
		campusNetwork(), cloudRegion(), deadlineSunday(), brigade(), hostingAttack(),
	}
}

// FindScenario is the scenario of that name.
func FindScenario(name string) (Scenario, bool) {
	for _, s := range Scenarios() {
		if s.Name == name {
			return s, true
		}
	}
	return Scenario{}, false
}

// About tells facts from what is made up, for people.
func (s Scenario) About() string {
	facts := s.Facts
	if facts == "" {
		facts = "A composite of what has happened in several places; no single event."
	}
	return fmt.Sprintf("%s: a simulation. Nobody sent these reports: addresses are of blocks that are never routed,\n"+
		"networks have private AS numbers unless one is named below.\n\nKnown:\n  %s\n\nSimulated:\n  %s\n\nOutcry must say:\n  %s\n\nFrom %s until %s.\n",
		s.Name, facts, s.Simulated, s.Expect,
		s.World.From.UTC().Format(time.RFC3339), s.World.Until.UTC().Format(time.RFC3339))
}

// local is a wall clock's time in a zone.
func local(zoneName string, year int, month time.Month, day, hour, minute int) time.Time {
	return time.Date(year, month, day, hour, minute, 0, 0, zone(zoneName))
}
