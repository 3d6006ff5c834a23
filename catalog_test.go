package outcry

import (
	"strings"
	"testing"
)

// A key has one spelling and stands once; what is wrong names the key and where
// it stands.
func TestACatalogsKeysAreStrict(t *testing.T) {
	const zoom = `{"slug":"zoom","name":"Zoom"}`
	for _, tt := range []struct {
		name, file string
		want       []string
	}{
		{"unknown", `{"services":[` + zoom + `,{"slug":"edx","name":"edX","colour":"red"}]}`, []string{`"colour"`, `service 2 ("edx")`}},
		{"capitals", `{"services":[{"SLUG":"zoom","name":"Zoom"}]}`, []string{`"SLUG"`, "service 1"}},
		{"some capitals", `{"services":[{"slug":"zoom","NaMe":"Zoom"}]}`, []string{`"NaMe"`, `service 1 ("zoom")`}},
		{"capitals beside", `{"services":[{"slug":"zoom","name":"Zoom","URL":"https://a.example"}]}`, []string{`"URL"`, `("zoom")`}},
		{"capitals at the top", `{"Services":[` + zoom + `]}`, []string{`"Services"`}},
		{"beside services", `{"services":[` + zoom + `],"version":1}`, []string{`"version"`}},
		{"twice", `{"services":[{"slug":"zoom","name":"Zoom","slug":"edx"}]}`, []string{`"slug"`, "twice", "service 1"}},
		{"twice, once escaped", `{"services":[{"slug":"zoom","name":"Zoom","\u006eame":"edX"}]}`, []string{`"name"`, "twice", `("zoom")`}},
		{"twice at the top", `{"services":[` + zoom + `],"services":[]}`, []string{`"services"`, "twice"}},
		{"of a symptom", `{"services":[{"slug":"zoom","name":"Zoom","symptoms":[{"slug":"a"},{"slug":"b","Label":"B"}]}]}`, []string{`"Label"`, "symptom 2", `("zoom")`}},
		{"twice in a symptom", `{"services":[{"slug":"zoom","name":"Zoom","symptoms":[{"slug":"a","slug":"b"}]}]}`, []string{`"slug"`, "twice", "symptom 1"}},
		{"of a help", `{"services":[{"slug":"zoom","name":"Zoom","help":["Wait.",{"text":"Ask.","URL":""}]}]}`, []string{`"URL"`, "help 2"}},
		{"a word as a service", `{"services":[` + zoom + `,"edx"]}`, []string{"service 2"}},
		{"cut off", `{"services":[` + zoom, []string{"cut off"}},
		{"followed", `{"services":[` + zoom + `]}{}`, []string{"follows"}},
		{"not one", `[` + zoom + `]`, []string{"not an object"}},
		{"none", `{"services":[]}`, []string{"no services"}},
		{"null", `null`, []string{"catalogue"}},
	} {
		_, err := ParseCatalog(strings.NewReader(tt.file))
		if err == nil || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v, want one sentence", tt.name, err)
			continue
		}
		for _, part := range tt.want {
			if !strings.Contains(err.Error(), part) {
				t.Errorf("%s: %q does not say %s", tt.name, err, part)
			}
		}
	}
	full := `{"services":[{"slug":"zoom","name":"Zoom","url":"https://zoom.us","category":"video","time_zone":"UTC","aliases":["z"],
		"symptoms":[{"slug":"a","label":"A"}],"depends_on":["aws"],"status_url":"","home_networks":[64500],"help":["Wait.",{"text":"Ask.","url":"https://a.example"}]}]}`
	c, err := ParseCatalog(strings.NewReader(full))
	if err != nil || c.Services()[0].Help[1].URL != "https://a.example" || c.Services()[0].Symptoms[0].Label != "A" {
		t.Errorf("all keys: %v", err)
	}
	if _, err := ParseCatalog(strings.NewReader(`{"services":[{"slug":"zoom","name":"Zoom","symptoms":null,"help":null,"aliases":null}]}`)); err != nil {
		t.Errorf("null for a list: %v", err)
	}
}
