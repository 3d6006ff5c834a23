package store

import (
	"strings"
	"testing"
	"time"

	"outcry"
)

// TestKeys pins the schema: a change here needs a migration, or loses data.
func TestKeys(t *testing.T) {
	at := time.Date(2026, 3, 4, 11, 58, 30, 0, time.UTC)
	for _, c := range []struct {
		key, want string
		forever   bool
	}{
		{countsKey("edx", hourOfMinute(minuteOf(at))), "outcry:{edx}:t:492395", false},
		{regionsKey("edx", 492395), "outcry:{edx}:g:492395", false},
		{networksKey("edx", 492395), "outcry:{edx}:n:492395", false},
		{forecastsKey("edx", 492395), "outcry:{edx}:f:492395", false},
		{recordsKey("edx", window(at, recordWindow)), "outcry:{edx}:i:20516", false},
		{marksKey("edx", window(at, markWindow)), "outcry:{edx}:p:984791", false},
		{capsKey("edx", window(at, capWindow)), "outcry:{edx}:c:1969583", false},
		{fiveKey("edx", 20516), "outcry:{edx}:5:20516", false},
		{hourlyKey("edx", 640), "outcry:{edx}:h:640", false},
		{regionDaysKey("edx", 641), "outcry:{edx}:gd:641", false},
		{networkDaysKey("edx", 641), "outcry:{edx}:nd:641", false},
		{commentsKey("edx"), "outcry:{edx}:comments", false},
		{publishedKey("edx"), "outcry:{edx}:published", false},
		{moderationKey("edx"), "outcry:{edx}:moderation", true},
		{reportsKey("edx"), "outcry:{edx}:reports", false},
		{snapshotsKey(), "outcry:{.snapshots}", false},
		{incidentsKey(), "outcry:{.incidents}:all", true},
		{incidentTimesKey(), "outcry:{.incidents}:start", true},
		{incidentServiceKey("edx"), "outcry:{.incidents}:service:edx", true},
		{incidentStateKey(outcry.Ongoing), "outcry:{.incidents}:state:ongoing", true},
		{stateKey("detector"), "outcry:{.state}:detector", false},
		{eventsKey(), "outcry:{.events}", false},
		{leaseKey("detector"), "outcry:{.lease}:detector", false},
		{beatsKey(20516), "outcry:{.beats}:20516", false},
		{tokenKeyKey(), "outcry:{.token}", true},
	} {
		if c.key != c.want {
			t.Errorf("key %q, want %q", c.key, c.want)
		}
		if forever(c.key) != c.forever {
			t.Errorf("%s: kept for good is %v", c.key, !c.forever)
		}
		if !strings.HasPrefix(c.key, prefix) || strings.Count(c.key, "{") != 1 {
			t.Errorf("%s lacks the prefix or its one hash tag", c.key)
		}
	}
}

func TestFloorDiv(t *testing.T) {
	for _, c := range []struct{ a, b, want int64 }{{7, 3, 2}, {6, 3, 2}, {0, 3, 0}, {-1, 3, -1}, {-3, 3, -1}, {-4, 3, -2}} {
		if got := floorDiv(c.a, c.b); got != c.want {
			t.Errorf("floorDiv(%d, %d) = %d, want %d", c.a, c.b, got, c.want)
		}
	}
}

