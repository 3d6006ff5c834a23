package store

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/redis/go-redis/v9"

	"outcry"
)

// MaxBatch is the most reports one call of Add takes: so many keep the server
// busy for some milliseconds, which is what others then wait.
const MaxBatch = 500

// Add counts reports of one service and answers for each, in their order. It
// may be called again with the same reports after any error or none.
func (s *Store) Add(ctx context.Context, reports []outcry.Report) ([]outcry.Acknowledgement, error) {
	if len(reports) == 0 {
		return nil, nil
	}
	result := s.AddBatches(ctx, [][]outcry.Report{reports})[0]
	return result.Acknowledgements, result.Err
}

// Result is what became of one batch.
type Result struct {
	Acknowledgements []outcry.Acknowledgement
	Err              error
}

// AddBatches is Add for several batches, each of one service and at most
// MaxBatch reports, in one round trip. One batch may fail without the others.
func (s *Store) AddBatches(ctx context.Context, batches [][]outcry.Report) []Result {
	results := make([]Result, len(batches))
	calls := make([]call, 0, len(batches))
	of := make([]int, 0, len(batches)) // the batch of each call
	for i, batch := range batches {
		if err := checkBatch(batch); err != nil {
			results[i].Err = err
			continue
		}
		for rest := batch; len(rest) > 0; {
			n := together(rest)
			calls, of = append(calls, s.encode(rest[:n])), append(of, i)
			rest = rest[n:]
		}
	}
	if len(calls) == 0 {
		return results
	}
	for n, cmd := range pipeline(ctx, s.client, s.scripts.add, calls) {
		result := &results[of[n]]
		if result.Err != nil {
			continue
		}
		done := len(result.Acknowledgements)
		acks, err := answers(batches[of[n]][done:], cmd)
		if err != nil {
			*result = Result{Err: unavailable("store reports", err)}
			continue
		}
		result.Acknowledgements = append(result.Acknowledgements, acks...)
	}
	return results
}

// together is how many reports from the first on fall into its windows, as one
// call needs. Windows of caps are the narrowest, and parts of the others.
func together(reports []outcry.Report) int {
	w := window(reports[0].Received, capWindow)
	n := 1
	for n < len(reports) && window(reports[n].Received, capWindow) == w {
		n++
	}
	return n
}

// answers reads what add.lua says of the first reports of rest.
func answers(rest []outcry.Report, cmd *redis.Cmd) ([]outcry.Acknowledgement, error) {
	said, err := cmd.StringSlice()
	if err != nil {
		return nil, err
	}
	if len(said) == 0 || len(said[0]) > len(rest) {
		return nil, fmt.Errorf("no answer to %d reports", len(rest))
	}
	letters, old := said[0], said[1:]
	acks := make([]outcry.Acknowledgement, len(letters))
	for i := range letters {
		if letters[i] == 'R' {
			if len(old) == 0 {
				return nil, errors.New("an old answer is missing")
			}
			if acks[i], err = again(rest[i], old[0]); err != nil {
				return nil, err
			}
			old = old[1:]
			continue
		}
		reason, ok := reasonOf(letters[i])
		if !ok {
			return nil, fmt.Errorf("answer %q is not one of ours", letters)
		}
		acks[i] = acknowledged(rest[i], reason)
	}
	return acks, nil
}

func checkBatch(batch []outcry.Report) error {
	if len(batch) == 0 || len(batch) > MaxBatch {
		return fmt.Errorf("%w: a batch has 1 to %d reports", outcry.ErrInvalid, MaxBatch)
	}
	for _, r := range batch {
		if r.Service != batch[0].Service {
			return fmt.Errorf("%w: a batch is of one service", outcry.ErrInvalid)
		}
		if err := CheckReport(r); err != nil {
			return err
		}
	}
	return nil
}

// CheckReport refuses what the schema could not hold. It does not repeat the
// checks that a Desk makes of a client's words. A batch with one such report
// is refused whole, so who makes batches checks each report first.
func CheckReport(r outcry.Report) error {
	switch {
	case r.Service == "" || strings.ContainsAny(r.Service, "{}"):
		return fmt.Errorf("%w: a report has a service", outcry.ErrInvalid)
	case r.ID == "" || r.Symptom == "" || strings.ContainsAny(r.Symptom, ":+"):
		return fmt.Errorf("%w: a report has an id and a symptom", outcry.ErrInvalid)
	case strings.Contains(r.Place.Key(), ":"):
		return fmt.Errorf("%w: a region has no colon", outcry.ErrInvalid)
	case r.Received.IsZero() || r.Occurred.IsZero():
		return fmt.Errorf("%w: a report has its times", outcry.ErrInvalid)
	}
	return nil
}
