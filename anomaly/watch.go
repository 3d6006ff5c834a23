package anomaly

import (
	"context"
	"fmt"
	"log/slog"
	"sort"
	"time"

	"outcry"
	"outcry/anomaly/detect"
)

// Counts is where the watcher reads: the non-empty minutes of a service in
// [from, to), and the minutes in which reports could have been taken at all.
type Counts interface {
	Buckets(ctx context.Context, service string, from, to time.Time) ([]outcry.Bucket, error)
	Beats(ctx context.Context, from, to time.Time) (map[time.Time]bool, error)
}

// Board is where the watcher writes what it found.
type Board interface {
	PutForecast(ctx context.Context, service string, forecasts []outcry.Forecast) error
	PutSnapshots(ctx context.Context, snapshots []outcry.Snapshot) error
	SaveIncident(ctx context.Context, incident outcry.Incident) error
	Publish(ctx context.Context, events []outcry.Event) error
	SaveState(ctx context.Context, name string, state []byte) error
	LoadState(ctx context.Context, name string) ([]byte, error)
}

// Config sets up a Watcher.
type Config struct {
	Catalog func() *outcry.Catalog
	Counts  Counts
	Board   Board
	// Past, where it is given, is what baselines are rebuilt from when there is
	// no checkpoint.
	Past Past
	// Earlier, where it is given, tells of incidents whose watcher is gone.
	Earlier Earlier
	// FalseAlarms is the accepted number of false episodes a series and week.
	FalseAlarms float64
	// Apart has each service judged as if it were the only one: its own budget
	// holds, and nothing is promised for the site.
	Apart bool
	// Grace is how long after its end a minute is judged: stragglers that were
	// acknowledged within it are counted in time.
	Grace time.Duration
	// AlwaysOpen says that reports could be taken in every minute, as in a
	// replay; otherwise a minute without a beat is a gap, not a silence.
	AlwaysOpen bool
	// CheckpointEvery is the time between two checkpoints.
	CheckpointEvery time.Duration
	Log             *slog.Logger
}

// The spans of the watcher's memory.
const (
	// recentSpan is how far back buckets are kept at hand: an alarm's onset
	// lies at most six hours back.
	recentSpan = 6 * time.Hour
	// reportWindow is the window of Verdict.Reports.
	reportWindow = 30 * time.Minute
	// catchUp is the most that is read and judged in one go.
	catchUp = 6 * time.Hour
	// forgotten is the age at which minute buckets may be gone; a watcher that
	// slept longer starts there.
	forgotten = 7 * 24 * time.Hour
)

// Watcher judges every minute of every service, once and in order.
type Watcher struct {
	config   Config
	services map[string]*watched
	next     time.Time // the first minute not yet judged; zero before Resume
	saved    time.Time // of the last checkpoint
	chorus   chorus    // what the services tell each other
	site     site      // what was found on all of them
	warm     warmUp    // what is left of the warming
	pending  *findings // judged and not yet written
	orphans  []outcry.Incident
}

// watched is what is kept of one service between minutes.
type watched struct {
	service  outcry.Service
	detector *detect.Detector
	recent   []outcry.Bucket      // of the last recentSpan, oldest first, empty minutes left out
	usage    usage                // who usually reports
	history  history              // what records are made of
	record   *outcry.Record       // of the incident
	begun    time.Time            // the first minute watched
	crowd    float64              // complaints usual before a crowd that is there now, where nothing is known; else 0
	means    means                // what was expected of the last recentSpan
	incident *outcry.Incident     // open, or ended less than rejoin ago
	tally    window               // of the incident so far
	expected float64              // in all since the incident's onset
	failing  map[string]time.Time // when each symptom last stood out
	state    outcry.State
	severity outcry.Severity
	since    time.Time
	cause    cause
	need     need // asked of its incident in this minute
	last     detect.Judgement
	odds     float64   // last.HolidayOdds, kept over a restart
	fresh    bool      // just warmed: what was learnt is laid up
	frozen   time.Time // until then the networks' usual parts are given, not learnt (Recompute)
	given    *float64  // within, where it is taken as stated (Recompute)
}

// NewWatcher makes a watcher that has seen nothing. Call Resume to take up an
// earlier one's work.
func NewWatcher(c Config) *Watcher {
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.CheckpointEvery == 0 {
		c.CheckpointEvery = 10 * time.Minute
	}
	return &Watcher{config: c, services: map[string]*watched{}}
}

func (w *Watcher) watch(s outcry.Service) *watched {
	x, ok := w.services[s.Slug]
	if !ok {
		x = &watched{
			detector: detect.New(detect.Config{Bin: time.Minute, Zone: s.Location(), FalseAlarms: w.config.FalseAlarms}),
			usage:    newUsage(), state: outcry.Unknown, severity: outcry.SeverityNone,
			cause: undetermined(),
		}
		w.services[s.Slug] = x
	}
	x.service = s
	return x
}

