package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// withdraw takes a report back and returns the status.
func withdraw(t *testing.T, base, id, token string) int {
	t.Helper()
	request, err := http.NewRequest(http.MethodDelete, base+"/api/v1/reports/"+id, nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+token)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	return response.StatusCode
}

// storage is what /readyz says, with its status before it.
func storage(t *testing.T, base string) string {
	t.Helper()
	response, err := http.Get(base + "/readyz")
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	var ready struct{ Storage string }
	body, err := io.ReadAll(response.Body)
	if err == nil {
		err = json.Unmarshal(body, &ready)
	}
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprint(response.StatusCode, " ", ready.Storage)
}

// TestReportsBeforeRedisWasEverThere: with a folder for the spool, reports are
// taken though no key for their tokens could be agreed on, and each can be
// taken back later, also after a restart, and though the key in Redis is then
// another process'.
func TestReportsBeforeRedisWasEverThere(t *testing.T) {
	redis, data := t.TempDir(), t.TempDir()
	args := []string{"--redis-url", "unix://" + filepath.Join(redis, "redis.sock"), "--trusted-proxies", "127.0.0.1"}
	kept := append(args, "--data-dir", data)
	ids, tokens := map[int]string{}, map[int]string{}
	report := func(base string, n int) {
		t.Helper()
		status, answer := post(t, http.DefaultClient, base, fmt.Sprintf("60.1.%d.1", n), `{"service":"coursera"}`)
		if status != http.StatusCreated {
			t.Fatalf("report %d was answered %d: %v", n, status, answer)
		}
		ids[n], tokens[n] = answer["id"].(string), answer["withdraw_token"].(string)
	}
	base, stop := start(t, kept...)
	if got := storage(t, base); !strings.HasPrefix(got, "200 Redis does not answer: reports are kept in the journal") {
		t.Errorf("without Redis the server says %q", got)
	}
	report(base, 1)
	stop()

	redisServerIn(t, redis)
	other, _ := start(t, args...)
	report(other, 2)
	base, _ = start(t, kept...)
	report(base, 3)
	for n, deadline := 1, time.Now().Add(10*time.Second); n <= 3; n++ {
		status := withdraw(t, base, ids[n], tokens[n])
		for status == http.StatusServiceUnavailable && time.Now().Before(deadline) { // on its way to Redis
			<-time.After(20 * time.Millisecond)
			status = withdraw(t, base, ids[n], tokens[n])
		}
		if status != http.StatusNoContent {
			t.Errorf("the token of report %d was answered %d", n, status)
		}
	}
	if status := withdraw(t, base, ids[1], tokens[2]); status != http.StatusForbidden {
		t.Errorf("another report's token was answered %d", status)
	}
	if info, err := os.Stat(filepath.Join(data, "token.key")); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the key's file: %v, %v", info, err)
	}
}

// TestOwnKeyIsOffered: where Redis has no key yet, it gets the machine's own,
// so that tokens from before are good everywhere and do not change.
func TestOwnKeyIsOffered(t *testing.T) {
	redis := t.TempDir()
	args := []string{"--redis-url", "unix://" + filepath.Join(redis, "redis.sock"), "--trusted-proxies", "127.0.0.1"}
	base, _ := start(t, append(args, "--data-dir", t.TempDir())...)
	report := func(n int) (id, token string) {
		t.Helper()
		id = fmt.Sprintf("0192f0c1-2d3e-4f50-8a61-72839400000%d", n)
		status, answer := post(t, http.DefaultClient, base, fmt.Sprintf("60.1.%d.1", n), fmt.Sprintf(`{"service":"coursera","id":%q}`, id))
		if status != http.StatusCreated {
			t.Fatalf("report %d was answered %d: %v", n, status, answer)
		}
		return id, answer["withdraw_token"].(string)
	}
	id, token := report(1)
	second, secondToken := report(2)
	redisServerIn(t, redis)
	status := withdraw(t, base, second, secondToken)
	for deadline := time.Now().Add(10 * time.Second); status == http.StatusServiceUnavailable && time.Now().Before(deadline); {
		<-time.After(20 * time.Millisecond)
		status = withdraw(t, base, second, secondToken)
	}
	if status != http.StatusNoContent {
		t.Fatalf("the second report could not be withdrawn: %d", status)
	}
	if _, again := report(1); again != token {
		t.Error("a retry after Redis came got another token")
	}
	other, _ := start(t, args...)
	if status := withdraw(t, other, id, token); status != http.StatusNoContent {
		t.Errorf("at another process the token was answered %d", status)
	}
}
