package api

import (
	"context"
	"encoding/json"
	"time"

	"outcry"
)

// published is a Stream whose events say what the reads would say: no list is
// null, and no region is told of by number that too few reported from.
type published struct{ s *Server }

// Events reads and rewrites events, once for all who follow.
func (p published) Events(ctx context.Context, after string, wait time.Duration) ([]outcry.Event, error) {
	list, err := p.s.cfg.Stream.Events(ctx, after, wait)
	out := make([]outcry.Event, 0, len(list))
	for _, e := range list {
		e.Data = p.rewrite(e)
		out = append(out, e)
	}
	return out, err
}

// rewrite gives the event's data as it may be shown; what cannot be understood
// becomes empty, and followers look at the reads instead.
func (p published) rewrite(e outcry.Event) []byte {
	switch e.Kind {
	case outcry.EventVerdict:
		var v outcry.Verdict
		svc, ok := p.s.cfg.Catalog().Service(e.Service)
		if json.Unmarshal(e.Data, &v) != nil || !ok {
			return nil
		}
		return rewritten(complete(v, svc, p.s.cfg.Now()))
	case outcry.EventIncident:
		var i outcry.Incident
		if json.Unmarshal(e.Data, &i) != nil {
			return nil
		}
		plainIncident(&i)
		return rewritten(i)
	}
	return e.Data
}

func rewritten(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil { // cannot be: it came from JSON
		return nil
	}
	return b
}