// Tick judges all minutes that have ended by now less the grace. After an
// error the next Tick goes on where this one stopped: what could not be read
// is read again, what was judged and not written is written first. After a
// Resume without a checkpoint, the first calls only warm the detectors.
func (w *Watcher) Tick(ctx context.Context, now time.Time) error {
	if len(w.warm.services) > 0 {
		if left, err := w.warmSome(ctx); left || err != nil {
			return err
		}
	}
	if err := w.write(ctx); err != nil {
		return err
	}
	end := now.UTC().Add(-w.config.Grace).Truncate(time.Minute)
	if w.next.IsZero() {
		w.next = end.Add(-time.Minute)
	}
	if !w.next.Before(end) {
		return nil
	}
	for w.next.Before(end) {
		to := w.next.Add(catchUp)
		if to.After(end) {
			to = end
		}
		if err := w.judge(ctx, w.next, to); err != nil {
			return err
		}
		if err := w.write(ctx); err != nil {
			return err
		}
	}
	return w.closeOrphans(ctx, end)
}

// write stores what was judged, and a checkpoint when one is due.
func (w *Watcher) write(ctx context.Context) error {
	if w.pending != nil {
		if err := w.pending.write(ctx, w.config.Board); err != nil {
			return err
		}
		w.pending = nil
	}
	if w.next.Sub(w.saved) < w.config.CheckpointEvery {
		return nil
	}
	return w.Checkpoint(ctx)
}

// StartAt sets the first minute to be judged, for replays.
func (w *Watcher) StartAt(t time.Time) { w.next = t.UTC().Truncate(time.Minute) }

// judge reads the minutes [from, to), whole, and then decides on each, which
// cannot fail. What it found is left in pending.
func (w *Watcher) judge(ctx context.Context, from, to time.Time) error {
	services := w.config.Catalog().Services()
	buckets := make([][]outcry.Bucket, len(services))
	for i, s := range services {
		b, err := w.config.Counts.Buckets(ctx, s.Slug, from, to)
		if err != nil {
			return fmt.Errorf("read the buckets of %s: %w", s.Slug, err)
		}
		buckets[i] = b
	}
	open, err := w.open(ctx, from, to)
	if err != nil {
		return err
	}
	crowd := make([]*watched, len(services))
	for i, s := range services {
		crowd[i] = w.watch(s)
	}
	stretch := w.stepAll(crowd, buckets, open, from, to)
	out := newFindings(services, to)
	for k := range int(to.Sub(from) / time.Minute) {
		w.judgeMinute(crowd, stretch, k, out)
	}
	next := w.need(to, knownOf(crowd))
	for _, x := range crowd {
		out.snapshots = append(out.snapshots, x.snapshot(to, next))
	}
	w.pending, w.next = out, to
	return nil
}

// open tells in which minutes reports could be taken.
func (w *Watcher) open(ctx context.Context, from, to time.Time) (func(time.Time) bool, error) {
	if w.config.AlwaysOpen {
		return func(time.Time) bool { return true }, nil
	}
	beats, err := w.config.Counts.Beats(ctx, from, to)
	if err != nil {
		return nil, fmt.Errorf("read the beats: %w", err)
	}
	return func(t time.Time) bool { return beats[t] }, nil
}

// judgeMinute takes in the k-th minute of a stretch and then, knowing all
// services, decides on each.
func (w *Watcher) judgeMinute(crowd []*watched, stretch [][]judged, k int, out *findings) {
	for i, x := range crowd {
		x.take(stretch[i][k])
		out.counted(i, stretch[i][k])
	}
	troubled, known := networksInTrouble(crowd), knownOf(crowd)
	for _, i := range busy(crowd) {
		x, m := crowd[i], stretch[i][k]
		now, before := m.bucket.Minute.Add(time.Minute), x.incident
		turned, incident := x.conclude(now, x.attribute(troubled, crowd), x.needed(now, w.need(now, known), crowd))
		w.site.found(now, before, x)
		out.turned[i] = out.turned[i] || turned
		x.history.states(x.stated(m.bucket.Minute), x.keepFrom(m.bucket.Minute))
		if r := x.document(m, w.falseAlarms(), incident != nil); r != nil {
			out.changed(*incident, *r)
		}
	}
}

// conclude decides on the minute that ended now: what it means for the
// incident, and with it for the verdict. It returns whether the verdict
// turned, and the incident if it changed.
func (x *watched) conclude(now time.Time, c cause, n need) (turned bool, changed *outcry.Incident) {
	x.cause, x.need = c, x.renewed(now, n)
	level, severity := decide(x.last, c, x.need)
	next, moved := advance(x.incident, x.view(now, level, severity))
	x.incident = next
	state, severity := stateOf(next, x.last)
	if turned = state != x.state; turned {
		x.since = now
	}
	x.state, x.severity = state, severity
	if !moved {
		return turned, nil
	}
	return turned, next
}

