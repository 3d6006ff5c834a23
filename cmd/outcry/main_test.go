package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/maxmind/mmdbwriter"
	"github.com/maxmind/mmdbwriter/mmdbtype"

	"outcry"
)

// start runs the program as a user would and returns where it listens, and
// how to end it.
func start(t *testing.T, args ...string) (base string, stop func()) {
	t.Helper()
	return startLogging(t, io.Discard, args...)
}

// startLogging is start with a place for what the program says.
func startLogging(t *testing.T, log io.Writer, args ...string) (base string, stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	out, in := io.Pipe()
	done := make(chan error, 1)
	go func() {
		err := run(ctx, append([]string{"serve", "--listen", "127.0.0.1:0"}, args...),
			environment{strings.NewReader(""), io.Discard, in, func(string) (string, bool) { return "", false }, time.Now})
		in.Close()
		done <- err
	}()
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if url, ok := strings.CutPrefix(lines.Text(), "listening on "); ok {
			base = url
			break
		}
	}
	if base == "" {
		t.Fatalf("the server did not start: %v", <-done)
	}
	go io.Copy(log, out)
	var once sync.Once
	stop = func() {
		once.Do(func() {
			cancel()
			if err := <-done; err != nil {
				t.Errorf("serve ended with %v", err)
			}
		})
	}
	t.Cleanup(stop)
	return base, stop
}

// redisServer starts a real one that syncs every write, and returns its URL.
func redisServer(t *testing.T) string {
	t.Helper()
	return redisServerIn(t, t.TempDir())
}

// redisServerIn starts one whose socket and files lie in a folder.
func redisServerIn(t *testing.T, dir string) string {
	t.Helper()
	socket := filepath.Join(dir, "redis.sock")
	server := exec.Command("redis-server", "--port", "0", "--unixsocket", socket, "--dir", dir,
		"--appendonly", "yes", "--appendfsync", "always", "--maxmemory-policy", "noeviction")
	out, err := server.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { server.Process.Kill(); server.Wait() })
	for lines := bufio.NewScanner(out); lines.Scan(); {
		if strings.Contains(lines.Text(), "ready to accept connections") {
			go io.Copy(io.Discard, out)
			return "unix://" + socket
		}
	}
	t.Fatal("redis-server did not start")
	return ""
}

