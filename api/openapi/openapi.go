// Package openapi holds the description of the interface. It is written by hand
// in openapi.yaml; openapi.json is the same for machines, written by the test
// that holds the description against the real router.
package openapi

import _ "embed"

// Document is the description as JSON.
//
//go:embed openapi.json
var Document []byte
