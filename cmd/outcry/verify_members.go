package main

import (
	"fmt"
	"io"
	"strings"
)

// What becomes of the members of a bundle when its incident is judged again.
// Each stands in one of the lists.
var (
	// comparedMembers come out of judging again, and must be the same.
	comparedMembers = []string{
		"type", "version", "thresholds",
		"incident.id", "incident.service", "incident.name", "incident.state", "incident.severity",
		"incident.started_at", "incident.detected_at", "incident.peak_at", "incident.resolved_at", "incident.updated_at",
		"incident.reports", "incident.symptoms", "incident.networks", "incident.updates", "incident.umbrella",
		"incident.attribution.cause", "incident.attribution.name",
		"record.minutes",
	}
	// givenMembers are what is judged from: another value mostly brings another
	// verdict, and where it brings the same nobody can tell.
	givenMembers = []string{
		"buckets.minute", "buckets.down", "buckets.symptoms", "buckets.networks",
		"record.from", "record.to", "record.service", "record.false_alarms_per_week", "record.begun",
		"record.detector", "record.usage", "record.inputs", "record.stated",
	}
	// statedMembers take no part in it: they rest on regions and other services,
	// or on what people said, or say again what stands elsewhere.
	statedMembers = []string{
		"incident.regions", "incident.attribution.shares", "incident.attribution.related",
		"incident.label", "incident.official_at", "incident.corrections",
		"buckets.regions", "buckets.works", "buckets.late", "buckets.imported", "buckets.discounted",
		"forecasts", "from", "to", "software", "record.networks", "record.known",
	}
)

// account says which members the verdict speaks of.
func account(out io.Writer) {
	fmt.Fprintf(out, "Recomputed and compared: %s.\n", strings.Join(comparedMembers, ", "))
	fmt.Fprintf(out, "Judged from, as given: %s.\n", strings.Join(givenMembers, ", "))
	fmt.Fprintf(out, "Taken as stated, not recomputed: %s.\n", strings.Join(statedMembers, ", "))
}
