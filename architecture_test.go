package outcry_test

import (
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// rooms is the architecture: which of our packages and which libraries the
// code under each folder may import, besides the standard library and itself.
// A trailing "/..." takes in what lies below.
var rooms = map[string][]string{
	".":        {},
	"anomaly":  {"outcry", "gonum.org/v1/gonum/..."},
	"ingest":   {"outcry", "github.com/redis/go-redis/v9/...", "github.com/alicebob/miniredis/v2/...", "github.com/yuin/gopher-lua", "github.com/oschwald/geoip2-golang/v2", "github.com/oschwald/maxminddb-golang/v2", "github.com/klauspost/compress/...", "github.com/google/uuid"},
	"frontend": {"outcry"},
	"api":      {"outcry", "outcry/frontend", "github.com/gofiber/fiber/v2/...", "github.com/valyala/fasthttp/...", "github.com/google/uuid"},
	// The program wires the rooms and uses no library of theirs.
	"cmd/outcry":   {"outcry", "outcry/..."},
	"cmd/scenario": {"outcry", "outcry/ingest/..."},
	// It measures the program from outside, and a bare Fiber handler beside it.
	"cmd/bench":  {"outcry", "outcry/ingest/commit", "outcry/ingest/store", "github.com/gofiber/fiber/v2", "github.com/valyala/fasthttp", "github.com/google/uuid"},
	"cmd/trials": {"outcry/anomaly/..."},
	// It runs the program and Redis as processes, and reads what both say.
	"cmd/faults": {"outcry/ingest/store", "github.com/google/uuid", "github.com/valyala/fasthttp"},
	"cmd/geodb":  {"github.com/maxmind/mmdbwriter/...", "github.com/oschwald/maxminddb-golang/v2"},
}

// testOnly may be imported by any test.
var testOnly = []string{"outcry", "pgregory.net/rapid", "go.uber.org/goleak", "github.com/maxmind/mmdbwriter/...", "github.com/getkin/kin-openapi/...", "github.com/redis/go-redis/v9/...", "github.com/gofiber/fiber/v2/..."}

func TestImportsPointOneWay(t *testing.T) {
	seen := map[string]bool{}
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && path != "." && (d.Name() == "node_modules" || strings.HasPrefix(d.Name(), ".")) {
			return filepath.SkipDir
		}
		if !strings.HasSuffix(path, ".go") {
			return nil
		}
		room := roomOf(path)
		if _, known := rooms[room]; !known {
			t.Errorf("%s lies in %q, which is no room of the architecture", path, room)
			return nil
		}
		seen[room] = true
		checkImports(t, path, room)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for room := range rooms {
		if !seen[room] {
			t.Errorf("no Go file lies in %q: the architecture names a room that is not there", room)
		}
	}
}

func checkImports(t *testing.T, path, room string) {
	file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ImportsOnly)
	if err != nil {
		t.Fatal(err)
	}
	for _, spec := range file.Imports {
		name, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			t.Fatal(err)
		}
		allowed := append([]string{"outcry/" + room + "/..."}, rooms[room]...)
		if strings.HasSuffix(path, "_test.go") {
			allowed = append(allowed, testOnly...)
		}
		if !standard(name) && !matches(name, allowed) {
			t.Errorf("%s imports %s, which %q may not", path, name, room)
		}
	}
}

// roomOf is the first folder of a path; of cmd, the first two.
func roomOf(path string) string {
	parts := strings.Split(filepath.ToSlash(path), "/")
	switch {
	case len(parts) == 1:
		return "."
	case parts[0] == "cmd" && len(parts) > 2:
		return "cmd/" + parts[1]
	}
	return parts[0]
}

func standard(name string) bool {
	first, _, _ := strings.Cut(name, "/")
	return !strings.Contains(first, ".") && first != "outcry"
}

func matches(name string, allowed []string) bool {
	for _, a := range allowed {
		prefix, below := strings.CutSuffix(a, "/...")
		if name == prefix || below && strings.HasPrefix(name, prefix+"/") {
			return true
		}
	}
	return false
}
