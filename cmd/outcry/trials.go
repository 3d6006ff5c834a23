package main

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"fmt"

	"outcry"
)

// trialsFile is what `make trials` has measured with the detector's source.
//
//go:embed trials.json
var trialsFile []byte

// measured reads the figures that the pages show.
func measured() (*outcry.Trials, error) {
	t := new(outcry.Trials)
	d := json.NewDecoder(bytes.NewReader(trialsFile))
	d.DisallowUnknownFields()
	if err := d.Decode(t); err != nil {
		return nil, fmt.Errorf("read the embedded trials: %w", err)
	}
	return t, nil
}
