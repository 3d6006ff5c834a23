package main

import (
	"iter"
	"math"
	"net/netip"
)

// The smallest blocks of the result. A /24 is the least that is routed alone;
// a /32 is what a provider is given.
const (
	blockBits4 = 24
	blockBits6 = 32
)

// located is a network and its place.
type located struct {
	prefix netip.Prefix
	place
}

// stretch is the addresses from first to last, all at one place.
type stretch struct {
	first, last netip.Addr
	place
}

// rounding makes blocks of at least some size out of networks, and joins
// neighbours at the same place.
type rounding struct {
	bits  int
	yield func(stretch) bool
	// block is being filled with parts: the share of it that lies at each.
	block netip.Prefix
	parts map[place]float64
	run   stretch // not yet handed on; none where first is the zero Addr
	// moved is the space that was given another place, in blocks.
	moved float64
}

// round yields stretches in order of address for networks that come so.
func round(networks iter.Seq[located], bits int, moved *float64) iter.Seq[stretch] {
	return func(yield func(stretch) bool) {
		r := &rounding{bits: bits, yield: yield, parts: map[place]float64{}}
		for n := range networks {
			if !r.take(n) {
				return
			}
		}
		if r.closeBlock() && r.run.first.IsValid() {
			r.yield(r.run)
		}
		*moved = r.moved
	}
}

func (r *rounding) take(n located) bool {
	if n.prefix.Bits() <= r.bits {
		return r.closeBlock() && r.extend(n.prefix, n.place)
	}
	block := netip.PrefixFrom(n.prefix.Addr(), r.bits).Masked()
	if block != r.block {
		if !r.closeBlock() {
			return false
		}
		r.block = block
	}
	r.parts[n.place] += math.Ldexp(1, r.bits-n.prefix.Bits())
	return true
}

// closeBlock gives the block to the place of most of it.
func (r *rounding) closeBlock() bool {
	if len(r.parts) == 0 {
		return true
	}
	var best place
	var most, all float64
	for p, share := range r.parts {
		all += share
		if share > most || share == most && before(p, best) {
			best, most = p, share
		}
	}
	r.moved += all - most
	clear(r.parts)
	return r.extend(r.block, best)
}

// before breaks a tie, so that the same input gives the same file.
func before(a, b place) bool {
	return a.country < b.country || a.country == b.country && a.region < b.region
}

// extend appends a block to the run, or begins another.
func (r *rounding) extend(block netip.Prefix, p place) bool {
	end := last(block)
	if r.run.first.IsValid() {
		if r.run.place == p && r.run.last.Next() == block.Addr() {
			r.run.last = end
			return true
		}
		if !r.yield(r.run) {
			return false
		}
	}
	r.run = stretch{block.Addr(), end, p}
	return true
}

// last is the last address of a block.
func last(p netip.Prefix) netip.Addr {
	b := p.Addr().AsSlice()
	for i := p.Bits(); i < 8*len(b); i++ {
		b[i/8] |= 0x80 >> (i % 8)
	}
	a, _ := netip.AddrFromSlice(b)
	return a
}
