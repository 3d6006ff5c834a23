// Package source says who reported without saying who they are.
//
// An address is hashed (HMAC-SHA-256, RFC 2104) under a salt of the day and
// forgotten. There are only 2^32 IPv4 addresses, so a hash without a secret
// could be undone by trying them all; the salt is that secret. It lives in
// this process' memory alone and goes with the day, or is derived for the day
// from a secret that several web processes share and that is kept apart from
// the data. Nobody who holds the store, a journal or a backup can come from a
// hash to an address, nor link a person's reports of two days or two services.
package source

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"hash"
	"net/netip"
	"sync"
	"time"

	"outcry"
)

// hashBytes of a hash are kept: with a million reporters in one window, two
// share a hash in one case of 37 million (the birthday bound, 2^40/2^65).
const hashBytes = 8

// keyBytes of a report's key are kept; it must not collide within two days of
// a service however many there are.
const keyBytes = 15

// Hasher makes sources. It may be used by many goroutines.
type Hasher struct {
	secret []byte // nil: a random salt a day
	keys   *keyed // hashes under the secret
	fixed  bool   // one salt for all days

	mu    sync.Mutex
	salts map[int64]*keyed // by day since 1970, the last few
}

// New makes a Hasher whose salts are random and live in memory only. A person
// may be counted twice within half an hour when the process restarts.
func New() *Hasher { return &Hasher{keys: newKeyed(nil), salts: map[int64]*keyed{}} }

// Shared makes a Hasher whose salts are derived for each day from a secret, so
// that several processes agree, and a restart forgets nothing. The secret must
// not lie where the data lies.
func Shared(secret []byte) *Hasher {
	secret = append([]byte(nil), secret...)
	return &Hasher{secret: secret, keys: newKeyed(secret), salts: map[int64]*keyed{}}
}

// Fleeting makes a Hasher with one random salt for all days: for replays, of
// which no hash outlives the process.
func Fleeting() *Hasher {
	return &Hasher{fixed: true, keys: newKeyed(nil), salts: map[int64]*keyed{}}
}

// keyed is HMAC-SHA-256 under one key. It may be used by many goroutines, which
// then take turns with the states that the key was worked into.
type keyed struct{ states sync.Pool }

// state is one of them, with room to work in.
type state struct {
	mac         hash.Hash
	given, text []byte
}

func newKeyed(key []byte) *keyed {
	return &keyed{sync.Pool{New: func() any { return &state{hmac.New(sha256.New, key), make([]byte, 0, 256), make([]byte, 0, 32)} }}}
}

// sum is the first n bytes of the hash of parts, each ended by a zero byte.
func (k *keyed) sum(n int, parts ...string) string {
	s := k.states.Get().(*state)
	defer k.states.Put(s)
	s.given = s.given[:0]
	for _, p := range parts {
		s.given = append(append(s.given, p...), 0)
	}
	s.mac.Reset()
	s.mac.Write(s.given)
	s.given = s.mac.Sum(s.given[:0])
	s.text = base64.RawURLEncoding.AppendEncode(s.text[:0], s.given[:n])
	return string(s.text)
}

// Of is the source of a report on a service, received at a time. Without an
// address and a device nothing is known of who it is: the hashes are empty,
// and only the key tells a report from itself sent again.
func (h *Hasher) Of(service, id, device string, address netip.Addr, received time.Time) outcry.Source {
	day := dayOf(received)
	s := outcry.Source{Key: h.key(service, id, device)}
	if !address.IsValid() && device == "" {
		return s
	}
	host, network := blocks(address)
	salt := h.salt(day)
	s.Person = salt.sum(hashBytes, "person", service, host, device)
	if address.IsValid() {
		s.Address = salt.sum(hashBytes, "address", service, host)
		s.Network = salt.sum(hashBytes, "network", service, network)
	}
	if received.Sub(startOf(day)) < outcry.CountOncePer {
		s.Former = h.salt(day-1).sum(hashBytes, "person", service, host, device)
	}
	return s
}

// key binds a report's id to its service and to the device where it has one: the
// same id from another device is another report. It is not bound to the address,
// as a phone that changes networks sends again from another, nor salted by the
// day or the process, for a retry may come after midnight or a restart.
func (h *Hasher) key(service, id, device string) string {
	return h.keys.sum(keyBytes, "outcry report", service, id, device)
}

// blocks are the address as it is counted (an IPv4 address, an IPv6 /64) and
// its network (a /24, a /48), as text; "" for an unknown one.
func blocks(a netip.Addr) (host, network string) {
	if !a.IsValid() {
		return "", ""
	}
	a = a.Unmap().WithZone("")
	hostBits, networkBits := 32, 24
	if a.Is6() {
		hostBits, networkBits = 64, 48
	}
	return prefix(a, hostBits), prefix(a, networkBits)
}

func prefix(a netip.Addr, bits int) string {
	p, err := a.Prefix(bits)
	if err != nil { // bits fit both families
		return ""
	}
	return string(p.AppendTo(make([]byte, 0, 48)))
}

func dayOf(t time.Time) int64       { return t.Unix() / (24 * 60 * 60) }
func startOf(day int64) time.Time   { return time.Unix(day*24*60*60, 0) }
func bytesOf(day int64) (b [8]byte) { binary.BigEndian.PutUint64(b[:], uint64(day)); return b }

// salt is the day's. Salts older than the day before the newest are forgotten
// for good.
func (h *Hasher) salt(day int64) *keyed {
	if h.fixed {
		day = 0
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if s, ok := h.salts[day]; ok {
		return s
	}
	s := make([]byte, sha256.Size)
	if h.secret != nil {
		mac := hmac.New(sha256.New, h.secret)
		b := bytesOf(day)
		mac.Write(b[:])
		s = mac.Sum(nil)
	} else if _, err := rand.Read(s); err != nil {
		panic("source: the system has no randomness: " + err.Error()) // rand.Read never fails (Go 1.24)
	}
	salt := newKeyed(s)
	h.salts[day] = salt
	for other := range h.salts {
		if other < day-1 {
			delete(h.salts, other)
		}
	}
	return salt
}
