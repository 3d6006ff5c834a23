package frontend

import (
	"fmt"
	"net/http"

	"outcry"
)

// advice is what to do meanwhile: the service's own tips first, then what
// helps in that state of things with any service.
func advice(s outcry.Service, state outcry.State) []outcry.Help {
	list := append([]outcry.Help{}, s.Help...)
	if state == outcry.Likely || state == outcry.Possible {
		return append(list,
			outcry.Help{Text: "Save your work in a file on your own device before anything else."},
			outcry.Help{Text: "Take a screenshot that shows the error and the clock."},
			outcry.Help{Text: "Tell your instructor before the deadline, not after it. The message on this page says what is known."},
			outcry.Help{Text: "Try again every ten minutes rather than every few seconds: many retries slow a recovery."},
		)
	}
	return append(list,
		outcry.Help{Text: "Try another network, such as your phone's data in place of Wi-Fi."},
		outcry.Help{Text: "Try a private window or another browser, without extensions."},
		outcry.Help{Text: "Sign out and in again; restart the app."},
		outcry.Help{Text: "Still broken? Report it. You may be the first to notice."},
	)
}

// message is what a person can send to an instructor. It claims no more than
// the verdict does.
func message(v serviceView) string {
	return fmt.Sprintf("Hello,\n\nI have trouble with %s and may not be able to hand in on time. "+
		"What others report, as of %s:\n\n%s\n\nAnyone can check it here: %s\n",
		v.Service.Name, moment(v.Now), Sentence(v.Service.Name, v.Verdict, v.Now), v.URL)
}

// complete fills in words where the caller gave none.
func (p *ErrorPage) complete() {
	if p.Status == 0 {
		p.Status = http.StatusInternalServerError
	}
	title, detail := errorWords(p.Status)
	if p.Title == "" {
		p.Title = title
	}
	if p.Detail == "" {
		p.Detail = detail
	}
}

func errorWords(status int) (title, detail string) {
	switch status {
	case http.StatusNotFound:
		return "There is nothing here", "The address may be mistyped, or what was here is gone."
	case http.StatusTooManyRequests:
		return "Slow down a little", "Too many requests came from your address. Try again in a minute."
	case http.StatusServiceUnavailable:
		return "We have trouble ourselves", "Nothing could be stored or read just now. Try again in a minute."
	case http.StatusForbidden:
		return "This is not yours to change", "The link or token does not fit."
	}
	if status >= 500 {
		return "Something broke on our side", "It has been noted. Try again in a minute."
	}
	return "That did not work", "The request could not be understood."
}
