package anomaly

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sort"
	"strings"
	"testing"
	"time"

	"outcry"
)

// memory is a board and the counts in one, for tests of the watcher alone.
type memory struct {
	buckets   map[string][]outcry.Bucket
	closed    func(time.Time) bool // minutes in which nothing could be taken
	snapshots map[string]outcry.Snapshot
	incidents map[string]outcry.Incident
	forecasts map[string]map[time.Time]outcry.Forecast
	states    map[string][]byte
	events    []outcry.Event
	lean      bool // keep no forecasts and events
	fives     bool // roll-ups of five minutes are kept
	fail      func(call string) error
}

func newMemory() *memory {
	return &memory{
		buckets: map[string][]outcry.Bucket{}, snapshots: map[string]outcry.Snapshot{},
		incidents: map[string]outcry.Incident{}, forecasts: map[string]map[time.Time]outcry.Forecast{},
		states: map[string][]byte{},
		closed: func(time.Time) bool { return false }, fail: func(string) error { return nil },
	}
}

func (m *memory) Buckets(_ context.Context, service string, from, to time.Time) ([]outcry.Bucket, error) {
	var list []outcry.Bucket
	for _, b := range m.buckets[service] {
		if !b.Minute.Before(from) && b.Minute.Before(to) {
			list = append(list, b)
		}
	}
	return list, m.fail("Buckets")
}

func (m *memory) Beats(_ context.Context, from, to time.Time) (map[time.Time]bool, error) {
	beats := map[time.Time]bool{}
	for t := from; t.Before(to); t = t.Add(time.Minute) {
		if !m.closed(t) {
			beats[t] = true
		}
	}
	return beats, m.fail("Beats")
}

func (m *memory) PutForecast(_ context.Context, service string, list []outcry.Forecast) error {
	if m.lean {
		return nil
	}
	if m.forecasts[service] == nil {
		m.forecasts[service] = map[time.Time]outcry.Forecast{}
	}
	for _, f := range list {
		m.forecasts[service][f.Minute] = f
	}
	return m.fail("PutForecast")
}

func (m *memory) PutSnapshots(_ context.Context, list []outcry.Snapshot) error {
	for _, s := range list {
		m.snapshots[s.Verdict.Service] = s
	}
	return m.fail("PutSnapshots")
}

func (m *memory) SaveIncident(_ context.Context, i outcry.Incident) error {
	m.incidents[i.ID] = i
	return m.fail("SaveIncident")
}

func (m *memory) Publish(_ context.Context, list []outcry.Event) error {
	if !m.lean {
		m.events = append(m.events, list...)
	}
	return m.fail("Publish")
}

func (m *memory) SaveState(_ context.Context, name string, b []byte) error {
	m.states[name] = b
	return m.fail("SaveState")
}

func (m *memory) LoadState(_ context.Context, name string) ([]byte, error) {
	if b, ok := m.states[name]; ok {
		return b, nil
	}
	return nil, outcry.ErrNotFound
}

// list is the incidents in the order of their start.
func (m *memory) list() []outcry.Incident {
	var all []outcry.Incident
	for _, i := range m.incidents {
		all = append(all, i)
	}
	sort.Slice(all, func(a, b int) bool { return all[a].ID < all[b].ID })
	return all
}

var epoch = time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC) // a Monday

func at(day, hour, minute int) time.Time {
	return epoch.AddDate(0, 0, day).Add(time.Duration(hour)*time.Hour + time.Duration(minute)*time.Minute)
}

// world is a catalogue of services and what was reported of them.
type world struct {
	*memory
	catalog *outcry.Catalog
	rand    *rand.Rand
}

func newWorld(t *testing.T, services string) *world {
	t.Helper()
	c, err := outcry.ParseCatalog(strings.NewReader(`{"services":[` + services + `]}`))
	if err != nil {
		t.Fatal(err)
	}
	return &world{newMemory(), c, rand.New(rand.NewPCG(1, 2))}
}

// report adds n complaints in a minute, each from one of the networks given,
// in turn.
func (w *world) report(service string, minute time.Time, n int, networks ...string) {
	w.say(service, minute, outcry.DefaultSymptom, "US-MD", n, networks...)
}

