package main

import (
	"context"

	"outcry"
	"outcry/ingest/replay"
	"outcry/ingest/store"
)

// recorder takes recorded reports in, many at a time: the desk checks each,
// and the script stores them in the order of the record. (The committer, which
// is for many callers who wait, would store them one by one.)
type recorder struct {
	pipeline *pipeline
	stored   func(outcry.Report, outcry.Acknowledgement)
	waiting  []outcry.Report
}

// recorderHolds is how many reports wait before they are stored.
const recorderHolds = 4000

// take checks one recorded report and keeps it for the next flush. An error
// that isRejection is the line's; any other is ours.
func (r *recorder) take(ctx context.Context, l replay.Line) error {
	submission, at := l.Submission()
	report, err := r.pipeline.desk.Check(submission, at)
	if err != nil {
		return err
	}
	r.waiting = append(r.waiting, report)
	if len(r.waiting) < recorderHolds {
		return nil
	}
	return r.flush(ctx)
}

// flush stores what waits.
func (r *recorder) flush(ctx context.Context) error {
	batches := map[string][]outcry.Report{}
	for _, report := range r.waiting {
		batches[report.Service] = append(batches[report.Service], report)
		if batch := batches[report.Service]; len(batch) == store.MaxBatch {
			if err := r.store(ctx, batch); err != nil {
				return err
			}
			delete(batches, report.Service)
		}
	}
	for _, batch := range batches {
		if err := r.store(ctx, batch); err != nil {
			return err
		}
	}
	r.waiting = r.waiting[:0]
	return nil
}

func (r *recorder) store(ctx context.Context, batch []outcry.Report) error {
	acks, err := r.pipeline.store.Add(ctx, batch)
	if err != nil {
		return err
	}
	for i, ack := range acks {
		r.stored(batch[i], ack)
	}
	return nil
}
