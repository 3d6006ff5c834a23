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

// promiseFile is what `make promise` has measured.
//
//go:embed promise.json
var promiseFile []byte

// measured reads the figures that the pages show.
func measured() (*outcry.Trials, error) {
	t := &outcry.Trials{Promise: new(outcry.TrialPromise)}
	for _, x := range []struct {
		file []byte
		into any
	}{{trialsFile, t}, {promiseFile, t.Promise}} {
		d := json.NewDecoder(bytes.NewReader(x.file))
		d.DisallowUnknownFields()
		if err := d.Decode(x.into); err != nil {
			return nil, fmt.Errorf("read the embedded trials: %w", err)
		}
	}
	return t, nil
}
