package source

import (
	"net/netip"
	"testing"
	"time"
)

var (
	noon = time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)
	home = netip.MustParseAddr("198.51.100.7")
)

func TestWhoIsTheSame(t *testing.T) {
	h := New()
	base := h.Of("canvas", "id", "phone", home, noon)
	cases := []struct {
		name                     string
		service, device, address string
		at                       time.Time
		person, host, network    bool // the same as base's
	}{
		{"an hour later", "canvas", "phone", "198.51.100.7", noon.Add(time.Hour), true, true, true},
		{"mapped into IPv6", "canvas", "phone", "::ffff:198.51.100.7", noon, true, true, true},
		{"another device", "canvas", "laptop", "198.51.100.7", noon, false, true, true},
		{"a neighbour", "canvas", "phone", "198.51.100.8", noon, false, false, true},
		{"another network", "canvas", "phone", "198.51.101.7", noon, false, false, false},
		{"another service", "zoom", "phone", "198.51.100.7", noon, false, false, false},
		{"the next day", "canvas", "phone", "198.51.100.7", noon.Add(24 * time.Hour), false, false, false},
	}
	for _, c := range cases {
		got := h.Of(c.service, "id", c.device, netip.MustParseAddr(c.address), c.at)
		if (got.Person == base.Person) != c.person || (got.Address == base.Address) != c.host || (got.Network == base.Network) != c.network {
			t.Errorf("%s: same person %v, address %v, network %v; want %v, %v, %v", c.name,
				got.Person == base.Person, got.Address == base.Address, got.Network == base.Network, c.person, c.host, c.network)
		}
	}
}

func TestIPv6CountsBy64(t *testing.T) {
	h := New()
	of := func(a string) (string, string) {
		s := h.Of("canvas", "id", "", netip.MustParseAddr(a), noon)
		return s.Address, s.Network
	}
	a, n := of("2001:db8:1:2::1")
	if b, _ := of("2001:db8:1:2:ffff::9"); b != a {
		t.Error("two addresses of one /64 are two sources")
	}
	if b, m := of("2001:db8:1:3::1"); b == a || m != n {
		t.Error("a /64 beside it must be another source of the same /48")
	}
}

func TestMidnightIsBridged(t *testing.T) {
	h := New()
	midnight := noon.Add(12 * time.Hour)
	before := h.Of("canvas", "id", "phone", home, midnight.Add(-time.Minute))
	after := h.Of("canvas", "id", "phone", home, midnight.Add(time.Minute))
	if after.Former != before.Person || after.Person == before.Person {
		t.Errorf("just after midnight the former self is %q, want %q", after.Former, before.Person)
	}
	if later := h.Of("canvas", "id", "phone", home, midnight.Add(31*time.Minute)); later.Former != "" {
		t.Error("half an hour after midnight nobody counted before it any more")
	}
}

func TestTheKeyOutlivesTheProcess(t *testing.T) {
	a := New().Of("canvas", "id", "phone", home, noon)
	b := New().Of("canvas", "id", "phone", netip.MustParseAddr("203.0.113.9"), noon.Add(24*time.Hour))
	if a.Key != b.Key {
		t.Error("a retry after a restart, from another address, is another report")
	}
	c, d := New().Of("canvas", "id", "", home, noon), New().Of("canvas", "id", "", netip.MustParseAddr("2001:db8::1"), noon)
	if c.Key != d.Key {
		t.Error("a retry without a device, from another address, is another report")
	}
	if a.Person == b.Person {
		t.Error("two processes without a shared secret agree on a person")
	}
	for name, other := range map[string]string{
		"service": New().Of("zoom", "id", "phone", home, noon).Key,
		"id":      New().Of("canvas", "di", "phone", home, noon).Key,
		"device":  New().Of("canvas", "id", "laptop", home, noon).Key,
		"none":    New().Of("canvas", "id", "", home, noon).Key,
	} {
		if other == a.Key {
			t.Errorf("another %s, or none, has the same key", name)
		}
	}
}

func TestASharedSecretIsShared(t *testing.T) {
	a, b := Shared([]byte("s")), Shared([]byte("s"))
	if a.Of("canvas", "id", "", home, noon) != b.Of("canvas", "id", "", home, noon) {
		t.Error("two processes with one secret disagree")
	}
	if a.Of("canvas", "id", "", home, noon).Person == Shared([]byte("t")).Of("canvas", "id", "", home, noon).Person {
		t.Error("another secret gives the same hash")
	}
}

func TestOldSaltsAreForgotten(t *testing.T) {
	h := New()
	for day := range 10 {
		h.Of("canvas", "id", "", home, noon.AddDate(0, 0, day))
	}
	if len(h.salts) > 2 {
		t.Errorf("%d salts are kept, want those of today and yesterday at most", len(h.salts))
	}
}

func TestNothingKnownIsNobody(t *testing.T) {
	s := New().Of("canvas", "id", "", netip.Addr{}, noon)
	if s.Person != "" || s.Address != "" || s.Network != "" || s.Key == "" {
		t.Errorf("an unknown source is %+v, want only a key", s)
	}
}
