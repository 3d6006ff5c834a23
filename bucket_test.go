package outcry

import (
	"maps"
	"testing"
	"time"
)

// TestCrowds: one person who reports for hours is one, however often, and five
// within half an hour are five.
func TestCrowds(t *testing.T) {
	noon := time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC)
	minute := func(n int, regions map[string]int) Bucket {
		return Bucket{Minute: noon.Add(time.Duration(n) * time.Minute), Regions: regions}
	}
	for _, tt := range []struct {
		name    string
		buckets []Bucket
		want    map[string]int
	}{
		{"nobody", nil, map[string]int{}},
		{"one person, again and again", []Bucket{minute(60, map[string]int{"DE": 1}), minute(0, map[string]int{"DE": 1}), minute(30, map[string]int{"DE": 1})}, map[string]int{"DE": 1}},
		{"one more within the half hour", []Bucket{minute(0, map[string]int{"DE": 1}), minute(29, map[string]int{"DE": 1})}, map[string]int{"DE": 2}},
		{"two regions", []Bucket{minute(0, map[string]int{"DE": 4, "US-MD": 1}), minute(10, map[string]int{"DE": 1}), minute(50, map[string]int{"US-MD": 3})}, map[string]int{"DE": 5, "US-MD": 3}},
	} {
		if got := Crowds(tt.buckets); !maps.Equal(got, tt.want) {
			t.Errorf("%s: got %v, want %v", tt.name, got, tt.want)
		}
	}
}
