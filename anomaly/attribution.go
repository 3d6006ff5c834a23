package anomaly

import (
	"math"
	"sort"
	"strconv"
	"strings"
	"time"

	"outcry"
	"outcry/anomaly/detect"
)

const (
	// homeShare is what a network that the catalogue lists as the service's
	// own is taken to send, until more is known.
	homeShare = 0.8
	// strangerShare is the same of any other network.
	strangerShare = 0.05
)

// cause is whose trouble an alarm seems to be, and what that rests on.
type cause struct {
	outcry.Attribution
	// reporters is the number of complaints in crowdSpan, onset or later.
	reporters int
	// crowd says that they came all at once (sudden); asked only where nothing
	// is known of the usual.
	crowd bool
	// momentary says that the rise is one minute's.
	momentary bool
	// within is the usual part of the regions in which complaints rose.
	within float64
	// umbrella is the incident of something that the service depends on.
	umbrella string
}

// The numbers of the attribution.
const (
	// standing is the evidence, in nats, that the window must keep without its
	// largest network: a likelihood ratio of 150, which Kass and Raftery (1995)
	// call very strong.
	standing = 5.0
	// apart is the evidence from which a symptom stands out within an alarm of
	// the whole: a likelihood ratio of 20, "strong" in the same scale.
	apart = 3.0
	// joined is the same of a region, of which there are many more: what the
	// detector asks of one that joins an alarm.
	joined = 5.0
	// windowSpread is the negative binomial size of a window's sum around its
	// forecast when one network is taken out: variance m + m²/10, wider than
	// the detector's own, as shares are known less well than sums.
	windowSpread = 10
	// sharesShown is how many shares of each kind a verdict lists.
	sharesShown = 5
)

// window sums the complaints of x since the onset of its evidence.
type window struct {
	total, works     int
	symptoms         map[string]int
	regions          map[string]int
	networks         map[string]int
	late, discounted int
	imported         int
	// crowds is of how many people the regions tell at least, where it was
	// asked for (gather).
	crowds map[string]int
}

func sum(recent []outcry.Bucket, from time.Time) window {
	var w window
	w.maps()
	for _, b := range recent {
		if !b.Minute.Before(from) {
			w.add(b)
		}
	}
	return w
}

// maps makes the maps that are not there.
func (w *window) maps() {
	for _, m := range []*map[string]int{&w.symptoms, &w.regions, &w.networks, &w.crowds} {
		if *m == nil {
			*m = map[string]int{}
		}
	}
}

func (w *window) add(b outcry.Bucket) {
	w.total += b.Down
	w.works += b.Works
	w.late += b.Late
	w.discounted += b.Discounted
	w.imported += b.Imported
	add(w.symptoms, b.Symptoms)
	add(w.regions, b.Regions)
	add(w.networks, b.Networks)
}

// gather brings the crowds up to those of buckets.
func (w *window) gather(buckets []outcry.Bucket) {
	for key, n := range outcry.Crowds(buckets) {
		w.crowds[key] = max(w.crowds[key], n)
	}
}

func add(to, from map[string]int) {
	for k, n := range from {
		to[k] += n
	}
}

// largest is the key with the highest count, the first by name among equals.
func largest(counts map[string]int) (key string, n int) {
	for k, c := range counts {
		if c > n || c == n && (key == "" || k < key) {
			key, n = k, c
		}
	}
	return key, n
}

