package source

import (
	"net/netip"
	"strings"
	"testing"
	"time"

	"outcry"
)

var noon = time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC)

func from(h *Hasher, at time.Time, service, address, device string) outcry.Source {
	var a netip.Addr
	if address != "" {
		a = netip.MustParseAddr(address)
	}
	return h.Source(at, service, "id", a, device)
}

func TestSameAndOtherSources(t *testing.T) {
	h := New(nil)
	base := from(h, noon, "edx", "203.0.113.9", "d1")
	for _, c := range []struct {
		name, service, address, device    string
		person, addressSame, network, key bool
	}{
		{"itself", "edx", "203.0.113.9", "d1", true, true, true, true},
		{"written as IPv6", "edx", "::ffff:203.0.113.9", "d1", true, true, true, true},
		{"another device", "edx", "203.0.113.9", "d2", false, true, true, false},
		{"the device elsewhere", "edx", "198.51.100.1", "d1", false, false, false, true},
		{"the neighbour", "edx", "203.0.113.10", "d1", false, false, true, true},
		{"another service", "zoom", "203.0.113.9", "d1", false, false, false, false},
	} {
		s := from(h, noon, c.service, c.address, c.device)
		got := [4]bool{s.Person == base.Person, s.Address == base.Address, s.Network == base.Network, s.Key == base.Key}
		if want := [4]bool{c.person, c.addressSame, c.network, c.key}; got != want {
			t.Errorf("%s: same person, address, network, key %v, want %v", c.name, got, want)
		}
	}
}

func TestIPv6IsItsSite(t *testing.T) {
	h := New(nil)
	a, b := from(h, noon, "edx", "2001:db8:1:2::1", ""), from(h, noon, "edx", "2001:db8:1:2:ffff::9", "")
	if a != b {
		t.Error("two addresses of one /64 are two sources")
	}
	c := from(h, noon, "edx", "2001:db8:1:3::1", "")
	if a.Address == c.Address || a.Network != c.Network {
		t.Error("two /64 of one /48 must differ in address and agree in network")
	}
	if d := from(h, noon, "edx", "2001:db8:2::1", ""); a.Network == d.Network {
		t.Error("two /48 are one network")
	}
	if e := from(h, noon, "edx", "fe80::1%eth0", ""); e != from(h, noon, "edx", "fe80::1", "") {
		t.Error("a zone makes another source")
	}
}

func TestDaysCannotBeLinkedButMidnightIsBridged(t *testing.T) {
	for name, h := range map[string]*Hasher{"random": New(nil), "secret": New([]byte(strings.Repeat("s", 32)))} {
		midnight := noon.Add(12 * time.Hour)
		before := from(h, midnight.Add(-time.Second), "edx", "203.0.113.9", "")
		after := from(h, midnight, "edx", "203.0.113.9", "")
		if before.Person == after.Person || before.Address == after.Address || before.Network == after.Network || before.Key == after.Key {
			t.Errorf("%s: two days share a hash", name)
		}
		if after.Former != before.Person || after.FormerKey != before.Key {
			t.Errorf("%s: midnight is not bridged", name)
		}
		if before.Former != "" {
			t.Errorf("%s: a former person late in the day", name)
		}
		later := from(h, midnight.Add(outcry.CountOncePer), "edx", "203.0.113.9", "")
		if later.Former != "" || later.FormerKey != before.Key {
			t.Errorf("%s: after the half hour: %+v", name, later)
		}
	}
}

func TestSaltsAreForgotten(t *testing.T) {
	h := New(nil)
	first := from(h, noon, "edx", "203.0.113.9", "")
	for n := range 40 {
		from(h, noon.AddDate(0, 0, n), "edx", "203.0.113.9", "")
	}
	if len(h.salts) > 2 {
		t.Errorf("%d salts are kept", len(h.salts))
	}
	if again := from(h, noon, "edx", "203.0.113.9", ""); again.Person == first.Person {
		t.Error("a day's salt came back")
	}
}

func TestProcessesAgreeBySecretOnly(t *testing.T) {
	secret := []byte(strings.Repeat("s", 32))
	if from(New(secret), noon, "edx", "203.0.113.9", "") != from(New(secret), noon, "edx", "203.0.113.9", "") {
		t.Error("two processes with one secret differ")
	}
	if from(New(nil), noon, "edx", "203.0.113.9", "") == from(New(nil), noon, "edx", "203.0.113.9", "") {
		t.Error("two processes without a secret agree")
	}
}

func TestUnknownSource(t *testing.T) {
	h := New(nil)
	if s := from(h, noon, "edx", "", ""); s != (outcry.Source{}) {
		t.Errorf("neither address nor device: %+v", s)
	}
	s := from(h, noon, "edx", "", "d1")
	if s.Person == "" || s.Key == "" || s.Address != "" || s.Network != "" {
		t.Errorf("a device alone: %+v", s)
	}
}
