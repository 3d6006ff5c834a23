package anomaly

import (
	"context"
	"fmt"
	"time"

	"outcry"
)

// Earlier gives the incidents that were written before.
type Earlier interface {
	Incidents(ctx context.Context, filter outcry.IncidentFilter) ([]outcry.Incident, error)
}

// mostOrphans is how many incidents of a state are looked through at a start.
const mostOrphans = 1000

// findOrphans lists the open incidents. Some of them may be followed by nobody any
// more: their watcher left no checkpoint, or one without them.
func (w *Watcher) findOrphans(ctx context.Context) error {
	w.orphans = nil
	if w.config.Earlier == nil {
		return nil
	}
	for _, state := range []outcry.IncidentState{outcry.Suspected, outcry.Ongoing, outcry.Recovering} {
		open, err := w.config.Earlier.Incidents(ctx, outcry.IncidentFilter{State: state, Limit: mostOrphans})
		if err != nil {
			return fmt.Errorf("read the open incidents: %w", err)
		}
		w.orphans = append(w.orphans, open...)
	}
	return nil
}

// follows tells whether i is what its service's watched has at hand.
func (w *Watcher) follows(i outcry.Incident) bool {
	x := w.services[i.Service]
	return x != nil && x.incident != nil && x.incident.ID == i.ID
}

// closeOrphans ends them as of now, when everything up to now has just been judged:
// then all services of the catalogue are watched.
func (w *Watcher) closeOrphans(ctx context.Context, now time.Time) error {
	for ; len(w.orphans) > 0; w.orphans = w.orphans[1:] {
		i := w.orphans[0]
		if w.follows(i) {
			continue // judged again, it is the same
		}
		i = closed(i, w.fate(i), now)
		if err := w.config.Board.SaveIncident(ctx, i); err != nil {
			return fmt.Errorf("write incident %s: %w", i.ID, err)
		}
		if err := w.config.Board.Publish(ctx, []outcry.Event{event(outcry.EventIncident, i.Service, i)}); err != nil {
			return fmt.Errorf("publish events: %w", err)
		}
	}
	return nil
}

// fate says why i is closed.
func (w *Watcher) fate(i outcry.Incident) string {
	x := w.services[i.Service]
	switch {
	case x == nil:
		return "Closed: this service is no longer watched."
	case x.incident != nil && x.incident.State.Open():
		return "Closed: we had to begin to watch anew. The problems go on as incident " + x.incident.ID + "."
	}
	return "Closed: we had to begin to watch anew, and there is no sign of trouble now."
}

// closed is i ended at now.
func closed(i outcry.Incident, text string, now time.Time) outcry.Incident {
	i.State, i.ResolvedAt, i.UpdatedAt = outcry.Resolved, &now, now
	i.Updates = append(append([]outcry.Update(nil), i.Updates...), outcry.Update{At: now, State: i.State, Text: text})
	return i
}
