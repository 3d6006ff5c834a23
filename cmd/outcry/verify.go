package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"outcry/api/receipt"
)

// runVerify checks a receipt's signature against a published key, or judges the
// incident of a bundle again.
func runVerify(_ context.Context, args []string, env environment) error {
	var keyFile string
	f := flagSet("verify FILE")
	f.StringVar(&keyFile, "key", "", "file with the server's public key, as its /.well-known/outcry-receipt-key.json gives it")
	file, err := parseWith("file", f, args, env)
	if err != nil {
		return err
	}
	text, err := readFile(file, env.stdin)
	if err != nil {
		return err
	}
	var kind struct {
		Type string `json:"type"`
	}
	if err := json.Unmarshal(text, &kind); err != nil {
		return fmt.Errorf("%s is not the JSON it should be", file)
	}
	switch kind.Type {
	case bundleType:
		return verifyBundle(text, env.stdout)
	case receipt.Type:
		return verifyReceipt(text, keyFile, env)
	}
	return fmt.Errorf("the file is of type %q, and only %q and %q can be verified", kind.Type, receipt.Type, bundleType)
}

// verifyReceipt checks a receipt's signature.
func verifyReceipt(text []byte, keyFile string, env environment) error {
	if keyFile == "" {
		return fmt.Errorf("%w: --key is needed: without the server's public key anybody could have signed", errUsage)
	}
	var key receipt.PublicKey
	if err := readJSON(keyFile, env.stdin, &key); err != nil {
		return flagError("key", err)
	}
	public, err := key.Key()
	if err != nil {
		return flagError("key", err)
	}
	var document receipt.Document
	if err := json.Unmarshal(text, &document); err != nil {
		return errors.New("the receipt is not of the shape it should be")
	}
	statement, err := receipt.VerifyDocument(public, document)
	if err != nil {
		return errors.New("the signature does not fit: this is not what the server signed, or not this server's key")
	}
	fmt.Fprintf(env.stdout, "The signature fits. The server stated: report %s on %s (%s, %s), of %s, received %s, from %s; counted: %v; verdict then: %s.\n",
		statement.Report, statement.Service, statement.Symptom, statement.Kind,
		statement.Occurred.Format(time.RFC3339), statement.Received.Format(time.RFC3339),
		placeOf(statement), statement.Counted, statement.Verdict.State)
	return nil
}

func placeOf(s receipt.Statement) string {
	switch {
	case s.Region != "":
		return s.Region
	case s.Country != "":
		return s.Country
	}
	return "an unknown place"
}

// documentBytes bounds what is read of a file: the bundle of a day's incident
// of a large service is some megabytes.
const documentBytes = 256 << 20

func readFile(file string, stdin io.Reader) ([]byte, error) {
	in, err := openInput(file, stdin)
	if err != nil {
		return nil, err
	}
	defer in.Close()
	text, err := io.ReadAll(io.LimitReader(in, documentBytes))
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", file, err)
	}
	return text, nil
}

func readJSON(file string, stdin io.Reader, into any) error {
	text, err := readFile(file, stdin)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(text, into); err != nil {
		return fmt.Errorf("%s is not the JSON it should be", file)
	}
	return nil
}
