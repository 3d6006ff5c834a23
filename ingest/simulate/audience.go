package simulate

import (
	"encoding/binary"
	"math/rand/v2"
	"net/netip"
	"time"
)

// Audience is who uses a service: homes with their shares, which need not sum
// to 1.
type Audience []Home

// Home is people in one region.
type Home struct {
	Country, Region string
	Zone            *time.Location
	Share           float64
	Networks        []Network
}

// Network is one way into the internet from a home.
type Network struct {
	ASN uint32
	// Share is the network's part of its home.
	Share float64
	// Prefix holds the addresses; of an IPv6 prefix each person has a /64.
	Prefix netip.Prefix
	// Addresses is how many of an IPv4 prefix are in use, spread evenly over
	// it; 0 is all of them. A campus behind a few has many people on each.
	Addresses int
}

// address draws one person's address.
func (n Network) address(r *rand.Rand) netip.Addr {
	bits := n.Prefix.Bits()
	if n.Prefix.Addr().Is6() {
		a := n.Prefix.Addr().As16()
		net := binary.BigEndian.Uint64(a[:8])
		if bits < 64 {
			net |= r.Uint64N(1 << (64 - bits))
		}
		binary.BigEndian.PutUint64(a[:8], net)
		binary.BigEndian.PutUint64(a[8:], r.Uint64()|1)
		return netip.AddrFrom16(a)
	}
	size := uint64(1) << (32 - bits)
	used := size
	if n.Addresses > 0 {
		used = min(size, uint64(n.Addresses))
	}
	a := n.Prefix.Addr().As4()
	at := binary.BigEndian.Uint32(a[:]) + uint32(r.Uint64N(used)*(size/used))
	binary.BigEndian.PutUint32(a[:], at)
	return netip.AddrFrom4(a)
}

// weighted draws an index by the weights; their sum must be above 0.
func weighted(r *rand.Rand, n int, weight func(int) float64) int {
	var sum float64
	for i := range n {
		sum += weight(i)
	}
	x := r.Float64() * sum
	for i := range n {
		if x -= weight(i); x < 0 {
			return i
		}
	}
	return n - 1
}

// activity is how awake an audience is, refreshed on every full hour of UTC
// and taken as linear between.
type activity struct {
	audience   Audience
	habit      Habit
	hour       time.Time
	now, after []float64 // a weight a home, at hour and an hour later
	share      float64   // sum of the shares
}

func newActivity(a Audience, h Habit) *activity {
	s := &activity{audience: a, habit: h}
	for _, home := range a {
		s.share += home.Share
	}
	return s
}

func (a *activity) at(hour time.Time) []float64 {
	byZone := map[string]float64{}
	weights := make([]float64, len(a.audience))
	for i, home := range a.audience {
		zone := home.Zone.String()
		f, known := byZone[zone]
		if !known {
			f = a.habit.at(hour.In(home.Zone))
			byZone[zone] = f
		}
		weights[i] = home.Share * f / a.share
	}
	return weights
}

// move goes to minute and returns the audience's rate there, 1 on average.
func (a *activity) move(minute time.Time) float64 {
	hour := minute.Truncate(time.Hour)
	switch {
	case a.now != nil && hour.Equal(a.hour):
	case a.now != nil && hour.Equal(a.hour.Add(time.Hour)):
		a.now, a.after = a.after, a.at(hour.Add(time.Hour))
	default:
		a.now, a.after = a.at(hour), a.at(hour.Add(time.Hour))
	}
	a.hour = hour
	part := minute.Sub(hour).Minutes() / 60
	var sum float64
	for i := range a.now {
		sum += a.now[i] + (a.after[i]-a.now[i])*part
	}
	return sum
}

// home draws a home by how awake each is.
func (a *activity) home(r *rand.Rand) Home {
	return a.audience[weighted(r, len(a.now), func(i int) float64 { return a.now[i] })]
}