// attribute asks whose trouble x has. The rule: take away the complaints of
// the largest network, then those of the few networks that surprise most
// (concentration), and their usual part of the forecast. If what remains is
// not unusual, the trouble is theirs. A network that is the service's home, by
// the catalogue or by its past, sends most of its reports when all is well too,
// so that the trouble stays the service's — unless several services have
// trouble from that same network, and from nowhere else.
func (x *watched) attribute(troubled map[string]int, crowd []*watched) cause {
	c := undetermined()
	if !alarmed(x.last) && x.incident == nil {
		return c
	}
	w := x.lately(onset(x.last))
	w.gather(x.bucketsSince(onset(x.last)))
	end := x.last.Start.Add(time.Minute)
	c.crowd = x.crowd > 0
	c.reporters = sum(x.recent, maxTime(onset(x.last), end.Add(-crowdSpan))).total
	c.Shares = append(topShares("network", w.networks, w.networks, w.total), topShares("region", w.regions, w.crowds, w.total)...)
	c.Related = x.related(crowd)
	if !alarmed(x.last) {
		return c
	}
	c.within, c.momentary = x.within(), x.momentary(w)
	network, home := x.boundTo(w, c.within)
	region := regionAlarm(x.last)
	switch {
	case network != "" && (!home || troubled[network] >= severalServices):
		c.Cause, c.Name = outcry.CauseNetwork, network
		if strings.HasPrefix(network, opaque) {
			c.Name = ""
		}
	case !x.last.Alarm && region.Key != "" && region.Share < homeRegion:
		c.Cause, c.Name = outcry.CauseRegion, region.Key
	default:
		c.Cause = outcry.CauseService
	}
	if larger := x.ridesOn(crowd); c.Cause == outcry.CauseService && larger != nil {
		c.Cause, c.Name = outcry.CauseSpillover, larger.service.Slug
	}
	c.umbrella = x.umbrella(crowd)
	return c
}

// homeRegion is the usual share from which a region is where the service is at
// home: trouble there is the service's.
const homeRegion = 0.5

// undetermined is the cause of what is no trouble.
func undetermined() cause {
	return cause{Attribution: outcry.Attribution{Cause: outcry.CauseUndetermined, Shares: []outcry.Share{}, Related: []outcry.Related{}}}
}

// severalServices is how many services must have trouble from one and the same
// network alone before a service's home network is held to be the cause.
const severalServices = 3

// boundTo names the network, or the largest of the few networks, without which
// nothing unusual remains, and whether it is the service's home. "" is no such
// network. Unplaced complaints (no network known) cannot be one network's.
func (x *watched) boundTo(w window, within float64) (network string, home bool) {
	r := x.rise(w)
	r.within = within
	key, n := largest(w.networks)
	usual, home := x.usualPart(key, true)
	if placed(key) && carries(r, []sender{{key: key, count: float64(n), usual: usual}}) {
		return key, home
	}
	few := concentration(r, &x.usage, func(key string) bool { _, home := x.usualPart(key, false); return home })
	if few != nil {
		return few[0].key, false
	}
	return "", false
}

// usualPart is the part of the complaints that a network is taken to send, its
// past with two reports' weight on a prior, and whether it is the service's
// home: by the catalogue, or by sending half of them.
func (x *watched) usualPart(network string, largest bool) (part float64, home bool) {
	listed, prior := isHome(x.service, network), strangerShare
	if listed {
		prior = homeShare
	}
	part = (x.usage.share(network, largest)*x.usage.Total + 2*prior) / (x.usage.Total + 2)
	return part, listed || placed(network) && part >= 0.5
}

// usualParts is the part that each network of the incident so far is taken to
// send.
func (x *watched) usualParts() map[string]float64 {
	parts := make(map[string]float64, len(x.tally.networks))
	for key := range x.tally.networks {
		parts[key], _ = x.usualPart(key, false)
	}
	return parts
}

// rise is what concentration is asked about: the window of the alarm, of the
// whole or of the part that is alarmed with the most evidence.
func (x *watched) rise(w window) rise {
	j := x.last
	end := j.Start.Add(time.Minute)
	r := rise{networks: w.networks, count: float64(w.total), expected: j.WindowExpected}
	if !j.Alarm {
		r.expected = x.means.sum(onset(j), end)
		if p := loudest(j); p.Alarm {
			r.part, r.partExpected = roughly(p.WindowCount), p.WindowExpected
		}
	}
	return r
}

// within is the usual part of the regions in which complaints rose; 1 where
// they are not known.
func (x *watched) within() float64 {
	if x.given != nil {
		return *x.given
	}
	w := x.lately(onset(x.last))
	return within(w.regions, shareOf(x.last.Regions), x.rise(w).expected)
}

// loudest is the alarmed part with the most evidence.
func loudest(j detect.Judgement) (best detect.Part) {
	for _, list := range [][]detect.Part{j.Symptoms, j.Regions} {
		for _, p := range list {
			if p.Alarm && (!best.Alarm || p.Evidence > best.Evidence) {
				best = p
			}
		}
	}
	return best
}

// opaque begins the key of a network whose number is not known: the rest is a
// keyed hash of its block, which means nothing to people. The bare mark is no
// network at all: its complaints say nothing of each other.
const opaque = "~"

