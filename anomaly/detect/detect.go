package detect

import (
	"time"

	"outcry/anomaly/holiday"
	"outcry/anomaly/scan"
)

// DefaultFalseAlarms is the accepted number of false episodes per series and
// week where a Config names none.
const DefaultFalseAlarms = 0.25

// Config is what a Detector is told once.
type Config struct {
	Bin         time.Duration       // width of a bin, 1m to 30m
	Zone        *time.Location      // of the service's users; nil is UTC
	FalseAlarms float64             // accepted false episodes per series and week; 0 is DefaultFalseAlarms
	Neighbors   map[string][]string // region adjacency; nil: zones are single regions and countries
	// PartFalseAlarms is the same for all symptoms of the service together, and
	// for all its regions together; 0 is FalseAlarms.
	PartFalseAlarms float64
}

// Observation is one bin.
type Observation struct {
	Start    time.Time          // of the bin, UTC
	Total    float64            // distinct counted reporters who say "down"
	Symptoms map[string]float64 // parts of Total, may be nil
	Regions  map[string]float64 // parts of Total, may be nil
	Missing  bool               // nothing was measured: neither outage nor recovery, nothing is learnt
	Pool     float64            // what the zone's other services say about a holiday (Pool), nats
	Shift    float64            // added to the threshold, nats, by the fleet's own tail (Fleet)
}

// Judgement is what a Detector says after a bin.
type Judgement struct {
	Start time.Time

	Count    float64 // of this bin
	Expected float64 // usual in this bin
	Upper    float64 // what a usual bin exceeds in 0.5 % of cases

	Evidence  float64 // nats against the usual
	Threshold float64 // nats at which an alarm begins
	Alarm     bool

	Onset          time.Time // of the best candidate, or of the running alarm
	WindowCount    float64   // reports from Onset to now (the last 30 minutes when quiet)
	WindowExpected float64   // usual in that window
	Ratio          float64   // of the two
	PValue         float64   // chance of WindowCount or more if all is usual, forecast doubt included

	Known       bool    // enough history for a verdict
	Detectable  float64 // smallest multiple of the usual that would be noticed within 30 minutes
	Holiday     bool    // today is taken for a holiday
	HolidayOdds float64 // what this service lends to its zone (see Pool), nats

	Symptoms, Regions []Part // sorted by Key
}

// Part is a symptom or a region within a Judgement.
type Part struct {
	Key            string
	Count          float64 // of this bin
	Expected       float64 // its share of the service's usual
	Upper          float64 // what a usual bin of it exceeds in 0.5 % of cases
	Evidence       float64 // nats
	Alarm          bool
	Share          float64   // of the service's reports that it usually has
	Onset          time.Time // of its best window, or of its running alarm
	WindowCount    float64   // reports from Onset to now (the last 30 minutes when quiet)
	WindowExpected float64   // usual in that window
}

// Pool is the Observation.Pool of the service at index own, from the
// HolidayOdds of all services of its zone after the previous bin.
func Pool(odds []float64, own int) float64 { return holiday.Pool(odds, own) }

// Detector watches one service. It is not safe for concurrent use.
type Detector struct {
	config   Config
	total    engine
	symptoms *scan.Board
	regions  *scan.Board
	last     Judgement
}

// New starts a Detector that has seen nothing.
func New(c Config) *Detector {
	if c.Zone == nil {
		c.Zone = time.UTC
	}
	if c.FalseAlarms <= 0 {
		c.FalseAlarms = DefaultFalseAlarms
	}
	if c.Bin <= 0 {
		c.Bin = time.Minute
	}
	if c.PartFalseAlarms <= 0 {
		c.PartFalseAlarms = c.FalseAlarms
	}
	return &Detector{
		config: c, total: newEngine(c.Bin),
		symptoms: scan.New(c.Bin.Minutes(), nil), regions: scan.New(c.Bin.Minutes(), c.Neighbors),
	}
}

// Step judges one bin. Bins must come in order; bins left out between two calls
// count as missing, and one that is not later than the last changes nothing.
func (d *Detector) Step(o Observation) Judgement {
	n := o.Start.Unix() / int64(d.config.Bin/time.Second)
	if d.total.Begun && n < d.total.Next {
		return d.last
	}
	if d.total.Begun {
		for gap := n - d.total.Next; gap > 0; gap = n - d.total.Next {
			d.skip(gap)
		}
	}
	d.last = d.observe(n, o)
	return d.last
}

// skip passes over missing bins: one by one, or at once to the last day where
// they are more than three.
func (d *Detector) skip(gap int64) {
	day := int64(24 * time.Hour / d.config.Bin)
	if gap > 3*day {
		d.total.leap(gap - day)
		return
	}
	d.observe(d.total.Next, Observation{Start: d.start(d.total.Next), Missing: true})
}

func (d *Detector) start(n int64) time.Time {
	return time.Unix(n*int64(d.config.Bin/time.Second), 0).UTC()
}

func (d *Detector) observe(n int64, o Observation) Judgement {
	h := d.threshold() + o.Shift
	t := d.tick(n)
	s := d.total.step(t, o, h)
	d.stepParts(t, o, s)
	j := d.judge(o, s, h)
	j.Symptoms, j.Regions = d.parts(d.symptoms, o, s.variance), d.parts(d.regions, o, s.variance)
	return j
}
