package scan

import (
	"math"
	"sort"

	"outcry/anomaly/alarm"
)

const (
	// spanMinutes is the longest window of a zone.
	spanMinutes = 90
	// halfLifeDays in which learnt shares fade to half.
	halfLifeDays = 21
	// newDays is how long a part must be known before it can be alarmed: that a
	// region or symptom shows up for the first time means that somebody began
	// to look it up.
	newDays = 1
	// Prior of the parts' common 1/r and its weight in information.
	priorInvR, priorWeight = 0.05, 25
	minInvR                = 0.01
	// The same for the variance of a part's own log drift against the whole.
	priorSwing, priorSwingWeight = 0.06 * 0.06, 2000
	minSwing                     = 0.02 * 0.02
)

// Board is the state of all parts of one kind of one service.
type Board struct {
	Parts []Part    // sorted by Key
	Total float64   // decayed sum of all parts' reports
	Usual []float32 // the whole's expected reports of the last bins, a ring; -1: missing
	At    int       // ring place of the newest bin
	Seen  int64     // number of bins taken

	Same, Cross float64 // decayed moments for the common 1/r (see spread.go)
	Half        halfHour
	Off, Base   float64 // decayed moments for the parts' own drift (see swing.go)
	Run, Learnt int64   // bins learnt without a gap, and Seen at the last of them

	Joint alarm.Machine // of all alarmed parts together

	zones []zone
	desk  desk
	bin   float64 // minutes
	fade  float64
	adj   map[string][]string
}

// Part is one symptom or region.
type Part struct {
	Key   string
	Own   float64   // decayed sum of reports
	First int64     // Board.Seen when it was met
	Ring  []float32 // counts of the last bins
	Sum   float64   // of the running half hour
	Sq    float64   // of squares
	Alarm alarm.Machine

	best window // the best window of the part alone, of this step
}

// window is what a zone's best onset says.
type window struct {
	evidence    float64
	bins        int // length
	count, mean float64
}

func (x window) ratio() float64 { return x.count / math.Max(x.mean, 1e-9) }

// New makes an empty board for bins of binMinutes. adj is the adjacency of
// keys; nil leaves single parts and countries.
func New(binMinutes float64, adj map[string][]string) *Board {
	b := &Board{Usual: make([]float32, int(spanMinutes/binMinutes))}
	b.Prepare(binMinutes, adj)
	return b
}

// Prepare derives what follows from the state, after it was loaded.
func (b *Board) Prepare(binMinutes float64, adj map[string][]string) {
	b.bin, b.adj = binMinutes, adj
	b.fade = math.Exp(-math.Ln2 * binMinutes / (halfLifeDays * 1440))
	b.zones = zonesOf(b.Parts, adj)
}

// meet makes room for keys not seen before.
func (b *Board) meet(counts map[string]float64) {
	grown := false
	for key := range counts {
		if b.find(key) < 0 {
			b.Parts = append(b.Parts, Part{Key: key, First: b.Seen, Ring: make([]float32, len(b.Usual))})
			sort.Slice(b.Parts, func(i, j int) bool { return b.Parts[i].Key < b.Parts[j].Key })
			grown = true
		}
	}
	if grown {
		b.zones = zonesOf(b.Parts, b.adj)
	}
}

// find is the index of key, -1 where unknown.
func (b *Board) find(key string) int {
	i := sort.Search(len(b.Parts), func(i int) bool { return b.Parts[i].Key >= key })
	if i < len(b.Parts) && b.Parts[i].Key == key {
		return i
	}
	return -1
}

// Share of the whole that part i usually sends. Every part starts with one
// report's worth of belief.
func (b *Board) Share(i int) float64 {
	return (b.Parts[i].Own + 1) / (b.Total + float64(len(b.Parts)))
}

// push takes a bin into the rings.
func (b *Board) push(counts map[string]float64, usual float64, missing bool) {
	b.At = (b.At + 1) % len(b.Usual)
	b.Seen++
	b.Usual[b.At] = float32(usual)
	if missing {
		b.Usual[b.At] = -1
	}
	for i := range b.Parts {
		x := counts[b.Parts[i].Key]
		if missing {
			x = 0
		}
		b.Parts[i].Ring[b.At] = float32(x)
	}
}

// Learn takes the newest bin into shares and spread; the caller leaves out
// bins of alarms.
func (b *Board) Learn() {
	if b.Usual[b.At] < 0 {
		return
	}
	b.Total *= b.fade
	for i := range b.Parts {
		p := &b.Parts[i]
		x := float64(p.Ring[b.At])
		p.Own = p.Own*b.fade + x
		b.Total += x
	}
	b.learnSpread()
	b.learnSwing()
}

// Prune forgets parts that have not reported for long; call it now and then.
func (b *Board) Prune() {
	kept := b.Parts[:0]
	for _, p := range b.Parts {
		if p.Own >= 0.01 || p.Alarm.On {
			kept = append(kept, p)
		}
	}
	if len(kept) == len(b.Parts) {
		return
	}
	clear(b.Parts[len(kept):])
	b.Parts = kept
	b.zones = zonesOf(b.Parts, b.adj)
}

// Sound tells whether a board that was read has the lengths that steps rely on.
func (b *Board) Sound() bool {
	if b == nil || b.At < 0 || b.At >= len(b.Usual) {
		return false
	}
	for i, p := range b.Parts {
		if len(p.Ring) != len(b.Usual) || i > 0 && b.Parts[i-1].Key >= p.Key {
			return false
		}
	}
	return true
}
