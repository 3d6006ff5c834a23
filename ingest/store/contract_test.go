package store_test

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"outcry"
	"outcry/ingest/embedded"
	"outcry/ingest/internal/redistest"
	"outcry/ingest/store"
)

var start = time.Date(2026, 3, 4, 11, 58, 30, 0, time.UTC)

// onAll is onBoth and a cluster of one node, which refuses keys of two slots in
// one script. It takes two seconds to form, so that only some tests use it.
func onAll(t *testing.T, test func(t *testing.T, client redis.UniversalClient)) {
	onBoth(t, test)
	t.Run("cluster", func(t *testing.T) {
		client, err := store.Dial(redistest.StartCluster(t).URL())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = client.Close() })
		test(t, client)
	})
}

// onBoth runs one test against a real redis-server and the embedded one, each
// empty.
func onBoth(t *testing.T, test func(t *testing.T, client redis.UniversalClient)) {
	t.Run("redis", func(t *testing.T) {
		client, err := store.Dial(redistest.Start(t).URL())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = client.Close() })
		test(t, client)
	})
	t.Run("embedded", func(t *testing.T) {
		r, err := embedded.Open()
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = r.Close() })
		test(t, r.Client())
	})
}

// complaint is person n's, from an address and network of their own.
func complaint(n int, at time.Time) outcry.Report {
	return outcry.Report{
		ID: fmt.Sprintf("id-%d", n), Service: "coursera", Symptom: "video", Kind: outcry.KindDown,
		Occurred: at, Received: at, Place: outcry.Place{Country: "US", Region: "US-MD", ASN: 64500},
		Source: outcry.Source{
			Person: fmt.Sprintf("p%d", n), Address: fmt.Sprintf("a%d", n), Network: fmt.Sprintf("n%d", n),
		},
	}
}

func mustAdd(t *testing.T, s *store.Store, reports ...outcry.Report) []outcry.Acknowledgement {
	t.Helper()
	acks, err := s.Add(context.Background(), reports)
	if err != nil {
		t.Fatal(err)
	}
	return acks
}

func reasons(acks []outcry.Acknowledgement) []outcry.Reason {
	var out []outcry.Reason
	for _, a := range acks {
		out = append(out, a.Reason)
	}
	return out
}

