package outcry

import "encoding/json"

// AppendText adds text to b as encoding/json writes it: nearly all of ours are
// plain, being names, codes and base64, and then it is a copy.
func AppendText(b []byte, text string) []byte {
	for i := range len(text) {
		if c := text[i]; c < ' ' || c > '~' || c == '"' || c == '\\' || c == '<' || c == '>' || c == '&' {
			quoted, _ := json.Marshal(text) // a text always has one
			return append(b, quoted...)
		}
	}
	return append(append(append(b, '"'), text...), '"')
}
