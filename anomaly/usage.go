package anomaly

import (
	"maps"
	"math"
	"slices"
	"strings"
	"time"
)

// usage is who usually reports a service: how many of its quiet complaints
// come from which network. It is learnt a day at a time, and slowly, so that
// nobody becomes usual by sending for a night.
//
// The fields are exported for checkpoints.
type usage struct {
	// Counts holds the complaints by network, faded to half in usageHalfLife.
	// Networks without a number are together under the key opaque, because
	// their own keys are another each day.
	Counts map[string]float64
	// Total sums Counts, Fresh the part that came from networks never met.
	Total, Fresh float64
	// Alike counts the pairs of complaints of one day from one and the same
	// opaque network, Pairs all pairs of opaque ones.
	Alike, Pairs float64

	Day   int64          // days since 1970
	Today map[string]int // quiet complaints of Day
}

const (
	// usageHalfLife is in days: the profile's own memory is six weeks.
	usageHalfLife = 21
	// usageKept bounds the networks remembered of one service, usageToday those
	// of one day; what is beyond counts among the opaque.
	usageKept, usageToday = 256, 4096
	// usageDaily and usageGrowth bound what a network adds in a day: so many
	// complaints, and so many times its usual part. A stranger who sends day by
	// day needs months to become a tenth of a busy service.
	usageDaily, usageGrowth = 2, 2
	// ignorance is the weight, in complaints, of knowing nothing: of a service
	// with so many in its past, half the next may come from anywhere.
	ignorance = 20
	// mostFresh bounds the part that strangers are believed to send, once much
	// is known: together they never outweigh tolerance.
	mostFresh = 0.15
	// fewestPairs is how many pairs must be seen before they tell anything.
	fewestPairs = 20
)

func newUsage() usage { return usage{Counts: map[string]float64{}, Today: map[string]int{}} }

// learn adds one quiet minute.
func (u *usage) learn(minute time.Time, networks map[string]int) {
	u.roll(minute)
	for key, n := range networks {
		if _, met := u.Today[key]; !met && len(u.Today) >= usageToday {
			key = opaque
		}
		u.Today[key] += n
	}
}

// forget drops the running day: it led to an alarm, and what came before may
// have been part of it.
func (u *usage) forget(minute time.Time) {
	u.roll(minute)
	clear(u.Today)
}

// roll closes the day where another has begun. What it adds up, it adds in the
// order of the keys, so that the sums are the same each time.
func (u *usage) roll(minute time.Time) {
	day := minute.Unix() / 86400
	if day == u.Day {
		return
	}
	if days := day - u.Day; u.Day != 0 {
		u.fade(math.Exp2(-float64(days) / usageHalfLife))
	}
	u.Day = day
	if len(u.Today) > 0 {
		u.fold()
		clear(u.Today)
	}
}

func (u *usage) fade(factor float64) {
	for key := range u.Counts {
		if u.Counts[key] *= factor; u.Counts[key] < 0.25 {
			delete(u.Counts, key)
		}
	}
	u.Fresh *= factor
	u.Alike *= factor
	u.Pairs *= factor
	u.total()
}

// fold takes the day into the past.
func (u *usage) fold() {
	day, hashes, hashed, all := map[string]float64{}, 0, 0.0, 0.0
	for key, n := range u.Today {
		all += float64(n)
		if !strings.HasPrefix(key, opaque) {
			day[key] = float64(n)
			continue
		}
		hashes++
		hashed += float64(n)
		if key != opaque {
			u.Alike += float64(n * (n - 1))
		}
	}
	if named := hashed - float64(u.Today[opaque]); named > 0 {
		u.Pairs += named * (named - 1)
	}
	if hashed > 0 {
		day[opaque] = hashed
	}
	before := u.Total
	for _, key := range slices.Sorted(maps.Keys(day)) {
		most := float64(usageDaily)
		if key == opaque {
			most *= float64(hashes)
		}
		old := u.Counts[key]
		if before > 0 {
			most += usageGrowth * old / before * all
		}
		n := min(day[key], most)
		u.Counts[key] = old + n
		if old == 0 && key != opaque {
			u.Fresh += n
		}
	}
	u.trim()
	u.total()
}

// trim forgets the smallest of too many networks.
func (u *usage) trim() {
	if len(u.Counts) <= usageKept {
		return
	}
	keys := slices.Sorted(maps.Keys(u.Counts))
	slices.SortStableFunc(keys, func(a, b string) int {
		switch {
		case u.Counts[a] > u.Counts[b]:
			return -1
		case u.Counts[a] < u.Counts[b]:
			return 1
		}
		return 0
	})
	for _, key := range keys[usageKept:] {
		delete(u.Counts, key)
	}
}

func (u *usage) total() {
	u.Total = 0
	for _, key := range slices.Sorted(maps.Keys(u.Counts)) {
		u.Total += u.Counts[key]
	}
}

// share is the part of the complaints that a network usually sends, 0 for a
// stranger. Of the opaque ones only the largest can be known again, by how
// often two complaints of a day come from the same one: with a part s of them
// from one network and the rest from everywhere, that is s² (the estimate of
// Simpson 1949, Nature 163:688, which has no bias for few complaints).
func (u *usage) share(network string, largest bool) float64 {
	switch {
	case u.Total == 0:
		return 0
	case !strings.HasPrefix(network, opaque):
		return u.Counts[network] / u.Total
	case network == opaque:
		return u.Counts[opaque] / u.Total
	case largest && u.Pairs >= fewestPairs:
		return math.Sqrt(u.Alike/u.Pairs) * u.Counts[opaque] / u.Total
	}
	return 0
}

// strangers is the part of the complaints that networks not met before send
// together: the share of such complaints so far (Good 1953, in place of his
// singletons, which fading makes fractions), bounded, and all of them where
// there is no past.
func (u *usage) strangers() float64 {
	known := u.Total / (u.Total + ignorance)
	fresh := 0.0
	if u.Total > 0 {
		fresh = min(u.Fresh/u.Total, mostFresh)
	}
	return known*fresh + 1 - known
}

// maps makes the maps that are not there: gob leaves empty ones out.
func (u *usage) maps() {
	if u.Counts == nil {
		u.Counts = map[string]float64{}
	}
	if u.Today == nil {
		u.Today = map[string]int{}
	}
}
