package simulate

import (
	"fmt"
	"net/netip"
	"time"
)

// providersASN is the first of the four providers of hostingAttack, forgersASN
// that of the owner of a /48.
const (
	providersASN = 65110
	forgersASN   = 65120
)

// from is people in one block of one network, in Hesse.
func from(cidr string, asn uint32, addresses int) Audience {
	return Audience{{Country: "DE", Region: "DE-HE", Zone: zone("Europe/Berlin"), Share: 1, Networks: []Network{
		{ASN: asn, Share: 1, Prefix: netip.MustParsePrefix(cidr), Addresses: addresses},
	}}}
}

// brigade is people, or programs, who pretend: five ways of many reports from
// one place.
func brigade() Scenario {
	at := func(hour, minute int) time.Time { return local("Europe/Berlin", 2025, time.November, 19, hour, minute) }
	wave := func(name string, hour, minutes int, perMinute float64, from Audience) Outage {
		return Outage{
			Name: name, Service: "edx", PerMinute: perMinute, Audience: from, Fresh: true,
			Phases: between(at(hour, 0), at(hour, minutes)), Symptoms: mix("site 100"),
		}
	}
	return Scenario{
		Name: "brigade",
		Simulated: `Four weeks of a service at a worldwide usual of 300 complaints a day. On Wednesday 2025-11-19 (Europe/Berlin), with
  a new device for each report: at 10:00 one address, at 12:00 one /24, for 20 minutes 30 a minute; at 14:00 one hosting
  provider (AS65100), for 20 minutes 40 a minute from almost as many addresses; at 16:00 forty addresses of another
  provider (AS65101), each in a /24 of its own, for three minutes 40 a minute; at 17:00 the owner of one /48 (AS65120),
  for 20 minutes 60 a minute, each from a /64 of its own.`,
		Expect: `No outage. Reports over the caps are shown as discounted, and what remains is one network's.`,
		World: World{
			From: at(0, 0).Add(-historyBefore), Until: at(19, 0),
			Services: []Service{life("edx", 300, worldwide())},
			Outages: []Outage{
				wave("one address", 10, 20, 30, from("251.0.0.7/32", onlineASN+1, 1)),
				wave("one /24", 12, 20, 30, from("251.1.0.0/24", onlineASN+2, 0)),
				wave("one hosting provider", 14, 20, 40, from("251.2.0.0/16", hostingASN, 0)),
				wave("forty addresses", 16, 3, 40, from("251.64.0.0/10", onlineASN, 40)),
				wave("one /48", 17, 20, 60, from("2001:db8:ff00::/48", forgersASN, 0)),
			},
		},
	}
}

// hostingAttack is somebody with a thousand networks at each of four hosting
// providers, who wants services called down: first a busy one, then one that
// hardly anybody reports, then both slowly.
func hostingAttack() Scenario {
	at := func(hour, minute int) time.Time { return local("Europe/Berlin", 2025, time.November, 19, hour, minute) }
	var everywhere Audience
	for i := range 4 {
		one := from(fmt.Sprintf("252.%d.0.0/14", 4*i), providersASN+uint32(i), 1000)
		everywhere = everywhere.and(one.scaled(.25))
	}
	everywhere[1].Country, everywhere[1].Region = "NL", "NL-NH"
	everywhere[2].Country, everywhere[2].Region = "US", "US-VA"
	everywhere[3].Country, everywhere[3].Region = "IN", "IN-KA"
	wave := func(name, service string, start time.Time, minutes int, perMinute float64) Outage {
		return Outage{
			Name: name, Service: service, PerMinute: perMinute, Audience: everywhere, Fresh: true,
			Phases: between(start, start.Add(time.Duration(minutes)*time.Minute)), Symptoms: mix("site 100"),
		}
	}
	return Scenario{
		Name: "hosting-attack",
		Simulated: `Four weeks of two services, at 300 and at less than one complaint a day. On Wednesday 2025-11-19 (Europe/Berlin)
  somebody reports from four hosting providers (AS65110 to AS65113), from a thousand /24s at each, with a new device each
  time: the busy one from 10:00 for half an hour 400 a minute, the quiet one from 12:00 for half an hour 40 a minute, and
  both from 14:00 for two hours one a minute.`,
		Expect: `No service leaves its state. The trouble is said to be the providers'.`,
		World: World{
			From: at(0, 0).Add(-historyBefore), Until: at(19, 0), Farewell: true,
			Services: []Service{life("edx", 300, worldwide()), life("courseplus", coursePlusPerDay, coursePlusAudience())},
			Outages: []Outage{
				wave("flood", "edx", at(10, 0), 30, 400), wave("flood", "courseplus", at(12, 0), 30, 40),
				wave("trickle", "edx", at(14, 0), 120, 1), wave("trickle", "courseplus", at(14, 0), 120, 1),
			},
		},
	}
}
