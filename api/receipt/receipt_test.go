package receipt

import (
	"crypto/ed25519"
	"errors"
	"testing"
	"time"

	"github.com/google/uuid"
	"pgregory.net/rapid"

	"outcry"
)

// key is the same in every run, so that identifiers can be written down.
func key() ed25519.PrivateKey {
	return ed25519.NewKeyFromSeed([]byte("only for tests, known to anyone."))
}

func statement() Statement {
	at := time.Date(2026, 1, 2, 15, 4, 0, 0, time.UTC)
	return Statement{Report: "0190a1b2-c3d4-4e5f-8a9b-0c1d2e3f4a5b", Service: "zoom", Symptom: "login", Kind: outcry.KindDown,
		Occurred: at, Received: at, Country: "US", Region: "US-MD", Counted: true,
		Verdict: Verdict{State: outcry.Possible, Count: 12, Expected: 1.5, Window: "30m0s", AsOf: at}}
}

func TestIssueAndVerify(t *testing.T) {
	issuer := NewIssuer(key())
	id, err := issuer.Issue(statement())
	if err != nil {
		t.Fatal(err)
	}
	if again, _ := issuer.Issue(statement()); id != again {
		t.Error("the same statement gave another identifier")
	}
	if got, err := issuer.Open(id); err != nil || got != statement() {
		t.Fatalf("opened %+v, %v", got, err)
	}
	d, err := issuer.Sign(id)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := VerifyDocument(issuer.Public(), d); err != nil || got != statement() {
		t.Errorf("document: got %+v, %v", got, err)
	}
	other := NewIssuer(ed25519.NewKeyFromSeed(make([]byte, 32)))
	if _, err := VerifyDocument(other.Public(), d); !errors.Is(err, ErrBad) {
		t.Errorf("another key: %v", err)
	}
	d.Statement += " "
	if _, err := VerifyDocument(issuer.Public(), d); !errors.Is(err, ErrBad) {
		t.Errorf("a changed document: %v", err)
	}
	if _, err := other.Open(id); !errors.Is(err, ErrBad) {
		t.Errorf("another server's receipt: %v", err)
	}
	p := PublishKey(issuer.Public())
	if back, err := p.Key(); err != nil || !back.Equal(issuer.Public()) || p.ID != d.KeyID {
		t.Errorf("published key: %v, %v, id %s", back, err, p.ID)
	}
}

// Every single changed character makes a receipt bad.
func TestEveryChangeIsFound(t *testing.T) {
	issuer := NewIssuer(key())
	id, _ := issuer.Issue(statement())
	for i := range id {
		b := []byte(id)
		if b[i]++; b[i] == id[i] {
			continue
		}
		if _, err := issuer.Sign(string(b)); !errors.Is(err, ErrBad) {
			t.Fatalf("character %d changed: %v", i, err)
		}
	}
}

// What is stated is what is opened, whatever it is.
func TestStatementsSurvive(t *testing.T) {
	issuer := NewIssuer(key())
	word := rapid.StringN(0, 30, 60)
	minutes := rapid.Custom(func(t *rapid.T) time.Time { return time.Unix(60*rapid.Int64Range(0, 1e8).Draw(t, "minute"), 0).UTC() })
	rapid.Check(t, func(t *rapid.T) {
		id := rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "id")
		s := Statement{
			Report: uuid.UUID(id).String(), Service: word.Draw(t, "service"), Symptom: word.Draw(t, "symptom"),
			Kind: outcry.Kind(word.Draw(t, "kind")), Occurred: minutes.Draw(t, "occurred"), Received: minutes.Draw(t, "received"),
			Country: word.Draw(t, "country"), Region: word.Draw(t, "region"), Counted: rapid.Bool().Draw(t, "counted"),
			Reason: outcry.Reason(word.Draw(t, "reason")),
			Verdict: Verdict{State: outcry.State(word.Draw(t, "state")), Count: rapid.Int().Draw(t, "count"),
				Expected: rapid.Float64Range(-1e300, 1e300).Draw(t, "expected"), Window: word.Draw(t, "window"),
				AsOf: rapid.OneOf(minutes, rapid.Just(time.Time{})).Draw(t, "as of")},
		}
		receipt, err := issuer.Issue(s)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := issuer.Open(receipt); err != nil || got != s {
			t.Fatalf("opened %+v, %v, want %+v", got, err, s)
		}
	})
}

// Whatever bytes are read, nothing panics, and what is read is written so.
func FuzzExpand(f *testing.F) {
	b, _ := statement().compact(nil)
	f.Add(b)
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, b []byte) {
		s, err := expand(b)
		if err != nil {
			return
		}
		again, err := s.compact(nil)
		if err != nil {
			t.Fatal(err)
		}
		if twice, err := expand(again); err != nil || twice.Report != s.Report || twice.Service != s.Service || !twice.Verdict.AsOf.Equal(s.Verdict.AsOf) {
			t.Errorf("%+v became %+v, %v", s, twice, err)
		}
	})
}

func FuzzOpen(f *testing.F) {
	issuer := NewIssuer(key())
	id, _ := issuer.Issue(statement())
	f.Add(id)
	f.Add("")
	f.Add("AAAA")
	f.Fuzz(func(t *testing.T, s string) {
		if _, err := issuer.Open(s); err == nil && s != id {
			t.Errorf("%q passes for a receipt", s)
		}
	})
}
