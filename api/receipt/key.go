package receipt

import (
	"crypto/ed25519"
	"crypto/sha256"
	"errors"
)

// PublicKey is the key as published: a JSON Web Key (RFC 8037).
type PublicKey struct {
	KeyType string `json:"kty"` // "OKP"
	Curve   string `json:"crv"` // "Ed25519"
	X       string `json:"x"`   // base64url
	ID      string `json:"kid"`
	Use     string `json:"use"` // "sig"
}

// KeyID names a key: the start of its hash.
func KeyID(key ed25519.PublicKey) string {
	sum := sha256.Sum256(key)
	return encoding.EncodeToString(sum[:9])
}

// PublishKey gives the public half as it is published.
func PublishKey(key ed25519.PublicKey) PublicKey {
	return PublicKey{KeyType: "OKP", Curve: "Ed25519", X: encoding.EncodeToString(key), ID: KeyID(key), Use: "sig"}
}

// Key reads a published key.
func (p PublicKey) Key() (ed25519.PublicKey, error) {
	x, err := encoding.DecodeString(p.X)
	if err != nil || p.KeyType != "OKP" || p.Curve != "Ed25519" || len(x) != ed25519.PublicKeySize {
		return nil, errors.New("not an Ed25519 key")
	}
	return x, nil
}
