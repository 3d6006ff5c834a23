package main

import "testing"

// TestReceiptKeyOfASecret: web processes with one secret know each other's
// receipts, wherever they keep their data; others do not.
func TestReceiptKeyOfASecret(t *testing.T) {
	key := func(secret, dir string) string {
		t.Helper()
		var bytes []byte
		if secret != "" {
			bytes = []byte(secret)
		}
		k, err := receiptKey(bytes, dir)
		if err != nil {
			t.Fatal(err)
		}
		return string(k.Seed())
	}
	kept := t.TempDir()
	if key("one", "") != key("one", kept) {
		t.Error("two processes with one secret sign with two keys")
	}
	if key("one", "") == key("two", "") {
		t.Error("two secrets make one key")
	}
	if key("", kept) != key("", kept) || key("", kept) == key("", t.TempDir()) {
		t.Error("without a secret the key is the data folder's")
	}
}