// say is the same of a symptom and a region.
func (w *world) say(service string, minute time.Time, symptom, region string, n int, networks ...string) {
	if n == 0 {
		return
	}
	list := w.buckets[service]
	i := sort.Search(len(list), func(i int) bool { return !list[i].Minute.Before(minute) })
	if i == len(list) || !list[i].Minute.Equal(minute) {
		b := outcry.Bucket{Minute: minute, Symptoms: map[string]int{}, Regions: map[string]int{}, Networks: map[string]int{}}
		list = append(list[:i], append([]outcry.Bucket{b}, list[i:]...)...)
	}
	b := &list[i]
	for k := range n {
		b.Down++
		b.Symptoms[symptom]++
		b.Regions[region]++
		b.Networks[networks[k%len(networks)]]++
	}
	w.buckets[service] = list
}

// usual reports a service at mean complaints a day, evenly over days [0, days).
func (w *world) usual(service string, days int, mean float64) {
	for n := 0; n < int(mean*float64(days)); n++ {
		w.report(service, epoch.Add(time.Duration(w.rand.IntN(days*24*60))*time.Minute), 1, anyNetwork(w.rand.IntN(40)))
	}
}

func anyNetwork(i int) string { return fmt.Sprintf("AS%d", 64500+i) }

func networks(n int) []string {
	list := make([]string, n)
	for i := range list {
		list[i] = anyNetwork(i)
	}
	return list
}

func (w *world) watcher() *Watcher {
	return NewWatcher(Config{Catalog: func() *outcry.Catalog { return w.catalog }, Counts: w.memory, Board: w.memory, FalseAlarms: 0.25})
}

// watch judges everything from the epoch to the end in one go.
func (w *world) watch(t *testing.T, end time.Time) []outcry.Incident {
	t.Helper()
	x := w.watcher()
	x.StartAt(epoch)
	for now := epoch; !now.After(end); now = now.Add(forgotten) {
		if err := x.Tick(context.Background(), minTime(now.Add(forgotten), end)); err != nil {
			t.Fatal(err)
		}
	}
	return w.list()
}

