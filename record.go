package outcry

import "time"

// Record is all that the detector knew when it judged an incident, so that
// anybody can judge it again: the state of the service's detector some hours
// before, what it was told minute by minute since, and the incident that came
// of it. Numbers of regions are not in it, as too few people may be behind
// them; what the regions' evidence came to is.
type Record struct {
	// From is the first minute that is judged again, To the end of the last.
	From time.Time `json:"from"`
	To   time.Time `json:"to"`
	// Service is the catalogue's entry of then.
	Service Service `json:"service"`
	// FalseAlarms is the accepted number of false episodes a service and week.
	FalseAlarms float64 `json:"false_alarms_per_week"`
	// Begun is the first minute that was ever judged of the service.
	Begun time.Time `json:"begun"`
	// Detector is the detector's state before From, kept under RecordState;
	// empty where it had seen nothing.
	Detector []byte `json:"detector,omitempty"`
	// Networks is the usual part of each network in the service's complaints as
	// the incident began, and Known how many complaints that rests on.
	Networks map[string]float64 `json:"networks"`
	Known    float64            `json:"known"`
	// Usage is the same in full, as the detector keeps it.
	Usage []byte `json:"usage"`
	// Buckets are the minutes as they were judged; empty ones are left out.
	// From the onset on they tell the networks, never the regions.
	Buckets []Bucket `json:"buckets,omitempty"`
	// Inputs and Stated hold from their minute until the next one's.
	Inputs []RecordInput  `json:"inputs"`
	Stated []RecordStated `json:"stated"`
	// Minutes is what was forecast and found since the incident was detected.
	Minutes []RecordMinute `json:"minutes"`
	// Incident is as it stood at To.
	Incident Incident `json:"incident"`
}

// RecordInput is what a detector was told beside the counts.
type RecordInput struct {
	Minute  time.Time `json:"minute"`
	Pool    float64   `json:"pool"`    // what the zone's other services said of a holiday, nats
	Shift   float64   `json:"shift"`   // added to the threshold by the fleet's own tail, nats
	Missing bool      `json:"missing"` // nothing could be reported
}

// RecordStated is what rests on other services' and on regions' reports. It is
// taken as stated when the incident is judged again.
type RecordStated struct {
	Minute time.Time `json:"minute"`
	// Cause and Name are of the attribution, Umbrella the incident it is under.
	Cause    Cause  `json:"cause"`
	Name     string `json:"name,omitempty"`
	Umbrella string `json:"umbrella,omitempty"`
	// Within is the usual part of the regions in which complaints rose.
	Within float64 `json:"within"`
	// Possible and Likely are how many nats beyond the threshold were asked for
	// because the service is one of many; 0 where its own budget was stricter.
	Possible float64 `json:"possible,omitempty"`
	Likely   float64 `json:"likely,omitempty"`
	// Momentary says that the rise is one minute's.
	Momentary bool `json:"momentary,omitempty"`
	// Parts is the number of regions, Regions those that were alarmed.
	Parts   int          `json:"parts"`
	Regions []RecordPart `json:"regions,omitempty"`
}

// RecordPart is one alarmed region.
type RecordPart struct {
	Key      string    `json:"key"`
	Evidence float64   `json:"evidence"` // nats
	Onset    time.Time `json:"onset"`
	Share    float64   `json:"share"` // of the usual complaints
	Count    float64   `json:"count"` // since Onset
	Expected float64   `json:"expected"`
}

// RecordMinute is one minute of the whole as it was judged: the forecast, the
// evidence, the threshold in force, and the window since Onset.
type RecordMinute struct {
	Minute         time.Time `json:"minute"`
	Expected       float64   `json:"expected"`
	Upper          float64   `json:"upper"`
	LogOdds        float64   `json:"log_odds"`  // nats
	Threshold      float64   `json:"threshold"` // nats, as it was in force
	Alarm          bool      `json:"alarm"`
	Onset          time.Time `json:"onset"`
	WindowCount    float64   `json:"window_count"`
	WindowExpected float64   `json:"window_expected"`
	PValue         float64   `json:"p_value"`
	// Beyond is how many nats beyond the threshold the evidence of the whole, or
	// of an alarmed symptom or region, lies.
	Beyond float64 `json:"beyond"`
	// Found is what the evidence rests on, where there is any.
	Found *RecordFound `json:"found,omitempty"`
}

// RecordFound is the best explanation of a minute's evidence: something began
// at Start, and Count reports came since where Mean were forecast. Guarded is
// Count less what a single bin alone supports. The forecast's variance beyond a
// Poisson count is the sum of four parts: scatter of single minutes, drift
// since Start, and of the level and the profile, all in reports squared.
type RecordFound struct {
	Start   time.Time `json:"start"`
	Count   float64   `json:"count"`
	Guarded float64   `json:"guarded"`
	Mean    float64   `json:"mean"`
	Scatter float64   `json:"scatter"`
	Drift   float64   `json:"drift"`
	Level   float64   `json:"level"`
	Profile float64   `json:"profile"`
}

// RecordName is the name under which the record of an incident is kept.
func RecordName(incident string) string { return "incident-" + incident }

// RecordState is the name under which the detector's state before a record is
// kept.
func RecordState(incident string) string { return RecordName(incident) + "-state" }
