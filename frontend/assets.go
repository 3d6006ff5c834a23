package frontend

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"
	"regexp"
	"strings"
)

//go:embed style/*.css style/icon.svg
var styleFiles embed.FS

// all: lets the placeholder match where nothing was built.
//
//go:embed all:dist
var builtFiles embed.FS

// AssetPrefix is where every asset lives. An asset's path names its content,
// so that it may be cached for ever:
// "Cache-Control: public, max-age=31536000, immutable".
const AssetPrefix = "/assets/"

// ContentSecurityPolicy is what the pages need and no more. The embedded page
// needs "frame-ancestors *" in place of 'none'.
const ContentSecurityPolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; " +
	"connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// Asset is a file that pages refer to.
type Asset struct {
	Path        string // AssetPrefix and a name with a hash
	ContentType string
	Body, Gzip  []byte
}

type assets struct {
	byPath map[string]Asset
	byName map[string]string // "site.css" → path
}

// Asset finds an asset by the path of a request.
func (r *Renderer) Asset(path string) (Asset, bool) {
	a, ok := r.asset.byPath[path]
	return a, ok
}

// Assets lists all, in no order.
func (r *Renderer) Assets() []Asset {
	var list []Asset
	for _, a := range r.asset.byPath {
		list = append(list, a)
	}
	return list
}

// HasScript reports whether the script bundle was built in. Without it the
// pages are complete, but not live.
func (r *Renderer) HasScript() bool { return r.asset.byName["site.js"] != "" }

func loadAssets() (assets, error) {
	a := assets{byPath: map[string]Asset{}, byName: map[string]string{}}
	css, err := styleSheet()
	if err != nil {
		return a, err
	}
	icon, err := styleFiles.ReadFile("style/icon.svg")
	if err != nil {
		return a, err
	}
	for _, f := range []struct {
		name, kind string
		body       []byte
	}{
		{"site.css", "text/css; charset=utf-8", css},
		{"icon.svg", "image/svg+xml", icon},
	} {
		if err := a.add(f.name, f.kind, f.body); err != nil {
			return a, err
		}
	}
	script, err := builtFiles.ReadFile("dist/site.js")
	if err != nil {
		return a, nil // not built: see the package comment
	}
	return a, a.add("site.js", "text/javascript; charset=utf-8", script)
}

func (a *assets) add(name, kind string, body []byte) error {
	sum := sha256.Sum256(body)
	stem, ext, _ := strings.Cut(name, ".")
	path := fmt.Sprintf("%s%s.%s.%s", AssetPrefix, stem, hex.EncodeToString(sum[:6]), ext)
	var packed bytes.Buffer
	z, err := gzip.NewWriterLevel(&packed, gzip.BestCompression)
	if err != nil {
		return err
	}
	if _, err := z.Write(body); err != nil {
		return err
	}
	if err := z.Close(); err != nil {
		return err
	}
	a.byPath[path] = Asset{path, kind, body, packed.Bytes()}
	a.byName[name] = path
	return nil
}

var (
	cssComment = regexp.MustCompile(`(?s)/\*.*?\*/`)
	cssSpace   = regexp.MustCompile(`\s+`)
	cssPunct   = regexp.MustCompile(`\s*([{};,])\s*`)
)

// styleSheet joins style/*.css in the order of their names and takes out what
// only people need. It leaves spaces around +, - and : alone, where they mean
// something.
func styleSheet() ([]byte, error) {
	names, err := fs.Glob(styleFiles, "style/*.css")
	if err != nil {
		return nil, err
	}
	var all bytes.Buffer
	for _, name := range names {
		b, err := styleFiles.ReadFile(name)
		if err != nil {
			return nil, err
		}
		all.Write(b)
	}
	css := cssComment.ReplaceAll(all.Bytes(), nil)
	css = cssSpace.ReplaceAll(css, []byte(" "))
	css = cssPunct.ReplaceAll(css, []byte("$1"))
	return bytes.TrimSpace(css), nil
}
