package scan

import (
	"math"
	"sort"
	"strings"
)

// zone is a set of parts judged as one.
type zone struct {
	members []int   // indices into Board.Parts
	penalty float64 // nats it pays for its rivals of the same size
	wide    bool    // a country: reported as a whole
}

// largest is the number of adjacent parts a zone may hold.
const largest = 3

// zonesOf lists every part, every connected set of two and three by adj, and
// every country whose parts ("US-MD", "US-VA") are known.
func zonesOf(parts []Part, adj map[string][]string) []zone {
	var zones []zone
	for i := range parts {
		zones = append(zones, zone{members: []int{i}})
	}
	zones = append(zones, connected(parts, adj)...)
	count := map[int]int{}
	for _, z := range zones {
		count[len(z.members)]++
	}
	for i := range zones {
		n := len(zones[i].members)
		zones[i].penalty = math.Log(float64(count[n]) / float64(count[1]))
	}
	return append(zones, countries(parts)...)
}

// connected lists the sets of two and three parts that hang together.
func connected(parts []Part, adj map[string][]string) []zone {
	if len(adj) == 0 {
		return nil
	}
	index := map[string]int{}
	for i, p := range parts {
		index[p.Key] = i
	}
	near := make([][]int, len(parts))
	for i, p := range parts {
		for _, key := range adj[p.Key] {
			if j, ok := index[key]; ok && j != i {
				near[i] = append(near[i], j)
			}
		}
	}
	var zones []zone
	seen := map[[largest]int]bool{}
	var grow func(set []int)
	grow = func(set []int) {
		key := [largest]int{-1, -1, -1}
		copy(key[:], set)
		sort.Ints(key[:])
		if seen[key] {
			return
		}
		seen[key] = true
		if len(set) > 1 {
			zones = append(zones, zone{members: append([]int(nil), set...)})
		}
		if len(set) == largest {
			return
		}
		for _, m := range set {
			for _, n := range near[m] {
				if !contains(set, n) {
					grow(append(append([]int(nil), set...), n))
				}
			}
		}
	}
	for i := range parts {
		grow([]int{i})
	}
	return zones
}

func contains(set []int, n int) bool {
	for _, m := range set {
		if m == n {
			return true
		}
	}
	return false
}

// countries are the sets of parts that share an ISO 3166 country: "US" and
// "US-MD" and all else that begins with "US-". One that would hold all parts is
// the whole service, and is left to it.
func countries(parts []Part) []zone {
	sets := map[string][]int{}
	for i, p := range parts {
		code, _, _ := strings.Cut(p.Key, "-")
		if len(code) == 2 {
			sets[code] = append(sets[code], i)
		}
	}
	var codes []string
	for code, set := range sets {
		if len(set) > 1 && len(set) < len(parts) {
			codes = append(codes, code)
		}
	}
	sort.Strings(codes)
	var zones []zone
	for _, code := range codes {
		zones = append(zones, zone{members: sets[code], wide: true})
	}
	return zones
}
