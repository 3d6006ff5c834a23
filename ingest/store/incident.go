package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"

	"outcry"
)

// Incidents are read a page at a time, so that a narrow filter over a long
// history neither loads it whole nor asks for each alone.
const (
	incidentPage       = 200
	incidentLimit      = 100 // where the filter has none
	incidentLimitRange = 1000
)

// SaveIncident keeps incident, in place of an earlier state of the same id.
func (s *Store) SaveIncident(ctx context.Context, incident outcry.Incident) error {
	if incident.ID == "" || incident.Service == "" {
		return fmt.Errorf("%w: an incident has an id and a service", outcry.ErrInvalid)
	}
	text, err := json.Marshal(incident)
	if err != nil {
		return fmt.Errorf("write incident %s: %w", incident.ID, err)
	}
	entry := redis.Z{Score: float64(incident.StartedAt.UnixMilli()), Member: incident.ID}
	pipe := s.client.TxPipeline()
	pipe.HSet(ctx, incidentsKey(), incident.ID, text)
	pipe.ZAdd(ctx, incidentTimesKey(), entry)
	pipe.ZAdd(ctx, incidentServiceKey(incident.Service), entry)
	for _, state := range []outcry.IncidentState{
		outcry.Suspected, outcry.Ongoing, outcry.Recovering, outcry.Resolved, outcry.Retracted,
	} {
		if state == incident.State {
			pipe.ZAdd(ctx, incidentStateKey(state), entry)
		} else {
			pipe.ZRem(ctx, incidentStateKey(state), incident.ID)
		}
	}
	_, err = pipe.Exec(ctx)
	return unavailable("store an incident", err)
}

// Incident is one, or outcry.ErrNotFound.
func (s *Store) Incident(ctx context.Context, id string) (outcry.Incident, error) {
	text, err := s.client.HGet(ctx, incidentsKey(), id).Result()
	if errors.Is(err, redis.Nil) {
		return outcry.Incident{}, fmt.Errorf("%w: no such incident", outcry.ErrNotFound)
	}
	if err != nil {
		return outcry.Incident{}, unavailable("read an incident", err)
	}
	return parseIncident(id, text)
}

func parseIncident(id, text string) (outcry.Incident, error) {
	var incident outcry.Incident
	if err := json.Unmarshal([]byte(text), &incident); err != nil {
		return incident, fmt.Errorf("read incident %s: %w", id, err)
	}
	return incident, nil
}

// Incidents are those that filter selects, newest first by start, then by id
// downwards; at most filter.Limit, or 100. From and To bound the start, the
// first inclusive. To go on, filter.After is the id of the last one that was
// read.
func (s *Store) Incidents(ctx context.Context, filter outcry.IncidentFilter) ([]outcry.Incident, error) {
	limit := filter.Limit
	if limit <= 0 {
		limit = incidentLimit
	}
	limit = min(limit, incidentLimitRange)
	upper, err := s.upperBound(ctx, filter)
	if err != nil {
		return nil, err
	}
	lower := "-inf"
	if !filter.From.IsZero() {
		lower = strconv.FormatInt(filter.From.UnixMilli(), 10)
	}
	var out []outcry.Incident
	for offset := int64(0); ; offset += incidentPage {
		ids, err := s.client.ZRangeArgsWithScores(ctx, redis.ZRangeArgs{
			Key: indexKey(filter), Start: upper.score, Stop: lower, ByScore: true, Rev: true,
			Offset: offset, Count: incidentPage,
		}).Result()
		if err != nil {
			return nil, unavailable("list incidents", err)
		}
		page, err := s.readIncidents(ctx, upper.below(ids))
		if err != nil {
			return nil, err
		}
		for _, incident := range page {
			if matches(incident, filter) {
				out = append(out, incident)
			}
			if len(out) == limit {
				return out, nil
			}
		}
		if len(ids) < incidentPage {
			return out, nil
		}
	}
}

func indexKey(filter outcry.IncidentFilter) string {
	switch {
	case filter.Service != "":
		return incidentServiceKey(filter.Service)
	case filter.State != "":
		return incidentStateKey(filter.State)
	}
	return incidentTimesKey()
}

// matches checks what the index did not select by.
func matches(i outcry.Incident, filter outcry.IncidentFilter) bool {
	return (filter.Service == "" || i.Service == filter.Service) && (filter.State == "" || i.State == filter.State)
}

// bound is where a listing begins: at score (as Redis writes it), and among
// those who share the start with the last one read, below its id.
type bound struct {
	score   string
	start   float64
	afterID string
}

func (s *Store) upperBound(ctx context.Context, filter outcry.IncidentFilter) (bound, error) {
	b := bound{score: "+inf"}
	if !filter.To.IsZero() {
		b.score = "(" + strconv.FormatInt(filter.To.UnixMilli(), 10)
	}
	if filter.After == "" {
		return b, nil
	}
	start, err := s.client.ZScore(ctx, incidentTimesKey(), filter.After).Result()
	if errors.Is(err, redis.Nil) {
		return b, fmt.Errorf("%w: the cursor is not one of ours", outcry.ErrInvalid)
	}
	if err != nil {
		return b, unavailable("list incidents", err)
	}
	if filter.To.IsZero() || time.UnixMilli(int64(start)).Before(filter.To) {
		b.score = strconv.FormatFloat(start, 'f', 0, 64)
	}
	b.start, b.afterID = start, filter.After
	return b, nil
}

func (b bound) below(entries []redis.Z) []string {
	ids := make([]string, 0, len(entries))
	for _, z := range entries {
		id, _ := z.Member.(string)
		if b.afterID != "" && (z.Score > b.start || z.Score == b.start && id >= b.afterID) {
			continue
		}
		ids = append(ids, id)
	}
	return ids
}

func (s *Store) readIncidents(ctx context.Context, ids []string) ([]outcry.Incident, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	values, err := s.client.HMGet(ctx, incidentsKey(), ids...).Result()
	if err != nil {
		return nil, unavailable("read incidents", err)
	}
	out := make([]outcry.Incident, 0, len(ids))
	for i, v := range values {
		text, ok := v.(string)
		if !ok {
			continue
		}
		incident, err := parseIncident(ids[i], text)
		if err != nil {
			return nil, err
		}
		out = append(out, incident)
	}
	return slices.Clip(out), nil
}
