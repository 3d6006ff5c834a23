package api

import (
	"sync"
	"time"

	"outcry/api/receipt"
)

// recent remembers the last few thousand receipts given out, so that a report
// sent again gets the very same one.
type recent struct {
	issuer     *receipt.Issuer
	mu         sync.Mutex
	young, old map[string]string // report → receipt
}

// recentSize is how many are remembered at least: some 2 MB of receipts.
const recentSize = 4096

func newRecent(issuer *receipt.Issuer) *recent {
	return &recent{issuer: issuer, young: make(map[string]string, recentSize)}
}

// get gives the receipt that was given for the same statement, or one that adds
// what is known now: when the report was received, and the verdict of then.
func (r *recent) get(statement receipt.Statement, known func() (time.Time, receipt.Verdict)) (string, error) {
	if given, ok := r.given(statement.Report); ok && r.states(given, statement) {
		return given, nil
	}
	statement.Received, statement.Verdict = known()
	given, err := r.issuer.Issue(statement)
	if err != nil {
		return "", err
	}
	r.keep(statement.Report, given)
	return given, nil
}

func (r *recent) given(report string) (string, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if given, ok := r.young[report]; ok {
		return given, true
	}
	given, ok := r.old[report]
	return given, ok
}

// states reports whether a receipt says what is to be stated.
func (r *recent) states(given string, statement receipt.Statement) bool {
	s, err := r.issuer.Open(given)
	s.Received, s.Verdict = time.Time{}, receipt.Verdict{}
	return err == nil && s == statement
}

func (r *recent) keep(report, given string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.young) >= recentSize {
		r.old, r.young = r.young, make(map[string]string, recentSize)
	}
	r.young[report] = given
}
