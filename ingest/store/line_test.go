package store

import (
	"encoding/json"
	"testing"
	"time"

	"pgregory.net/rapid"

	"outcry"
)

// A line of the stream is what encoding/json writes, letter by letter, whatever
// is in it.
func TestLineIsJSON(t *testing.T) {
	text := rapid.OneOf(rapid.String(), rapid.StringMatching(`[a-zA-Z0-9-]{0,20}`), rapid.StringMatching(`[ -\x7f]{0,9}`))
	at := rapid.Custom(func(t *rapid.T) time.Time {
		return time.Unix(rapid.Int64Range(-1e10, 2e11).Draw(t, "seconds"), 0).UTC().Truncate(time.Minute)
	})
	rapid.Check(t, func(t *rapid.T) {
		l := line{
			Time: at.Draw(t, "time"), Service: text.Draw(t, "service"), Symptom: text.Draw(t, "symptom"),
			Kind: outcry.Kind(text.Draw(t, "kind")), Country: text.Draw(t, "country"), Region: text.Draw(t, "region"),
			ASN: rapid.Uint32().Draw(t, "asn"),
		}
		if rapid.Bool().Draw(t, "later") {
			l.Received = at.Draw(t, "received")
		}
		want, err := json.Marshal(l)
		if err != nil {
			t.Fatal(err)
		}
		if got := l.append(nil); string(got) != string(want) {
			t.Fatalf("got %s, want %s", got, want)
		}
	})
}