// places are ten regions, each with a /8 of addresses, as a database.
func places(t *testing.T) (file string, regions []string) {
	t.Helper()
	regions = []string{"US-MD", "US-CA", "BR-SP", "IN-KA", "DE-BE", "NG-LA", "JP-13", "FR-IDF", "AU-NSW", "ZA-GP"}
	w, err := mmdbwriter.New(mmdbwriter.Options{DatabaseType: "DBIP-City-Lite", RecordSize: 24, IncludeReservedNetworks: true})
	if err != nil {
		t.Fatal(err)
	}
	for i, r := range regions {
		_, network, err := net.ParseCIDR(fmt.Sprintf("%d.0.0.0/8", 60+i))
		if err != nil {
			t.Fatal(err)
		}
		err = w.Insert(network, mmdbtype.Map{
			"country":      mmdbtype.Map{"iso_code": mmdbtype.String(r[:2])},
			"subdivisions": mmdbtype.Slice{mmdbtype.Map{"iso_code": mmdbtype.String(r[3:])}},
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	file = filepath.Join(t.TempDir(), "places.mmdb")
	f, err := os.Create(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := w.WriteTo(f); err != nil {
		t.Fatal(err)
	}
	return file, regions
}

// post sends one report as if from an address and returns status and answer.
func post(t *testing.T, client *http.Client, base, from, body string) (int, map[string]any) {
	t.Helper()
	request, err := http.NewRequest(http.MethodPost, base+"/api/v1/reports", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("X-Forwarded-For", from)
	response, err := client.Do(request)
	if err != nil {
		t.Error(err)
		return 0, nil
	}
	defer response.Body.Close()
	var answer map[string]any
	if err := json.NewDecoder(response.Body).Decode(&answer); err != nil {
		t.Error(err)
	}
	return response.StatusCode, answer
}

func get(t *testing.T, url string, into any) []byte {
	t.Helper()
	response, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusOK {
		t.Fatalf("%s: %s, %v", url, response.Status, err)
	}
	if into != nil {
		if err := json.Unmarshal(body, into); err != nil {
			t.Fatalf("%s: %v", url, err)
		}
	}
	return body
}

// TestTenThousandReportsAreFoundAgain posts reports from addresses all over
// the world and finds them, exactly, in the series, the regions and the page.
func TestTenThousandReportsAreFoundAgain(t *testing.T) {
	for name, args := range map[string][]string{
		"embedded store":   nil,
		"embedded on disk": {"--data-dir", t.TempDir()},
		"redis-server":     {"--redis-url", redisServer(t)},
	} {
		t.Run(name, func(t *testing.T) { tenThousand(t, args) })
	}
}

func tenThousand(t *testing.T, args []string) {
	const reports, clients = 10_000, 64
	file, regions := places(t)
	base, _ := start(t, append(args, "--geoip", file, "--trusted-proxies", "127.0.0.1")...)
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: clients}}
	defer client.CloseIdleConnections()
	symptoms := []string{"site", "login", "video", "quiz"}
	var wg sync.WaitGroup
	for c := range clients {
		wg.Go(func() {
			for i := c; i < reports; i += clients {
				// each address in a /24 of its own, a tenth in each region
				from := netip.AddrFrom4([4]byte{byte(60 + i%10), byte(i / 2560), byte(i / 10), 7})
				body := fmt.Sprintf(`{"service":"coursera","symptom":%q,"id":"0192f0c1-2d3e-4f50-8a61-%012d"}`, symptoms[i%len(symptoms)], i)
				status, answer := post(t, client, base, from.String(), body)
				want := regions[i%10]
				if place, _ := answer["place"].(map[string]any); status != http.StatusCreated || answer["counted"] != true || place["region"] != want {
					t.Errorf("report %d from %s: %d %v, want counted in %s", i, from, status, answer, want)
				}
			}
		})
	}
	wg.Wait()

	var series struct{ Counts []int }
	get(t, base+"/api/v1/services/coursera/series?step=5m", &series)
	if total := sum(series.Counts); total != reports {
		t.Errorf("the series has %d reports, want %d", total, reports)
	}
	get(t, base+"/api/v1/services/coursera/series?step=1m&symptom=login", &series)
	if total := sum(series.Counts); total != reports/4 {
		t.Errorf("the series of one symptom has %d reports, want %d", total, reports/4)
	}
	var world struct{ Regions []outcry.RegionVerdict }
	get(t, base+"/api/v1/services/coursera/regions?window=1h", &world)
	if len(world.Regions) != len(regions) {
		t.Errorf("%d regions, want %d", len(world.Regions), len(regions))
	}
	for _, r := range world.Regions {
		if r.Count == nil || *r.Count != reports/10 {
			t.Errorf("region %s has %v, want %d", r.Region, r.Count, reports/10)
		}
	}
	var verdict outcry.Verdict
	get(t, base+"/api/v1/services/coursera", &verdict)
	if verdict.Reports.Count != reports {
		t.Errorf("the verdict counts %d reports, want %d", verdict.Reports.Count, reports)
	}
	if page := get(t, base+"/services/coursera", nil); !bytes.Contains(page, []byte("10,000")) {
		t.Error("the page does not say 10,000")
	}
}

func sum(counts []int) int {
	total := 0
	for _, n := range counts {
		total += n
	}
	return total
}

// TestTheEmbeddedStoreSurvivesARestart: what was acknowledged is there again,
// and the same report sent once more is still one.
func TestTheEmbeddedStoreSurvivesARestart(t *testing.T) {
	dir := t.TempDir()
	const body = `{"service":"coursera","id":"0198e0a4-7a3e-4c3f-9d7e-0123456789ab","device":"phone"}`
	base, stop := start(t, "--data-dir", dir)
	_, first := post(t, http.DefaultClient, base, "", body)
	stop()
	base, _ = start(t, "--data-dir", dir)
	status, again := post(t, http.DefaultClient, base, "", body)
	if status != http.StatusCreated || again["id"] != first["id"] || again["counted"] != true {
		t.Errorf("after the restart the same report is answered %d %v, want as before: %v", status, again, first)
	}
	var verdict outcry.Verdict
	get(t, base+"/api/v1/services/coursera", &verdict)
	if verdict.Reports.Count != 1 {
		t.Errorf("%d reports are counted, want 1", verdict.Reports.Count)
	}
}

func TestWhatIsWrongIsNamed(t *testing.T) {
	dir := t.TempDir()
	bad := filepath.Join(dir, "bad.json")
	if err := os.WriteFile(bad, []byte(`{"services":[{"slug":"x","name":"X","colour":"red"}]}`), 0o600); err != nil {
		t.Fatal(err)
	}
	short := filepath.Join(dir, "short")
	if err := os.WriteFile(short, []byte("secret"), 0o600); err != nil {
		t.Fatal(err)
	}
	cases := []struct {
		args string
		want string // in the one sentence
	}{
		{"", "no command"},
		{"fly", `no command "fly"`},
		{"serve --colour red", "--colour"},
		{"serve --listen nowhere", "--listen"},
		{"serve --role king", "--role"},
		{"serve --role web", "--redis-url"},
		{"serve --redis-url ftp://x", "--redis-url"},
		{"serve --public-url nowhere", "--public-url"},
		{"serve --trusted-proxies 10.0.0.0/99", "--trusted-proxies"},
		{"serve --false-alarms -1", "--false-alarms"},
		{"serve --catalog /nowhere.json", "--catalog"},
		{"serve --catalog " + bad, `"colour"`},
		{"serve --geoip /nowhere.mmdb", "--geoip"},
		{"serve --geoip " + bad, "--geoip:"},
		{"serve --geoip-asn " + bad, "--geoip-asn:"},
		{"serve --data-dir " + bad, "--data-dir"},
		{"serve --keep-minutes 1h", "--keep-minutes"},
		{"serve --keep-five-minutes 100h", "--keep-five-minutes"},
		{"serve --keep-hours 100h", "--keep-hours"},
		{"serve --secret-file " + short, "--secret-file"},
		{"serve --admin-token-file " + short, "--admin-token-file"},
		{"serve --admin-token-file /nowhere", "--admin-token-file"},
		{"replay", "one file"},
		{"replay a b", "one file"},
		{"replay /nowhere.ndjson", "nowhere.ndjson"},
		{"replay --until soon -", "--until"},
	}
	for _, c := range cases {
		var stdout, stderr bytes.Buffer
		err := run(t.Context(), strings.Fields(c.args), environment{strings.NewReader(""), &stdout, &stderr, func(string) (string, bool) { return "", false }, time.Now})
		if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("outcry %s: %v, want one sentence with %s", c.args, err, c.want)
		}
	}
}

func TestEveryFlagHasATwin(t *testing.T) {
	lookup := func(name string) (string, bool) {
		if name == "OUTCRY_TRUSTED_PROXIES" {
			return "garbage", true
		}
		return "", false
	}
	err := run(t.Context(), []string{"serve"}, environment{nil, io.Discard, io.Discard, lookup, time.Now})
	if err == nil || !strings.Contains(err.Error(), "OUTCRY_TRUSTED_PROXIES") {
		t.Errorf("a bad twin is answered %v, want its name", err)
	}
}

// TestAReceiptIsVerified: what the server signed passes, and nothing else.
func TestAReceiptIsVerified(t *testing.T) {
	base, _ := start(t)
	_, answer := post(t, http.DefaultClient, base, "", `{"service":"coursera","symptom":"video"}`)
	url, _ := answer["receipt_url"].(string)
	request, err := http.NewRequest(http.MethodGet, base+strings.TrimPrefix(url, base), nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Accept", "application/json")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	document, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	key := filepath.Join(dir, "key.json")
	if err := os.WriteFile(key, get(t, base+"/.well-known/outcry-receipt-key.json", nil), 0o600); err != nil {
		t.Fatal(err)
	}
	verify := func(document []byte) (string, error) {
		file := filepath.Join(dir, "receipt.json")
		if err := os.WriteFile(file, document, 0o600); err != nil {
			t.Fatal(err)
		}
		var out bytes.Buffer
		err := run(t.Context(), []string{"verify", file, "--key", key}, environment{nil, &out, io.Discard, func(string) (string, bool) { return "", false }, time.Now})
		return out.String(), err
	}
	if out, err := verify(document); err != nil || !strings.Contains(out, "coursera (video, down)") {
		t.Errorf("a true receipt: %q, %v", out, err)
	}
	if _, err := verify(bytes.Replace(document, []byte("coursera"), []byte("coursero"), 1)); err == nil {
		t.Error("a receipt with a changed word passes")
	}
}
