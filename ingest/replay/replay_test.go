package replay_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"outcry"
	"outcry/ingest/replay"
)

var noon = time.Date(2022, 10, 24, 12, 0, 0, 0, time.UTC)

// read collects good lines and "number: reason" of bad ones.
func read(r io.Reader) (good []replay.Line, bad []string, err error) {
	err = replay.Read(r, func(n int, l replay.Line) error {
		good = append(good, l)
		return nil
	}, func(n int, reason string) { bad = append(bad, fmt.Sprintf("%d: %s", n, reason)) })
	return good, bad, err
}

func TestReadNamesEachBadLine(t *testing.T) {
	const ok = `{"time":"2022-10-24T12:00:00Z","service":"x"`
	tests := []struct{ line, reason string }{
		{ok + `}`, ""},
		{"  " + ok + "}\r", ""},
		{ok + `,"ip":"2001:db8::1","country":"US","region":"US-MD","asn":64500,"device":"d","kind":"works","symptom":"video"}`, ""},
		{"", ""},
		{`hello`, "not JSON"},
		{`{"time":`, "not JSON"},
		{`[]`, "not a JSON object"},
		{`null`, "not a JSON object"},
		{`7`, "not a JSON object"},
		{ok + `} {}`, "something follows the closing brace"},
		{ok + `,"colour":"red"}`, ""},
		{`{"service":"x"}`, "time is missing"},
		{`{"time":"yesterday","service":"x"}`, "time is not of the form 2006-01-02T15:04:05Z"},
		{`{"time":"0300-10-24T12:00:00Z","service":"x"}`, "time: the year 300 is not plausible"},
		{`{"time":"2022-10-24T12:00:00Z"}`, "service is missing"},
		{ok + `,"ip":"1.2.3"}`, "ip is not an IPv4 or IPv6 address"},
		{ok + `,"ip":"fe80::1%eth0"}`, "ip is not an IPv4 or IPv6 address"},
		{ok + `,"asn":-1}`, "asn can't be a number -1"},
		{ok + `,"asn":4294967296}`, "asn can't be a number 4294967296"},
		{ok + `,"country":"usa"}`, `country must be two capitals, such as "US"`},
		{ok + `,"region":"MD"}`, `region must be an ISO 3166-2 code, such as "US-MD"`},
		{ok + `,"region":"US-MD","country":"DE"}`, "region lies in another country"},
		{ok + `,"kind":"maybe"}`, `kind must be "down" or "works"`},
		{ok + `,"device":"` + strings.Repeat("d", 300) + `"}`, "device is longer than 256 bytes"},
		{ok + `,"symptom":"` + strings.Repeat("s", 130) + `"}`, "service or symptom is longer than 120 bytes"},
		{ok + strings.Repeat(" ", replay.MaxLine) + `}`, "longer than 64 KiB"},
	}
	for _, tt := range tests {
		_, bad, err := read(strings.NewReader(tt.line))
		var want []string
		if tt.reason != "" {
			want = []string{"1: " + tt.reason}
		}
		if err != nil || !reflect.DeepEqual(bad, want) {
			t.Errorf("%.80s: got %q, %v, want %q", tt.line, bad, err, want)
		}
	}
}

func TestReadGoesOnAfterABadLine(t *testing.T) {
	at := func(d time.Duration) string {
		return fmt.Sprintf(`{"time":%q,"service":"x"}`, noon.Add(d).Format(time.RFC3339))
	}
	text := strings.Join([]string{at(0), "nonsense", "", at(2 * time.Minute), at(time.Minute),
		at(30 * time.Second), strings.Repeat("x", 200<<10), at(3 * time.Minute)}, "\n")
	good, bad, err := read(strings.NewReader(text))
	wantBad := []string{"2: not JSON", "6: 1m30s before the latest line: lines must be ordered by time", "7: longer than 64 KiB"}
	if err != nil || len(good) != 4 || !reflect.DeepEqual(bad, wantBad) {
		t.Errorf("good %d, bad %q, err %v", len(good), bad, err)
	}
}

func TestReadStopsWithTheCaller(t *testing.T) {
	stop := errors.New("enough")
	n := 0
	err := replay.Read(strings.NewReader(strings.Repeat(`{"time":"2022-10-24T12:00:00Z","service":"x"}`+"\n", 9)),
		func(int, replay.Line) error {
			if n++; n == 3 {
				return stop
			}
			return nil
		}, nil)
	if err != stop || n != 3 {
		t.Errorf("got %v after %d lines", err, n)
	}
}

