// Package source turns who reported into keyed hashes, the only trace of them
// that is ever kept.
//
// Each hash is HMAC-SHA-256, cut to 9 bytes, under a random salt of the UTC
// day, over the service and what it is of: so the same person is another at
// another service and on another day, and who holds the data but not the salt
// cannot find addresses by trying them all, of which IPv4 has only 2³². Nine
// bytes let two of a million people a day share a hash with a chance of 1e-10.
//
// The salt lives in memory, and the one of the day before for one more day, as
// a report sent before midnight may be sent again after it. With a restart
// both are gone: a person may then count twice within the half hour. Several
// web processes, or one that should bridge a restart, derive the day's salt
// from a secret that is kept apart from the data instead.
package source

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"net/netip"
	"sync"
	"time"

	"outcry"
)

const (
	saltBytes = 32
	hashBytes = 9
	// keyBytes is the length of a report's key, which lasts longer and of
	// which there are more.
	keyBytes = 15
	day      = 24 * time.Hour
)

// Hasher makes sources. It may be used by many goroutines.
type Hasher struct {
	secret []byte // nil: random salts

	mu    sync.Mutex
	salts map[int64][]byte // by UTC day, the newest and the one before
}

// New makes a Hasher. secret, at least 32 bytes that are not kept with the
// data, is what the salts are derived from; nil makes them random.
func New(secret []byte) *Hasher {
	return &Hasher{secret: append([]byte(nil), secret...), salts: map[int64][]byte{}}
}

// Source says who sent the report id about service from address with device,
// at now. Where neither address nor device is known it is the zero Source, and
// the report is its own source.
func (h *Hasher) Source(now time.Time, service, id string, address netip.Addr, device string) outcry.Source {
	today := dayOf(now)
	address = address.Unmap().WithZone("")
	if !address.IsValid() && device == "" {
		return outcry.Source{}
	}
	salt, former := h.salt(today), h.salt(today-1)
	var s outcry.Source
	who := site(address)
	s.Person = hash(salt, hashBytes, "person", service, who, device)
	if address.IsValid() {
		s.Address = hash(salt, hashBytes, "address", service, who)
		s.Network = hash(salt, hashBytes, "network", service, network(address))
	}
	if now.Sub(time.Unix(today*int64(day/time.Second), 0)) < outcry.CountOncePer {
		s.Former = hash(former, hashBytes, "person", service, who, device)
	}
	if device != "" {
		// A device's token is no address: it needs no salt against trying
		// them all, and binds the report wherever the device reports from.
		s.Key = hash(nil, keyBytes, "key", service, id, device)
	} else {
		s.Key = hash(salt, keyBytes, "key", service, id, who)
		s.FormerKey = hash(former, keyBytes, "key", service, id, who)
	}
	return s
}

func dayOf(t time.Time) int64 {
	s, w := t.Unix(), int64(day/time.Second)
	if s < 0 {
		s -= w - 1
	}
	return s / w
}

// salt is the day's. Random salts are made when a day is first asked for; only
// the newest day and the one before are kept.
func (h *Hasher) salt(day int64) []byte {
	if len(h.secret) > 0 {
		mac := hmac.New(sha256.New, h.secret)
		mac.Write([]byte("outcry salt"))
		_ = binary.Write(mac, binary.BigEndian, day)
		return mac.Sum(nil)
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if s, ok := h.salts[day]; ok {
		return s
	}
	s := make([]byte, saltBytes)
	_, _ = rand.Read(s) // never fails: the program ends where there is no randomness
	h.salts[day] = s
	newest := day
	for d := range h.salts {
		newest = max(newest, d)
	}
	for d := range h.salts {
		if d < newest-1 {
			delete(h.salts, d)
		}
	}
	return s
}

// site is what one connection has: an IPv4 address, or the /64 of an IPv6 one,
// within which a single device changes its address at will.
func site(a netip.Addr) string { return masked(a, 32, 64) }

// network is what one operator gives one customer: the /24, or the /48.
func network(a netip.Addr) string { return masked(a, 24, 48) }

func masked(a netip.Addr, bits4, bits6 int) string {
	if !a.IsValid() {
		return ""
	}
	bits := bits6
	if a.Is4() {
		bits = bits4
	}
	p, err := a.Prefix(bits)
	if err != nil {
		return ""
	}
	return string(p.Masked().Addr().AsSlice())
}

// hash is HMAC-SHA-256 under salt over parts, each with its length before it,
// so that no two lists of parts are the same bytes.
func hash(salt []byte, size int, parts ...string) string {
	mac := hmac.New(sha256.New, salt)
	var length [4]byte
	for _, p := range parts {
		binary.BigEndian.PutUint32(length[:], uint32(len(p)))
		mac.Write(length[:])
		mac.Write([]byte(p))
	}
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil)[:size])
}