func minTime(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

// outage reports n complaints a minute for a while.
func (w *world) outage(service string, from time.Time, minutes, n int, networks ...string) {
	for i := range minutes {
		turn := i % len(networks)
		w.report(service, from.Add(time.Duration(i)*time.Minute), n, slices.Concat(networks[turn:], networks[:turn])...)
	}
}

const canvas = `{"slug":"canvas","name":"Canvas"}`

func TestAnOutageIsOneIncidentOfTheService(t *testing.T) {
	w := newWorld(t, canvas)
	w.usual("canvas", 20, 6)
	w.outage("canvas", at(18, 18, 45), 50, 4, networks(12)...)
	all := w.watch(t, at(19, 0, 0))
	if len(all) != 1 {
		t.Fatalf("%d incidents, want 1: %+v", len(all), all)
	}
	i := all[0]
	if i.State != outcry.Resolved || i.Attribution.Cause != outcry.CauseService {
		t.Errorf("state %s, cause %s; want resolved, service", i.State, i.Attribution.Cause)
	}
	if late := i.DetectedAt.Sub(at(18, 18, 45)); late <= 0 || late > 5*time.Minute {
		t.Errorf("detected %v after the start, want within five minutes", late)
	}
	if late := i.ResolvedAt.Sub(at(18, 19, 35)); late < calm || late > 20*time.Minute {
		t.Errorf("all clear %v after the end, want between %v and 20m", late, calm)
	}
	if i.Reports.Total < 195 || i.Reports.Total > 210 {
		t.Errorf("%d reports, want the outage's 200 and a few usual ones", i.Reports.Total)
	}
}

// TestOneNetworkIsNoOutage: the same numbers from one provider alone.
func TestOneNetworkIsNoOutage(t *testing.T) {
	w := newWorld(t, canvas)
	w.usual("canvas", 20, 6)
	w.outage("canvas", at(18, 18, 45), 20, 4, "AS65000")
	if all := w.watch(t, at(18, 19, 0)); len(all) != 0 {
		t.Fatalf("one network's reports made %d incidents: %+v", len(all), all[0])
	}
	v := w.snapshots["canvas"].Verdict
	if v.State != outcry.Operational || v.Attribution.Cause != outcry.CauseNetwork || v.Attribution.Name != "AS65000" {
		t.Errorf("verdict %s because of %s %q; want operational, network AS65000", v.State, v.Attribution.Cause, v.Attribution.Name)
	}
}

// TestAHomeNetworkIsTheServices: a campus platform is used from its campus.
func TestAHomeNetworkIsTheServices(t *testing.T) {
	w := newWorld(t, `{"slug":"canvas","name":"Canvas","home_networks":[65000]}`)
	w.usual("canvas", 20, 1)
	w.outage("canvas", at(18, 18, 45), 20, 4, "AS65000")
	all := w.watch(t, at(19, 0, 0))
	if len(all) != 1 || all[0].Attribution.Cause != outcry.CauseService {
		t.Fatalf("want one incident of the service, got %+v", all)
	}
}

// TestOneNetworksTroubleOnSeveralServices: then not even the home is believed.
func TestOneNetworksTroubleOnSeveralServices(t *testing.T) {
	w := newWorld(t, `{"slug":"canvas","name":"Canvas","home_networks":[65000]},{"slug":"zoom","name":"Zoom"},{"slug":"github","name":"GitHub"}`)
	for _, s := range []string{"canvas", "zoom", "github"} {
		w.usual(s, 20, 6)
		w.outage(s, at(18, 18, 45), 20, 4, "AS65000")
	}
	if all := w.watch(t, at(19, 0, 0)); len(all) != 0 {
		t.Fatalf("a network's failure was called an outage: %+v", all[0])
	}
}

func TestNothingKnownIsNotOperational(t *testing.T) {
	w := newWorld(t, canvas)
	w.watch(t, at(0, 1, 0))
	if v := w.snapshots["canvas"].Verdict; v.State != outcry.Unknown || v.Freshness.Trusted {
		t.Errorf("an hour after the start the verdict is %s (trusted %v), want unknown", v.State, v.Freshness.Trusted)
	}
}

// TestFailedWritesChangeNothing: one call in seven fails, and the
// result is that of a board that never fails.
func TestFailedWritesChangeNothing(t *testing.T) {
	build := func() *world {
		w := newWorld(t, canvas)
		w.usual("canvas", 16, 6)
		w.outage("canvas", at(15, 18, 45), 30, 4, networks(12)...)
		return w
	}
	want := build()
	want.watch(t, at(15, 22, 0))
	got := build()
	calls := 0
	got.fail = func(call string) error {
		if calls++; calls%7 == 0 {
			return errors.New("broken pipe at " + call)
		}
		return nil
	}
	x := got.watcher()
	x.StartAt(epoch)
	failures := 0
	for now := epoch; now.Before(at(15, 22, 0)); {
		next := minTime(now.Add(6*24*time.Hour), at(15, 22, 0))
		for x.Tick(context.Background(), next) != nil {
			failures++
		}
		now = next
	}
	if failures < 10 {
		t.Fatalf("only %d writes failed: the test tests nothing", failures)
	}
	same(t, want.memory, got.memory)
}

// TestRestartChangesNothing: a watcher that is killed after every few hours
// and resumed from its checkpoint says what one says that never stopped.
func TestRestartChangesNothing(t *testing.T) {
	build := func() *world {
		w := newWorld(t, canvas)
		w.usual("canvas", 16, 6)
		w.outage("canvas", at(15, 18, 45), 30, 4, networks(12)...)
		return w
	}
	want, got := build(), build()
	want.watch(t, at(15, 22, 0))
	x := got.watcher()
	x.StartAt(epoch)
	for now := epoch.Add(7 * time.Hour); ; now = now.Add(7 * time.Hour) {
		end := minTime(now, at(15, 22, 0))
		if err := x.Tick(context.Background(), end); err != nil {
			t.Fatal(err)
		}
		if !end.Before(at(15, 22, 0)) {
			break
		}
		x = got.watcher()
		if err := x.Resume(context.Background(), end); err != nil {
			t.Fatal(err)
		}
	}
	same(t, want.memory, got.memory)
}

// same compares all that a watcher leaves behind, but its events, which may
// come twice.
func same(t *testing.T, want, got *memory) {
	t.Helper()
	for name, pair := range map[string][2]any{
		"incidents": {want.list(), got.list()}, "snapshots": {want.snapshots, got.snapshots},
		"forecasts": {want.forecasts["canvas"], got.forecasts["canvas"]},
	} {
		a, errA := json.Marshal(pair[0])
		b, errB := json.Marshal(pair[1])
		if errA != nil || errB != nil {
			t.Fatal(errA, errB)
		}
		if string(a) != string(b) {
			k := 0
			for k < min(len(a), len(b)) && a[k] == b[k] {
				k++
			}
			k = max(0, k-200)
			t.Errorf("%s differ:\n%.400s\n%.400s", name, a[min(k, len(a)):], b[min(k, len(b)):])
		}
	}
	if len(want.incidents) == 0 {
		t.Error("there is no incident: the comparison says little")
	}
}