func TestParseRecord(t *testing.T) {
	for text, want := range map[string]record{
		"c29712345:1782740700:d:login:US-MD:AS64500": {reason: outcry.Counted, minute: 29712345, received: 1782740700, class: "d", kind: outcry.KindDown, symptom: "login", region: "US-MD", netKey: "AS64500"},
		"c29712345:1782740700:w:login:":              {reason: outcry.Counted, minute: 29712345, received: 1782740700, class: "w", kind: outcry.KindWorks, symptom: "login"},
		"l29712345:1782740700:lw:site:DE":            {reason: outcry.LateReport, minute: 29712345, received: 1782740700, class: "l", kind: outcry.KindWorks, symptom: "site", region: "DE"},
		"d29712345:1782740700:xd:site:DE":            {reason: outcry.Duplicate, minute: 29712345, received: 1782740700, class: "x", kind: outcry.KindDown, symptom: "site", region: "DE"},
		"Wl29712345:1782740700:l":                    {withdrawn: true, reason: outcry.LateReport, minute: 29712345, received: 1782740700, class: "l"},
		"a29712345:1782740700:x":                     {reason: outcry.AddressLimit, minute: 29712345, received: 1782740700, class: "x"},
	} {
		if got, err := parseRecord(text); err != nil || got != want {
			t.Errorf("%s: %+v, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "c", "z1:2:d", "cx:2:d", "c1:x:d", "c1:2:"} {
		if _, err := parseRecord(text); err == nil {
			t.Errorf("%q was taken for a record", text)
		}
	}
}

func TestWarnings(t *testing.T) {
	for _, c := range []struct {
		name     string
		settings map[string]string
		version  string
		unknown  []string
		want     []string // a word of each line
	}{
		{"well kept", map[string]string{"appendonly": "yes", "appendfsync": "always", "maxmemory-policy": "noeviction"}, "7.0.15", nil, nil},
		{"no file", map[string]string{"appendonly": "no", "appendfsync": "always"}, "7.0.15", nil, []string{"appendonly no"}},
		{"everysec", map[string]string{"appendonly": "yes", "appendfsync": "everysec"}, "7.0.15", nil, []string{"everysec"}},
		{"evicts", map[string]string{"maxmemory-policy": "allkeys-lru", "maxmemory": "1000"}, "7.0.15", nil, []string{"allkeys-lru"}},
		{"policy without limit", map[string]string{"maxmemory-policy": "allkeys-lru", "maxmemory": "0"}, "7.0.15", nil, nil},
		{"old and silent", nil, "6.2.1", []string{"appendfsync"}, []string{"6.2.1", "appendfsync"}},
	} {
		got := warnings(c.settings, c.version, c.unknown)
		if len(got) != len(c.want) {
			t.Errorf("%s: %q", c.name, got)
			continue
		}
		for i, word := range c.want {
			if !strings.Contains(got[i], word) || strings.Contains(got[i], "\n") {
				t.Errorf("%s: %q lacks %q or is no single line", c.name, got[i], word)
			}
		}
	}
}

func TestParseURL(t *testing.T) {
	for _, c := range []struct {
		url, addrs, master string
		db                 int
		cluster, tls       bool
	}{
		{"redis://localhost", "localhost:6379", "", 0, false, false},
		{"redis://u:p@10.0.0.1:7000/3", "10.0.0.1:7000", "", 3, false, false},
		{"rediss://[::1]:7000", "[::1]:7000", "", 0, false, true},
		{"redis://a:1,b/0?master_name=main", "a:1,b:6379", "main", 0, false, false},
		{"rediss://a:1,b:2?cluster=true", "a:1,b:2", "", 0, true, true},
	} {
		o, cluster, err := parseURL(c.url)
		if err != nil {
			t.Errorf("%s: %v", c.url, err)
			continue
		}
		if strings.Join(o.Addrs, ",") != c.addrs || o.MasterName != c.master || o.DB != c.db || cluster != c.cluster || (o.TLSConfig != nil) != c.tls {
			t.Errorf("%s: %v %q %d cluster %v TLS %v", c.url, o.Addrs, o.MasterName, o.DB, cluster, o.TLSConfig != nil)
		}
	}
	for _, bad := range []string{
		"", "localhost:6379", "http://secret@x", "redis://a,b", "redis://secret@a?max_retries=9", "redis://a/x",
		"redis://a?cluster=yes", "redis://a,b?cluster=true&master_name=m", "redis://a/1?cluster=true", "redis://secret:%zz@a",
	} {
		if _, _, err := parseURL(bad); err == nil || strings.Contains(err.Error(), "secret@") || strings.Contains(err.Error(), "%zz") {
			t.Errorf("%q: %v", bad, err)
		}
	}
}
