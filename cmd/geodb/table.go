package main

import (
	_ "embed"
	"fmt"
	"strings"
)

//go:embed regions.tsv
var regionsTSV string

// place is what the result keeps: a country and the part of an ISO 3166-2 code
// that follows it, each of them empty where unknown.
type place struct{ country, region string }

// table turns names into codes.
type table map[named]string

// readTable reads "country, name, code" lines; the code is whole ("US-MD").
func readTable(tsv string) (table, error) {
	t := table{}
	n := 0
	for line := range strings.Lines(tsv) {
		n++
		line = strings.TrimRight(line, "\r\n")
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		f := strings.Split(line, "\t")
		if len(f) != 3 {
			return nil, fmt.Errorf("regions.tsv: line %d has %d fields, not 3", n, len(f))
		}
		region, ok := strings.CutPrefix(f[2], f[0]+"-")
		key := named{Country: f[0], Region: f[1]}
		if _, twice := t[key]; twice || !ok || region == "" || len(region) > 3 {
			return nil, fmt.Errorf("regions.tsv: line %d (%s) is there twice, or its code is not one of %s", n, f[1], f[0])
		}
		t[key] = region
	}
	return t, nil
}

// place looks n up. A country that is no code is no place.
func (t table) place(n named) place {
	if len(n.Country) != 2 || strings.Trim(n.Country, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != "" {
		return place{}
	}
	return place{n.Country, t[n]}
}
