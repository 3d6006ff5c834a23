package peer

import (
	"net/netip"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func prefixes(list ...string) []netip.Prefix {
	var out []netip.Prefix
	for _, s := range list {
		out = append(out, netip.MustParsePrefix(s))
	}
	return out
}

func TestAddress(t *testing.T) {
	proxies := prefixes("10.0.0.0/8", "fd00::/8")
	tests := []struct {
		name, remote string
		forwarded    []string
		trusted      []netip.Prefix
		want         string
	}{
		{"no proxies, header ignored", "192.0.2.1", []string{"198.51.100.7"}, nil, "192.0.2.1"},
		{"untrusted peer, header ignored", "192.0.2.1", []string{"198.51.100.7"}, proxies, "192.0.2.1"},
		{"one proxy", "10.0.0.1", []string{"198.51.100.7"}, proxies, "198.51.100.7"},
		{"client forged the left", "10.0.0.1", []string{"203.0.113.1, 198.51.100.7"}, proxies, "198.51.100.7"},
		{"two proxies", "10.0.0.1", []string{"203.0.113.1, 198.51.100.7, 10.0.0.2"}, proxies, "198.51.100.7"},
		{"two header lines", "10.0.0.1", []string{"203.0.113.1", "198.51.100.7,10.0.0.2"}, proxies, "198.51.100.7"},
		{"forged trusted address", "10.0.0.1", []string{"10.9.9.9, 198.51.100.7"}, proxies, "198.51.100.7"},
		{"all trusted", "10.0.0.1", []string{"10.0.0.3, 10.0.0.2"}, proxies, "10.0.0.3"},
		{"no header", "10.0.0.1", nil, proxies, "10.0.0.1"},
		{"empty header", "10.0.0.1", []string{""}, proxies, "10.0.0.1"},
		{"obfuscated", "10.0.0.1", []string{"198.51.100.7, unknown"}, proxies, "10.0.0.1"},
		{"mapped peer and hop", "::ffff:10.0.0.1", []string{"::ffff:198.51.100.7"}, proxies, "198.51.100.7"},
		{"ports", "10.0.0.1", []string{"198.51.100.7:5555"}, proxies, "198.51.100.7"},
		{"IPv6 with port", "fd00::1", []string{"[2001:db8::7]:443"}, proxies, "2001:db8::7"},
		{"IPv6 in brackets", "fd00::1", []string{"[2001:db8::7]"}, proxies, "2001:db8::7"},
		{"zone", "fd00::1", []string{"fe80::1%eth0"}, proxies, "fe80::1"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := Address(netip.MustParseAddr(tt.remote), tt.forwarded, tt.trusted)
			if got != netip.MustParseAddr(tt.want) {
				t.Errorf("got %v, want %v", got, tt.want)
			}
		})
	}
}

// What a client writes itself never changes what it is taken for.
func TestAddressCannotBeForged(t *testing.T) {
	trusted := prefixes("10.0.0.0/8")
	rapid.Check(t, func(t *rapid.T) {
		forged := rapid.SliceOfN(rapid.StringMatching(`[0-9a-f:.,\[\] %]{0,40}`), 0, 4).Draw(t, "forged")
		client := netip.AddrFrom4([4]byte{198, 51, 100, rapid.Byte().Draw(t, "client")})
		hops := []string{client.String()}
		for range rapid.IntRange(0, 3).Draw(t, "proxies") {
			hops = append(hops, netip.AddrFrom4([4]byte{10, 0, 0, rapid.Byte().Draw(t, "hop")}).String())
		}
		lines := slices.Concat(forged, []string{strings.Join(hops, ", ")})
		if got := Address(netip.MustParseAddr("10.1.1.1"), lines, trusted); got != client {
			t.Fatalf("got %v, want %v from %q", got, client, lines)
		}
	})
}

func FuzzAddress(f *testing.F) {
	f.Add("10.0.0.1", "203.0.113.1, 198.51.100.7")
	f.Add("::ffff:10.0.0.1", ",,,[::1]:80,")
	f.Fuzz(func(t *testing.T, remote, line string) {
		a, err := netip.ParseAddr(remote)
		if err != nil {
			return
		}
		got := Address(a, []string{line}, prefixes("10.0.0.0/8", "::/0"))
		if !got.IsValid() || got.Is4In6() || got.Zone() != "" {
			t.Errorf("Address(%v, %q) = %v", a, line, got)
		}
		if got := Address(a, []string{line}, nil); got != a.Unmap().WithZone("") {
			t.Errorf("without proxies the header counted: %v", got)
		}
	})
}

func TestSource(t *testing.T) {
	tests := map[string]string{
		"192.0.2.1":           "192.0.2.1/32",
		"::ffff:192.0.2.1":    "192.0.2.1/32",
		"2001:db8:1:2:3:4::5": "2001:db8:1:2::/64",
	}
	for in, want := range tests {
		if got := Source(netip.MustParseAddr(in)).String(); got != want {
			t.Errorf("Source(%s) = %s, want %s", in, got, want)
		}
	}
	if got := Source(netip.Addr{}); got.IsValid() {
		t.Errorf("the unknown source is %v", got)
	}
}

func TestOwn(t *testing.T) {
	const absent, null, own, public, other = "", "null", "http://127.0.0.1:8080", "https://outcry.example", "https://evil.example"
	want := map[string]map[string]bool{
		"same-origin": {absent: true, null: true, own: true, public: true, other: false},
		"none":        {absent: true, null: false, own: true, public: true, other: false},
		absent:        {absent: true, null: false, own: true, public: true, other: false},
		"same-site":   {absent: false, null: false, own: false, public: false, other: false},
		"cross-site":  {absent: false, null: false, own: false, public: false, other: false},
		"Same-Origin": {absent: false, null: false, own: false, public: false, other: false},
	}
	for site, row := range want {
		for origin, ok := range row {
			o := Origin{FetchSite: site, Origin: origin, Host: "127.0.0.1:8080", PublicURL: public}
			if got := o.Own(); got != ok {
				t.Errorf("Sec-Fetch-Site %q, Origin %q: got %v, want %v", site, origin, got, ok)
			}
		}
	}
	for _, odd := range []string{"https://outcry.example:8443", "http://outcry.example", "file://127.0.0.1:8080", "//127.0.0.1:8080", "https://outcry.example.evil.example", "%"} {
		if (Origin{Origin: odd, Host: "127.0.0.1:8080", PublicURL: public}).Own() {
			t.Errorf("Origin %q counts as own", odd)
		}
	}
}
