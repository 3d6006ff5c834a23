package main

import (
	"bufio"
	"fmt"
	"io"
	"iter"
	"net/netip"
	"slices"

	"github.com/oschwald/maxminddb-golang/v2"
)

// source is one of the package's two databases.
type source struct{ *maxminddb.Reader }

func openSource(path string) (*source, error) {
	r, err := maxminddb.Open(path)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", path, err)
	}
	return &source{r}, nil
}

// named is a place as the source has it.
type named struct {
	Country string `maxminddb:"country_code"`
	Region  string `maxminddb:"state1"`
}

// all yields the networks in order of address. Each distinct record is read
// once: there are thirty networks to one.
func (s *source) all() iter.Seq2[network, error] {
	return func(yield func(network, error) bool) {
		seen := map[uintptr]named{}
		for r := range s.Networks() {
			n := network{prefix: r.Prefix()}
			var known bool
			if n.named, known = seen[r.Offset()]; !known {
				if err := r.Decode(&n.named); err != nil {
					yield(n, err)
					return
				}
				seen[r.Offset()] = n.named
			}
			if !yield(n, r.Err()) {
				return
			}
		}
	}
}

// network is a block of addresses and its place.
type network struct {
	prefix netip.Prefix
	named
}

// printNames lists each country and name once, as "country<TAB>name".
func printNames(w io.Writer, sources ...*source) error {
	seen := map[named]bool{}
	for _, s := range sources {
		for n, err := range s.all() {
			if err != nil {
				return err
			}
			seen[n.named] = true
		}
	}
	lines := make([]string, 0, len(seen))
	for n := range seen {
		if n.Country != "" && n.Region != "" {
			lines = append(lines, n.Country+"\t"+n.Region+"\n")
		}
	}
	slices.Sort(lines)
	out := bufio.NewWriter(w)
	for _, l := range lines {
		if _, err := out.WriteString(l); err != nil {
			return err
		}
	}
	return out.Flush()
}
