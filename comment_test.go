package outcry

import "testing"

// What shapes words and emoji stays; what nobody sees, or what turns the
// reading round, goes.
func TestPlainText(t *testing.T) {
	const zwj, zwnj = "\u200d", "\u200c"
	family := "\U0001F468" + zwj + "\U0001F469" + zwj + "\U0001F467"
	toned := "\U0001F469\U0001F3FD" + zwj + "\U0001F4BB"
	heart := "\u2764\ufe0f" + zwj + "\U0001F525"
	for _, tt := range []struct{ name, text, want string }{
		{"plain", "Login fails.", "Login fails."},
		{"Persian", "نمی" + zwnj + "خواهم", "نمی" + zwnj + "خواهم"},
		{"Hindi, joined", "क्" + zwj + "ष", "क्" + zwj + "ष"},
		{"Hindi, apart", "क्" + zwnj + "ष", "क्" + zwnj + "ष"},
		{"family", "with my " + family + "!", "with my " + family + "!"},
		{"skin tone", toned, toned},
		{"heart on fire", heart, heart},
		{"space and line ends", " a\tb\r\nc ", "a b  c"},
		{"controls", "a\x00b\x1b[0m\u0085c\u007f", "ab[0m c"},
		{"bidi", "a\u202eb\u2066c\u2069d\u200ee\u061cf", "abcdef"},
		{"other invisible ones", "a\u200bb\u2060c\ufeffd\u00ade\u180ef", "abcdef"},
		{"tags", "a\U000e0041\U000e007fb", "ab"},
		{"joiner first and last", zwj + "a" + zwnj, "a"},
		{"joiner at a space", "a" + zwj + " " + zwnj + "b", "a b"},
		{"joiner at a digit or sign", "1" + zwj + "2." + zwnj + "a", "12.a"},
		{"joiners in a row", "ب" + zwnj + zwj + zwnj + "ب", "ب" + zwnj + "ب"},
		{"joiner beside what goes", "ب" + zwnj + "\u202e" + "ب", "بب"},
		{"nothing but joiners", zwj + zwnj + zwj, ""},
	} {
		if got := PlainText(tt.text); got != tt.want {
			t.Errorf("%s: got %+q, want %+q", tt.name, got, tt.want)
		}
	}
}

// Whoever cleans a text twice changes nothing.
func FuzzPlainText(f *testing.F) {
	f.Add("نمی\u200cخواهم \u202e\u200d\U0001F468\u200d\U0001F469")
	f.Add("a\u200d\u200c\u200db\u00ad")
	f.Fuzz(func(t *testing.T, text string) {
		once := PlainText(text)
		if twice := PlainText(once); twice != once {
			t.Errorf("%+q: once %+q, twice %+q", text, once, twice)
		}
	})
}
