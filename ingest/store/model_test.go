package store_test

import (
	"context"
	"fmt"
	"math"
	"reflect"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"pgregory.net/rapid"

	"outcry"
	"outcry/ingest/store"
)

// model is the rules of counting, written without Redis: a list of what was
// said, gone through from the beginning each time.
type model struct {
	said      []outcry.Report
	reasons   []outcry.Reason
	withdrawn []bool
}

const (
	modelAddressCap = 2
	modelNetworkCap = 3
)

func (m *model) find(r outcry.Report) int {
	for i, s := range m.said {
		if s.ID == r.ID && s.Source.Person == r.Source.Person {
			return i
		}
	}
	return -1
}

func kindOf(r outcry.Report) string {
	if r.Late() {
		return "late"
	}
	return string(r.Kind)
}

// stands says whether i was counted (late counts as late) and not withdrawn.
func (m *model) stands(i int) bool {
	return !m.withdrawn[i] && (m.reasons[i] == outcry.Counted || m.reasons[i] == outcry.LateReport)
}

// sliding is the weighted number of those within the cap by r's time.
func (m *model) sliding(r outcry.Report, same func(a, b outcry.Source) bool) float64 {
	const width = 900
	w, into := r.Received.Unix()/width, float64(r.Received.Unix()%width)
	now, before := 0.0, 0.0
	for i, s := range m.said {
		if m.stands(i) && kindOf(s) == kindOf(r) && same(s.Source, r.Source) {
			switch s.Received.Unix() / width {
			case w:
				now++
			case w - 1:
				before++
			}
		}
	}
	return now + before*(width-into)/width
}

func (m *model) add(r outcry.Report) outcry.Reason {
	if i := m.find(r); i >= 0 {
		return m.reasons[i]
	}
	reason := outcry.Counted
	if kindOf(r) == "late" {
		reason = outcry.LateReport
	}
	address := func(a, b outcry.Source) bool { return a.Address == b.Address }
	network := func(a, b outcry.Source) bool { return a.Network == b.Network }
	const exact = 1e-9 // the script counts in whole numbers
	switch {
	case m.marked(r):
		reason = outcry.Duplicate
	case m.sliding(r, address) >= modelAddressCap-exact:
		reason = outcry.AddressLimit
	case m.sliding(r, network) >= modelNetworkCap-exact:
		reason = outcry.NetworkLimit
	}
	m.said, m.reasons, m.withdrawn = append(m.said, r), append(m.reasons, reason), append(m.withdrawn, false)
	return reason
}

func (m *model) marked(r outcry.Report) bool {
	for i, s := range m.said {
		apart := math.Abs(r.Received.Sub(s.Received).Seconds())
		if m.stands(i) && s.Late() == r.Late() && s.Source.Person == r.Source.Person && apart < outcry.CountOncePer.Seconds() {
			return true
		}
	}
	return false
}

// buckets are what the store should hold.
func (m *model) buckets() map[time.Time]outcry.Bucket {
	out := map[time.Time]outcry.Bucket{}
	for i, r := range m.said {
		if m.withdrawn[i] {
			continue
		}
		minute := r.Occurred.Truncate(time.Minute)
		b, ok := out[minute]
		if !ok {
			b = outcry.Bucket{Minute: minute, Symptoms: map[string]int{}, Regions: map[string]int{}, Networks: map[string]int{}}
		}
		switch {
		case m.reasons[i] == outcry.LateReport:
			b.Late++
		case m.reasons[i] != outcry.Counted:
			b.Discounted++
		case r.Kind == outcry.KindWorks:
			b.Works++
		default:
			b.Down++
			b.Symptoms[r.Symptom]++
			b.Regions[r.Place.Key()]++
			b.Networks["~"+r.Source.Network]++
		}
		out[minute] = b
	}
	return out
}

