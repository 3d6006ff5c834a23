package simulate

import "time"

// coursePlusPerDay is near zero: about five complaints a week. A platform of
// one school has thousands of users and no stream of complaints.
const coursePlusPerDay = 0.75

// coursePlusASN is the school's own network, as the catalogue lists it.
const coursePlusASN = 5723

// coursePlusAudience is a school in Baltimore: most reach it from the campus,
// behind few addresses, and the rest from homes around and far away.
func coursePlusAudience() Audience {
	onCampus := campus("US-MD", "America/New_York", coursePlusASN, 1, 24)
	around := worldwide().in("US-MD", "US-DC", "US-VA", "US-PA", "US-NY", "US-NJ")
	away := worldwide().in("US-CA", "US-TX", "US-MA", "IN", "KR", "SG", "GB")
	return onCampus.scaled(.6).and(around.scaled(.3)).and(away.scaled(.1))
}

// coursePlusDown is the platform failing at once for everybody, on an evening
// with final exams. A few notice minutes before, as pages begin to hang; the
// most eager have reported after twenty minutes.
func coursePlusDown(start, end time.Time) Outage {
	return Outage{
		Name: "down", Service: "courseplus", PerMinute: 7, Works: .01,
		Phases: []Phase{
			{start.Add(-4 * time.Minute), .06}, {start, 1},
			{start.Add(20 * time.Minute), .8}, {end.Add(-15 * time.Minute), .65}, {end, 0},
		},
		Rise: 150 * time.Second, Fall: 100 * time.Second,
		Symptoms: mix("site 74 login 9 slow 5 submission 4 quiz 4 dashboard 3 app 1"),
	}
}
