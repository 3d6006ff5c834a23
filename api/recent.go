package api

import (
	"sync"

	"outcry/api/receipt"
)

// recent remembers the last few thousand receipts given out, by what they state
// of the report, so that a report sent again gets the very same one.
type recent struct {
	mu         sync.Mutex
	young, old map[receipt.Statement]string
}

// recentSize is how many are remembered at least: some 8 MB of receipts.
const recentSize = 4096

func newRecent() *recent { return &recent{young: map[receipt.Statement]string{}} }

// get gives what is kept under key, or keeps what make gives.
func (r *recent) get(key receipt.Statement, make func() (string, error)) (string, error) {
	r.mu.Lock()
	text, ok := r.young[key]
	if !ok {
		text, ok = r.old[key]
	}
	r.mu.Unlock()
	if ok {
		return text, nil
	}
	text, err := make()
	if err != nil {
		return "", err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.young) >= recentSize {
		r.old, r.young = r.young, map[receipt.Statement]string{}
	}
	r.young[key] = text
	return text, nil
}
