package frontend

import (
	"fmt"
	"html"

	"outcry"
)

// badgeColours are dark enough for white letters (4.5:1).
var badgeColours = map[string]string{
	"operational": "#0b6b4f", "possible": "#8a5200", "likely": "#b3261b", "unknown": "#4d5a63",
}

// BadgeWords is the verdict on badges of all kinds: two words that stand alone
// beside a name, among the badges of other makers.
func BadgeWords(s outcry.State) string {
	switch s {
	case outcry.Operational:
		return "operational"
	case outcry.Possible:
		return "possible outage"
	case outcry.Likely:
		return "likely outage"
	}
	return "cannot tell"
}

// badge draws name and verdict side by side. The width of letters is guessed,
// and textLength makes the guess true.
func badge(v outcry.Verdict) []byte {
	name, words := v.Name, BadgeWords(v.State)
	if name == "" {
		name = v.Service
	}
	a, b := textWidth(name), textWidth(words)
	left, right := a+16, b+16
	text := func(x, w int, s string) string {
		return fmt.Sprintf(`<text x="%d" y="14" textLength="%d" lengthAdjust="spacingAndGlyphs">%s</text>`, x, w, html.EscapeString(s))
	}
	return fmt.Appendf(nil, `<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="20" role="img" aria-label="%s">`+
		`<title>%[2]s</title><clipPath id="r"><rect width="%[1]d" height="20" rx="4"/></clipPath>`+
		`<g clip-path="url(#r)"><path fill="#2b3a36" d="M0 0h%[3]dv20H0z"/><path fill="%[4]s" d="M%[3]d 0h%[5]dv20H%[3]dz"/></g>`+
		`<g fill="#fff" font-family="Verdana,DejaVu Sans,sans-serif" font-size="11">%[6]s%[7]s</g></svg>`,
		left+right, html.EscapeString(name+": "+words), left, badgeColours[stateClass(v.State)], right,
		text(8, a, name), text(left+8, b, words))
}

// textWidth guesses the width of s in 11 px Verdana.
func textWidth(s string) int {
	w := 0.0
	for _, c := range s {
		switch {
		case c == 'i' || c == 'l' || c == 'j' || c == '.' || c == ' ' || c == 'I' || c == '-':
			w += 4
		case c == 'm' || c == 'w' || c == 'M' || c == 'W':
			w += 10
		case c >= 'A' && c <= 'Z':
			w += 7.7
		case c > 0x2e80: // full-width scripts
			w += 11
		default:
			w += 6.7
		}
	}
	return max(int(w+0.5), 4)
}
