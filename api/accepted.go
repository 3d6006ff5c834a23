package api

import (
	"strconv"

	"outcry"
)

// accepted is the answer to a stored report.
type accepted struct {
	ID            string        `json:"id"`
	Counted       bool          `json:"counted"`
	Reason        outcry.Reason `json:"reason,omitempty"`
	WithdrawToken string        `json:"withdraw_token"`
	ReceiptURL    string        `json:"receipt_url"`
	Place         place         `json:"place"`
}

// place is what is told of where a person is; it leaves out the network.
type place struct {
	Country string `json:"country"`
	Region  string `json:"region"`
}

// append writes a as encoding/json does, for a tenth of what that costs each
// report.
func (a accepted) append(b []byte) []byte {
	b = outcry.AppendText(append(b, `{"id":`...), a.ID)
	b = strconv.AppendBool(append(b, `,"counted":`...), a.Counted)
	if a.Reason != "" {
		b = outcry.AppendText(append(b, `,"reason":`...), string(a.Reason))
	}
	b = outcry.AppendText(append(b, `,"withdraw_token":`...), a.WithdrawToken)
	b = outcry.AppendText(append(b, `,"receipt_url":`...), a.ReceiptURL)
	b = outcry.AppendText(append(b, `,"place":{"country":`...), a.Place.Country)
	b = outcry.AppendText(append(b, `,"region":`...), a.Place.Region)
	return append(b, "}}"...)
}
