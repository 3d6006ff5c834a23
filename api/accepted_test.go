package api

import (
	"encoding/json"
	"testing"

	"pgregory.net/rapid"

	"outcry"
)

// The answer is what encoding/json writes, letter by letter, whatever is in it.
func TestAcceptedIsJSON(t *testing.T) {
	text := rapid.OneOf(rapid.String(), rapid.StringMatching(`[A-Za-z0-9/_-]{0,40}`), rapid.StringMatching(`[ -\x7f]{0,9}`))
	rapid.Check(t, func(t *rapid.T) {
		a := accepted{
			ID: text.Draw(t, "id"), Counted: rapid.Bool().Draw(t, "counted"), Reason: outcry.Reason(text.Draw(t, "reason")),
			WithdrawToken: text.Draw(t, "token"), ReceiptURL: text.Draw(t, "receipt"),
			Place: place{text.Draw(t, "country"), text.Draw(t, "region")},
		}
		want, err := json.Marshal(a)
		if err != nil {
			t.Fatal(err)
		}
		if got := a.append(nil); string(got) != string(want) {
			t.Fatalf("got %s, want %s", got, want)
		}
	})
}
