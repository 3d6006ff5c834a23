package api

import (
	"context"
	"time"

	"outcry"
)

// Desk takes reports and takes them back. Submit answers only once the report
// is stored where the crash of one process cannot lose it.
type Desk interface {
	Submit(ctx context.Context, s outcry.Submission, now time.Time) (outcry.Receipt, error)
	Withdraw(ctx context.Context, id, token string, now time.Time) error
}

// Counts gives what was reported and what was expected, from (inclusive) to
// (exclusive), in any order; minutes without reports may be left out.
type Counts interface {
	Buckets(ctx context.Context, service string, from, to time.Time) ([]outcry.Bucket, error)
	Forecasts(ctx context.Context, service string, from, to time.Time) ([]outcry.Forecast, error)
}

// Board gives what the detector made of the counts.
type Board interface {
	// Snapshots is the latest verdict of every service, by slug.
	Snapshots(ctx context.Context) (map[string]outcry.Snapshot, error)
	// Incidents are newest first.
	Incidents(ctx context.Context, f outcry.IncidentFilter) ([]outcry.Incident, error)
	Incident(ctx context.Context, id string) (outcry.Incident, error)
	// LoadState is what the detector left under a name, or outcry.ErrNotFound.
	LoadState(ctx context.Context, name string) ([]byte, error)
}

// Stream gives the events after the one named, oldest first and perhaps not all
// at once, waiting up to wait for the first. After "" are those that come from
// now on, after "0-0" all that are still kept.
type Stream interface {
	Events(ctx context.Context, after string, wait time.Duration) ([]outcry.Event, error)
}

// Comments is what people wrote, which is public only once it was published.
type Comments interface {
	// PendingComments are those of a service that wait, oldest first.
	PendingComments(ctx context.Context, service string) ([]outcry.Comment, error)
	// PublishedComments are newest first.
	PublishedComments(ctx context.Context, service string) ([]outcry.Comment, error)
	// ModerateComment publishes one or takes it away, and keeps an entry of
	// the decision. One that is not there is outcry.ErrNotFound.
	ModerateComment(ctx context.Context, id string, publish bool, now time.Time) (outcry.Comment, error)
}

// Sessions remembers which of the operator's sessions were ended, for all
// processes and for longer than a session lasts.
type Sessions interface {
	SaveState(ctx context.Context, name string, state []byte) error
	// LoadState is what was saved under a name, or outcry.ErrNotFound.
	LoadState(ctx context.Context, name string) ([]byte, error)
}

// Health says whether a report could be stored now.
type Health interface {
	Ready(ctx context.Context) Readiness
}

// Readiness is what /readyz and /healthz tell.
type Readiness struct {
	// Ready: a report sent now would be stored.
	Ready bool
	// How says in a sentence where and how safely reports are kept.
	How string
	// Notes are warnings to the operator.
	Notes []string
}
