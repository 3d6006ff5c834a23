package intake

import (
	"encoding/json"
	"errors"
	"maps"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"outcry"
)

func TestJSON(t *testing.T) {
	type row struct {
		name, body string
		want       Fields
		err        error
	}
	bad := func(name, body string) row { return row{name, body, nil, ErrMalformed} }
	for _, tt := range []row{
		{"all fields", `{"service":"zoom","symptom":"login","kind":"down","comment":"a\"b","occurred_at":"x","id":"y","device":"z"}`,
			Fields{"service": "zoom", "symptom": "login", "kind": "down", "comment": `a"b`, "occurred_at": "x", "id": "y", "device": "z"}, nil},
		{"space around", " {\n\t\"service\" : \"zoom\" }\r\n", Fields{"service": "zoom"}, nil},
		{"surrogate pair", `{"comment":"\ud83d\ude00 \\ud83d"}`, Fields{"comment": `😀 \ud83d`}, nil},
		{"empty object", `{}`, Fields{}, nil},
		bad("empty", ``),
		bad("null", `null`),
		bad("array", `[]`),
		bad("text", `"service"`),
		bad("same key twice", `{"service":"zoom","service":"edx"}`),
		bad("same key twice, once escaped", `{"service":"zoom","\u0073ervice":"edx"}`),
		bad("unknown key", `{"service":"zoom","admin":"1"}`),
		bad("key in capitals", `{"Service":"zoom"}`),
		bad("number", `{"service":1}`),
		bad("1e999", `{"service":1e999}`),
		bad("NaN", `{"service":NaN}`),
		{"null is nothing", `{"service":"zoom","comment":null , "occurred_at":null}`, Fields{"service": "zoom"}, nil},
		{"nothing but null", `{"service":null}`, Fields{}, nil},
		bad("null, then a text", `{"comment":null,"comment":"x"}`),
		bad("a text, then null", `{"comment":"x","comment":null}`),
		bad("null twice", `{"comment":null,"comment":null}`),
		bad("null under an unknown key", `{"admin":null}`),
		bad("half a null", `{"service":nul}`),
		bad("more than a null", `{"service":nullx}`),
		bad("NULL", `{"service":NULL}`),
		bad("nested", `{"service":{"service":"zoom"}}`),
		bad("array value", `{"service":["zoom"]}`),
		bad("deep", strings.Repeat(`{"service":`, 700)+strings.Repeat("}", 700)),
		bad("deep arrays", strings.Repeat(`[`, 8000)),
		bad("trailing comma", `{"service":"zoom",}`),
		bad("trailing data", `{"service":"zoom"}{}`),
		bad("trailing text", `{"service":"zoom"} x`),
		bad("cut off", `{"service":"zo`),
		bad("comment", `{"service":"zoom"} // hi`),
		bad("BOM", "\ufeff"+`{"service":"zoom"}`),
		bad("invalid UTF-8", "{\"service\":\"zo\xffom\"}"),
		bad("invalid UTF-8 key", "{\"servic\xff\":\"zoom\"}"),
		bad("lone high half", `{"comment":"\ud83d"}`),
		bad("lone low half", `{"comment":"\ude00"}`),
		bad("two high halves", `{"comment":"\ud83d\ud83d\ude00"}`),
		bad("halves apart", `{"comment":"\ud83d \ude00"}`),
		bad("NUL", `{"comment":"\u0000"}`),
		bad("raw control", "{\"comment\":\"a\nb\"}"),
		bad("single quotes", `{'service':'zoom'}`),
		bad("too long", `{"comment":"`+strings.Repeat("a", MaxBytes)+`"}`),
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := JSON("application/json", []byte(tt.body))
			if !errors.Is(err, tt.err) || !maps.Equal(got, tt.want) {
				t.Errorf("got %v, %v, want %v, %v", got, err, tt.want, tt.err)
			}
		})
	}
}

func TestObjectHasItsOwnFields(t *testing.T) {
	for body, want := range map[string]string{
		`{"decision":"publish"}`: "publish", `{"decision":null}`: "", `{}`: "",
	} {
		got, err := Object("application/json", []byte(body), "decision")
		if err != nil || got["decision"] != want {
			t.Errorf("%s: %v, %v", body, got, err)
		}
	}
	for _, body := range []string{`{"service":"zoom"}`, `{"DECISION":"publish"}`, `{"decision":"publish","decision":"reject"}`, `{"decision":1}`, ``} {
		if got, err := Object("application/json", []byte(body), "decision"); !errors.Is(err, ErrMalformed) {
			t.Errorf("%s: %v, %v", body, got, err)
		}
	}
}

