package main

import (
	"bytes"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/maxmind/mmdbwriter"
	"github.com/maxmind/mmdbwriter/mmdbtype"
	"github.com/oschwald/maxminddb-golang/v2"
)

// flat writes a database in the npm package's schema: "network country name"
// a line.
func flat(t *testing.T, path string, version int, lines string) {
	t.Helper()
	w, err := mmdbwriter.New(mmdbwriter.Options{DatabaseType: "city", IPVersion: version, BuildEpoch: 1780666922, IncludeReservedNetworks: true})
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(lines) {
		network, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
		country, name, _ := strings.Cut(rest, " ")
		_, n, err := net.ParseCIDR(network)
		if err != nil {
			t.Fatal(err)
		}
		if err := w.Insert(n, mmdbtype.Map{
			"country_code": mmdbtype.String(country), "state1": mmdbtype.String(name), "city": mmdbtype.String("somewhere in " + network),
		}); err != nil {
			t.Fatal(err)
		}
	}
	var b bytes.Buffer
	if _, err := w.WriteTo(&b); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
}

// npm makes a folder as the package has it.
func npm(t *testing.T, v4, v6 string) string {
	t.Helper()
	dir := t.TempDir()
	flat(t, filepath.Join(dir, "dbip-city-ipv4.mmdb"), 4, v4)
	flat(t, filepath.Join(dir, "dbip-city-ipv6.mmdb"), 6, v6)
	return dir
}

const someIPv4 = `1.0.0.0/24 US Maryland
1.0.1.0/25 US Maryland
1.0.1.128/25 US California
1.0.2.0/26 US Maryland
1.0.2.64/26 US California
1.0.2.128/25 US California
1.0.3.0/24 IT Lombardy
1.0.4.0/24 TW Taiwan
1.0.5.0/24 MX Mexico City
1.0.6.0/24 xx Nowhere
1.0.8.0/22 GB England
1.0.12.0/24 GB Atlantis`

const someIPv6 = `2a00:1450::/32 IE Leinster
2a00:1451::/48 FR Corsica
2a00:1452:8000::/33 DE Bavaria
2a00:1452::/34 DE Hesse`

func TestBuild(t *testing.T) {
	out := filepath.Join(t.TempDir(), "geo.mmdb")
	var log bytes.Buffer
	if err := run([]string{"-in", npm(t, someIPv4, someIPv6), "-out", out}, &bytes.Buffer{}, &log); err != nil {
		t.Fatal(err)
	}
	db, err := maxminddb.Open(out)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if err := db.Verify(); err != nil {
		t.Error(err)
	}
	if got := db.Metadata.DatabaseType; got != "DBIP-City-Lite" {
		t.Errorf("type %q", got)
	}
	for _, c := range []struct{ name, address, country, region, network string }{
		{"named exactly", "1.0.0.9", "US", "MD", ""},
		{"halves: the first in order", "1.0.1.9", "US", "CA", ""},
		{"most of the block", "1.0.2.9", "US", "CA", ""},
		{"by the table: not Bergamo", "1.0.3.9", "IT", "25", "1.0.3.0/24"},
		{"no code for the name", "1.0.4.9", "TW", "", ""},
		{"the city, not the state", "1.0.5.9", "MX", "CMX", ""},
		{"no such country", "1.0.6.9", "", "", ""},
		{"wider than a block", "1.0.11.9", "GB", "ENG", "1.0.8.0/22"},
		{"unknown name", "1.0.12.9", "GB", "", ""},
		{"nothing there", "9.9.9.9", "", "", ""},
		{"IPv6", "2a00:1450::1", "IE", "L", ""},
		{"part of a block is its best guess", "2a00:1451:ffff::1", "FR", "20R", "2a00:1451::/32"},
		{"most of an IPv6 block", "2a00:1452::1", "DE", "BY", ""},
	} {
		var got struct {
			Country struct {
				Code string `maxminddb:"iso_code"`
			} `maxminddb:"country"`
			Subdivisions []struct {
				Code string `maxminddb:"iso_code"`
			} `maxminddb:"subdivisions"`
		}
		r := db.Lookup(netip.MustParseAddr(c.address))
		if err := r.Decode(&got); err != nil {
			t.Fatal(err)
		}
		region := ""
		if len(got.Subdivisions) > 0 {
			region = got.Subdivisions[0].Code
		}
		if got.Country.Code != c.country || region != c.region || c.network != "" && r.Prefix().String() != c.network {
			t.Errorf("%s: %s is %q %q in %s, want %q %q in %s", c.name, c.address, got.Country.Code, region, r.Prefix(), c.country, c.region, c.network)
		}
	}
	if !strings.Contains(log.String(), "of the space has a region") {
		t.Errorf("the log says %q", log.String())
	}
}

