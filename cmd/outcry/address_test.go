package main

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io/fs"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// reporters are addresses that stand out: no part of them means anything else
// in the files that are searched.
func reporters() []netip.Addr {
	var list []netip.Addr
	for n := range 12 {
		list = append(list, netip.AddrFrom4([4]byte{byte(61 + n), byte(201 - n), byte(77 + 3*n), byte(239 - 7*n)}))
	}
	for n := range 4 {
		list = append(list, netip.AddrFrom16([16]byte{0x2a, 0x0e, 0x97, byte(0x40 + n), 0xbe, 0xef, 0xca, 0xfe, 0x91, 0x53, 0x77, 0x2d, 0x41, 0x8c, 0x66, byte(n)}))
	}
	return list
}

// spellings are all the ways in which an address might have been written: as
// text, as its network's text, as a number, in hexadecimal, in base64 and as
// bytes in either order.
func spellings(a netip.Addr) map[string][]byte {
	b := a.AsSlice()
	back := slices.Clone(b)
	slices.Reverse(back)
	out := map[string][]byte{
		"text": []byte(a.String()), "hexadecimal": []byte(hex.EncodeToString(b)), "HEXADECIMAL": []byte(strings.ToUpper(hex.EncodeToString(b))),
		"base64": []byte(base64.RawStdEncoding.EncodeToString(b)), "bytes": b, "bytes backwards": back,
	}
	if a.Is4() {
		out["its /24"] = []byte(netip.PrefixFrom(a, 24).Masked().Addr().String())
		out["number"] = []byte(strconv.FormatUint(uint64(b[0])<<24|uint64(b[1])<<16|uint64(b[2])<<8|uint64(b[3]), 10))
	} else {
		out["long text"] = []byte(a.StringExpanded())
		out["its /64"] = []byte(netip.PrefixFrom(a, 64).Masked().Addr().String())
		out["its /48"] = []byte(netip.PrefixFrom(a, 48).Masked().Addr().String())
	}
	return out
}

// search names what of the addresses stands in a text. Four bytes may stand
// anywhere by chance, once in four thousand megabytes; two addresses do not.
func search(t *testing.T, where string, text []byte) {
	t.Helper()
	if len(text) == 0 {
		t.Errorf("%s is empty: nothing was searched", where)
	}
	bare := 0
	for _, a := range reporters() {
		for how, spelling := range spellings(a) {
			if !bytes.Contains(text, spelling) {
				continue
			}
			if len(spelling) == 4 {
				bare++
				continue
			}
			t.Errorf("%s holds an address, as %s: %q", where, how, spelling)
		}
	}
	if bare > 1 {
		t.Errorf("%s holds %d addresses as bytes", where, bare)
	}
}

// searchFiles searches all files under a folder, and returns how many.
func searchFiles(t *testing.T, dir string) (files int) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		if len(text) > 0 { // as the lock file is
			search(t, filepath.Base(path), text)
			files++
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// written keeps what the program says.
type written struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (w *written) Write(b []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.text.Write(b)
}

func (w *written) bytes() []byte {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.text.Bytes())
}

// TestNoAddressIsWrittenAnywhere: not in Redis' file, the journal, the
// snapshot, the spool, the log, the metrics or an answer, in whatever way it
// might be written.
func TestNoAddressIsWrittenAnywhere(t *testing.T) {
	ask := func(t *testing.T, base string) {
		t.Helper()
		for n, a := range reporters() {
			for _, body := range []string{
				fmt.Sprintf(`{"service":"coursera","symptom":"video","device":"device-%d","comment":"it is number %d"}`, n, n),
				`{"service":"coursera","kind":"works"}`, `{"service":"nowhere"}`, `{"service"`,
			} {
				status, answer := post(t, http.DefaultClient, base, a.String(), body)
				if status != http.StatusCreated && status != http.StatusNotFound && status != http.StatusBadRequest {
					t.Errorf("%s from %v was answered %d", body, a, status)
				}
				search(t, "an answer", fmt.Append(nil, answer))
			}
		}
		search(t, "/metrics", get(t, base+"/metrics", nil))
	}
	proxy := []string{"--trusted-proxies", "127.0.0.1"}
	t.Run("embedded", func(t *testing.T) {
		data := t.TempDir()
		var log written
		base, stop := startLogging(t, &log, append(proxy, "--data-dir", data)...)
		ask(t, base)
		if searchFiles(t, data) < 2 { // a journal and a key
			t.Error("no journal was searched")
		}
		stop()
		if _, err := os.Stat(filepath.Join(data, "snapshot.resp")); err != nil {
			t.Error(err)
		}
		searchFiles(t, data)
		search(t, "the log", append(log.bytes(), "end"...))
	})
	t.Run("redis", func(t *testing.T) {
		redis, data := t.TempDir(), t.TempDir()
		var log written
		base, stop := startLogging(t, &log, append(proxy, "--data-dir", data, "--redis-url", redisServerIn(t, redis))...)
		ask(t, base)
		stop()
		if searchFiles(t, redis) == 0 {
			t.Error("Redis wrote no file")
		}
		searchFiles(t, data)
		search(t, "the log", append(log.bytes(), "end"...))
	})
	t.Run("spool", func(t *testing.T) {
		data := t.TempDir()
		var log written
		base, stop := startLogging(t, &log, append(proxy, "--data-dir", data, "--redis-url", "unix:///nowhere/redis.sock")...)
		ask(t, base)
		if searchFiles(t, data) < 2 {
			t.Error("no spool was searched")
		}
		stop()
		search(t, "the log", append(log.bytes(), "end"...))
	})
}
