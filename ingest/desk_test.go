package ingest_test

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"outcry"
	"outcry/ingest"
	"outcry/ingest/commit"
	"outcry/ingest/embedded"
	"outcry/ingest/source"
	"outcry/ingest/store"
)

const deskCatalog = `{"services":[
	{"slug":"edx","name":"edX","aliases":["edx.org"],"home_networks":[64600],
	 "symptoms":[{"slug":"login","label":"Login"},{"slug":"site","label":"Site"}]}]}`

// atlas is a Locator of two networks.
type atlas struct{}

func (atlas) Locate(a netip.Addr) outcry.Place {
	switch {
	case netip.MustParsePrefix("198.51.100.0/24").Contains(a):
		return outcry.Place{Country: "US", Region: "US-MD", ASN: 64600}
	case netip.MustParsePrefix("203.0.113.0/24").Contains(a):
		return outcry.Place{Country: "DE", ASN: 64500}
	}
	return outcry.Place{}
}

func openDesk(t *testing.T) (*ingest.Desk, *store.Store) {
	t.Helper()
	catalog, err := outcry.ParseCatalog(strings.NewReader(deskCatalog))
	if err != nil {
		t.Fatal(err)
	}
	r, err := embedded.Open()
	if err != nil {
		t.Fatal(err)
	}
	s := store.New(r.Client(), store.Config{})
	m := commit.New(s, commit.Config{})
	t.Cleanup(func() {
		_ = m.Close()
		_ = r.Close()
	})
	return ingest.NewDesk(func() *outcry.Catalog { return catalog }, atlas{}, source.New(), m, s), s
}

var noon = time.Date(2026, 3, 4, 12, 0, 30, 0, time.UTC)

func TestDeskUnderstandsASubmission(t *testing.T) {
	desk, _ := openDesk(t)
	const id = "0196E1C2-7B5A-7CC3-9D4E-0123456789AB"
	receipt, err := desk.Submit(context.Background(), outcry.Submission{
		ID: id, Service: "EDX.org", Comment: " line one\r\nline two می\u200cخواهم ", Device: "d", Address: netip.MustParseAddr("::ffff:198.51.100.7"),
		Occurred: noon.Add(time.Minute), // a clock that is ahead
	}, noon)
	if err != nil {
		t.Fatal(err)
	}
	r := receipt.Report
	if r.ID != strings.ToLower(id) || r.Service != "edx" || r.Symptom != "site" || r.Kind != outcry.KindDown || !r.Occurred.Equal(noon) || !r.Received.Equal(noon) {
		t.Errorf("understood as %+v", r)
	}
	if strings.ContainsAny(r.Comment, "\r\n") || !strings.HasPrefix(r.Comment, "line one") || !strings.HasSuffix(r.Comment, "می\u200cخواهم") {
		t.Errorf("comment %q", r.Comment)
	}
	if !receipt.Acknowledgement.Counted() || receipt.WithdrawToken == "" {
		t.Errorf("receipt %+v", receipt)
	}
}

