package store

import (
	"encoding/json"
	"time"

	"outcry"
)

// Comment is what somebody wrote with a report that counted, or came late. It
// is plain text and not public until a person has read it: add.lua keeps it
// pending, and withdraw.lua takes it away with its report, pending or
// published.
type Comment struct {
	Service string    `json:"service"`
	Symptom string    `json:"symptom"`
	Minute  time.Time `json:"minute"` // of the trouble
	Country string    `json:"country,omitempty"`
	Region  string    `json:"region,omitempty"`
	Text    string    `json:"text"`
}

// comment is r's, as it is kept.
func comment(r outcry.Report) string {
	text, err := json.Marshal(Comment{
		Service: r.Service, Symptom: r.Symptom, Minute: r.Occurred.UTC().Truncate(time.Minute),
		Country: r.Place.Country, Region: r.Place.Region, Text: r.Comment,
	})
	if err != nil { // a year beyond 9999, which no report reaches
		return "{}"
	}
	return string(text)
}