func placed(network string) bool { return network != "" && network != opaque }

func isHome(s outcry.Service, network string) bool {
	for _, asn := range s.HomeNetworks {
		if network == "AS"+strconv.FormatUint(uint64(asn), 10) {
			return true
		}
	}
	return false
}

// networksInTrouble counts, for each network, the services whose trouble comes
// from it alone. Where one is found, those count too that it has begun to
// report in plenty, though they are not alarmed yet: a network that fails does
// so for all services at once.
func networksInTrouble(crowd []*watched) map[string]int {
	troubled := map[string]int{}
	for _, x := range crowd {
		if !alarmed(x.last) {
			continue
		}
		if network, _ := x.boundTo(x.lately(onset(x.last)), x.within()); network != "" {
			troubled[network]++
		}
	}
	for network := range troubled {
		for _, x := range crowd {
			if !alarmed(x.last) && x.hearsFrom(network) {
				troubled[network]++
			}
		}
	}
	return troubled
}

// hearsFrom tells whether a network has sent far more than usual within
// crowdBurst.
func (x *watched) hearsFrom(network string) bool {
	end := x.last.Start.Add(time.Minute)
	n := x.lately(end.Add(-crowdBurst)).networks[network]
	usual, _ := x.usualPart(network, true)
	return n > 1 && surprise(float64(n), usual*x.means.sum(end.Add(-crowdBurst), end)) >= apart
}

// related lists the other services in trouble now that x depends on, or that
// share its category.
func (x *watched) related(crowd []*watched) []outcry.Related {
	related := []outcry.Related{}
	depends := map[string]bool{}
	for _, d := range x.service.DependsOn {
		depends[d] = true
	}
	for _, y := range crowd {
		if y == x || !y.last.Alarm {
			continue
		}
		relation := "simultaneous"
		switch {
		case depends[y.service.Slug]:
			relation = "depends_on"
		case y.service.Category != "" && y.service.Category == x.service.Category:
			relation = "same_category"
		}
		related = append(related, outcry.Related{Service: y.service.Slug, Relation: relation})
	}
	return related
}

// topShares lists the largest parts, leaving out those with fewer people than
// the privacy threshold.
func topShares(kind string, counts, people map[string]int, total int) []outcry.Share {
	list := []outcry.Share{}
	for key, n := range counts {
		if shown(key, people[key]) {
			list = append(list, outcry.Share{Kind: kind, Key: key, Share: round(float64(n)/float64(total), 3)})
		}
	}
	sort.Slice(list, func(i, j int) bool {
		if list[i].Share != list[j].Share {
			return list[i].Share > list[j].Share
		}
		return list[i].Key < list[j].Key
	})
	return list[:min(len(list), sharesShown)]
}

// shown is true of a part that can be named in public: it has a name, and
// enough people in it.
func shown(key string, people int) bool {
	return key != "" && !strings.HasPrefix(key, opaque) && people >= outcry.PrivacyThreshold
}

// alarmed is true when the whole, a symptom or a region is alarmed.
func alarmed(j detect.Judgement) bool {
	return j.Alarm || symptomAlarm(j) || regionAlarm(j).Key != ""
}

func symptomAlarm(j detect.Judgement) bool {
	for _, p := range j.Symptoms {
		if p.Alarm {
			return true
		}
	}
	return false
}

// regionAlarm is the alarmed region with the most evidence, without a key if
// there is none.
func regionAlarm(j detect.Judgement) detect.Part {
	best := detect.Part{}
	for _, p := range j.Regions {
		if p.Alarm && p.Key != "" && (best.Key == "" || p.Evidence > best.Evidence) {
			best = p
		}
	}
	return best
}

// onset is where the trouble of j began: the earliest alarmed onset.
func onset(j detect.Judgement) time.Time {
	t := j.Onset
	for _, list := range [][]detect.Part{j.Symptoms, j.Regions} {
		for _, p := range list {
			if p.Alarm && !p.Onset.IsZero() && (!j.Alarm || t.IsZero()) && (t.IsZero() || p.Onset.Before(t)) {
				t = p.Onset
			}
		}
	}
	if t.IsZero() {
		t = j.Start
	}
	return t
}

func round(v float64, digits int) float64 {
	p := math.Pow(10, float64(digits))
	return math.Round(v*p) / p
}