func mustBuckets(t *testing.T, s *store.Store, service string) []outcry.Bucket {
	t.Helper()
	b, err := s.Buckets(context.Background(), service, start.Add(-48*time.Hour), start.Add(48*time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestBucketsHoldWhatWasReported(t *testing.T) {
	onAll(t, func(t *testing.T, client redis.UniversalClient) {
		s := store.New(client, store.Config{})
		works, late, login, later := complaint(2, start), complaint(3, start), complaint(4, start), complaint(5, start.Add(2*time.Minute))
		works.Kind = outcry.KindWorks
		late.Occurred = start.Add(-time.Hour)
		login.Symptom, login.Place = "login", outcry.Place{Country: "DE"}
		later.Place = outcry.Place{}
		acks := mustAdd(t, s, complaint(1, start), works, late, login, later)
		if got, want := reasons(acks), []outcry.Reason{"", "", outcry.LateReport, "", ""}; !reflect.DeepEqual(got, want) {
			t.Errorf("reasons %q, want %q", got, want)
		}
		if got, want := acks[0], (outcry.Acknowledgement{
			ID: "id-1", Minute: start.Truncate(time.Minute), Symptom: "video", Kind: outcry.KindDown,
			Place: outcry.Place{Country: "US", Region: "US-MD"}, Received: start,
		}); got != want {
			t.Errorf("acknowledgement %v, want %v", got, want)
		}
		none := map[string]int{}
		want := []outcry.Bucket{
			{Minute: late.Occurred.Truncate(time.Minute), Late: 1, Symptoms: none, Regions: none, Networks: none},
			{Minute: start.Truncate(time.Minute), Down: 2, Works: 1,
				Symptoms: map[string]int{"video": 1, "login": 1}, Regions: map[string]int{"US-MD": 1, "DE": 1},
				Networks: map[string]int{"AS64500": 1, "~n4": 1}},
			{Minute: later.Occurred.Truncate(time.Minute), Down: 1, Symptoms: map[string]int{"video": 1},
				Regions: map[string]int{"": 1}, Networks: map[string]int{"~n5": 1}},
		}
		if got := mustBuckets(t, s, "coursera"); !reflect.DeepEqual(got, want) {
			t.Errorf("buckets\n%+v, want\n%+v", got, want)
		}
		first := start.Truncate(time.Minute)
		got, err := s.Buckets(context.Background(), "coursera", first, first.Add(2*time.Minute))
		if err != nil || !reflect.DeepEqual(got, want[1:2]) {
			t.Errorf("from inclusive, to exclusive: %+v, %v", got, err)
		}
	})
}

func TestARetryGetsTheSameAnswerAndChangesNothing(t *testing.T) {
	onBoth(t, func(t *testing.T, client redis.UniversalClient) {
		s := store.New(client, store.Config{})
		twice := complaint(1, start)
		twice.ID = "id-again"
		first := mustAdd(t, s, complaint(1, start), twice)
		before := mustBuckets(t, s, "coursera")
		for _, after := range []time.Duration{0, time.Minute, 40 * time.Minute, 23 * time.Hour, 24 * time.Hour} {
			for i, r := range []outcry.Report{complaint(1, start), twice} {
				r.Received = start.Add(after)
				r.Occurred = r.Received
				r.Symptom = "login"
				if got := mustAdd(t, s, r)[0]; got != first[i] {
					t.Errorf("after %v: %v, want %v", after, got, first[i])
				}
			}
		}
		if got := mustBuckets(t, s, "coursera"); !reflect.DeepEqual(got, before) {
			t.Errorf("a retry changed the buckets to %+v from %+v", got, before)
		}
	})
}

func TestAnIDIsBoundToItsSourceAndService(t *testing.T) {
	onBoth(t, func(t *testing.T, client redis.UniversalClient) {
		s := store.New(client, store.Config{})
		mine, theirs, elsewhere := complaint(1, start), complaint(2, start), complaint(1, start)
		theirs.ID, elsewhere.Service = mine.ID, "edx"
		for _, r := range []outcry.Report{theirs, mine, elsewhere} {
			if got := mustAdd(t, s, r)[0]; !got.Counted() {
				t.Errorf("%s of %s at %s was %q", r.ID, r.Source.Person, r.Service, got.Reason)
			}
		}
		if b := mustBuckets(t, s, "coursera"); len(b) != 1 || b[0].Down != 2 {
			t.Errorf("buckets %+v", b)
		}
	})
}

func TestAPersonCountsOncePerHalfHour(t *testing.T) {
	onBoth(t, func(t *testing.T, client redis.UniversalClient) {
		s := store.New(client, store.Config{})
		say := func(id string, after time.Duration, kind outcry.Kind, former string) outcry.Reason {
			r := complaint(1, start.Add(after))
			r.ID, r.Kind, r.Source.Former = id, kind, former
			if former != "" {
				r.Source.Person = "p-new"
			}
			return mustAdd(t, s, r)[0].Reason
		}
		for _, step := range []struct {
			after  time.Duration
			kind   outcry.Kind
			former string
			want   outcry.Reason
		}{
			{0, outcry.KindDown, "", outcry.Counted},
			{10 * time.Second, outcry.KindDown, "", outcry.Duplicate},
			{time.Minute, outcry.KindWorks, "", outcry.Duplicate},
			{29*time.Minute + 59*time.Second, outcry.KindDown, "", outcry.Duplicate},
			{30 * time.Minute, outcry.KindDown, "", outcry.Counted},
			{15 * time.Minute, outcry.KindDown, "", outcry.Duplicate}, // arrives late from a spool
			{40 * time.Minute, outcry.KindDown, "p1", outcry.Duplicate},
			{60 * time.Minute, outcry.KindDown, "p1", outcry.Counted},
		} {
			if got := say(fmt.Sprint("s", step.after, step.kind, step.former), step.after, step.kind, step.former); got != step.want {
				t.Errorf("after %v, %s: %q, want %q", step.after, step.kind, got, step.want)
			}
		}
		var anonymous []outcry.Report
		for n := range 5 {
			r := complaint(n, start)
			r.ID, r.Source, r.Service = fmt.Sprint("import", n), outcry.Source{}, "edx"
			anonymous = append(anonymous, r)
		}
		for _, ack := range mustAdd(t, s, anonymous...) {
			if !ack.Counted() {
				t.Errorf("a report without a source was %q", ack.Reason)
			}
		}
	})
}

func TestCapsOfAddressAndNetwork(t *testing.T) {
	onBoth(t, func(t *testing.T, client redis.UniversalClient) {
		s := store.New(client, store.Config{AddressCap: 3, NetworkCap: 5})
		counted := func(service string, n, addressCap, addresses int, at time.Time) map[outcry.Reason]int {
			var batch []outcry.Report
			for i := range n {
				r := complaint(i, at)
				r.ID, r.Source.Person = fmt.Sprint(service, at.Unix(), i), fmt.Sprint(service, at.Unix(), i)
				r.Service, r.AddressCap = service, addressCap
				r.Source.Address, r.Source.Network = fmt.Sprint("a", i%addresses), "n"
				batch = append(batch, r)
			}
			out := map[outcry.Reason]int{}
			for _, ack := range mustAdd(t, s, batch...) {
				out[ack.Reason]++
			}
			return out
		}
		begin := start.Truncate(15 * time.Minute)
		for _, c := range []struct {
			name                     string
			service                  string
			n, addressCap, addresses int
			at                       time.Time
			want                     map[outcry.Reason]int
		}{
			{"one address", "a", 20, 0, 1, begin, map[outcry.Reason]int{"": 3, outcry.AddressLimit: 17}},
			{"nothing more a second later", "a", 4, 0, 1, begin.Add(time.Second), map[outcry.Reason]int{outcry.AddressLimit: 4}},
			{"the window slides", "a", 4, 0, 1, begin.Add(20 * time.Minute), map[outcry.Reason]int{"": 1, outcry.AddressLimit: 3}},
			{"it is over", "a", 4, 0, 1, begin.Add(60 * time.Minute), map[outcry.Reason]int{"": 3, outcry.AddressLimit: 1}},
			{"one network", "b", 20, 0, 20, begin, map[outcry.Reason]int{"": 5, outcry.NetworkLimit: 15}},
			{"a campus", "c", 20, 30, 2, begin, map[outcry.Reason]int{"": 20}},
		} {
			if got := counted(c.service, c.n, c.addressCap, c.addresses, c.at); !reflect.DeepEqual(got, c.want) {
				t.Errorf("%s: %v, want %v", c.name, got, c.want)
			}
		}
		if b := mustBuckets(t, s, "b"); len(b) != 1 || b[0].Down != 5 || b[0].Discounted != 15 {
			t.Errorf("discounted reports are not shown: %+v", b)
		}
	})
}

func TestScriptsAreLoadedAgain(t *testing.T) {
	onAll(t, func(t *testing.T, client redis.UniversalClient) {
		ctx := context.Background()
		s := store.New(client, store.Config{})
		other := complaint(2, start)
		other.Service = "edx"
		for n := range 3 {
			if err := client.ScriptFlush(ctx).Err(); err != nil {
				t.Fatal(err)
			}
			a, b := complaint(10+n, start), other
			b.ID, b.Source.Person = fmt.Sprint("e", n), fmt.Sprint("e", n)
			for _, r := range s.AddBatches(ctx, [][]outcry.Report{{a}, {b}}) {
				if r.Err != nil || !r.Acknowledgements[0].Counted() {
					t.Errorf("after SCRIPT FLUSH: %+v", r)
				}
			}
		}
	})
}

func TestEveryReportOfManyWritersCounts(t *testing.T) {
	onBoth(t, func(t *testing.T, client redis.UniversalClient) {
		s := store.New(client, store.Config{})
		const writers, each, batch = 8, 1250, 50
		var group sync.WaitGroup
		for w := range writers {
			group.Go(func() {
				for n := 0; n < each; n += batch {
					var reports []outcry.Report
					for i := n; i < n+batch; i++ {
						reports = append(reports, complaint(w*each+i, start.Add(time.Duration(i)*time.Second)))
					}
					for range 2 { // each batch is sent twice
						if _, err := s.Add(context.Background(), reports); err != nil {
							t.Error(err)
							return
						}
					}
				}
			})
		}
		group.Wait()
		sum, regions, networks := 0, 0, 0
		for _, b := range mustBuckets(t, s, "coursera") {
			sum += b.Down
			for _, n := range b.Regions {
				regions += n
			}
			for _, n := range b.Networks {
				networks += n
			}
		}
		if want := writers * each; sum != want || regions != want || networks != want {
			t.Errorf("counted %d by symptom, %d by region, %d by network, want %d", sum, regions, networks, want)
		}
	})
}

func TestABatchIsChecked(t *testing.T) {
	onBoth(t, func(t *testing.T, client redis.UniversalClient) {
		s := store.New(client, store.Config{})
		spoil := func(f func(*outcry.Report)) []outcry.Report {
			r := complaint(1, start)
			f(&r)
			return []outcry.Report{complaint(2, start), r}
		}
		for name, batch := range map[string][]outcry.Report{
			"two services": spoil(func(r *outcry.Report) { r.Service = "edx" }),
			"no id":        spoil(func(r *outcry.Report) { r.ID = "" }),
			"symptom":      spoil(func(r *outcry.Report) { r.Symptom = "+w" }),
			"region":       spoil(func(r *outcry.Report) { r.Place.Region = "US:MD" }),
			"no time":      spoil(func(r *outcry.Report) { r.Received = time.Time{} }),
			"too many":     make([]outcry.Report, store.MaxBatch+1),
		} {
			if _, err := s.Add(context.Background(), batch); !errors.Is(err, outcry.ErrInvalid) {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
}
