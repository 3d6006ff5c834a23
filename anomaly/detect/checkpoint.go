package detect

import (
	"bytes"
	"encoding/gob"
	"errors"
	"fmt"
	"time"

	"outcry/anomaly/scan"
)

// checkpointVersion rises when the state changes its meaning; an older one is
// refused, and the detector starts from its history instead.
const checkpointVersion = 5

// checkpoint is all that a Detector knows.
type checkpoint struct {
	Version  int
	Bin      time.Duration
	Total    engine
	Symptoms *scan.Board
	Regions  *scan.Board
	Last     Judgement
}

// MarshalBinary writes the state. A Detector made with the same Config that
// reads it goes on bit for bit.
func (d *Detector) MarshalBinary() ([]byte, error) {
	var b bytes.Buffer
	err := gob.NewEncoder(&b).Encode(checkpoint{
		Version: checkpointVersion, Bin: d.config.Bin,
		Total: d.total, Symptoms: d.symptoms, Regions: d.regions, Last: d.last,
	})
	if err != nil {
		return nil, fmt.Errorf("write detector state: %w", err)
	}
	return b.Bytes(), nil
}

// UnmarshalBinary replaces the state of a Detector made by New with the same bin
// width. On an error the Detector is as it was.
func (d *Detector) UnmarshalBinary(data []byte) error {
	if d.config.Bin <= 0 {
		return errors.New("read detector state: the detector was not made by New")
	}
	var c checkpoint // empty: gob leaves zeros out
	if err := gob.NewDecoder(bytes.NewReader(data)).Decode(&c); err != nil {
		return fmt.Errorf("read detector state: %w", err)
	}
	switch {
	case c.Version != checkpointVersion:
		return fmt.Errorf("read detector state: version %d, want %d", c.Version, checkpointVersion)
	case c.Bin != d.config.Bin:
		return fmt.Errorf("read detector state: bins of %v, want %v", c.Bin, d.config.Bin)
	}
	c.Total.scale(d.config.Bin)
	if !c.Total.sound() || !c.Symptoms.Sound() || !c.Regions.Sound() {
		return errors.New("read detector state: inconsistent")
	}
	c.Total.prepare()
	c.Symptoms.Prepare(d.config.Bin.Minutes(), nil)
	c.Regions.Prepare(d.config.Bin.Minutes(), d.config.Neighbors)
	d.total, d.symptoms, d.regions, d.last = c.Total, c.Symptoms, c.Regions, c.Last
	return nil
}

// sound tells whether slices have the lengths that steps rely on.
func (e *engine) sound() bool {
	n := len(newRecent(e.bin).Count)
	return e.Profile != nil && e.History.Sound() && e.Day.sound() &&
		len(e.Recent.Count) == n && len(e.Recent.Mean) == n && e.Recent.At >= 0 && e.Recent.At < n && e.Noise.DriftMinutes > 0
}
