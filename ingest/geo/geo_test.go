package geo

import (
	"bytes"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/maxmind/mmdbwriter"
	"github.com/maxmind/mmdbwriter/mmdbtype"

	"outcry"
)

// database is an MMDB of that type with those records.
func database(t testing.TB, kind string, records map[string]mmdbtype.DataType) []byte {
	t.Helper()
	w, err := mmdbwriter.New(mmdbwriter.Options{DatabaseType: kind, IncludeReservedNetworks: true, BuildEpoch: 1})
	if err != nil {
		t.Fatal(err)
	}
	for network, record := range records {
		_, n, err := net.ParseCIDR(network)
		if err != nil {
			t.Fatal(err)
		}
		if err := w.Insert(n, record); err != nil {
			t.Fatal(err)
		}
	}
	var b bytes.Buffer
	if _, err := w.WriteTo(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func save(t testing.TB, name string, data []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func located(country string, subdivisions ...string) mmdbtype.Map {
	m := mmdbtype.Map{"country": mmdbtype.Map{"iso_code": mmdbtype.String(country)}}
	var all mmdbtype.Slice
	for _, s := range subdivisions {
		all = append(all, mmdbtype.Map{"iso_code": mmdbtype.String(s)})
	}
	if all != nil {
		m["subdivisions"] = all
	}
	return m
}

func cities(t testing.TB) []byte {
	return database(t, "DBIP-City-Lite", map[string]mmdbtype.DataType{
		"1.0.1.0/24":      located("US", "MD"),
		"1.0.2.0/24":      located("GB", "ENG", "OXF"),
		"1.0.3.0/24":      located("IT", "25"),
		"1.0.4.0/24":      located("SG"),
		"1.0.5.0/24":      located("us", "MD"),
		"1.0.6.0/24":      located("US", "<b>"),
		"1.0.7.0/24":      located("US", "MDMD"),
		"1.0.8.0/24":      located("DE", ""),
		"1.0.9.0/24":      mmdbtype.Map{"country": mmdbtype.String("not a map")},
		"1.0.10.0/24":     mmdbtype.String("not a record"),
		"10.0.0.0/8":      located("US", "CA"),
		"2a00:1450::/32":  located("IE", "L"),
		"2001:db8:1::/48": located("FR", "IDF"),
	})
}

func networks(t testing.TB) []byte {
	asn := func(n uint64) mmdbtype.Map {
		return mmdbtype.Map{"autonomous_system_number": mmdbtype.Uint64(n)}
	}
	return database(t, "GeoLite2-ASN", map[string]mmdbtype.DataType{
		"1.0.1.0/24": asn(5723), "1.0.11.0/24": asn(64500), "1.0.3.0/24": asn(1 << 40), "2a00:1450::/32": asn(15169),
	})
}

func TestLocate(t *testing.T) {
	db, err := Open(save(t, "city.mmdb", cities(t)), save(t, "asn.mmdb", networks(t)))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for _, c := range []struct {
		name, address string
		want          outcry.Place
	}{
		{"country, region and network", "1.0.1.9", outcry.Place{Country: "US", Region: "US-MD", ASN: 5723}},
		{"IPv4 in IPv6", "::ffff:1.0.1.9", outcry.Place{Country: "US", Region: "US-MD", ASN: 5723}},
		{"the largest of two subdivisions", "1.0.2.9", outcry.Place{Country: "GB", Region: "GB-ENG"}},
		{"digits; no such AS number", "1.0.3.9", outcry.Place{Country: "IT", Region: "IT-25"}},
		{"country alone", "1.0.4.9", outcry.Place{Country: "SG"}},
		{"country of another shape", "1.0.5.9", outcry.Place{}},
		{"region that is markup", "1.0.6.9", outcry.Place{Country: "US"}},
		{"region that is too long", "1.0.7.9", outcry.Place{Country: "US"}},
		{"empty region", "1.0.8.9", outcry.Place{Country: "DE"}},
		{"field of another type", "1.0.9.9", outcry.Place{}},
		{"record of another type", "1.0.10.9", outcry.Place{}},
		{"network alone", "1.0.11.9", outcry.Place{ASN: 64500}},
		{"nothing known", "9.9.9.9", outcry.Place{}},
		{"private, though the database has it", "10.1.2.3", outcry.Place{}},
		{"loopback", "127.0.0.1", outcry.Place{}},
		{"IPv6", "2a00:1450::5", outcry.Place{Country: "IE", Region: "IE-L", ASN: 15169}},
		{"IPv6 with a zone", "2a00:1450::5%eth0", outcry.Place{Country: "IE", Region: "IE-L", ASN: 15169}},
		{"link-local", "fe80::1", outcry.Place{}},
		{"unique local", "fd00::1", outcry.Place{}},
	} {
		if got := db.Locate(netip.MustParseAddr(c.address)); got != c.want {
			t.Errorf("%s: Locate(%s) = %+v, want %+v", c.name, c.address, got, c.want)
		}
	}
	if got := db.Locate(netip.Addr{}); got != (outcry.Place{}) {
		t.Errorf("Locate of no address = %+v", got)
	}
}

func TestCountryDatabaseGivesCountries(t *testing.T) {
	data := database(t, "GeoLite2-Country", map[string]mmdbtype.DataType{"1.0.1.0/24": located("US")})
	db, err := Open(save(t, "country.mmdb", data), "")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if got, want := db.Locate(netip.MustParseAddr("1.0.1.1")), (outcry.Place{Country: "US"}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestWithoutDatabasesAllIsUnknown(t *testing.T) {
	db, err := Open("", "")
	if err != nil {
		t.Fatal(err)
	}
	if got := db.Locate(netip.MustParseAddr("1.0.1.1")); got != (outcry.Place{}) {
		t.Errorf("got %+v", got)
	}
	if err := db.Close(); err != nil {
		t.Error(err)
	}
}

func TestOpenSaysWhatIsWrongWithWhichFile(t *testing.T) {
	city, asn := save(t, "city.mmdb", cities(t)), save(t, "asn.mmdb", networks(t))
	flat := save(t, "flat.mmdb", database(t, "ipv4 dbip-city", nil))
	for _, c := range []struct{ name, city, asn, want string }{
		{"missing", "/nowhere/geo.mmdb", "", "open place database /nowhere/geo.mmdb: no such file"},
		{"folder", t.TempDir(), "", "not a file"},
		{"empty", save(t, "empty.mmdb", nil), "", "empty.mmdb: not a sound MaxMind database"},
		{"text", save(t, "text.mmdb", []byte("hello")), "", "text.mmdb: not a sound MaxMind database"},
		{"cut off", save(t, "cut.mmdb", cities(t)[:200]), "", "cut.mmdb: not a sound MaxMind database"},
		{"other schema", flat, "", `its type is "ipv4 dbip-city", not one of MaxMind's City or Country types`},
		{"ASN for places", asn, "", `its type is "GeoLite2-ASN", not one of MaxMind's City`},
		{"City for networks", city, city, `open network database ` + city + `: its type is "DBIP-City-Lite", not one of MaxMind's ASN types`},
	} {
		_, err := Open(c.city, c.asn)
		if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: error %q does not say %q in one sentence", c.name, err, c.want)
		}
	}
}

func TestLocateFromManyGoroutines(t *testing.T) {
	db, err := Open(save(t, "city.mmdb", cities(t)), save(t, "asn.mmdb", networks(t)))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 500 {
				if got := db.Locate(netip.MustParseAddr("1.0.1.9")); got.ASN != 5723 || got.Region != "US-MD" {
					t.Errorf("got %+v", got)
					return
				}
			}
		})
	}
	wg.Wait()
}

// FuzzOpen damages databases: whatever the file holds, opening it and looking
// addresses up ends without a panic and never in a place of another shape.
func FuzzOpen(f *testing.F) {
	city, asn := cities(f), networks(f)
	f.Add(city, "1.0.1.9")
	f.Add(asn, "1.0.1.9")
	for i := 0; i < len(city); i += 97 {
		damaged := bytes.Clone(city)
		damaged[i] ^= 0xff
		f.Add(damaged, "1.0.2.9")
		f.Add(city[:i], "2a00:1450::5")
	}
	f.Fuzz(func(t *testing.T, data []byte, address string) {
		a, err := netip.ParseAddr(address)
		if err != nil {
			return
		}
		path := save(t, "x.mmdb", data)
		for _, paths := range [][2]string{{path, ""}, {"", path}} {
			db, err := Open(paths[0], paths[1])
			if err != nil {
				continue
			}
			p := db.Locate(a)
			if p.Country != "" && len(p.Country) != 2 || p.Region != "" && (len(p.Region) < 4 || len(p.Region) > 6) {
				t.Errorf("place %+v", p)
			}
			if err := db.Close(); err != nil {
				t.Error(err)
			}
		}
	})
}

func BenchmarkLocate(b *testing.B) {
	db, err := Open(save(b, "city.mmdb", cities(b)), save(b, "asn.mmdb", networks(b)))
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	a := netip.MustParseAddr("1.0.1.9")
	for b.Loop() {
		db.Locate(a)
	}
}