// TestDeskRefuses: each refusal names its kind, in one sentence that repeats
// nothing of what was sent.
func TestDeskRefuses(t *testing.T) {
	desk, s := openDesk(t)
	const secret = "Zx9secret"
	for name, c := range map[string]struct {
		s    outcry.Submission
		want error
	}{
		"no service":       {outcry.Submission{}, outcry.ErrUnknownService},
		"another service":  {outcry.Submission{Service: secret}, outcry.ErrUnknownService},
		"symptom":          {outcry.Submission{Service: "edx", Symptom: secret}, outcry.ErrUnknownSymptom},
		"kind":             {outcry.Submission{Service: "edx", Kind: secret}, outcry.ErrInvalid},
		"id":               {outcry.Submission{Service: "edx", ID: secret}, outcry.ErrInvalid},
		"id in braces":     {outcry.Submission{Service: "edx", ID: "{0196e1c2-7b5a-7cc3-9d4e-0123456789ab}"}, outcry.ErrInvalid},
		"comment too long": {outcry.Submission{Service: "edx", Comment: strings.Repeat("é", 281)}, outcry.ErrInvalid},
		"comment's bytes":  {outcry.Submission{Service: "edx", Comment: secret + "\xff"}, outcry.ErrInvalid},
		"device":           {outcry.Submission{Service: "edx", Device: strings.Repeat(secret, 100)}, outcry.ErrInvalid},
		"in the future":    {outcry.Submission{Service: "edx", Occurred: noon.Add(3 * time.Minute)}, outcry.ErrTimeRange},
		"long ago":         {outcry.Submission{Service: "edx", Occurred: noon.Add(-24*time.Hour - time.Second)}, outcry.ErrTimeRange},
	} {
		_, err := desk.Submit(context.Background(), c.s, noon)
		if !errors.Is(err, c.want) || strings.Contains(err.Error(), secret) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
	if b, err := s.Buckets(context.Background(), "edx", noon.Add(-48*time.Hour), noon.Add(time.Hour)); err != nil || len(b) != 0 {
		t.Errorf("something was stored: %+v, %v", b, err)
	}
}

// TestDeskCountsACampusFurther: thirty people behind one address of a listed
// home network count; of another address ten do.
func TestDeskCountsACampusFurther(t *testing.T) {
	desk, _ := openDesk(t)
	for address, want := range map[string]int{"198.51.100.7": 30, "203.0.113.7": 10} {
		counted := 0
		for n := range 30 {
			r, err := desk.Submit(context.Background(), outcry.Submission{
				Service: "edx", Device: fmt.Sprint("d", n), Address: netip.MustParseAddr(address),
			}, noon)
			if err != nil {
				t.Fatal(err)
			}
			if r.Acknowledgement.Counted() {
				counted++
			}
		}
		if counted != want {
			t.Errorf("behind %s %d count, want %d", address, counted, want)
		}
	}
}

func TestDeskWithdraws(t *testing.T) {
	desk, s := openDesk(t)
	ctx := context.Background()
	r, err := desk.Submit(ctx, outcry.Submission{Service: "edx", Address: netip.MustParseAddr("203.0.113.9")}, noon)
	if err != nil {
		t.Fatal(err)
	}
	if err := desk.Withdraw(ctx, r.Report.ID, "wrong", noon); !errors.Is(err, outcry.ErrForbidden) {
		t.Errorf("a wrong token: %v", err)
	}
	if err := desk.Withdraw(ctx, strings.ToUpper(r.Report.ID), r.WithdrawToken, noon.Add(time.Hour)); err != nil {
		t.Error(err)
	}
	if b, err := s.Buckets(ctx, "edx", noon.Add(-time.Hour), noon.Add(time.Hour)); err != nil || len(b) != 0 {
		t.Errorf("left behind: %+v, %v", b, err)
	}
}

// TestARetryIsTheSameReport: the same id again gets the same receipt, also from
// another address with the same device.
func TestARetryIsTheSameReport(t *testing.T) {
	desk, s := openDesk(t)
	ctx := context.Background()
	sub := outcry.Submission{ID: "0196e1c2-7b5a-7cc3-9d4e-0123456789ab", Service: "edx", Device: "d", Address: netip.MustParseAddr("203.0.113.9")}
	first, err := desk.Submit(ctx, sub, noon)
	if err != nil {
		t.Fatal(err)
	}
	again, err := desk.Submit(ctx, sub, noon.Add(time.Second))
	if err != nil || again.Acknowledgement != first.Acknowledgement || again.WithdrawToken != first.WithdrawToken {
		t.Errorf("again: %+v, %v, want %+v", again, err, first)
	}
	sub.Address = netip.MustParseAddr("192.0.2.1")
	if moved, err := desk.Submit(ctx, sub, noon.Add(time.Minute)); err != nil || moved.Acknowledgement != first.Acknowledgement {
		t.Errorf("from another network: %+v, %v", moved, err)
	}
	sub.Symptom, sub.Kind = "login", outcry.KindWorks
	said, err := desk.Submit(ctx, sub, noon.Add(2*time.Minute))
	if err != nil || said.Report.Symptom != first.Report.Symptom || said.Report.Kind != outcry.KindDown || !said.Report.Received.Equal(noon) {
		t.Errorf("the same id says something else: %+v, %v, want what was stored", said.Report, err)
	}
	sub.Symptom, sub.Kind = "", ""
	sub.Device = "somebody else's"
	if other, err := desk.Submit(ctx, sub, noon.Add(time.Minute)); err != nil || !other.Acknowledgement.Counted() {
		t.Errorf("somebody else's with the same id: %+v, %v", other, err)
	}
	// A client that names no device is known by the id alone, wherever it is.
	bare := outcry.Submission{ID: "0196e1c2-7b5a-7cc3-9d4e-0123456789ac", Service: "edx", Address: netip.MustParseAddr("203.0.113.9")}
	home, err := desk.Submit(ctx, bare, noon)
	if err != nil {
		t.Fatal(err)
	}
	bare.Address = netip.MustParseAddr("2001:db8::9")
	if away, err := desk.Submit(ctx, bare, noon.Add(time.Second)); err != nil || away.Acknowledgement != home.Acknowledgement {
		t.Errorf("without a device, from another network: %+v, %v, want %+v", away, err, home)
	}
	b, err := s.Buckets(ctx, "edx", noon.Add(-time.Hour), noon.Add(time.Hour))
	if err != nil || len(b) != 2 || b[0].Down != 2 || b[1].Down != 1 {
		t.Errorf("buckets %+v, %v", b, err)
	}
}
