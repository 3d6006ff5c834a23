// Package outcry holds the words that every part of Outcry shares.
//
// A Report is one person saying that one Service has (or, with KindWorks, has
// not) a Symptom, at a minute, from a Place. Reports are counted in Buckets of
// one minute. A detector compares buckets with a Forecast of what is usual and
// gives a Verdict; a verdict that is bad for a while is an Incident.
//
//	api → ingest → buckets → anomaly → verdicts, incidents → pages, map, feed
//
// The package knows no storage, no network and no clock: it imports the
// standard library only, and time is always an argument. The rooms beside it
// (api, ingest, anomaly, frontend) import it and not each other, save that api
// draws its pages with frontend; cmd/outcry wires them together.
package outcry

import "errors"

// What can be wrong with something that came from outside. One place (api)
// turns them into a status and a sentence.
var (
	// ErrInvalid: malformed; the text says in one sentence what.
	ErrInvalid = errors.New("invalid")
	// ErrUnknownService: no service in the catalogue has that slug or alias.
	ErrUnknownService = errors.New("unknown service")
	// ErrUnknownSymptom: the service has no such symptom.
	ErrUnknownSymptom = errors.New("unknown symptom")
	// ErrTimeRange: a time lies in the future or too far back.
	ErrTimeRange = errors.New("time out of range")
	// ErrNotFound: nothing is stored under that identifier.
	ErrNotFound = errors.New("not found")
	// ErrForbidden: the token does not fit what it is shown for.
	ErrForbidden = errors.New("forbidden")
	// ErrUnavailable: it could not be stored or read now; trying again later
	// is right.
	ErrUnavailable = errors.New("unavailable")
)
