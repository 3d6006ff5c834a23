package api

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp"
)

// The media types that are answered with.
const (
	typeJSON = "application/json"
	typeHTML = "text/html; charset=utf-8"
	typeCSV  = "text/csv; charset=utf-8"
	typeSVG  = "image/svg+xml"
	typeText = "text/plain; charset=utf-8"
	// typeProblem is RFC 9457's.
	typeProblem = "application/problem+json"
)

// How long caches may keep an answer. Browsers always ask again, which an
// unchanged ETag makes cheap; shared caches may keep it for as long as the
// counts behind it are kept here.
const (
	cacheLive    = "public, max-age=0, s-maxage=1, must-revalidate"
	cacheSettled = "public, max-age=60"
	cacheNever   = "private, no-store"
	cacheNone    = "no-store"
	cacheForever = "public, max-age=31536000, immutable"
)

// document is an answer, complete but for what depends on who asks. Several
// requests may share one.
type document struct {
	kind  string
	body  []byte
	cache string
	// age, when above 0, says how old the data is because the store is away.
	age  time.Duration
	etag string

	pack   sync.Once
	packed []byte
}

func newDocument(kind string, body []byte, cache string, age time.Duration) *document {
	sum := sha256.Sum256(body)
	return &document{kind: kind, body: body, cache: cache, age: age, etag: `W/"` + base64.RawURLEncoding.EncodeToString(sum[:12]) + `"`}
}

// gzip is the body packed, made when first asked for.
func (d *document) gzip() []byte {
	d.pack.Do(func() {
		if d.packed == nil {
			d.packed = fasthttp.AppendGzipBytesLevel(nil, d.body, 5)
		}
	})
	return d.packed
}

// packLeast is the size from which packing pays.
const packLeast = 1024

// reply answers with d, or says that the client has it already.
func (s *Server) reply(c *fiber.Ctx, d *document) error {
	modified := s.since.modified(c.Path()+"?"+string(c.Context().QueryArgs().QueryString())+" "+d.kind, d.etag, s.cfg.Now())
	c.Set(fiber.HeaderETag, d.etag)
	c.Set(fiber.HeaderLastModified, earlier(modified, s.cfg.Now().UTC()).Format(http.TimeFormat))
	c.Set(fiber.HeaderCacheControl, d.cache)
	c.Append(fiber.HeaderVary, fiber.HeaderAcceptEncoding)
	if d.age > 0 {
		c.Set("X-Data-Age", strconv.Itoa(int((d.age+time.Second-1)/time.Second)))
	}
	if unchanged(c, d.etag, modified) {
		c.Status(http.StatusNotModified)
		return nil
	}
	c.Set(fiber.HeaderContentType, d.kind)
	if len(d.body) >= packLeast && c.Context().Request.Header.HasAcceptEncoding("gzip") {
		c.Set(fiber.HeaderContentEncoding, "gzip")
		return c.Send(d.gzip())
	}
	return c.Send(d.body)
}

// unchanged answers a conditional request; the tag, if given, decides alone.
func unchanged(c *fiber.Ctx, etag string, modified time.Time) bool {
	if tags := c.Get(fiber.HeaderIfNoneMatch); tags != "" {
		for tag := range strings.SplitSeq(tags, ",") {
			tag = strings.TrimSpace(tag)
			if tag == "*" || strings.TrimPrefix(tag, "W/") == strings.TrimPrefix(etag, "W/") {
				return true
			}
		}
		return false
	}
	since, err := http.ParseTime(c.Get(fiber.HeaderIfModifiedSince))
	return err == nil && !modified.After(since)
}

// decimal writes a number in full and without an exponent.
func decimal(x float64) string { return strconv.FormatFloat(x, 'f', -1, 64) }

// json answers with v as JSON.
func (s *Server) json(c *fiber.Ctx, v any, cache string, age time.Duration) error {
	body, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("write JSON: %w", err)
	}
	return s.reply(c, newDocument(typeJSON, body, cache, age))
}

// since remembers since when each address has had its present content, as far
// as this process knows: the first whole second that had no other. What the
// address held earlier in the second of the change was sent with an earlier
// date, so a date that is not before this one proves that nothing has changed
// (RFC 9110, section 8.8.2.2).
type since struct {
	mu   sync.Mutex
	seen map[[8]byte]tagged
}

type tagged struct {
	etag string
	at   time.Time
}

// maxSeen bounds since; when it is full everything is new again.
const maxSeen = 8192

func newSince() *since { return &since{seen: map[[8]byte]tagged{}} }

func (s *since) modified(address, etag string, now time.Time) time.Time {
	sum := sha256.Sum256([]byte(address))
	key := [8]byte(sum[:8])
	s.mu.Lock()
	defer s.mu.Unlock()
	if t, ok := s.seen[key]; ok && t.etag == etag {
		return t.at
	}
	if len(s.seen) >= maxSeen {
		clear(s.seen)
	}
	t := tagged{etag, now.UTC().Truncate(time.Second).Add(time.Second)}
	s.seen[key] = t
	return t.at
}

// earlier keeps a date from being later than the answer that bears it.
func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}
