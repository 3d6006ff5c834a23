package store

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

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
	sent := make([]int, 0, len(batches))
	for i, batch := range batches {
		if err := checkBatch(batch); err != nil {
			results[i].Err = err
			continue
		}
		calls = append(calls, s.encode(batch))
		sent = append(sent, i)
	}
	if len(calls) == 0 {
		return results
	}
	for n, cmd := range pipeline(ctx, s.client, s.scripts.add, calls) {
		i := sent[n]
		heads, err := cmd.StringSlice()
		if err != nil {
			results[i].Err = unavailable("store reports", err)
			continue
		}
		results[i] = answers(batches[i], heads)
	}
	return results
}

func answers(batch []outcry.Report, heads []string) Result {
	if len(heads) != len(batch) {
		return Result{Err: unavailable("store reports", fmt.Errorf("%d answers to %d reports", len(heads), len(batch)))}
	}
	acks := make([]outcry.Acknowledgement, len(batch))
	for i, head := range heads {
		ack, err := acknowledgement(batch[i].ID, head)
		if err != nil {
			return Result{Err: unavailable("store reports", err)}
		}
		acks[i] = ack
	}
	return Result{Acknowledgements: acks}
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

// encode lays a batch out as add.lua reads it.
func (s *Store) encode(batch []outcry.Report) call {
	service := batch[0].Service
	e := encoder{service: service, keys: []string{reportsKey(service)}, at: map[string]int{}}
	newest := batch[0].Received
	for _, r := range batch[1:] {
		if r.Received.After(newest) {
			newest = r.Received
		}
	}
	keep := s.config.Retention
	e.args = make([]any, 0, 10+19*len(batch))
	e.args = append(e.args,
		s.config.StreamLength, max(newest.Add(-keep.Stream).UnixMilli(), 0), seconds(keep.Stream),
		seconds(keep.Records), seconds(keep.Marks), seconds(keep.bucketTTL()),
		s.config.FloodFactor, s.config.MaxNetworks, seconds(markWindow), seconds(capWindow))
	for _, r := range batch {
		addressCap, networkCap := s.caps(r)
		minute := minuteOf(r.Occurred)
		e.args = append(e.args,
			recordKey(r), r.Source.FormerKey, classOf(r), r.Source.Person, r.Source.Former,
			r.Source.Address, r.Source.Network, r.Received.Unix(), minute,
			r.Symptom, r.Place.Key(), networkKey(r), addressCap, networkCap,
			e.hour(hourOfMinute(minute)),
			e.windows(recordsKey, window(r.Received, recordWindow), 3),
			e.windows(marksKey, window(r.Received, markWindow), 3),
			e.windows(capsKey, window(r.Received, capWindow), 2),
			streamLine(r))
	}
	return call{keys: e.keys, args: e.args}
}

// caps are the address' and the network's for r.
func (s *Store) caps(r outcry.Report) (address, network int) {
	address, network = s.config.AddressCap, s.config.NetworkCap
	if r.AddressCap > address {
		network = network * r.AddressCap / address
	}
	if r.AddressCap > 0 {
		address = r.AddressCap
	}
	return address, network
}

// encoder collects the keys of a batch, each run of them once.
type encoder struct {
	service string
	keys    []string
	at      map[string]int // first key of a run → its index, from 1
	args    []any
}

func (e *encoder) run(keys ...string) int {
	i, known := e.at[keys[0]]
	if !known {
		i = len(e.keys) + 1
		e.keys = append(e.keys, keys...)
		e.at[keys[0]] = i
	}
	return i
}

func (e *encoder) hour(h int64) int {
	return e.run(countsKey(e.service, h), regionsKey(e.service, h), networksKey(e.service, h))
}

// windows is the run of window w, the one before, and the one after.
func (e *encoder) windows(key func(string, int64) string, w int64, n int) int {
	return e.run([]string{key(e.service, w), key(e.service, w-1), key(e.service, w+1)}[:n]...)
}

// streamLine is r as `outcry replay` reads it, save for the closing brace,
// before which add.lua puts the outcome. No address, no source, no id.
func streamLine(r outcry.Report) string {
	line, err := json.Marshal(struct {
		Time     time.Time `json:"time"`
		Received time.Time `json:"received"`
		Service  string    `json:"service"`
		Symptom  string    `json:"symptom"`
		Kind     string    `json:"kind"`
		Country  string    `json:"country,omitempty"`
		Region   string    `json:"region,omitempty"`
		ASN      uint32    `json:"asn,omitempty"`
		Comment  string    `json:"comment,omitempty"`
	}{
		r.Occurred.UTC().Truncate(time.Minute), r.Received.UTC().Truncate(time.Second), r.Service, r.Symptom,
		string(r.Kind), r.Place.Country, r.Place.Region, r.Place.ASN, r.Comment,
	})
	if err != nil { // a year beyond 9999
		line = []byte(`{"service":` + strconv.Quote(r.Service) + `}`)
	}
	return string(line[:len(line)-1])
}
