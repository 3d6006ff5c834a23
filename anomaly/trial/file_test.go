package trial

import (
	"encoding/json"
	"math"
	"os"
	"testing"
	"testing/fstest"

	"outcry"
)

func committed(t *testing.T) *outcry.Trials {
	t.Helper()
	text, err := os.ReadFile("../../cmd/outcry/trials.json")
	if err != nil {
		t.Fatal(err)
	}
	file := new(outcry.Trials)
	if err := json.Unmarshal(text, file); err != nil {
		t.Fatal(err)
	}
	return file
}

const again = "run `make trials` and commit cmd/outcry/trials.json"

// TestFileAgreesWithTheCode plays the small set again. Where the detector's
// source is what the file was made with, every delay must be the same. Where it
// has changed since, what the pages say may still hold: then one outage in ten
// may have another fate, and the false alarms must lie in the interval that the
// file's number has.
func TestFileAgreesWithTheCode(t *testing.T) {
	file := committed(t)
	got, err := Check(t.Context(), file.Check.Seed, file.Accepted)
	if err != nil {
		t.Fatal(err)
	}
	now, err := Fingerprint(os.DirFS(".."))
	if err != nil {
		t.Fatal(err)
	}
	if got.Services != file.Check.Services || got.Weeks != file.Check.Weeks || len(got.Delays) != len(file.Check.Delays) {
		t.Fatalf("the file's check is of another set: %s", again)
	}
	changed, fates := 0, 0
	for i, d := range got.Delays {
		if d != file.Check.Delays[i] {
			changed++
		}
		if (d < 0) != (file.Check.Delays[i] < 0) {
			fates++
		}
	}
	if now == file.Detector {
		if changed > 0 || got.False != file.Check.False {
			t.Errorf("%d delays and %d false alarms differ from the file's: %s", changed, got.False-file.Check.False, again)
		}
		return
	}
	limits := rate(file.Check.False, 1)
	if fates > len(got.Delays)/10 || float64(got.False) < math.Floor(limits.Low) || float64(got.False) > limits.High {
		t.Errorf("the detector has changed (%s, was %s): %d of %d outages have another fate, %d false alarms where the file has %d: %s",
			now, file.Detector, fates, len(got.Delays), got.False, file.Check.False, again)
	}
}

// TestFileIsWhole checks that the file's sums and intervals follow from its
// counts, and that the rule it tells is the program's.
func TestFileIsWhole(t *testing.T) {
	file := committed(t)
	sum := func(tier, size int) (n, noticed int) {
		for i := range file.Tiers {
			for k := range file.Sizes {
				if f := file.Of(i, k); (tier < 0 || tier == i) && (size < 0 || size == k) {
					n, noticed = n+f.Noticed.Of, noticed+f.Noticed.Count
				}
			}
		}
		return n, noticed
	}
	for _, f := range file.Found {
		n, noticed := sum(f.Tier, f.Size)
		if f.Noticed != share(noticed, n) {
			t.Errorf("tier %d, size %d: %+v, want %+v", f.Tier, f.Size, f.Noticed, share(noticed, n))
		}
		if f.Delay.Of != noticed || f.AllClear.Of+f.Early.Count != noticed || f.Likely.Count > noticed {
			t.Errorf("tier %d, size %d: %d noticed, but %+v", f.Tier, f.Size, noticed, f)
		}
	}
	if want := len(file.Seeds) * file.Services * (file.Weeks - file.Learning) * 2; file.Of(-1, -1).Noticed.Of != want {
		t.Errorf("%d outages, want two a week: %d", file.Of(-1, -1).Noticed.Of, want)
	}
	for _, r := range append(file.False.Tiers, file.False.All, file.False.Likely, file.False.Chance, file.False.Learning) {
		if want := rate(r.Count, r.Weeks); !near(r.Low, want.Low, 2e-3) || !near(r.High, want.High, 2e-3) {
			t.Errorf("%+v, want %+v", r, want)
		}
	}
	if want := newRecord().figures().Rule; file.Rule != want {
		t.Errorf("the file tells of the rule %+v, the program has %+v: %s", file.Rule, want, again)
	}
}

func TestFingerprintSeesCodeAndNoTests(t *testing.T) {
	files := fstest.MapFS{"a.go": {Data: []byte("package a")}, "detect/b.go": {Data: []byte("package b")}}
	hash := func() string {
		h, err := Fingerprint(files)
		if err != nil {
			t.Fatal(err)
		}
		return h
	}
	first := hash()
	files["detect/b_test.go"] = &fstest.MapFile{Data: []byte("package b")}
	files["backtest/c.go"] = &fstest.MapFile{Data: []byte("package c")}
	if hash() != first {
		t.Error("a test, or the backtest's reader, changed the hash")
	}
	files["detect/b.go"] = &fstest.MapFile{Data: []byte("package b // other")}
	if hash() == first {
		t.Error("other code has the same hash")
	}
}
