package api

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync/atomic"
	"time"

	"outcry"
	"outcry/api/lastcopy"
	"outcry/api/limit"
)

// How old what we show may be while the store answers. A change made through
// this server is seen at once all the same: see touch.
const (
	// freshly is for what one service's reader looks at.
	freshly = time.Second
	// relaxed is for overviews of all services.
	relaxed = 30 * time.Second
	// history is for the hours that are over.
	history = time.Minute
	// askTimeout bounds one reading of the store.
	askTimeout = 700 * time.Millisecond
	// awayPause is how long nothing is asked after the store did not answer.
	awayPause = time.Second
)

// window is over which complaints are counted for a verdict shown.
const window = 30 * time.Minute

// view reads the store through last copies. All ages it gives are 0 as long as
// the store answers.
type view struct {
	counts  Counts
	board   Board
	box     Comments
	now     func() time.Time
	exports *limit.Slots

	snapshots *lastcopy.Cache[map[string]outcry.Snapshot]
	tails     *lastcopy.Cache[span] // the last two to three hours, by service
	days      *lastcopy.Cache[span] // the 25 hours before this one, by service
	lists     *lastcopy.Cache[[]outcry.Incident]
	incidents *lastcopy.Cache[outcry.Incident]
	comments  *lastcopy.Cache[[]said] // published, by service

	log       *slog.Logger
	awayUntil atomic.Int64 // Unix time in ns; 0 while the store answers
}

// span is counts and forecasts of a stretch of time that begins at from.
type span struct {
	from      time.Time
	buckets   []outcry.Bucket
	forecasts []outcry.Forecast
}

func newView(cfg Config) *view {
	return &view{
		counts: cfg.Counts, board: cfg.Board, box: cfg.Comments, now: cfg.Now, log: cfg.Log,
		exports:   limit.NewSlots(cfg.Limits.Exports, slotWait),
		snapshots: lastcopy.New[map[string]outcry.Snapshot](1, cfg.Now, answered),
		tails:     lastcopy.New[span](2048, cfg.Now, answered),
		days:      lastcopy.New[span](2048, cfg.Now, answered),
		lists:     lastcopy.New[[]outcry.Incident](512, cfg.Now, answered),
		incidents: lastcopy.New[outcry.Incident](512, cfg.Now, answered),
		comments:  lastcopy.New[[]said](2048, cfg.Now, answered),
	}
}

// answered tells an answer that happens to be an error from a failure.
func answered(err error) bool {
	return errors.Is(err, outcry.ErrNotFound) || errors.Is(err, outcry.ErrInvalid)
}

// touch makes the next reader of a service see what was just changed.
func (v *view) touch(service string) { v.tails.Touch(service) }

// ask calls the store with a time limit, or not at all for a moment after it
// did not answer: with many things to read, the time-outs would add up.
func (v *view) ask(read func(ctx context.Context) error) error {
	if v.now().UnixNano() < v.awayUntil.Load() {
		return fmt.Errorf("%w: the store did not answer a moment ago", outcry.ErrUnavailable)
	}
	ctx, cancel := context.WithTimeout(context.Background(), askTimeout)
	defer cancel()
	err := read(ctx)
	if err == nil || answered(err) {
		if v.awayUntil.Swap(0) != 0 {
			v.log.Info("the store answers again")
		}
		return err
	}
	if v.awayUntil.Swap(v.now().Add(awayPause).UnixNano()) == 0 {
		v.log.Warn("the store does not answer; last copies are served", slog.String("error", printable(err.Error())))
	}
	return fmt.Errorf("%w: %w", outcry.ErrUnavailable, err)
}

// verdicts gives the latest snapshots.
func (v *view) verdicts() (map[string]outcry.Snapshot, time.Duration, error) {
	got, err := v.snapshots.Get("", freshly, func() (m map[string]outcry.Snapshot, err error) {
		err = v.ask(func(ctx context.Context) error {
			m, err = v.board.Snapshots(ctx)
			return err
		})
		return m, err
	})
	return got.Value, got.Age, err
}

