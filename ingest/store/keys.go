package store

import (
	"strconv"
	"strings"
	"time"

	"outcry"
)

// Every Redis key that Outcry reads or writes is named here and nowhere else;
// keys_test.go pins the strings, so that a change of schema is a visible diff.
//
// All keys of one service carry its slug as hash tag, so that a script's keys
// lie on one node of a cluster. Tags of keys that belong to no service begin
// with a dot, which no slug does. A user restricted to "~outcry:*" suffices.
//
// Windows are numbered from the Unix epoch: window n of width w covers the
// seconds [n·w, (n+1)·w). "TTL" is counted from the last write, and for the
// hashes of a window (records, marks, caps) from the window's end.
const (
	prefix = "outcry:"

	// recordWindow is the width of a hash of records. A retry looks into the
	// window of its time and both neighbours, so that an id is remembered for
	// at least one width after it was first seen, and at most two.
	recordWindow = 24 * time.Hour
	// markWindow is as wide as a person counts once, so that a person has at
	// most one mark of a kind in a window.
	markWindow = outcry.CountOncePer
	// capWindow is the width over which addresses and networks are capped.
	capWindow = 15 * time.Minute
	hour      = time.Hour
)

// window is the number of the window of that width that holds t.
func window(t time.Time, width time.Duration) int64 {
	return floorDiv(t.Unix(), int64(width/time.Second))
}

// floorDiv divides towards minus infinity, as windows before 1970 need.
func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}

func serviceKey(service, layer string, n int64) string {
	return prefix + "{" + service + "}:" + layer + ":" + strconv.FormatInt(n, 10)
}

// countsKey is a HASH of one hour's counts: field "<minute of hour>:<symptom>"
// of counted complaints, and "<minute>:+w", "+l", "+i", "+x" of works, late,
// imported and discounted reports. TTL Retention.Buckets. Written by add.lua
// and withdraw.lua.
func countsKey(service string, h int64) string { return serviceKey(service, "t", h) }

// regionsKey is a HASH of one hour's counted complaints by map cell: field
// "<minute of hour>:<Place.Key>". TTL and writers as countsKey.
func regionsKey(service string, h int64) string { return serviceKey(service, "g", h) }

// networksKey is a HASH of one hour's counted complaints by network: field
// "<minute of hour>:AS64500", ":~<hash>" where no AS is known, ":~" where
// there is no hash or the hash is full. TTL and writers as countsKey.
func networksKey(service string, h int64) string { return serviceKey(service, "n", h) }

// recordsKey is a HASH of what became of each report of a window of 24 h:
// field the report's key, value the record (see record.go). TTL
// Retention.Records. Written by add.lua and withdraw.lua.
func recordsKey(service string, w int64) string { return serviceKey(service, "i", w) }

// marksKey is a HASH of who counted in a window of 30 min: field the class
// letter and the person's hash, value the second. TTL Retention.Marks. Written
// by add.lua and withdraw.lua.
func marksKey(service string, w int64) string { return serviceKey(service, "p", w) }

// capsKey is a HASH of how many reports addresses and networks sent in a
// window of 15 min: field the class letter, "a" or "n", and the hash, value
// those within the cap; with "x" before it, those over it. TTL
// Retention.Marks. Written by add.lua and withdraw.lua.
func capsKey(service string, w int64) string { return serviceKey(service, "c", w) }

// forecastsKey is a HASH of one hour's forecasts: field minute of hour, value
// "<expected> <upper>". TTL Retention.Buckets. Written by PutForecast.
func forecastsKey(service string, h int64) string { return serviceKey(service, "f", h) }

// fiveKey is a HASH of one UTC day in steps of 5 minutes: field
// "<step of day>:<what countsKey counts>". TTL Retention.FiveMinutes. Written
// by RollUp.
func fiveKey(service string, day int64) string { return serviceKey(service, "5", day) }

// hourlyKey is a HASH of 32 UTC days in steps of an hour: field "<hour of
// span>:<what countsKey counts>". TTL Retention.Hours. Written by RollUp.
func hourlyKey(service string, span int64) string { return serviceKey(service, "h", span) }