func TestJSONMediaType(t *testing.T) {
	for kind, want := range map[string]error{
		"application/json":                      nil,
		"Application/JSON; charset=UTF-8":       nil,
		"":                                      ErrMediaType,
		"text/plain":                            ErrMediaType,
		"application/json; charset=utf-16":      ErrMediaType,
		"application/json; profile=x":           ErrMediaType,
		"application/jsonp":                     ErrMediaType,
		"application/x-www-form-urlencoded":     ErrMediaType,
		"application/json, text/plain":          ErrMediaType,
		"application/json; charset=utf-8; =bad": ErrMediaType,
	} {
		if _, err := JSON(kind, []byte(`{}`)); !errors.Is(err, want) {
			t.Errorf("%q: got %v, want %v", kind, err, want)
		}
	}
}

func TestForm(t *testing.T) {
	const urlenc, multi = "application/x-www-form-urlencoded", "multipart/form-data; boundary=b"
	part := func(head, body string) string {
		return "--b\r\nContent-Disposition: form-data; " + head + "\r\n\r\n" + body + "\r\n"
	}
	for _, tt := range []struct {
		name, kind, body string
		want             Fields
		err              error
	}{
		{"urlencoded", urlenc, "service=zoom&symptom=&comment=a+b%0D%0Ac", Fields{"service": "zoom", "comment": "a b\nc"}, nil},
		{"charset", urlenc + "; charset=UTF-8", "service=zoom", Fields{"service": "zoom"}, nil},
		{"nothing", urlenc, "", Fields{}, nil},
		{"twice", urlenc, "service=zoom&service=edx", nil, ErrMalformed},
		{"unknown", urlenc, "service=zoom&x=", nil, ErrMalformed},
		{"index", urlenc, "a[999999999]=x", nil, ErrMalformed},
		{"negative index", urlenc, "service[-1]=x", nil, ErrMalformed},
		{"path", urlenc, strings.Repeat("a.", 3000) + "=x", nil, ErrMalformed},
		{"bad escape", urlenc, "service=%zz", nil, ErrMalformed},
		{"invalid UTF-8", urlenc, "service=%ff", nil, ErrMalformed},
		{"NUL", urlenc, "service=%00", nil, ErrMalformed},
		{"multipart", multi, part(`name="service"`, "zoom") + part(`name="comment"`, "a\r\nb") + "--b--\r\n", Fields{"service": "zoom", "comment": "a\nb"}, nil},
		{"multipart twice", multi, part(`name="service"`, "zoom") + part(`name="service"`, "edx") + "--b--\r\n", nil, ErrMalformed},
		{"file", multi, part(`name="service"; filename="x"`, "zoom") + "--b--\r\n", nil, ErrMalformed},
		{"unnamed part", multi, part(`x="service"`, "zoom") + "--b--\r\n", nil, ErrMalformed},
		{"cut off", multi, part(`name="service"`, "zoom"), nil, ErrMalformed},
		{"no boundary", "multipart/form-data", "x", nil, ErrMediaType},
		{"JSON", "application/json", `{}`, nil, ErrMediaType},
		{"nothing said", "", "service=zoom", nil, ErrMediaType},
		{"too long", urlenc, "comment=" + strings.Repeat("a", MaxBytes), nil, ErrMalformed},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := Form(tt.kind, []byte(tt.body))
			if !errors.Is(err, tt.err) || !maps.Equal(got, tt.want) {
				t.Errorf("got %v, %v, want %v, %v", got, err, tt.want, tt.err)
			}
		})
	}
}

