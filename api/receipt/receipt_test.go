package receipt

import (
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"testing"
	"time"

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

// A statement is written as encoding/json writes it, whatever is in it.
func TestStatementsAreJSON(t *testing.T) {
	words := rapid.OneOf(rapid.String(), rapid.StringMatching(`[ -~]{0,8}`))
	moments := rapid.Custom(func(t *rapid.T) time.Time {
		return time.Unix(rapid.Int64Range(0, 4e9).Draw(t, "second"), rapid.Int64Range(0, 999_999_999).Draw(t, "ns")).UTC()
	})
	rapid.Check(t, func(t *rapid.T) {
		s := Statement{
			Report: words.Draw(t, "report"), Service: words.Draw(t, "service"), Symptom: words.Draw(t, "symptom"),
			Kind: outcry.Kind(words.Draw(t, "kind")), Occurred: moments.Draw(t, "occurred"), Received: moments.Draw(t, "received"),
			Country: words.Draw(t, "country"), Region: words.Draw(t, "region"), Counted: rapid.Bool().Draw(t, "counted"),
			Reason: outcry.Reason(words.Draw(t, "reason")),
			Verdict: Verdict{State: outcry.State(words.Draw(t, "state")), Count: rapid.Int().Draw(t, "count"),
				Expected: rapid.Float64Range(-1e300, 1e300).Draw(t, "expected"), Window: words.Draw(t, "window"),
				AsOf: rapid.OneOf(moments, rapid.Just(time.Time{})).Draw(t, "as of")},
		}
		want, err := json.Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		if got := s.append(nil); string(got) != string(want) {
			t.Fatalf("wrote\n%s, want\n%s", got, want)
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
