// Package geo finds the place of an address: country, region and network.
//
// It reads MaxMind-schema databases: one of cities or countries for the place,
// and one of AS numbers for the network. Both are optional, for an unknown
// place is normal: a private address, a block that nobody has located or no
// database at all give an empty outcry.Place, and the report still counts.
//
//	81.2.69.142 → City database → "GB", subdivision "ENG" → {GB, GB-ENG}
//	            → ASN database  → 20712                   → AS20712
//
// What a database says is shown on pages and is a key of counts, so it is
// believed only in the shape that ISO 3166 gives it.
package geo

import (
	"errors"
	"fmt"
	"net/netip"
	"os"
	"strings"
	"sync"

	"github.com/oschwald/geoip2-golang/v2"
	"github.com/oschwald/maxminddb-golang/v2"

	"outcry"
)

// DB looks addresses up. It may be used by several goroutines at once; Close
// comes after the last look-up.
type DB struct {
	places, networks *geoip2.Reader // nil: unknown
	// Many addresses share a record, and reading one costs four times finding
	// it: what was read is kept by where it stands in the file.
	tree *maxminddb.Reader        // of places
	mu   sync.RWMutex             // guards seen
	seen map[uintptr]outcry.Place // without network
}

// maxBytes bounds a database file; the largest city databases have a quarter.
const maxBytes = 1 << 30

// Open opens a City or Country database and an ASN database. Either path may
// be empty: then that part of every place is unknown.
//
// The files are read, not mapped: a map of a file that somebody overwrites in
// place ends the process with a bus error, long after the start that checked
// it.
func Open(cityPath, asnPath string) (*DB, error) {
	places, data, err := open(cityPath, "City or Country", func(r *geoip2.Reader) error {
		_, err := r.Country(netip.IPv4Unspecified())
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("open place database %s: %w", cityPath, err)
	}
	networks, _, err := open(asnPath, "ASN", func(r *geoip2.Reader) error {
		_, err := r.ASN(netip.IPv4Unspecified())
		return err
	})
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open network database %s: %w", asnPath, err), closeReader(places))
	}
	d := &DB{places: places, networks: networks, seen: map[uintptr]outcry.Place{}}
	if places != nil {
		if d.tree, err = maxminddb.OpenBytes(data); err != nil {
			return nil, errors.Join(fmt.Errorf("open place database %s: %w", cityPath, err), d.Close())
		}
	}
	return d, nil
}

// open reads one database and asks it once, to see whether it is of the kind
// that is wanted.
func open(path, kind string, ask func(*geoip2.Reader) error) (*geoip2.Reader, []byte, error) {
	if path == "" {
		return nil, nil, nil
	}
	data, err := read(path)
	if err != nil {
		return nil, nil, err
	}
	r, err := geoip2.OpenBytes(data)
	if err == nil {
		err = ask(r)
	}
	var unknown geoip2.UnknownDatabaseTypeError
	var unfit geoip2.InvalidMethodError
	switch {
	case errors.As(err, &unknown), errors.As(err, &unfit):
		return nil, nil, fmt.Errorf("its type is %.60q, not one of MaxMind's %s types", r.Metadata().DatabaseType, kind)
	case err != nil:
		return nil, nil, fmt.Errorf("not a sound MaxMind database: %w", err)
	}
	return r, data, nil
}

func read(path string) ([]byte, error) {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return nil, plain(err)
	case !info.Mode().IsRegular():
		return nil, errors.New("not a file")
	case info.Size() > maxBytes:
		return nil, fmt.Errorf("larger than %d MiB", maxBytes>>20)
	}
	data, err := os.ReadFile(path)
	return data, plain(err)
}

// plain leaves the path out, which the caller names.
func plain(err error) error {
	var p *os.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}

// Locate is where a is, as far as that is known. A record that can't be read
// is unknown too: a report is worth more than its place.
func (d *DB) Locate(a netip.Addr) outcry.Place {
	a = a.Unmap().WithZone("")
	if !a.IsGlobalUnicast() || a.IsPrivate() {
		return outcry.Place{}
	}
	var p outcry.Place
	if d.places != nil {
		p = d.place(a)
	}
	if d.networks != nil {
		if n, err := d.networks.ASN(a); err == nil && n.HasData() {
			p.ASN = asn(n.AutonomousSystemNumber)
		}
	}
	return p
}

// place is where a is, without its network.
func (d *DB) place(a netip.Addr) outcry.Place {
	found := d.tree.Lookup(a)
	if !found.Found() {
		return outcry.Place{}
	}
	at := found.Offset()
	d.mu.RLock()
	p, known := d.seen[at]
	d.mu.RUnlock()
	if known {
		return p
	}
	if c, err := d.places.City(a); err == nil && c.HasData() {
		p = place(c)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.seen[at] = p
	return p
}

// place takes the largest subdivision, which comes first: it is the one that
// maps draw.
func place(c *geoip2.City) outcry.Place {
	p := outcry.Place{Country: c.Country.ISOCode}
	if len(p.Country) != 2 || strings.Trim(p.Country, capitals) != "" {
		return outcry.Place{}
	}
	if len(c.Subdivisions) == 0 {
		return p
	}
	code := c.Subdivisions[0].ISOCode
	if len(code) >= 1 && len(code) <= 3 && strings.Trim(code, capitals+digits) == "" {
		p.Region = p.Country + "-" + code
	}
	return p
}

// What the codes of ISO 3166 are made of.
const (
	capitals = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	digits   = "0123456789"
)

// asn is n, or unknown where it is no AS number.
func asn(n uint) uint32 {
	if uint64(n) > 1<<32-1 {
		return 0
	}
	return uint32(n)
}

// Close frees the databases.
func (d *DB) Close() error {
	return errors.Join(closeReader(d.places), closeReader(d.networks))
}

func closeReader(r *geoip2.Reader) error {
	if r == nil {
		return nil
	}
	return r.Close()
}