// take remembers one minute.
func (x *watched) take(m judged) {
	b, was := m.bucket, alarmed(x.last)
	x.last = m.judgement
	if b.Down+b.Works+b.Late+b.Discounted+b.Imported > 0 {
		x.recent = append(x.recent, b)
	}
	x.trim(b.Minute)
	if x.given == nil {
		x.last.Regions = x.guarded(x.last.Regions)
	}
	x.history.told(m.in, x.keepFrom(b.Minute))
	x.means.push(b.Minute, x.last.Expected)
	if x.begun.IsZero() {
		x.begun = b.Minute
	}
	x.watchCrowd(b.Minute.Add(time.Minute))
	if !b.Minute.Before(x.frozen) {
		x.learn(b, was)
	}
}

// learn takes the networks of a quiet minute into the usual; was says that the
// minute before was alarmed.
func (x *watched) learn(b outcry.Bucket, was bool) {
	switch {
	case !alarmed(x.last):
		x.usage.learn(b.Minute, b.Networks)
	case !was:
		x.usage.forget(b.Minute)
	}
}

// trim forgets minutes older than lookBack, and of those older than recentSpan
// the places, except what the open record needs.
func (x *watched) trim(now time.Time) {
	keep, cut := x.keepFrom(now), 0
	for cut < len(x.recent) && x.recent[cut].Minute.Before(keep) {
		cut++
	}
	x.recent = x.recent[cut:]
	whole := now.Add(-recentSpan)
	if x.record != nil && x.record.Incident.StartedAt.Add(-recentSpan).Before(whole) {
		whole = x.record.Incident.StartedAt.Add(-recentSpan)
	}
	for i := range x.recent {
		b := &x.recent[i]
		if b.Minute.After(whole) {
			break
		}
		b.Regions, b.Networks = nil, nil
	}
}

// lately sums the complaints from a time on, at most of the last recentSpan.
func (x *watched) lately(from time.Time) window {
	return sum(x.recent, maxTime(from, x.last.Start.Add(time.Minute-recentSpan)))
}

// bucketsSince is the minutes that lately sums.
func (x *watched) bucketsSince(from time.Time) []outcry.Bucket {
	from = maxTime(from, x.last.Start.Add(time.Minute-recentSpan))
	return x.recent[sort.Search(len(x.recent), func(i int) bool { return !x.recent[i].Minute.Before(from) }):]
}

// idle is true of a service on which there is nothing to decide: no alarm, no
// incident to tend, and a verdict that stands and blames nobody.
func (x *watched) idle() bool {
	return !alarmed(x.last) && x.incident == nil && x.state == quietState(x.last) && x.cause.Cause == outcry.CauseUndetermined
}

// view gathers what the incident is told of the minute that ended now, and
// brings its tally up to it.
func (x *watched) view(now time.Time, level outcry.State, severity outcry.Severity) view {
	if x.incident == nil || !x.incident.State.Open() && now.Sub(x.incident.UpdatedAt) > rejoin {
		x.tally = x.lately(onset(x.last))
		x.tally.gather(x.bucketsSince(onset(x.last)))
		x.expected = x.last.WindowExpected
	} else {
		x.tally.add(x.minute(now.Add(-time.Minute)))
		x.tally.gather(x.bucketsSince(maxTime(x.incident.StartedAt, now.Add(-outcry.CountOncePer))))
		x.expected += x.last.Expected
	}
	r := x.risen()
	return view{
		now: now, service: x.service, known: x.last.Known, bad: level != outcry.Operational,
		state: level, severity: severity, onset: onset(x.last), cause: x.cause.Attribution, umbrella: x.cause.umbrella,
		minute: int(x.last.Count), expected: x.expected, tally: x.tally,
		failing: x.standsOut(now, r), shares: shareOf(x.last.Symptoms), places: shareOf(x.last.Regions),
		senders: x.usualParts(), regions: regionStates(x.last, level, r),
	}
}

// minute is the bucket of one minute, empty if there was nothing.
func (x *watched) minute(t time.Time) outcry.Bucket {
	if n := len(x.recent); n > 0 && x.recent[n-1].Minute.Equal(t) {
		return x.recent[n-1]
	}
	return outcry.Bucket{Minute: t}
}

func shareOf(parts []detect.Part) map[string]float64 {
	m := make(map[string]float64, len(parts))
	for _, p := range parts {
		m[p.Key] = p.Share
	}
	return m
}

func floats(counts map[string]int) map[string]float64 {
	if len(counts) == 0 {
		return nil
	}
	m := make(map[string]float64, len(counts))
	for k, n := range counts {
		m[k] = float64(n)
	}
	return m
}
