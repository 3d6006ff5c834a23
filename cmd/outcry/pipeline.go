package main

import (
	"errors"
	"fmt"
	"os"
	"time"

	"outcry"
	"outcry/ingest"
	"outcry/ingest/commit"
	"outcry/ingest/geo"
	"outcry/ingest/source"
)

// pipeline is a report's way into the store, as every command uses it.
type pipeline struct {
	keeping
	catalogs    *catalogs
	desk        *ingest.Desk
	falseAlarms float64
	wall        func() time.Time
	closers     []func() error
}

// openPipeline opens catalogue, place databases and store, and puts the desk
// before them. The wall's clock is the one by which keys live, whatever clock
// the reports have.
func openPipeline(c config, hasher *source.Hasher, wall func() time.Time) (*pipeline, error) {
	p := &pipeline{falseAlarms: c.falseAlarms, wall: wall}
	if err := p.open(c, hasher, wall); err != nil {
		p.close()
		return nil, err
	}
	return p, nil
}

func (p *pipeline) open(c config, hasher *source.Hasher, wall func() time.Time) (err error) {
	if p.catalogs, err = openCatalog(c.catalogFile); err != nil {
		return err
	}
	places, err := openPlaces(c)
	if err != nil {
		return err
	}
	p.later(places.Close)
	if err := p.openStore(c, wall); err != nil {
		return err
	}
	committer := commit.New(p.writer(), commit.Config{})
	p.later(committer.Close)
	p.desk = ingest.NewDesk(p.catalogs.get, places, hasher, committer, p.writer())
	return nil
}

// secretBytes is the least that a secret file must hold.
const secretBytes = 32

// openSecret reads the secret from which daily salts and withdrawal tokens are
// derived; nil is none.
func openSecret(file string) ([]byte, error) {
	if file == "" {
		return nil, nil
	}
	secret, err := os.ReadFile(file)
	if err != nil {
		return nil, flagError("secret-file", err)
	}
	if len(secret) < secretBytes {
		return nil, flagError("secret-file", fmt.Errorf("it holds %d bytes, and %d are the least", len(secret), secretBytes))
	}
	return secret, nil
}

// hasher makes the sources of reports under the secret, or without one.
func hasher(secret []byte) *source.Hasher {
	if secret == nil {
		return source.New()
	}
	return source.Shared(secret)
}

// openPlaces opens the databases that are named, and says which is at fault.
func openPlaces(c config) (*geo.DB, error) {
	places, err := geo.Open(c.geoip, c.geoipASN)
	if err == nil {
		return places, nil
	}
	if alone, errCity := geo.Open(c.geoip, ""); errCity == nil {
		alone.Close()
		return nil, flagError("geoip-asn", err)
	}
	return nil, flagError("geoip", err)
}

func (p *pipeline) later(f func() error) { p.closers = append(p.closers, f) }

// close ends everything, the last opened first.
func (p *pipeline) close() error {
	var err error
	for i := len(p.closers) - 1; i >= 0; i-- {
		err = errors.Join(err, p.closers[i]())
	}
	p.closers = nil
	return err
}

// isRejection tells what is wrong with a report from what is wrong with us.
func isRejection(err error) bool {
	for _, kind := range []error{outcry.ErrInvalid, outcry.ErrUnknownService, outcry.ErrUnknownSymptom, outcry.ErrTimeRange} {
		if errors.Is(err, kind) {
			return true
		}
	}
	return false
}
