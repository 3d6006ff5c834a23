package detect

import (
	"bytes"
	"reflect"
	"testing"
	"time"
)

// partsOf splits a total over keys, deterministically.
func partsOf(total float64, keys ...string) map[string]float64 {
	m := map[string]float64{}
	for i := range int(total) {
		m[keys[i%len(keys)]]++
	}
	return m
}

func TestCheckpointGoesOnBitForBit(t *testing.T) {
	for _, bin := range []time.Duration{time.Minute, 5 * time.Minute} {
		config := Config{Bin: bin, Zone: time.FixedZone("X", 3600), Neighbors: map[string][]string{"US-MD": {"US-VA"}}}
		w := newWorld(7, bin, 10)
		d := New(config)
		var copied *Detector
		end := monday.AddDate(0, 0, 18)
		for n, at := 0, monday; at.Before(end); n, at = n+1, at.Add(bin) {
			ratio := 1.0
			if at.YearDay()%5 == 0 && at.Hour() == 14 { // outages, so that every part of the state is used
				ratio = 4
			}
			o := Observation{Start: at, Total: w.draw(at, ratio), Missing: n%97 == 0}
			o.Symptoms, o.Regions = partsOf(o.Total, "login", "video", "slow"), partsOf(o.Total, "US-MD", "US-VA", "DE-BE")
			j := d.Step(o)
			if n%(7*int(24*time.Hour/bin)/3) == 0 {
				data, err := d.MarshalBinary()
				if err != nil {
					t.Fatal(err)
				}
				copied = New(config)
				if err := copied.UnmarshalBinary(data); err != nil {
					t.Fatal(err)
				}
				again, _ := copied.MarshalBinary()
				if !bytes.Equal(data, again) {
					t.Fatalf("bin %d: written twice, differs", n)
				}
				continue
			}
			if k := copied.Step(o); !reflect.DeepEqual(j, k) {
				t.Fatalf("bin %d: continued\n%+v\nwant\n%+v", n, k, j)
			}
		}
	}
}

func TestCheckpointRefusesWhatItCannotRead(t *testing.T) {
	d, _ := trained(t, 8, 5*time.Minute, 5, 1)
	data, err := d.MarshalBinary()
	if err != nil {
		t.Fatal(err)
	}
	for name, bad := range map[string][]byte{
		"empty": nil, "half": data[:len(data)/2], "other": []byte("not a checkpoint"),
	} {
		if New(Config{Bin: 5 * time.Minute}).UnmarshalBinary(bad) == nil {
			t.Errorf("%s: no error", name)
		}
	}
	if New(Config{Bin: time.Minute}).UnmarshalBinary(data) == nil {
		t.Error("other bin width: no error")
	}
	if new(Detector).UnmarshalBinary(data) == nil {
		t.Error("zero detector: no error")
	}
}

func FuzzCheckpoint(f *testing.F) {
	d := New(Config{Bin: 5 * time.Minute})
	d.Step(Observation{Start: monday, Total: 3})
	data, err := d.MarshalBinary()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(data)
	f.Fuzz(func(t *testing.T, data []byte) {
		d := New(Config{Bin: 5 * time.Minute})
		if d.UnmarshalBinary(data) == nil {
			d.Step(Observation{Start: monday.Add(time.Hour), Total: 1})
		}
	})
}