// drawReport draws from few people, addresses and ids, so that retries, ids of
// others, duplicates and full caps all happen often.
func drawReport(t *rapid.T, at time.Time) outcry.Report {
	person := rapid.IntRange(0, 11).Draw(t, "person")
	r := outcry.Report{
		ID: fmt.Sprint("id", rapid.IntRange(0, 30).Draw(t, "id")), Service: "edx",
		Symptom:  rapid.SampledFrom([]string{"site", "login"}).Draw(t, "symptom"),
		Kind:     rapid.SampledFrom([]outcry.Kind{outcry.KindDown, outcry.KindDown, outcry.KindWorks}).Draw(t, "kind"),
		Received: at, Occurred: at,
		Place:  outcry.Place{Country: rapid.SampledFrom([]string{"", "US", "DE"}).Draw(t, "country")},
		Source: outcry.Source{Person: fmt.Sprint("p", person), Address: fmt.Sprint("a", person/4), Network: fmt.Sprint("n", person/6)},
	}
	if rapid.IntRange(0, 5).Draw(t, "late") == 0 {
		r.Occurred = at.Add(-time.Hour)
	}
	return r
}

// TestTheScriptCountsAsTheModel: random reports, retries and withdrawals, in
// random batches over time.
func TestTheScriptCountsAsTheModel(t *testing.T) {
	onBoth(t, func(t *testing.T, client redis.UniversalClient) {
		ctx := context.Background()
		seen := map[outcry.Reason]int{}
		retries, withdrawals := 0, 0
		rapid.Check(t, func(t *rapid.T) {
			if err := client.FlushAll(ctx).Err(); err != nil {
				t.Fatal(err)
			}
			s := store.New(client, store.Config{AddressCap: modelAddressCap, NetworkCap: modelNetworkCap, TokenKey: []byte("k")})
			m, now := &model{}, start
			for range rapid.IntRange(1, 12).Draw(t, "steps") {
				now = now.Add(time.Duration(rapid.IntRange(0, 600).Draw(t, "seconds")) * time.Second)
				if len(m.said) > 0 && rapid.IntRange(0, 3).Draw(t, "withdraw") == 0 {
					i := rapid.IntRange(0, len(m.said)-1).Draw(t, "which")
					token, _ := s.Token(ctx, m.said[i])
					if err := s.Withdraw(ctx, "edx", m.said[i].ID, token, now); err != nil {
						t.Fatal(err)
					}
					m.withdrawn[i] = true
					withdrawals++
					continue
				}
				var batch []outcry.Report
				var want []outcry.Reason
				for range rapid.IntRange(1, 6).Draw(t, "batch") {
					r := drawReport(t, now)
					if m.find(r) >= 0 {
						retries++
					}
					batch, want = append(batch, r), append(want, m.add(r))
				}
				acks, err := s.Add(ctx, batch)
				if err != nil {
					t.Fatal(err)
				}
				if got := reasons(acks); !reflect.DeepEqual(got, want) {
					t.Fatalf("reasons %q, want %q of %+v", got, want, batch)
				}
				for i, ack := range acks {
					first := m.said[m.find(batch[i])]
					if ack.Symptom != first.Symptom || ack.Kind != first.Kind || ack.Place != first.Place ||
						!ack.Received.Equal(first.Received) || !ack.Minute.Equal(first.Occurred.Truncate(time.Minute)) {
						t.Fatalf("%+v is said of what was first %+v", ack, first)
					}
				}
				for _, reason := range want {
					seen[reason]++
				}
			}
			got, err := s.Buckets(ctx, "edx", start.Add(-3*time.Hour), now.Add(time.Minute))
			if err != nil {
				t.Fatal(err)
			}
			want := m.buckets()
			for _, b := range got {
				if !reflect.DeepEqual(b, want[b.Minute]) {
					t.Fatalf("bucket %+v, want %+v", b, want[b.Minute])
				}
			}
			if len(got) != len(want) {
				t.Fatalf("%d buckets, want %d", len(got), len(want))
			}
		})
		for _, reason := range []outcry.Reason{outcry.Counted, outcry.Duplicate, outcry.AddressLimit, outcry.NetworkLimit, outcry.LateReport} {
			if seen[reason] == 0 {
				t.Errorf("no report was %q: the test looks away", reason)
			}
		}
		if retries == 0 || withdrawals == 0 {
			t.Errorf("%d retries, %d withdrawals: the test looks away", retries, withdrawals)
		}
	})
}
