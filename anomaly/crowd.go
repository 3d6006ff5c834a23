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
	// ratioStays is how many times it must stay.
	ratioStays = 2
)

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
	if x.crowd > 0 && float64(burst) >= ratioStays*x.crowd {
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