func TestTheSameSourceGivesTheSameFile(t *testing.T) {
	dir, in := t.TempDir(), npm(t, someIPv4, someIPv6)
	var files [2][]byte
	for i := range files {
		path := filepath.Join(dir, "geo.mmdb")
		if err := run([]string{"-in", in, "-out", path}, &bytes.Buffer{}, &bytes.Buffer{}); err != nil {
			t.Fatal(err)
		}
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		files[i] = data
	}
	if !bytes.Equal(files[0], files[1]) {
		t.Error("two runs gave two files")
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "*")); len(left) != 1 {
		t.Errorf("left behind: %v", left)
	}
}

func TestNames(t *testing.T) {
	var out bytes.Buffer
	if err := run([]string{"-in", npm(t, "1.0.0.0/24 US Maryland\n1.0.1.0/24 US Maryland\n1.0.2.0/24 SG", "2a00::/32 FR Corsica"), "-names"}, &out, &bytes.Buffer{}); err != nil {
		t.Fatal(err)
	}
	if got, want := out.String(), "FR\tCorsica\nUS\tMaryland\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestRound(t *testing.T) {
	us, md := place{"US", ""}, place{"US", "MD"}
	var moved float64
	networks := []located{
		{netip.MustParsePrefix("1.0.0.0/24"), us}, {netip.MustParsePrefix("1.0.1.0/24"), us},
		{netip.MustParsePrefix("1.0.2.0/25"), us}, {netip.MustParsePrefix("1.0.2.128/26"), md}, {netip.MustParsePrefix("1.0.2.192/26"), us},
		{netip.MustParsePrefix("1.0.3.0/24"), md},
		{netip.MustParsePrefix("1.0.5.0/24"), md},
	}
	got := slices.Collect(round(slices.Values(networks), 24, &moved))
	a := netip.MustParseAddr
	want := []stretch{
		{a("1.0.0.0"), a("1.0.2.255"), us}, {a("1.0.3.0"), a("1.0.3.255"), md}, {a("1.0.5.0"), a("1.0.5.255"), md},
	}
	if !slices.Equal(got, want) || moved != .25 {
		t.Errorf("got %v with %v blocks moved, want %v with 0.25", got, moved, want)
	}
}

// TestRegions checks the shipped table as far as a program can.
func TestRegions(t *testing.T) {
	names, err := readTable(regionsTSV)
	if err != nil {
		t.Fatal(err)
	}
	if len(names) < 3000 {
		t.Errorf("%d names, want 3,000 and more", len(names))
	}
	for n, want := range map[named]string{
		{"US", "Maryland"}: "MD", {"IT", "Lombardy"}: "25", {"MX", "Mexico City"}: "CMX", {"MX", "Mexico"}: "MEX",
		{"CN", "Shanxi"}: "SX", {"CN", "Shaanxi"}: "SN", {"ID", "Riau Islands"}: "KR", {"ID", "Riau"}: "RI",
		{"GB", "England"}: "ENG", {"UA", "Kyiv City"}: "30", {"ES", "Valencia"}: "VC", {"LT", "Vilnius"}: "VL",
		{"CZ", "Zlin"}: "72", {"DE", "Bavaria"}: "BY", {"JP", "Tokyo"}: "13", {"IN", "Maharashtra"}: "MH",
	} {
		if got := names[n]; got != want {
			t.Errorf("%s %s is %q, want %q", n.Country, n.Region, got, want)
		}
	}
}

func TestReadTableSaysWhatIsWrong(t *testing.T) {
	for tsv, want := range map[string]string{
		"US\tMaryland":                              "line 1 has 2 fields",
		"# note\nUS\tMaryland\tCA-MD":               "line 2 (Maryland)",
		"US\tMaryland\tUS-MD\nUS\tMaryland\tUS-MD":  "line 2 (Maryland)",
		"US\tMaryland\tUS-":                         "line 1 (Maryland)",
		"US\tMaryland\tUS-MARY":                     "line 1 (Maryland)",
		"US\tMaryland\tUS-MD\n\nIT\tLombardy\t25\n": "line 3 (Lombardy)",
	} {
		if _, err := readTable(tsv); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: error %v, want one that says %q", tsv, err, want)
		}
	}
}

func TestRunSaysWhatIsWrong(t *testing.T) {
	empty := t.TempDir()
	for args, want := range map[string]string{
		"":                                 "usage",
		"-in " + empty:                     "usage",
		"-in " + empty + " -out x.mmdb":    "dbip-city-ipv4.mmdb",
		"-in " + empty + " -out x.mmdb yz": "usage",
	} {
		if err := run(strings.Fields(args), &bytes.Buffer{}, &bytes.Buffer{}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("geodb %s: error %v, want one that says %q", args, err, want)
		}
	}
}
