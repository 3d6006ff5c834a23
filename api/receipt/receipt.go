// Package receipt makes and checks receipts: a signed statement of what a
// person reported, when, and what was known then. A receipt is complete in
// itself. Nothing is stored for it, and who has the public key can check it
// without asking anyone.
//
// The identifier in /receipts/{id} holds the whole statement:
//
//	base64url( code (16 bytes) ‖ statement (see compact.go) )
//
// where the code is HMAC-SHA-256 (RFC 2104) under a key that only the server
// has: it recognises its own identifiers, at a tenth of the cost of a signature
// for every report. The signature, Ed25519 (RFC 8032) over "outcry receipt
// v1\n" and the statement as JSON, is made when somebody asks for the document.
// That holds the JSON as text, so that checking it does not depend on anybody's
// way of writing it.
package receipt

import (
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"hash"
	"sync"
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

// Issuer gives receipts out and takes them in again. It may be used by many
// goroutines.
type Issuer struct {
	key   ed25519.PrivateKey
	codes sync.Pool // of *code
}

// code is a hash under the key of the codes, with room for its sum.
type code struct {
	hash.Hash
	sum [sha256.Size]byte
}

// codeBytes of the code are kept: a forger tries 2^127 identifiers for one.
const codeBytes = 16

// NewIssuer issues under key, from which the key of the codes is derived: all
// servers with the same key know each other's receipts.
func NewIssuer(key ed25519.PrivateKey) *Issuer {
	derived := hmac.New(sha256.New, key.Seed())
	derived.Write([]byte("outcry receipt code v1"))
	secret := derived.Sum(nil)
	return &Issuer{key: key, codes: sync.Pool{New: func() any { return &code{Hash: hmac.New(sha256.New, secret)} }}}
}

// Public is the key that documents are checked with.
func (i *Issuer) Public() ed25519.PublicKey {
	return i.key.Public().(ed25519.PublicKey) // by the type of the key
}

// Issue gives the identifier of the receipt that states s, of a report whose id
// is a UUID. Occurred and Received are stated to the minute. The same statement
// and key always give the same identifier.
func (i *Issuer) Issue(s Statement) (string, error) {
	b, err := s.compact(make([]byte, codeBytes, 256))
	if err != nil {
		return "", err
	}
	i.code(b[:0], b[codeBytes:])
	id := encoding.EncodeToString(b)
	if len(id) > MaxLength {
		return "", errors.New("the statement is too long")
	}
	return id, nil
}

// code adds the statement's code to b.
func (i *Issuer) code(b, statement []byte) []byte {
	c := i.codes.Get().(*code)
	defer i.codes.Put(c)
	c.Reset()
	c.Write(statement)
	return append(b, c.Sum(c.sum[:0])[:codeBytes]...)
}

// Open reads an identifier made by Issue.
func (i *Issuer) Open(id string) (Statement, error) {
	compact, err := i.known(id)
	if err != nil {
		return Statement{}, err
	}
	return expand(compact)
}

// Sign gives the document of an identifier made by Issue.
func (i *Issuer) Sign(id string) (Document, error) {
	s, err := i.Open(id)
	if err != nil {
		return Document{}, err
	}
	statement, err := json.Marshal(s)
	if err != nil {
		return Document{}, ErrBad
	}
	signature := ed25519.Sign(i.key, append([]byte(context), statement...))
	return Document{Type: Type, ID: id, Statement: string(statement), Signature: encoding.EncodeToString(signature), KeyID: KeyID(i.Public())}, nil
}

// known is the statement in an identifier, if the code is ours.
func (i *Issuer) known(id string) ([]byte, error) {
	if len(id) > MaxLength {
		return nil, ErrBad
	}
	b, err := encoding.DecodeString(id)
	if err != nil || len(b) <= codeBytes || !hmac.Equal(b[:codeBytes], i.code(nil, b[codeBytes:])) {
		return nil, ErrBad
	}
	return b[codeBytes:], nil
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
