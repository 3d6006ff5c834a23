package main

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"outcry"
)

const operatorToken = "0123456789abcdef0123456789abcdef"

// operatorAsks calls the administration and reads its answer.
func operatorAsks(t *testing.T, method, url, body string, into any) int {
	t.Helper()
	request, err := http.NewRequest(method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+operatorToken)
	request.Header.Set("Content-Type", "application/json")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	if into != nil && response.StatusCode == http.StatusOK {
		if err := json.Unmarshal(text, into); err != nil {
			t.Fatalf("%v in %s", err, text)
		}
	}
	return response.StatusCode
}

// TestCommentsAreModerated follows a comment from its report to the page, and
// away again with its report, over a real Redis and over the embedded store
// with its journal, which is closed and opened on the way.
func TestCommentsAreModerated(t *testing.T) {
	for name, args := range map[string][]string{
		"redis": {"--redis-url", redisServer(t)}, "embedded": {"--data-dir", t.TempDir()},
	} {
		t.Run(name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "token")
			if err := os.WriteFile(file, []byte(operatorToken+"\n"), 0o600); err != nil {
				t.Fatal(err)
			}
			args := append(args, "--admin-token-file", file)
			base, stop := start(t, args...)
			_, receipt := post(t, http.DefaultClient, base, "", `{"service":"coursera","symptom":"video","comment":"black <screen>","device":"a"}`)
			post(t, http.DefaultClient, base, "", `{"service":"coursera","symptom":"login","comment":"buy my things","device":"b"}`)
			shows := func(text string) bool { return bytes.Contains(get(t, base+"/services/coursera", nil), []byte(text)) }
			if shows("black") {
				t.Fatal("a comment is public before anybody has read it")
			}
			var waiting []outcry.Comment
			if status := operatorAsks(t, http.MethodGet, base+"/api/v1/admin/comments", "", &waiting); status != http.StatusOK || len(waiting) != 2 {
				t.Fatalf("%d, pending %+v", status, waiting)
			}
			for _, c := range waiting {
				decision := `{"decision":"publish"}`
				if strings.HasPrefix(c.Text, "buy") {
					decision = `{"decision":"reject"}`
				}
				if status := operatorAsks(t, http.MethodPost, base+"/api/v1/admin/comments/"+c.ID, decision, nil); status != http.StatusOK {
					t.Fatalf("decision on %+v: %d", c, status)
				}
			}
			if !shows("black &lt;screen&gt;") || shows("buy my things") {
				t.Error("the page does not show what was published, or shows what was not")
			}
			stop()
			base, _ = start(t, args...)
			var verdict struct{ Comments []struct{ Text string } }
			get(t, base+"/api/v1/services/coursera", &verdict)
			if len(verdict.Comments) != 1 || verdict.Comments[0].Text != "black <screen>" {
				t.Fatalf("after a restart %+v is public", verdict.Comments)
			}
			withdraw, err := http.NewRequest(http.MethodDelete, base+"/api/v1/reports/"+receipt["id"].(string), nil)
			if err != nil {
				t.Fatal(err)
			}
			withdraw.Header.Set("Authorization", "Bearer "+receipt["withdraw_token"].(string))
			response, err := http.DefaultClient.Do(withdraw)
			if err != nil {
				t.Fatal(err)
			}
			response.Body.Close()
			if response.StatusCode != http.StatusNoContent || shows("black") {
				t.Errorf("withdrawn with %d, and its comment is still shown: %v", response.StatusCode, shows("black"))
			}
			if operatorAsks(t, http.MethodGet, base+"/api/v1/admin/comments?state=published", "", &waiting); len(waiting) != 0 {
				t.Errorf("still public: %+v", waiting)
			}
		})
	}
}

func TestTheTokenIsWrittenNowhere(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(file, []byte(operatorToken), 0o600); err != nil {
		t.Fatal(err)
	}
	base, stop := start(t, "--redis-url", redisServerIn(t, dir), "--data-dir", dir, "--admin-token-file", file)
	post(t, http.DefaultClient, base, "", `{"service":"coursera","comment":"something","device":"a"}`)
	var waiting []outcry.Comment
	operatorAsks(t, http.MethodGet, base+"/api/v1/admin/comments", "", &waiting)
	for _, c := range waiting {
		operatorAsks(t, http.MethodPost, base+"/api/v1/admin/comments/"+c.ID, `{"decision":"publish"}`, nil)
	}
	stop()
	entries := 0
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		text, err := os.ReadFile(path)
		if bytes.Contains(text, []byte(operatorToken)) {
			t.Errorf("%s holds the token", filepath.Base(path))
		}
		entries += bytes.Count(text, []byte(":moderation"))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(waiting) != 1 || entries == 0 {
		t.Errorf("%d comments waited, and %d writes of a decision are in Redis' file", len(waiting), entries)
	}
}
