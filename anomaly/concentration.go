package anomaly

import (
	"cmp"
	"maps"
	"math"
	"slices"
	"strings"

	"outcry/anomaly/nb"
)

// rise is a window in which complaints rose, by network.
type rise struct {
	networks map[string]int
	// count and expected are those of the window.
	count, expected float64
	// within is the part of the usual that comes from where the rise is: 1 all
	// over the world, a region's share where it is one region's.
	within float64
	// part is the symptom's or region's own count in the window, where only a
	// part of the whole is alarmed, and partExpected its usual; else 0.
	part, partExpected float64
}

// sender is a network in a rise.
type sender struct {
	key   string
	count float64
	usual float64 // its usual part of the complaints, 0 to 1
	price float64 // what setting it aside costs, see concentration
}

func (s sender) excess(r rise) float64 { return s.count - s.usual*r.expected }

// The numbers of the concentration.
const (
	// tolerance is the usual part of the complaints up to which a set of
	// networks is not believed alone.
	tolerance = 0.2
	// strangerPrice is what each stranger counts for: five of them are set
	// aside, the sixth is believed where little is known.
	strangerPrice = 0.04
)

// concentration asks whether a rise is that of a few networks which usually
// send little, and returns them, the largest excess first; nil is no: the rise
// is spread as the service's use is.
//
// The rule: set aside the networks whose rise surprises most, up to those that
// usually send a fifth of the complaints. If they brought most of the excess,
// and what remains is not unusual, the trouble is theirs. A network's price is
// its usual part, learnt over weeks. A stranger's is a twenty-fifth, and that of
// all strangers together at most the part that strangers usually send: a
// service that has been known for long is not moved by any number of networks
// that never used it, and one that is new by six or more. Where the rise is one
// region's, all this is measured against that region's part.
//
// What it cannot tell: a crowd of attackers in the very networks of the
// service's users from those users; and where no AS numbers are known, many
// networks of one provider from many networks of many, as the keys of blocks
// are drawn anew each day. There only the number of networks speaks.
func concentration(r rise, u *usage, home func(string) bool) []sender {
	list := senders(r, u, home)
	slices.SortStableFunc(list, func(a, b sender) int {
		return cmp.Compare(b.excess(r)/b.price, a.excess(r)/a.price)
	})
	budget := tolerance * r.within
	var aside []sender
	for _, s := range list {
		if s.price <= budget && surprise(s.count, s.price*r.expected) >= apart {
			aside, budget = append(aside, s), budget-s.price
		}
	}
	if !carries(r, aside) {
		return nil
	}
	slices.SortStableFunc(aside, func(a, b sender) int { return cmp.Compare(b.excess(r), a.excess(r)) })
	return aside
}

// senders prices the networks of a rise, in the order of their keys. The
// catalogue's home networks are not for sale.
func senders(r rise, u *usage, home func(string) bool) []sender {
	strangers, known := u.strangers(), 1-u.strangers()
	hashes, total := 0, 0
	for key := range r.networks {
		if total++; strings.HasPrefix(key, opaque) && key != opaque {
			hashes++
		}
	}
	top, _ := largestOpaque(r.networks)
	list := make([]sender, 0, total)
	for _, key := range slices.Sorted(maps.Keys(r.networks)) {
		if home(key) {
			continue
		}
		s := sender{key: key, count: float64(r.networks[key]), usual: u.share(key, key == top)}
		s.price = max(known*s.usual, r.within*min(strangerPrice, strangers/float64(total)))
		switch {
		case key == opaque:
			s.price = max(s.price, strangers)
		case strings.HasPrefix(key, opaque):
			s.price = max(s.price, known*u.share(opaque, false)*min(strangerPrice, 1/float64(hashes)))
		}
		list = append(list, s)
	}
	return list
}

// largestOpaque is the largest network without a number.
func largestOpaque(networks map[string]int) (key string, n int) {
	hashes := map[string]int{}
	for k, c := range networks {
		if strings.HasPrefix(k, opaque) && k != opaque {
			hashes[k] = c
		}
	}
	return largest(hashes)
}

// carries tells whether a rise hangs on the networks set aside: they brought
// more than half of what the others would have brought to it, and without them
// nothing unusual remains.
func carries(r rise, aside []sender) bool {
	count, usual, excess := 0.0, 0.0, 0.0
	for _, s := range aside {
		count += s.count
		usual += s.usual
		excess += s.excess(r)
	}
	whole := r.count - r.expected
	rest, expected := r.count-count, r.expected*(1-usual)
	if r.part > 0 { // at worst all of it was in the part
		whole = r.part - r.partExpected
		rest, expected = r.part-excess, r.partExpected*(1-usual)
	}
	if len(aside) == 0 || excess < (1+usual)/2*whole {
		return false
	}
	return rest < 2 || surprise(rest, expected) < standing
}

// surprise is the log likelihood ratio, in nats, of a count at its own best
// rate against the expected one (0 below it).
func surprise(count, expected float64) float64 {
	expected = math.Max(expected, 0.01)
	if count <= expected {
		return 0
	}
	return nb.LLR(count, expected, math.Min(count, 50*expected), windowSpread)
}

// within is the usual part of the fewest regions that brought most of a rise.
// shares are the regions' usual parts.
func within(regions map[string]int, shares map[string]float64, expected float64) float64 {
	type place struct{ excess, share float64 }
	var list []place
	whole := 0.0
	for _, key := range slices.Sorted(maps.Keys(regions)) {
		p := place{float64(regions[key]) - shares[key]*expected, shares[key]}
		if p.excess > 0 {
			list, whole = append(list, p), whole+p.excess
		}
	}
	slices.SortStableFunc(list, func(a, b place) int { return cmp.Compare(b.excess, a.excess) })
	part, sum := 0.0, 0.0
	for _, p := range list {
		if sum >= mostOfRise*whole {
			break
		}
		sum, part = sum+p.excess, part+p.share
	}
	if len(list) == 0 {
		return 1
	}
	return min(max(part, smallestPlace), 1)
}

const (
	// mostOfRise is the part of the excess that tells where a rise is.
	mostOfRise = 0.8
	// smallestPlace bounds how small a place can be: of smaller ones too little
	// is known about who lives there.
	smallestPlace = 0.002
)
