package commit

import "time"

// pace is how many reports the store is given at once. As a rule that is the
// most there may be. Where the store is so slow that such a group takes longer
// than people wait, all in it would be given up, and under a lasting overload
// nobody would ever be served: then groups are made smaller, by half at a time
// or, where the store was not done with one, to a quarter, and larger again when
// they are quick.
type pace struct {
	most   int
	within time.Duration // what the store may take

	size int // of groups now
	slow int // groups in a row that took too long
}

// leastGroup still shares a round trip among some.
const leastGroup = 16

func newPace(most int, within time.Duration) pace {
	return pace{most: most, within: within, size: most}
}

// after learns from a group of n that took so long. One slow group is chance,
// such as a disk that stumbles; two are a store at its limit.
func (p *pace) after(n int, took time.Duration) {
	switch {
	case took > p.within/2:
		by := 2
		if took >= p.within {
			by = 4
		}
		if p.slow++; p.slow > 1 {
			p.size = max(min(p.size, n)/by, min(leastGroup, p.most))
		}
	case took < p.within/4 && n >= p.size:
		p.size, p.slow = min(2*p.size, p.most), 0
	default:
		p.slow = 0
	}
}

// hopeless is whether somebody who has so long left would be gone before a
// group is stored. It is said only of those in a crowd that must be thinned
// out: whoever is let through at the last moment takes the place of another
// who could still be answered. A group is meant to take half of within, and
// half as much again is for what comes in between.
func (p *pace) hopeless(left time.Duration) bool {
	return p.size < p.most && left < p.within*3/4
}
