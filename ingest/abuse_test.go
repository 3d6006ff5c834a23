package ingest_test

import (
	"context"
	"flag"
	"fmt"
	"net/netip"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"outcry"
	"outcry/ingest/internal/redistest"
	"outcry/ingest/source"
	"outcry/ingest/store"
)

// attackers is how many reports a single address, /24 or /48 sends; a million
// takes a minute.
var attackers = flag.Int("attackers", 20_000, "reports of an attack from one address or network")

// attack sends reports about one service in a quarter of an hour's first
// minute, each with a fresh id and device, from the address that from gives.
func attack(t *testing.T, s *store.Store, service string, reports, addressCap int, from func(n int) (netip.Addr, uint32)) map[outcry.Reason]int {
	t.Helper()
	hasher := source.New()
	begin := time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC)
	out := map[outcry.Reason]int{}
	batch := make([]outcry.Report, 0, store.MaxBatch)
	for n := range reports {
		address, asn := from(n)
		id := fmt.Sprint(n)
		at := begin.Add(time.Duration(n*60/reports) * time.Second)
		batch = append(batch, outcry.Report{
			ID: id, Service: service, Symptom: "site", Kind: outcry.KindDown, Received: at, Occurred: at,
			Place: outcry.Place{Country: "US", ASN: asn}, AddressCap: addressCap,
			Source: hasher.Of(service, id, "device"+id, address, at),
		})
		if len(batch) == store.MaxBatch || n == reports-1 {
			acks, err := s.Add(context.Background(), batch)
			if err != nil {
				t.Fatal(err)
			}
			for _, a := range acks {
				out[a.Reason]++
			}
			batch = batch[:0]
		}
	}
	return out
}

// fields counts the fields of a service's hashes: what an attack can fill the
// memory with.
func fields(t *testing.T, client redis.UniversalClient, service string) (n int64) {
	t.Helper()
	ctx := context.Background()
	keys, err := client.Keys(ctx, "outcry:{"+service+"}:*:*").Result()
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range keys {
		n += client.HLen(ctx, key).Val()
	}
	return n
}

// TestAttacksCountUpToTheirCaps: what one address, one network or a few
// hosting providers can make count, and how much memory they can take. The
// detector then asks that the evidence stand without its largest network.
func TestAttacksCountUpToTheirCaps(t *testing.T) {
	server := redistest.Start(t, "--appendfsync", "no")
	client, err := store.Dial(server.URL())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = client.Close() }()
	s := store.New(client, store.Config{})
	v4 := func(a, b, c, d int) netip.Addr { return netip.AddrFrom4([4]byte{byte(a), byte(b), byte(c), byte(d)}) }
	site48 := netip.MustParseAddr("2001:db8:77::").As16()
	for _, c := range []struct {
		name                string
		reports, addressCap int
		from                func(n int) (netip.Addr, uint32)
		counted, fields     int // at most; at least the same where exact
		exact               bool
	}{
		{"one-address", *attackers, 0, func(int) (netip.Addr, uint32) { return v4(203, 0, 113, 9), 64500 }, 10, 1000, true},
		{"one-24", *attackers, 0, func(n int) (netip.Addr, uint32) { return v4(203, 0, 113, n%256), 64500 }, 60, 7000, true},
		{"one-48", *attackers, 0, func(n int) (netip.Addr, uint32) {
			b := site48
			b[6], b[7], b[15] = byte(n>>8), byte(n), byte(n)
			return netip.AddrFrom16(b), 64500
		}, 60, 7000, true},
		{"four-hosters", 100_000, 0, func(n int) (netip.Addr, uint32) {
			host, network := n%4, n/4%250 // a thousand networks in all
			return v4(20+host, network, 1, n/1000), uint32(64500 + host)
		}, 60_000, 400_000, true},
		{"campus", 5000, 500, func(n int) (netip.Addr, uint32) { return v4(198, 51, 100, n%16), 64600 }, 5000, 20_000, false},
	} {
		out := attack(t, s, c.name, c.reports, c.addressCap, c.from)
		got, size := out[outcry.Counted], fields(t, client, c.name)
		t.Logf("%s: of %d reports %v, %d fields in Redis", c.name, c.reports, out, size)
		if got > c.counted || c.exact && got != c.counted {
			t.Errorf("%s: %d counted, want %d", c.name, got, c.counted)
		}
		if size > int64(c.fields) {
			t.Errorf("%s: %d fields in Redis, want at most %d", c.name, size, c.fields)
		}
		all := 0
		for _, n := range out {
			all += n
		}
		if all != c.reports {
			t.Errorf("%s: %d of %d were answered", c.name, all, c.reports)
		}
	}
}
