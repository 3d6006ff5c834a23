package main

import (
	"fmt"
	"io"
	"iter"
	"math"
	"net/netip"
	"slices"
	"time"

	"github.com/maxmind/mmdbwriter"
	"github.com/maxmind/mmdbwriter/mmdbtype"
)

// tree is the result in the making.
type tree struct {
	mmdb    *mmdbwriter.Tree
	records map[place]mmdbtype.Map
	// mirrors are the blocks of IPv6 in which a tree repeats IPv4, and which
	// take nothing of their own: mapped addresses, Teredo, 6to4.
	mirrors []netip.Prefix
}

// newTree dates the result by its source, so that the same source gives the
// same file.
func newTree(built time.Time) (*tree, error) {
	w, err := mmdbwriter.New(mmdbwriter.Options{
		BuildEpoch: built.Unix(), DatabaseType: "DBIP-City-Lite", Languages: []string{"en"}, RecordSize: 24,
		Description: map[string]string{
			"en": "IP to City Lite by DB-IP (https://db-ip.com), CC BY 4.0; reduced to ISO 3166-2 regions and blocks of /24 and /32",
		},
		IncludeReservedNetworks: true, KeyGenerator: keys{},
	})
	if err != nil {
		return nil, fmt.Errorf("make a tree: %w", err)
	}
	return &tree{mmdb: w, records: map[place]mmdbtype.Map{}, mirrors: []netip.Prefix{
		netip.MustParsePrefix("::/32"), netip.MustParsePrefix("2001::/32"), netip.MustParsePrefix("2002::/16"),
	}}, nil
}

// WriteTo writes the database.
func (t *tree) WriteTo(w io.Writer) (int64, error) { return t.mmdb.WriteTo(w) }

// share is what became of a source's space, in blocks.
type share struct{ all, country, region, moved float64 }

func (s share) String() string {
	return fmt.Sprintf("%.2f %% of the space has a region, %.2f %% a country alone; rounding moved %.2f %%",
		100*s.region/s.all, 100*s.country/s.all, 100*s.moved/s.all)
}

// add converts one source.
func (t *tree) add(s *source, bits int, names table) (share, error) {
	var sum share
	var failed error
	networks := func(yield func(located) bool) {
		for n, err := range s.all() {
			if failed = err; err != nil {
				return
			}
			if l := (located{n.prefix, names.place(n.named)}); t.takes(l) {
				sum.count(l, bits)
				if !yield(l) {
					return
				}
			}
		}
	}
	for run := range round(iter.Seq[located](networks), bits, &sum.moved) {
		if err := t.insert(run); err != nil {
			return sum, err
		}
	}
	return sum, failed
}

func (s *share) count(l located, bits int) {
	size := math.Ldexp(1, bits-l.prefix.Bits())
	s.all += size
	if l.region != "" {
		s.region += size
	} else {
		s.country += size
	}
}

// takes leaves out what has no place, or lies in a mirror.
func (t *tree) takes(l located) bool {
	return l.country != "" && !slices.ContainsFunc(t.mirrors, l.prefix.Overlaps)
}

func (t *tree) insert(s stretch) error {
	if err := t.mmdb.InsertRange(s.first.AsSlice(), s.last.AsSlice(), t.record(s.place)); err != nil {
		return fmt.Errorf("insert %s to %s: %w", s.first, s.last, err)
	}
	return nil
}

// record is p in MaxMind's schema.
func (t *tree) record(p place) mmdbtype.Map {
	m, known := t.records[p]
	if !known {
		m = mmdbtype.Map{"country": mmdbtype.Map{"iso_code": mmdbtype.String(p.country)}}
		if p.region != "" {
			m["subdivisions"] = mmdbtype.Slice{mmdbtype.Map{"iso_code": mmdbtype.String(p.region)}}
		}
		t.records[p] = m
	}
	return m
}

// keys tells records apart by their codes, which is faster than by hashes.
type keys struct{}

// Key is the country and region of a record.
func (keys) Key(v mmdbtype.DataType) ([]byte, error) {
	m, ok := v.(mmdbtype.Map)
	if !ok {
		return nil, fmt.Errorf("a record is a %T", v)
	}
	key := code(m["country"])
	if s, ok := m["subdivisions"].(mmdbtype.Slice); ok && len(s) > 0 {
		key = append(append(key, '-'), code(s[0])...)
	}
	return key, nil
}

func code(v mmdbtype.DataType) []byte {
	m, _ := v.(mmdbtype.Map)
	s, _ := m["iso_code"].(mmdbtype.String)
	return []byte(s)
}
