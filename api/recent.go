package api

import (
	"sync"

	"outcry/api/receipt"
)

// recent remembers the last few thousand receipts given out, so that a report
// sent again gets the very same one.
type recent struct {
	mu         sync.Mutex
	young, old map[string]given // by report
}

// given is a receipt and what it states of its report, the verdict aside.
type given struct {
	statement receipt.Statement
	text      string
}

// recentSize is how many are remembered at least: some 4 MB of receipts.
const recentSize = 4096

func newRecent() *recent { return &recent{young: make(map[string]given, recentSize)} }

// get gives the receipt that was given for the same statement, or keeps what
// make gives.
func (r *recent) get(statement receipt.Statement, make func() (string, error)) (string, error) {
	r.mu.Lock()
	have, ok := r.young[statement.Report]
	if !ok {
		have, ok = r.old[statement.Report]
	}
	r.mu.Unlock()
	if ok && have.statement == statement {
		return have.text, nil
	}
	text, err := make()
	if err != nil {
		return "", err
	}
	r.keep(statement, text)
	return text, nil
}

func (r *recent) keep(statement receipt.Statement, text string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.young) >= recentSize {
		r.old, r.young = r.young, make(map[string]given, recentSize)
	}
	r.young[statement.Report] = given{statement, text}
}