// read takes counts and forecasts from the store.
func (v *view) read(service string, from, to time.Time) (s span, err error) {
	s.from = from
	err = v.ask(func(ctx context.Context) error {
		if s.buckets, err = v.counts.Buckets(ctx, service, from, to); err != nil {
			return err
		}
		s.forecasts, err = v.counts.Forecasts(ctx, service, from, to)
		return err
	})
	return s, err
}

// tail is the last two hours and what has passed of this one.
func (v *view) tail(service string, ttl time.Duration) (span, time.Duration, error) {
	got, err := v.tails.Get(service, ttl, func() (span, error) {
		now := v.now()
		s, err := v.read(service, now.Truncate(time.Hour).Add(-2*time.Hour), now.Truncate(time.Minute).Add(time.Minute))
		for i := range s.buckets {
			s.buckets[i].Networks = nil // large, and nothing here shows them
		}
		return s, err
	})
	return got.Value, got.Age, err
}

// day is the last 24 hours and a little more.
func (v *view) day(service string, ttl time.Duration) (span, time.Duration, error) {
	tail, age, err := v.tail(service, ttl)
	if err != nil {
		return span{}, 0, err
	}
	got, err := v.days.Get(service, history, func() (span, error) {
		hour := v.now().Truncate(time.Hour)
		s, err := v.read(service, hour.Add(-25*time.Hour), hour)
		for i := range s.buckets {
			s.buckets[i].Networks = nil
		}
		return s, err
	})
	if err != nil {
		return tail, max(age, time.Second), nil
	}
	return got.Value.join(tail), max(age, got.Age), nil
}

// between gives counts of any span: a recent one from the copies, another by a
// reading of its own, of which there are few at a time.
func (v *view) between(service string, from, to time.Time) (span, time.Duration, error) {
	now := v.now()
	if !from.Before(now.Truncate(time.Hour).Add(-24*time.Hour)) && !to.After(now.Add(time.Hour)) {
		s, age, err := v.day(service, freshly)
		return s.cut(from, to), age, err
	}
	s, err := v.whole(service, from, to)
	return s, 0, err
}

// whole reads counts from the store itself, networks included. Few do so at a
// time: when all want more than the store can give, this is what goes first.
func (v *view) whole(service string, from, to time.Time) (span, error) {
	if !v.exports.Take(context.Background()) {
		return span{}, named("unavailable", "Too many long readings are under way; please try again.")
	}
	defer v.exports.Done()
	return v.read(service, from, to)
}

// join puts later after s; where they overlap, later is right.
func (s span) join(later span) span {
	out := s.cut(s.from, later.from)
	out.buckets = append(out.buckets, later.buckets...)
	out.forecasts = append(out.forecasts, later.forecasts...)
	return out
}

// cut gives what lies from (inclusive) to (exclusive).
func (s span) cut(from, to time.Time) span {
	within := func(t time.Time) bool { return !t.Before(from) && t.Before(to) }
	out := span{from: from}
	for _, b := range s.buckets {
		if within(b.Minute) {
			out.buckets = append(out.buckets, b)
		}
	}
	for _, f := range s.forecasts {
		if within(f.Minute) {
			out.forecasts = append(out.forecasts, f)
		}
	}
	return out
}

// running is s with the last forecast for the minutes up to now that are not
// judged yet: none where that forecast is old.
func (s span) running(now time.Time) span {
	last := outcry.Forecast{}
	for _, f := range s.forecasts {
		if f.Minute.After(last.Minute) {
			last = f
		}
	}
	if now.Sub(last.Minute.Add(time.Minute)) > outcry.StaleAfter {
		return s
	}
	s.forecasts = slices.Clone(s.forecasts)
	for last.Minute = last.Minute.Add(time.Minute); !last.Minute.After(now); last.Minute = last.Minute.Add(time.Minute) {
		s.forecasts = append(s.forecasts, last)
	}
	return s
}
