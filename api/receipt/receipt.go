// Package receipt makes and checks receipts: a signed statement of what a
// person reported, when, and what was known then. A receipt is complete in
// itself. Nothing is stored for it, and who has the public key can check it
// without asking anyone.
//
// The identifier in /receipts/{id} is the whole receipt:
//
//	base64url( signature (64 bytes) ‖ statement (JSON) )
//
// where the signature is Ed25519 over "outcry receipt v1\n" and the statement's
// bytes as they stand. The document that is given to people holds the same
// statement as text, so that checking it does not depend on anybody's way of
// writing JSON.
package receipt

import (
	"crypto/ed25519"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"outcry"
)

// context keeps a signature from meaning anything elsewhere.
const context = "outcry receipt v1\n"

// MaxLength bounds an identifier, and so what a stranger can make us decode.
const MaxLength = 2048

// ErrBad is the one answer to a receipt that was not signed with this key, or
// is none at all.
var ErrBad = errors.New("not a receipt signed with this key")

// Statement is what is signed. It names no address, no network and no device.
type Statement struct {
	Report   string        `json:"report"`
	Service  string        `json:"service"`
	Symptom  string        `json:"symptom"`
	Kind     outcry.Kind   `json:"kind"`
	Occurred time.Time     `json:"occurred"` // the minute of the trouble
	Received time.Time     `json:"received"` // to the minute
	Country  string        `json:"country"`
	Region   string        `json:"region"`
	Counted  bool          `json:"counted"`
	Reason   outcry.Reason `json:"reason,omitempty"`
	Verdict  Verdict       `json:"verdict"`
}

// Verdict is what was said about the service when the report came.
type Verdict struct {
	State    outcry.State `json:"state"`
	Count    int          `json:"count"`
	Expected float64      `json:"expected"`
	Window   string       `json:"window,omitempty"`
	AsOf     time.Time    `json:"as_of,omitzero"`
}

// Document is the file that `outcry verify` checks.
type Document struct {
	Type string `json:"type"` // "outcry-receipt"
	ID   string `json:"id"`
	// Statement is the exact text that was signed.
	Statement string `json:"statement"`
	Signature string `json:"signature"` // base64url, of context and statement
	KeyID     string `json:"key_id"`
}

// Type marks a Document.
const Type = "outcry-receipt"

// SignReceipt gives the identifier of the receipt that states s. The same
// statement and key always give the same identifier.
func SignReceipt(key ed25519.PrivateKey, s Statement) (string, error) {
	statement, err := json.Marshal(s)
	if err != nil {
		return "", fmt.Errorf("write statement: %w", err)
	}
	signature := ed25519.Sign(key, append([]byte(context), statement...))
	id := encoding.EncodeToString(append(signature, statement...))
	if len(id) > MaxLength {
		return "", errors.New("the statement is too long")
	}
	return id, nil
}

// VerifyReceipt opens an identifier made by SignReceipt.
func VerifyReceipt(key ed25519.PublicKey, id string) (Statement, Document, error) {
	if len(id) > MaxLength {
		return Statement{}, Document{}, ErrBad
	}
	b, err := encoding.DecodeString(id)
	if err != nil || len(b) <= ed25519.SignatureSize {
		return Statement{}, Document{}, ErrBad
	}
	signature, statement := b[:ed25519.SignatureSize], b[ed25519.SignatureSize:]
	d := Document{Type: Type, ID: id, Statement: string(statement), Signature: encoding.EncodeToString(signature), KeyID: KeyID(key)}
	s, err := VerifyDocument(key, d)
	return s, d, err
}

// VerifyDocument checks a document by its statement and signature alone.
func VerifyDocument(key ed25519.PublicKey, d Document) (Statement, error) {
	signature, err := encoding.DecodeString(d.Signature)
	if err != nil || d.Type != Type || len(key) != ed25519.PublicKeySize ||
		!ed25519.Verify(key, append([]byte(context), d.Statement...), signature) {
		return Statement{}, ErrBad
	}
	var s Statement
	if err := json.Unmarshal([]byte(d.Statement), &s); err != nil {
		return Statement{}, ErrBad
	}
	return s, nil
}

// encoding is strict: one receipt has one identifier.
var encoding = base64.RawURLEncoding.Strict()
