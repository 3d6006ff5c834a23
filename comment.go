package outcry

import (
	"strings"
	"time"
	"unicode"
)

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

// PlainText is a text as one paragraph that reads as it looks: what is
// invisible is taken out, and so is what turns the direction of reading. Only
// the joiners stay, where they shape what stands around them: Persian and Hindi
// are spelled with them, and families of emoji made.
func PlainText(text string) string {
	runes := []rune(text)
	kept := make([]rune, 0, len(runes))
	for i, r := range runes {
		switch {
		case unicode.IsSpace(r):
			kept = append(kept, ' ')
		case joins(r):
			if len(kept) > 0 && joinable(kept[len(kept)-1]) && joinable(next(runes, i)) {
				kept = append(kept, r)
			}
		case !unicode.IsControl(r) && !unicode.Is(unicode.Cf, r):
			kept = append(kept, r)
		}
	}
	return strings.TrimSpace(string(kept))
}

// joins: U+200C and U+200D, ZERO WIDTH NON-JOINER and JOINER.
func joins(r rune) bool { return r == '\u200c' || r == '\u200d' }

// next is the first rune after i that is no joiner, or 0.
func next(runes []rune, i int) rune {
	for _, r := range runes[i+1:] {
		if !joins(r) {
			return r
		}
	}
	return 0
}

// joinable: letters with their marks, and emoji with their colours of skin.
func joinable(r rune) bool {
	return unicode.IsLetter(r) || unicode.IsMark(r) || unicode.Is(unicode.So, r) || r >= 0x1F3FB && r <= 0x1F3FF
}
