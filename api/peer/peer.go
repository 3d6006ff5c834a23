// Package peer says who is at the other end of a request: the address that a
// report is weighed by, and whether a browser sent it from one of our pages.
//
// Both questions are asked of headers that anyone can write, so the rules here
// believe only what a forger could not have chosen.
package peer

import (
	"net/netip"
	"strings"
)

// Address finds the client behind trusted proxies. Each proxy appends to
// X-Forwarded-For the address it was called from, so the list is read from its
// right end: the rightmost address that is not a trusted proxy is the client,
// and what stands left of it was written by the client and means nothing.
//
// remote is the connection's own peer; forwarded are the header's lines in
// order. Without trusted proxies the header is not looked at.
func Address(remote netip.Addr, forwarded []string, trusted []netip.Prefix) netip.Addr {
	client := plain(remote)
	for i := len(forwarded) - 1; i >= 0; i-- {
		rest := forwarded[i]
		for more := true; more; {
			if !within(client, trusted) {
				return client
			}
			var hop string
			if comma := strings.LastIndexByte(rest, ','); comma >= 0 {
				rest, hop = rest[:comma], rest[comma+1:]
			} else {
				hop, more = rest, false
			}
			next, ok := parse(hop)
			if !ok {
				// A proxy that does not say who called it: all that is
				// known is the proxy.
				return client
			}
			client = next
		}
	}
	return client
}

// Source is what limits are kept by: an IPv4 address, or the /64 of an IPv6
// address, for a household or a server owns all of that.
func Source(a netip.Addr) netip.Prefix {
	a = plain(a)
	bits := 32
	if a.Is6() {
		bits = 64
	}
	p, err := a.Prefix(bits)
	if err != nil {
		return netip.Prefix{} // the zero address: unknown
	}
	return p
}

func within(a netip.Addr, trusted []netip.Prefix) bool {
	for _, p := range trusted {
		if p.Contains(a) {
			return true
		}
	}
	return false
}

// parse reads one hop: an address, perhaps with a port or in brackets.
func parse(hop string) (netip.Addr, bool) {
	hop = strings.TrimSpace(hop)
	if a, err := netip.ParseAddr(strings.TrimSuffix(strings.TrimPrefix(hop, "["), "]")); err == nil {
		return plain(a), true
	}
	if ap, err := netip.ParseAddrPort(hop); err == nil {
		return plain(ap.Addr()), true
	}
	return netip.Addr{}, false
}

// plain makes ::ffff:192.0.2.1 the IPv4 address that it is, so that one client
// has one spelling.
func plain(a netip.Addr) netip.Addr { return a.Unmap().WithZone("") }
