package baseline

import "time"

// Slots is the number of half hours of a day, the profile's resolution.
const Slots = 48

// slotMinutes is the length of a slot in minutes.
const slotMinutes = 1440 / Slots

// Wall is a moment on the local wall clock.
type Wall struct {
	Day    int     // days since 1970-01-01, local
	Minute float64 // minutes since local midnight by the clock on the wall, 0 to 1440
}

// WallOf gives the middle of the bin [start, start+bin) in zone. The middle
// counts: that is where a rate averaged over the bin belongs on the profile.
func WallOf(start time.Time, bin time.Duration, zone *time.Location) Wall {
	t := start.Add(bin / 2).In(zone)
	_, offset := t.Zone()
	return wallAt(t.Unix(), offset)
}

func wallAt(unix int64, offset int) Wall {
	local := unix + int64(offset)
	day := local / 86400
	if local < 0 && local%86400 != 0 {
		day--
	}
	return Wall{Day: int(day), Minute: float64(local-day*86400) / 60}
}

// Weekday of a local day number.
func Weekday(day int) time.Weekday {
	return time.Weekday(((day+4)%7 + 7) % 7) // day 0 was a Thursday
}

// Slot of the day that w falls into, 0 to Slots-1.
func (w Wall) Slot() int { return min(int(w.Minute/slotMinutes), Slots-1) }

func weekend(d time.Weekday) bool { return d == time.Saturday || d == time.Sunday }
