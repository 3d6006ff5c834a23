package simulate

import "time"

// Networks of the composites, beyond those that the globe takes.
const (
	campusASN  = 65010
	hostingASN = 65100
	onlineASN  = 65101
)

// campusNetwork is a university whose own network fails: all its people report
// whatever they try to use, and nobody else does.
func campusNetwork() Scenario {
	at := func(hour, minute int) time.Time {
		return local("America/Detroit", 2025, time.November, 12, hour, minute)
	}
	students := campus("US-MI", "America/Detroit", campusASN, 2, 40)
	everyone := worldwide().scaled(.985).and(students.scaled(.015))
	w := World{From: at(0, 0).Add(-historyBefore), Until: at(14, 0)}
	for slug, perDay := range ordered("canvas 300 zoom 300 google-drive 220 github 220 overleaf 120") {
		w.Services = append(w.Services, life(slug, perDay, everyone))
		w.Outages = append(w.Outages, Outage{
			Name: "campus", Service: slug, PerMinute: 2.5, Audience: students,
			Phases: between(at(10, 12), at(11, 0)), Rise: 2 * time.Minute, Fall: 3 * time.Minute,
			Symptoms: unreachable(slug),
		})
	}
	return Scenario{
		Name: "campus-network",
		Simulated: `Five services with a worldwide usual of 120 to 300 complaints a day. On Wednesday 2025-11-12 from 10:12 to 11:00
  (America/Detroit) the people of one university (AS65010, 40 shared addresses) report all five, 2.5 complaints a minute
  each; nobody else does.`,
		Expect: `The cause is that network. No service is called down; people elsewhere see "operational".`,
		World:  w,
	}
}

// cloudRegion is a cloud that takes a dozen services with it. Four more ride
// along: their complaints come from people who mean one of the dozen.
func cloudRegion() Scenario {
	at := func(hour, minute int) time.Time {
		return local("America/New_York", 2025, time.October, 20, hour, minute)
	}
	w := World{From: at(0, 0).Add(-historyBefore), Until: at(16, 0)}
	fail := func(slug string, perDay, times float64) {
		w.Services = append(w.Services, life(slug, perDay, worldwide()))
		w.Outages = append(w.Outages, Outage{
			Name: "cloud", Service: slug, PerMinute: perDay / (24 * 60) * times, Works: .03,
			Phases: between(at(10, 20), at(12, 5)), Rise: 5 * time.Minute, Fall: 9 * time.Minute,
			Symptoms: unreachable(slug),
		})
	}
	for slug, perDay := range ordered(`canvas 300 zoom 300 coursera 240 edx 120 duolingo 260 slack 260 notion 120
		gradescope 60 turnitin 80 figma 100 udemy 100 aws 60`) {
		fail(slug, perDay, 30)
	}
	for slug, perDay := range ordered("google-classroom 240 microsoft-teams 300 google-drive 220 gitlab 90") {
		fail(slug, perDay, 2.5)
	}
	return Scenario{
		Name: "cloud-region",
		Simulated: `Sixteen services with a worldwide usual of 60 to 300 complaints a day. On Monday 2025-10-20 from 10:20 to 12:05
  (America/New_York) twelve that run on one cloud, itself among them, rise together to thirty times their usual. Four
  that don't run there rise to three and a half times, by people who mean one of the twelve or ask whether it's all of them.`,
		Expect: `One umbrella incident with its members and a suspected upstream. The four are "spill-over", not outages.`,
		World:  w,
	}
}

// deadlineSunday is a busy hour that comes every week.
func deadlineSunday() Scenario {
	at := func(hour, minute int) time.Time {
		return local("America/New_York", 2025, time.November, 9, hour, minute)
	}
	s := life("canvas", 600, worldwide().in("US", "CA"))
	s.Habit.Deadlines = []Deadline{{
		Zone: zone("America/New_York"), Weekday: time.Sunday, Hour: 23, Minute: 59,
		Factor: 3, Before: 4 * time.Hour, After: time.Hour,
	}}
	return Scenario{
		Name: "deadline-sunday",
		Simulated: `Four weeks and a Sunday of a learning platform at 600 complaints a day in North America. Work is due on Sundays at
  23:59 (America/New_York): complaints rise to three times the hour's usual, each week alike. The last one is
  2025-11-09, a week after the clocks were set back.`,
		Expect: `Operational: it is a normal Sunday. No incident.`,
		World: World{
			From: at(0, 0).Add(-historyBefore), Until: at(23, 59).Add(3 * time.Hour),
			Services: []Service{s},
		},
	}
}