func sample() []replay.Line {
	return []replay.Line{
		{Time: noon, Service: "a"},
		{Time: noon.Add(time.Second), Service: "b", Symptom: "video", IP: "240.0.0.1", Country: "US", Region: "US-MD", ASN: 64900, Device: "<d>", Kind: outcry.KindWorks},
	}
}

// packed writes lines plain, gzipped and as zstd.
func packed(t *testing.T, lines []replay.Line) map[string][]byte {
	var plain, gz, zst bytes.Buffer
	g := gzip.NewWriter(&gz)
	z, err := zstd.NewWriter(&zst)
	if err != nil {
		t.Fatal(err)
	}
	w := replay.NewWriter(io.MultiWriter(&plain, g, z))
	for _, l := range lines {
		if err := w.Write(l); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(w.Flush(), g.Close(), z.Close()); err != nil {
		t.Fatal(err)
	}
	return map[string][]byte{"plain": plain.Bytes(), "gzip": gz.Bytes(), "zstd": zst.Bytes()}
}

func TestWhatIsWrittenIsRead(t *testing.T) {
	for name, b := range packed(t, sample()) {
		good, bad, err := read(bytes.NewReader(b))
		if err != nil || bad != nil || !reflect.DeepEqual(good, sample()) {
			t.Errorf("%s: %v, %v, %v", name, good, bad, err)
		}
	}
}

func TestACutFileIsAnError(t *testing.T) {
	for name, b := range packed(t, sample()) {
		if name == "plain" {
			continue
		}
		if _, _, err := read(bytes.NewReader(b[:len(b)-5])); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func TestReadRefusesABomb(t *testing.T) {
	pack := map[string]func(io.Writer) io.WriteCloser{
		"gzip": func(w io.Writer) io.WriteCloser { return gzip.NewWriter(w) },
		"zstd": func(w io.Writer) io.WriteCloser {
			z, err := zstd.NewWriter(w)
			if err != nil {
				t.Fatal(err)
			}
			return z
		},
	}
	zeros := make([]byte, 64<<20)
	for name, packer := range pack {
		var buf bytes.Buffer
		w := packer(&buf)
		if _, err := w.Write(zeros); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		if _, _, err := read(&buf); !errors.Is(err, replay.ErrBomb) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

func TestWriteRefusesWhatReadWould(t *testing.T) {
	w := replay.NewWriter(io.Discard)
	if err := w.Write(replay.Line{Time: noon}); err == nil {
		t.Error("a line without service was written")
	}
}

func TestSubmission(t *testing.T) {
	tests := []struct {
		line replay.Line
		want outcry.Submission
	}{
		{replay.Line{Service: "x"}, outcry.Submission{Service: "x", Kind: outcry.KindDown}},
		{replay.Line{Service: "x", Symptom: "video", Kind: outcry.KindWorks, Device: "d", IP: "::ffff:240.0.0.1"},
			outcry.Submission{Service: "x", Symptom: "video", Kind: outcry.KindWorks, Device: "d", Address: netip.MustParseAddr("240.0.0.1")}},
		{replay.Line{Service: "x", Region: "US-MD"},
			outcry.Submission{Service: "x", Kind: outcry.KindDown, Place: &outcry.Place{Country: "US", Region: "US-MD"}}},
		{replay.Line{Service: "x", ASN: 64500},
			outcry.Submission{Service: "x", Kind: outcry.KindDown, Place: &outcry.Place{ASN: 64500}}},
	}
	for _, tt := range tests {
		tt.line.Time = noon
		got, at := tt.line.Submission()
		if !reflect.DeepEqual(got, tt.want) || !at.Equal(noon) {
			t.Errorf("%+v: got %+v at %v", tt.line, got, at)
		}
	}
}

// FuzzRead: whatever the bytes, no panic; every good line is valid and can be
// written and read again.
func FuzzRead(f *testing.F) {
	f.Add([]byte(`{"time":"2022-10-24T12:00:00Z","service":"x","ip":"::1"}` + "\n{}\n"))
	f.Add([]byte{0x1f, 0x8b, 8, 0})
	f.Add([]byte{0x28, 0xb5, 0x2f, 0xfd, 0})
	f.Fuzz(func(t *testing.T, b []byte) {
		var out bytes.Buffer
		w := replay.NewWriter(&out)
		n := 0
		_ = replay.Read(bytes.NewReader(b), func(_ int, l replay.Line) error {
			n++
			l.Submission()
			return w.Write(l)
		}, func(int, string) {})
		if err := w.Flush(); err != nil {
			t.Fatal(err)
		}
		if good, bad, err := read(&out); err != nil || bad != nil || len(good) != n {
			t.Fatalf("%d lines in, %d out, bad %q, err %v", n, len(good), bad, err)
		}
	})
}