func TestSubmission(t *testing.T) {
	at := time.Date(2026, 1, 2, 15, 4, 5, 0, time.UTC)
	const id = "0190a1b2-c3d4-4e5f-8a9b-0c1d2e3f4a5b"
	for _, tt := range []struct {
		name string
		in   Fields
		want outcry.Submission
		err  string
	}{
		{"least", Fields{"service": "zoom"}, outcry.Submission{Service: "zoom", Kind: outcry.KindDown}, ""},
		{"most", Fields{"service": "zoom", "symptom": "login", "kind": "works", "comment": " hi ", "occurred_at": "2026-01-02T16:04:05+01:00", "id": strings.ToUpper(id), "device": "d"},
			outcry.Submission{ID: id, Service: "zoom", Symptom: "login", Kind: outcry.KindWorks, Comment: "hi", Device: "d", Occurred: at}, ""},
		{"time in small letters", Fields{"service": "zoom", "occurred_at": "2026-01-02t15:04:05z"}, outcry.Submission{Service: "zoom", Kind: outcry.KindDown, Occurred: at}, ""},
		{"time with a small t", Fields{"service": "zoom", "occurred_at": "2026-01-02t16:04:05+01:00"}, outcry.Submission{Service: "zoom", Kind: outcry.KindDown, Occurred: at}, ""},
		{"second 60", Fields{"service": "zoom", "occurred_at": "2016-12-31T23:59:60Z"}, outcry.Submission{}, "The time of a report is written like 2026-01-02T15:04:05Z."},
		{"no service", Fields{}, outcry.Submission{}, "The report names no service."},
		{"kind", Fields{"service": "zoom", "kind": "Down"}, outcry.Submission{}, "The kind of a report is down or works."},
		{"empty kind", Fields{"service": "zoom", "kind": ""}, outcry.Submission{}, "The kind of a report is down or works."},
		{"comment", Fields{"service": "zoom", "comment": strings.Repeat("é", 281)}, outcry.Submission{}, "A comment may have 280 characters."},
		{"device", Fields{"service": "zoom", "device": strings.Repeat("d", 129)}, outcry.Submission{}, "The device token is too long."},
		{"id", Fields{"service": "zoom", "id": "42"}, outcry.Submission{}, "The id of a report is a UUID."},
		{"empty id", Fields{"service": "zoom", "id": ""}, outcry.Submission{}, "The id of a report is a UUID."},
		{"id in braces", Fields{"service": "zoom", "id": "{" + id + "}"}, outcry.Submission{}, "The id of a report is a UUID."},
		{"time", Fields{"service": "zoom", "occurred_at": "yesterday"}, outcry.Submission{}, "The time of a report is written like 2026-01-02T15:04:05Z."},
		{"zero time", Fields{"service": "zoom", "occurred_at": "0001-01-01T00:00:00Z"}, outcry.Submission{}, "time out of range"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := tt.in.Submission()
			if err != nil {
				if err.Error() != tt.err {
					t.Errorf("got error %q, want %q", err, tt.err)
				}
				return
			}
			if got != tt.want || tt.err != "" {
				t.Errorf("got %+v, want %+v, %q", got, tt.want, tt.err)
			}
		})
	}
}

// What is accepted means the same to an ordinary JSON reader.
func FuzzJSON(f *testing.F) {
	for _, s := range []string{`{"service":"zoom"}`, `{"a":"\ud83d\ude00"}`, `{"service":"\\ud83d"}`, `[[[[`, "{\"service\":\"\xff\"}", `{"comment":"\ud83d`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		got, err := JSON("application/json", body)
		if err != nil {
			return
		}
		var read map[string]*string
		err = json.Unmarshal(body, &read)
		want := Fields{}
		for k, v := range read {
			if v != nil {
				want[k] = *v
			}
		}
		if err != nil || !maps.Equal(got, want) {
			t.Errorf("%q: got %v, encoding/json reads %v, %v", body, got, want, err)
		}
		for k, v := range got {
			if !keys[k] || !utf8.ValidString(v) {
				t.Errorf("%q: let through %q: %q", body, k, v)
			}
		}
		_, _ = got.Submission()
	})
}

func FuzzForm(f *testing.F) {
	f.Add("application/x-www-form-urlencoded", []byte("service=zoom&comment=%20"))
	f.Add("multipart/form-data; boundary=b", []byte("--b\r\nContent-Disposition: form-data; name=\"service\"\r\n\r\nzoom\r\n--b--\r\n"))
	f.Fuzz(func(t *testing.T, kind string, body []byte) {
		got, err := Form(kind, body)
		if err != nil && !errors.Is(err, ErrMalformed) && !errors.Is(err, ErrMediaType) {
			t.Errorf("an error of another kind: %v", err)
		}
		for k, v := range got {
			if !keys[k] || !utf8.ValidString(v) {
				t.Errorf("let through %q: %q", k, v)
			}
		}
	})
}
