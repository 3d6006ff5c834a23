package store

import "time"

// Forever is forever, for the tests outside.
var Forever = forever

// CountsKey is countsKey of the hour that holds t, for the tests outside.
func CountsKey(service string, t time.Time) string {
	return countsKey(service, hourOfMinute(minuteOf(t)))
}
