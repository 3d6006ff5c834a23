package main

import (
	"fmt"
	"os"
	"strings"
)

// adminTokenLength is the least that an operator's token may have: what can be
// guessed would open moderation to all.
const adminTokenLength = 32

// adminToken reads the operator's token; "" is none. What ends the line in the
// file is not part of it.
func adminToken(file string) (string, error) {
	if file == "" {
		return "", nil
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return "", flagError("admin-token-file", err)
	}
	token := strings.TrimSpace(string(text))
	switch {
	case len(token) < adminTokenLength:
		return "", flagError("admin-token-file", fmt.Errorf("the token has %d characters, and %d are the least", len(token), adminTokenLength))
	case strings.ContainsFunc(token, func(r rune) bool { return r <= ' ' || r > '~' }):
		return "", flagError("admin-token-file", fmt.Errorf("the token may hold letters, digits and signs of ASCII only, on one line"))
	}
	return token, nil
}