// regionDaysKey is a HASH of the complaints of 32 UTC days by map cell: field
// "<day of span>:<Place.Key>", the largest placesKept of each day. TTL placesFor
// and a span. Written by RollUp, as is networkDaysKey, which is the same of
// networks; those without a number are together under "~".
func regionDaysKey(service string, span int64) string { return serviceKey(service, "gd", span) }

func networkDaysKey(service string, span int64) string { return serviceKey(service, "nd", span) }

// commentsKey is a HASH of the comments that nobody has moderated yet: field
// the report's key, value a Comment as JSON. At most Config.MaxComments fields:
// what comes while it is full is not kept, though its report is. TTL
// Retention.Comments. Written by add.lua, by withdraw.lua, and by moderation.
func commentsKey(service string) string { return prefix + "{" + service + "}:comments" }

// publishedKey is a HASH like commentsKey, of the comments that are public.
// TTL and writers as commentsKey.
func publishedKey(service string) string { return prefix + "{" + service + "}:published" }

// moderationKey is the STREAM of a service's moderation: an entry a decision,
// fields "at" (RFC 3339), "decision" ("publish" or "reject") and "comment" (the
// field that it had). No TTL and no cap: decisions are kept for good. Written
// by moderate.lua.
func moderationKey(service string) string { return prefix + "{" + service + "}:moderation" }

// reportsKey is the STREAM that outsiders and replays read: an entry a batch,
// field "reports" NDJSON as `outcry replay` reads it, without address, source
// or id, and "outcomes" a letter for each line (see record). Capped by length
// and age. TTL Retention.Stream. Written by add.lua.
func reportsKey(service string) string { return prefix + "{" + service + "}:reports" }

// snapshotsKey is a HASH: field service, value a Snapshot as JSON. TTL
// Retention.Snapshots. Written by PutSnapshots.
func snapshotsKey() string { return prefix + "{.snapshots}" }

// incidentsKey is a HASH: field id, value an Incident as JSON. No TTL:
// incidents, with their labels and corrections, are kept for good. Written by
// SaveIncident, as are its indices below, which share its tag and have no TTL.
func incidentsKey() string { return prefix + "{.incidents}:all" }

// incidentTimesKey is a ZSET of incident ids by start in Unix milliseconds.
func incidentTimesKey() string { return prefix + "{.incidents}:start" }

// incidentServiceKey is a ZSET like incidentTimesKey, of one service.
func incidentServiceKey(service string) string { return prefix + "{.incidents}:service:" + service }

// incidentStateKey is a ZSET like incidentTimesKey, of those in one state.
func incidentStateKey(s outcry.IncidentState) string {
	return prefix + "{.incidents}:state:" + string(s)
}

// stateKey is a STRING: a checkpoint of the detector. TTL Retention.State.
// Written by SaveState.
func stateKey(name string) string { return prefix + "{.state}:" + name }

// eventsKey is the STREAM of what pages follow: fields "kind", "service",
// "data". Capped by length. TTL Retention.Stream. Written by Publish.
func eventsKey() string { return prefix + "{.events}" }

// leaseKey is a STRING: the owner of a role that only one process may have.
// TTL as the lease asks. Written by lease.lua and release.lua.
func leaseKey(name string) string { return prefix + "{.lease}:" + name }

// beatsKey is a STRING used as 1,440 bits: bit n is set when some web process
// could store reports in minute n of the UTC day. TTL Retention.Beats. Written
// by Beat.
func beatsKey(day int64) string { return prefix + "{.beats}:" + strconv.FormatInt(day, 10) }

// tokenKeyKey is a STRING: the 32 bytes under which withdrawal tokens are
// sealed, where Config.TokenKey does not give them. No TTL. Written once by
// the first process to need it.
func tokenKeyKey() string { return prefix + "{.token}" }

// forever reports whether a key is on the short list of those without a TTL.
func forever(key string) bool {
	const incidents = prefix + "{.incidents}:"
	return key == tokenKeyKey() || strings.HasSuffix(key, "}:moderation") || len(key) > len(incidents) && key[:len(incidents)] == incidents
}
