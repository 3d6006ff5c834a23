package frontend

import (
	"fmt"
	"math"
	"strconv"

	"outcry"
)

// siteRow is what a site of some size said, by one of two rules.
type siteRow struct {
	Services, Rule string
	Misled         bool
	// False and Likely are the parts that were false of all that was said, and
	// of what was called likely, in per cent; Week is false incidents a week.
	False, Likely, Week string
	Noticed             string // of 100 outages
	Median              string
}

func siteRows(t *outcry.Trials) []siteRow {
	var rows []siteRow
	for _, s := range t.Sites {
		rows = append(rows,
			newSiteRow(s, s.Apart, plural(s.Services, "service", "services"), "each by itself"),
			newSiteRow(s, s.Held, "", "together"))
	}
	return rows
}

func newSiteRow(s outcry.TrialSite, x outcry.TrialSaying, services, rule string) siteRow {
	return siteRow{
		Services: services, Rule: rule, Misled: s.Misled,
		False: partOf(x.False, x.Incidents), Likely: partOf(x.LikelyFalse, x.Likely),
		Week:    strconv.FormatFloat(float64(x.False)/float64(max(s.Weeks, 1)), 'f', 1, 64),
		Noticed: hundreds(x.Noticed, x.Outages), Median: minutes(x.Delay.Median),
	}
}

// partOf is n of m in per cent, as said.
func partOf(n, m int) string {
	if m == 0 {
		return "–"
	}
	return percent(float64(n) / float64(m))
}

// hundreds is n of m as a number of 100.
func hundreds(n, m int) string {
	if m == 0 {
		return "–"
	}
	return whole(int(math.Round(100 * float64(n) / float64(m))))
}

// siteWords says what a site promises beyond its services, and what it costs.
func siteWords(t *outcry.Trials) []string {
	if len(t.Sites) == 0 || !(t.Rule.SharePossible > 0) {
		return nil
	}
	words := []string{fmt.Sprintf("A site that watches many services would be wrong every day if each kept only its own promise. "+
		"So an alarm must also earn its place on the site: chance alone may bring at most %s of all that we call possible or likely, and %s of what we call likely. "+
		"Where nothing fails, that is one false word in %s weeks and one “likely” in %s, however many services there are. "+
		"An alarm that stands alone among many quiet services needs more evidence than on a site of one; where many rise together, none needs more.",
		percent(t.Rule.SharePossible), percent(t.Rule.ShareLikely), weeksApart(t.Rule.SharePossible), weeksApart(t.Rule.ShareLikely))}
	var last *outcry.TrialSite
	for i := range t.Sites {
		if s := &t.Sites[i]; !s.Misled && (last == nil || s.Services > last.Services) {
			last = s
		}
	}
	if last == nil {
		return words
	}
	a, h := last.Apart, last.Held
	words = append(words, fmt.Sprintf("On a simulated site of %s, of which each fails two or three times a year and now and then a tenth at once, "+
		"%s of all that was said would be false if each service were judged by itself, and %s is where they are judged together; of “likely”, %s and %s. "+
		"It costs little: of 100 outages, %s were noticed instead of %s, half within %s.",
		plural(last.Services, "service", "services"), partOf(a.False, a.Incidents), partOf(h.False, h.Incidents),
		partOf(a.LikelyFalse, a.Likely), partOf(h.LikelyFalse, h.Likely),
		hundreds(h.Noticed, h.Outages), hundreds(a.Noticed, a.Outages), howLong(h.Delay.Median)))
	if float64(h.False) > t.Rule.SharePossible*float64(h.Incidents+last.Weeks) || float64(h.LikelyFalse) > t.Rule.ShareLikely*float64(h.Likely+last.Weeks) {
		words = append(words, "That is more than is promised: of the few false alarms that came by chance here, some were stronger than the law says from which the evidence needed is worked out.")
	}
	return words
}

// weeksApart is how many weeks lie between two false incidents on a site where
// nothing fails: those that were found count as found, though they are false.
func weeksApart(share float64) string {
	return whole(int(math.Floor((1 - share) / share)))
}

// promiseWords says what an installation said in its first weeks.
func promiseWords(p *outcry.TrialPromise) string {
	if p == nil || len(p.Weeks) == 0 {
		return ""
	}
	var held, apart outcry.TrialSaid
	for _, w := range p.Weeks {
		held.Possible, held.Likely = held.Possible+w.Held.Possible, held.Likely+w.Held.Likely
		apart.Possible, apart.Likely = apart.Possible+w.Apart.Possible, apart.Likely+w.Apart.Likely
	}
	return fmt.Sprintf("An installation of %s that knew nothing, and on which nothing happened for %s, raised %s from its first minute on, %d of them in the first week and %d called likely. "+
		"Each by itself, the services would have raised %d, %d of them called likely; they were told to accept %s.",
		plural(p.Services, "service", "services"), plural(len(p.Weeks), "week", "weeks"), plural(held.Possible, "false alarm", "false alarms"),
		p.Weeks[0].Held.Possible, held.Likely, apart.Possible, apart.Likely,
		whole(int(math.Round(p.Accepted*float64(p.Services*len(p.Weeks))))))
}

// largeWords says what misled it on very large services.
func largeWords(l outcry.TrialLarge) string {
	of := map[string]outcry.TrialShare{}
	for _, c := range l.Causes {
		of[c.Cause] = c.False
	}
	d, b := of["deadline"], of["blip"]
	if d.Of == 0 || b.Of == 0 {
		return ""
	}
	return fmt.Sprintf("On very large services (%s to %s complaints a day), where evidence is strong, %d of %d unannounced deadlines raised a false alarm, and %d of %d blips. "+
		"Counts cannot tell a deadline from an outage that grows as slowly.",
		whole(int(l.Low)), whole(int(l.High)), d.Count, d.Of, b.Count, b.Of)
}
