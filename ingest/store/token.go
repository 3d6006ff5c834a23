package store

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"hash"
	"strings"
	"sync"

	"github.com/redis/go-redis/v9"

	"outcry"
)

// A withdrawal token is a sealed claim: it says which service the report is
// in, under which key, and whose marks to lift, all of it keyed hashes, and it
// is good for one id only. Sealed (AES-256-GCM) rather than stored beside the
// record, because a stored token would cost every report memory for a day and
// could not be handed out again on a retry unless it were stored in clear. The
// nonce is a MAC of the claim and the id, so that a retry gets the same token,
// letter by letter, and two claims never share a nonce under one key. Whoever
// cannot open it learns nothing; Open compares in constant time, as GCM does.
//
// The key is shared by all web processes: from the operator's secret, else
// made once and kept in Redis. Who reads it there could withdraw reports whose
// keys they know, and who reads Redis knows those; they could as well delete
// the counts.
const tokenKeyBytes = 32

// claim is what a token holds.
type claim struct {
	service                          string
	key                              string
	person, former, address, network string
}

func claimOf(r outcry.Report) claim {
	s := r.Source
	return claim{r.Service, recordKey(r), s.Person, s.Former, s.Address, s.Network}
}

func (c claim) bytes() []byte {
	b := make([]byte, 0, 128)
	for i, part := range [...]string{c.service, c.key, c.person, c.former, c.address, c.network} {
		if i > 0 {
			b = append(b, 0)
		}
		b = append(b, part...)
	}
	return b
}

func parseClaim(b []byte) (claim, error) {
	p := strings.Split(string(b), "\x00")
	if len(p) != 6 {
		return claim{}, errors.New("claim has the wrong parts")
	}
	return claim{p[0], p[1], p[2], p[3], p[4], p[5]}, nil
}

// Token is what takes r back: the same for the same report.
func (s *Store) Token(ctx context.Context, r outcry.Report) (string, error) {
	seal, err := s.seal(ctx)
	if err != nil {
		return "", err
	}
	return seal.seal(r.ID, claimOf(r).bytes()), nil
}

// sealer seals and opens claims under one key. It may be used by many
// goroutines.
type sealer struct {
	aead   cipher.AEAD
	nonces sync.Pool // of *nonce
}

// nonce is a hash under the key, with room to work in.
type nonce struct {
	mac hash.Hash
	b   []byte
}

func newSealer(key []byte) (*sealer, error) {
	block, err := aes.NewCipher(derive(key, "seal"))
	if err != nil {
		return nil, err
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		return nil, err
	}
	secret := derive(key, "nonce")
	return &sealer{aead: aead, nonces: sync.Pool{New: func() any { return &nonce{hmac.New(sha256.New, secret), make([]byte, 0, 512)} }}}, nil
}

func (s *sealer) seal(id string, plain []byte) string {
	n := s.nonces.Get().(*nonce)
	defer s.nonces.Put(n)
	n.mac.Reset()
	n.b = append(append(n.b[:0], id...), 0)
	n.mac.Write(n.b)
	n.mac.Write(plain)
	data := n.b[:len(id)]
	sealed := n.mac.Sum(n.b)[len(n.b):][:s.aead.NonceSize()]
	sealed = s.aead.Seal(sealed, sealed, plain, data)
	return base64.RawURLEncoding.EncodeToString(sealed)
}

// open opens a token for id; every way in which it can be wrong is the same
// outcry.ErrForbidden.
func (s *sealer) open(id, token string) (claim, error) {
	sealed, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil || len(sealed) < s.aead.NonceSize() {
		return claim{}, errWrongToken
	}
	plain, err := s.aead.Open(nil, sealed[:s.aead.NonceSize()], sealed[s.aead.NonceSize():], []byte(id))
	if err != nil {
		return claim{}, errWrongToken
	}
	c, err := parseClaim(plain)
	if err != nil {
		return claim{}, errWrongToken
	}
	return c, nil
}

var errWrongToken = fmt.Errorf("%w: the token does not fit the report", outcry.ErrForbidden)

// derive makes separate keys for separate uses of one.
func derive(key []byte, use string) []byte {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte("outcry withdrawal " + use))
	return mac.Sum(nil)
}

// seal is the sealer under the configured key, else under the one in Redis,
// else under a new one that all processes then find there.
func (s *Store) seal(ctx context.Context) (*sealer, error) {
	if have := s.sealer.Load(); have != nil {
		return have, nil
	}
	key, err := s.agreeOnKey(ctx)
	if err != nil {
		return nil, err
	}
	made, err := newSealer(key)
	if err != nil {
		return nil, err
	}
	s.sealer.CompareAndSwap(nil, made)
	return s.sealer.Load(), nil
}

func (s *Store) agreeOnKey(ctx context.Context) ([]byte, error) {
	if len(s.config.TokenKey) > 0 {
		return s.config.TokenKey, nil
	}
	fresh := s.config.OfferedKey
	if len(fresh) != tokenKeyBytes {
		fresh = make([]byte, tokenKeyBytes)
		if _, err := rand.Read(fresh); err != nil {
			return nil, err
		}
	}
	encoded := base64.RawStdEncoding.EncodeToString(fresh)
	if err := s.client.SetNX(ctx, tokenKeyKey(), encoded, 0).Err(); err != nil && !errors.Is(err, redis.Nil) {
		return nil, unavailable("agree on a token key", err)
	}
	agreed, err := s.client.Get(ctx, tokenKeyKey()).Result()
	if err != nil {
		return nil, unavailable("agree on a token key", err)
	}
	key, err := base64.RawStdEncoding.DecodeString(agreed)
	if err != nil || len(key) != tokenKeyBytes {
		return nil, errors.New("token key in Redis is not one of ours")
	}
	return key, nil
}
