package outcry

import "time"

// Comment is what somebody wrote with a report: plain text, and public only
// once a moderator has published it. It goes when its report is withdrawn.
type Comment struct {
	// ID names the comment for a moderator. It tells nothing of who wrote it.
	ID      string    `json:"id"`
	Service string    `json:"service"`
	Symptom string    `json:"symptom"`
	Minute  time.Time `json:"minute"` // of the trouble
	Country string    `json:"country"`
	Region  string    `json:"region"`
	Text    string    `json:"text"`
}
