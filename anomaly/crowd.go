package anomaly

import "time"

// A service that is not known yet has no usual to compare with: what looks like
// an outage may be its Monday morning. What can be told is a crowd that comes
// all at once. A day's course makes a rate half as large again within the hour,
// a crowd many times so within minutes.
const (
	// crowdBurst is the time in which a crowd comes, and crowdBefore the time
	// before it that it is compared with.
	crowdBurst, crowdBefore = 10 * time.Minute, time.Hour
	// fewestUnknown is the smallest crowd where nothing is known yet, and
	// ratioUnknown how many times what came before it must be.
	fewestUnknown, ratioUnknown = 30, 4
	// ratioStays is how many times it must stay, once it is told of.
	ratioStays = 2
	// mostNewborns is how many crowds are told of, at a time, of services that
	// nobody watched an hour ago. One such crowd may be an outage; where many
	// services begin with one, it is how they always are: an installation that
	// begins to watch five hundred would cry wolf for each that is large.
	mostNewborns = 2
	// never is more evidence than there is, nats.
	never = 1e6
)

// newborn tells whether x has not been watched long enough for a crowd to be
// compared with what came before it.
func (x *watched) newborn(now time.Time) bool {
	return now.Sub(x.begun) < crowdBefore+crowdBurst
}

// newbornsTold counts the services that are told of by a crowd at their birth.
func newbornsTold(crowd []*watched) (n int) {
	for _, x := range crowd {
		if !x.last.Known && x.incident != nil && x.incident.State.Open() && x.newborn(x.incident.DetectedAt) {
			n++
		}
	}
	return n
}

// sudden tells whether burst complaints in crowdBurst are a crowd, where
// before came in the minutes seen of crowdBefore; usual is what was to be
// expected. One complaint in ten minutes is what a service is taken to have
// of which nothing was seen.
func sudden(burst, before int, minutes float64) (usual float64, crowd bool) {
	width := crowdBurst.Minutes()
	usual = width * float64(before+1) / (minutes + width)
	return usual, burst >= fewestUnknown && float64(burst) >= ratioUnknown*usual
}

// watchCrowd notices a crowd when it comes, and that it has gone.
func (x *watched) watchCrowd(now time.Time) {
	if x.last.Known {
		x.crowd = 0
		return
	}
	burst := sum(x.recent, now.Add(-crowdBurst)).total
	if x.crowd > 0 && x.incident != nil && float64(burst) >= ratioStays*x.crowd {
		return
	}
	start := now.Add(-crowdBurst)
	from := maxTime(start.Add(-crowdBefore), x.begun)
	before := sum(x.recent, from).total - burst
	usual, crowd := sudden(burst, before, max(0, start.Sub(from).Minutes()))
	x.crowd = 0
	if crowd {
		x.crowd = usual
	}
}
