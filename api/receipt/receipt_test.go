package receipt

import (
	"crypto/ed25519"
	"errors"
	"testing"
	"time"

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

func TestSignAndVerify(t *testing.T) {
	public := key().Public().(ed25519.PublicKey)
	id, err := SignReceipt(key(), statement())
	if err != nil {
		t.Fatal(err)
	}
	again, _ := SignReceipt(key(), statement())
	if id != again {
		t.Error("the same statement gave another identifier")
	}
	got, d, err := VerifyReceipt(public, id)
	if err != nil || got != statement() {
		t.Fatalf("got %+v, %v", got, err)
	}
	if got, err := VerifyDocument(public, d); err != nil || got != statement() {
		t.Errorf("document: got %+v, %v", got, err)
	}
	d.Statement += " "
	if _, err := VerifyDocument(public, d); !errors.Is(err, ErrBad) {
		t.Errorf("a changed document: %v", err)
	}
	other := ed25519.NewKeyFromSeed(make([]byte, 32)).Public().(ed25519.PublicKey)
	if _, _, err := VerifyReceipt(other, id); !errors.Is(err, ErrBad) {
		t.Errorf("another key: %v", err)
	}
	p := PublishKey(public)
	if back, err := p.Key(); err != nil || !back.Equal(public) || p.ID != d.KeyID {
		t.Errorf("published key: %v, %v, id %s", back, err, p.ID)
	}
}

// Every single changed character makes a receipt bad.
func TestEveryChangeIsFound(t *testing.T) {
	public := key().Public().(ed25519.PublicKey)
	id, _ := SignReceipt(key(), statement())
	for i := range id {
		b := []byte(id)
		if b[i]++; b[i] == id[i] {
			continue
		}
		if _, _, err := VerifyReceipt(public, string(b)); !errors.Is(err, ErrBad) {
			t.Fatalf("character %d changed: %v", i, err)
		}
	}
}

func FuzzVerifyReceipt(f *testing.F) {
	id, _ := SignReceipt(key(), statement())
	f.Add(id)
	f.Add("")
	f.Add("AAAA")
	public := key().Public().(ed25519.PublicKey)
	f.Fuzz(func(t *testing.T, s string) {
		if _, _, err := VerifyReceipt(public, s); err == nil && s != id {
			t.Errorf("%q passes for a receipt", s)
		}
	})
}
