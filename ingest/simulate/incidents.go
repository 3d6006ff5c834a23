package simulate

import "time"

// coursePlus2022 is a sudden failure of one school's platform.
func coursePlus2022() Scenario {
	at := func(hour, minute int) time.Time {
		return local("America/New_York", 2022, time.October, 24, hour, minute)
	}
	return Scenario{
		Name: "courseplus-2022-10-24",
		Facts: `CoursePlus, a school's course platform with thousands of users, final exams on, was down on
  Monday 2022-10-24 from 18:45 to 19:37 (America/New_York). Connections to its load balancer had spiked from about
  18:40 while those from there to the servers fell. It was its first unplanned outage since 2020.`,
		Simulated: `Four weeks of near-zero volume (about five complaints a week, most from the campus network, AS5723), then the
  crowd: a trickle from 18:41, five to ten complaints a minute from 18:48, most of them that the site doesn't load, six
  in ten from behind 24 shared addresses of the campus; none some eight minutes after 19:37; then quiet until 21:30.
  Nobody counted who complained where that evening: volumes, places and symptoms are guesses.`,
		Expect: `Within minutes of 18:45 a likely outage of the service itself, though most of its users sit behind one network;
  all symptoms; resolved soon after 19:37.`,
		World: World{
			From: at(0, 0).Add(-historyBefore), Until: at(21, 30),
			Services: []Service{life("courseplus", coursePlusPerDay, coursePlusAudience())},
			Outages:  []Outage{coursePlusDown(at(18, 45), at(19, 37))},
			Farewell: true,
		},
	}
}

// coursera2013 is a slow and partial failure that comes and goes, and ends in
// two steps.
func coursera2013() Scenario {
	at := func(hour, minute int) time.Time {
		return local("America/Los_Angeles", 2013, time.February, 22, hour, minute)
	}
	return Scenario{
		Name: "coursera-2013-02-22",
		Facts: `On Friday 2013-02-22 (US Pacific) Coursera's main site and course explorer were intermittent and slow in the
  morning. The class platform was restored about 09:00, the main site about 11:00 with the course explorer switched off
  while latency was examined; it was concluded the same day. A new catalogue search had overloaded the database, and the
  replacement's hardware was faulty. In-course use mostly went on.`,
		Simulated: `Four weeks worldwide at a usual 10 to 40 complaints an hour by day, of all symptoms. From 06:30 waves: login and
  dashboard until 09:00, catalogue, site and slowness until 11:00, one to five complaints a minute in a wave and a third
  of that between waves; videos and quizzes stay near their usual; then three usual hours. The waves' times, volumes
  and places are guesses.`,
		Expect: `A partial outage: catalogue, login and dashboard failing, videos and quizzes not; intermittent and yet one
  incident with updates; a recovery in two steps, about 09:00 and 11:00.`,
		World: World{
			From: at(0, 0).Add(-historyBefore), Until: at(14, 0),
			Services: []Service{life("coursera", 440, worldwide())},
			Outages: []Outage{
				{
					Name: "class platform", Service: "coursera", PerMinute: 2.2, Works: .04,
					Phases: intermittent(at(6, 30), at(9, 0), 20*time.Minute, 10*time.Minute, .3),
					Rise:   4 * time.Minute, Fall: 5 * time.Minute,
					Symptoms: mix("login 54 dashboard 40 slow 6"),
				},
				{
					Name: "main site", Service: "coursera", PerMinute: 2.4, Works: .04,
					Phases: intermittent(at(6, 30), at(11, 0), 25*time.Minute, 12*time.Minute, .3),
					Rise:   4 * time.Minute, Fall: 5 * time.Minute,
					Symptoms: mix("catalog 58 site 24 slow 18"),
				},
			},
		},
	}
}
