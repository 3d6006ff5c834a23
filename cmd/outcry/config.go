package main

import (
	"bytes"
	"context"
	_ "embed"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/netip"
	"net/url"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"outcry"
)

// config is every setting of serve and demo, as plain values.
type config struct {
	listen         string
	role           string
	redisURL       string
	dataDir        string
	catalogFile    string
	secretFile     string
	adminTokenFile string
	geoip          string
	geoipASN       string
	trustedProxies []netip.Prefix
	publicURL      string
	falseAlarms    float64
	keep           retention
	opening        opening // of what dataDir holds
	tokenKey       []byte  // seals withdrawal tokens; nil: one agreed through the store
	simulation     string  // what every page says of a simulation, or ""
}

// retention is how long counts are kept in each step; the zero value is the
// usual one.
type retention struct{ minutes, fives, hours time.Duration }

// keptMargin is how much sooner than said counts may be gone.
const keptMargin = 24 * time.Hour

// surely is how far back all minutes are kept.
func (r retention) surely() time.Duration { return r.minutes - keptMargin }

// The least and the usual retention: roll-ups look some days back for what
// still changes, and the detector learns from weeks.
const (
	leastMinutes = 4 * 24 * time.Hour
	leastFives   = 42 * 24 * time.Hour

	usualMinutes = 8 * 24 * time.Hour
	usualFives   = 100 * 24 * time.Hour
	usualHours   = 5 * 365 * 24 * time.Hour
)

func (r retention) check() error {
	switch {
	case r == retention{}:
		return nil
	case r.minutes < leastMinutes:
		return fmt.Errorf("%w: --keep-minutes must be at least %v", errUsage, leastMinutes)
	case r.fives < leastFives || r.fives < r.minutes:
		return fmt.Errorf("%w: --keep-five-minutes must be at least %v and no less than --keep-minutes", errUsage, leastFives)
	case r.hours < r.fives:
		return fmt.Errorf("%w: --keep-hours must be no less than --keep-five-minutes", errUsage)
	}
	return nil
}

// The roles of a process.
const (
	roleAll      = "all"
	roleWeb      = "web"
	roleDetector = "detector"
)

// serveFlags declares the flags that serve and demo share.
func serveFlags(f *flag.FlagSet, c *config) {
	f.StringVar(&c.listen, "listen", "127.0.0.1:8080", "address and port to serve on")
	f.StringVar(&c.dataDir, "data-dir", "", "folder for what the server keeps on disk (empty: nothing is kept)")
	f.StringVar(&c.catalogFile, "catalog", "", "file with the services (empty: the embedded one)")
	f.StringVar(&c.geoip, "geoip", "", "MaxMind-schema City or Country database (empty: regions are unknown)")
	f.StringVar(&c.geoipASN, "geoip-asn", "", "MaxMind-schema ASN database (empty: networks are unknown)")
	f.StringVar(&c.secretFile, "secret-file", "", "file with a secret of 32 bytes or more, the same for all web processes, kept apart from the data (empty: random, in memory)")
	f.StringVar(&c.adminTokenFile, "admin-token-file", "", "file with a token of 32 characters or more, for moderation at /admin (empty: none)")
	f.StringVar(&c.publicURL, "public-url", "", "address that the public uses, scheme and host without a path, for links (empty: the listening one)")
	f.Float64Var(&c.falseAlarms, "false-alarms", 0.05, "accepted false episodes per service and week")
	f.DurationVar(&c.keep.minutes, "keep-minutes", usualMinutes, "how long counts by the minute are kept")
	f.DurationVar(&c.keep.fives, "keep-five-minutes", usualFives, "how long counts in steps of five minutes are kept")
	f.DurationVar(&c.keep.hours, "keep-hours", usualHours, "how long counts by the hour are kept")
	f.Func("trusted-proxies", "comma-separated networks whose forwarded headers are believed", func(s string) error {
		list, err := parsePrefixes(s)
		c.trustedProxies = list
		return err
	})
}

func parsePrefixes(s string) ([]netip.Prefix, error) {
	var list []netip.Prefix
	for part := range strings.SplitSeq(s, ",") {
		part = strings.TrimSpace(part)
		if part == "" {
			continue
		}
		if addr, err := netip.ParseAddr(part); err == nil {
			list = append(list, netip.PrefixFrom(addr, addr.BitLen()))
			continue
		}
		p, err := netip.ParsePrefix(part)
		if err != nil {
			return nil, errors.New("not a list of networks such as 10.0.0.0/8,fd00::/8")
		}
		list = append(list, p.Masked())
	}
	return list, nil
}

// publicAddress is the address that the public uses, scheme and host in lower
// case. It has no path: the pages' own links begin at the root.
func publicAddress(text string) (string, error) {
	if text == "" {
		return "", nil
	}
	u, err := url.Parse(text)
	if err != nil || u.Hostname() == "" || u.Scheme != "http" && u.Scheme != "https" ||
		u.User != nil || strings.Trim(u.Path, "/") != "" || strings.ContainsAny(text, "?#") {
		return "", fmt.Errorf("%w: --public-url must be an http or https address such as https://outcry.example, without path, query or fragment", errUsage)
	}
	return u.Scheme + "://" + strings.ToLower(u.Host), nil
}

// check validates what can be wrong before anything is opened.
func (c *config) check() error {
	if _, _, err := net.SplitHostPort(c.listen); err != nil {
		return fmt.Errorf("%w: --listen must be an address and port such as 127.0.0.1:8080", errUsage)
	}
	switch c.role {
	case roleAll, roleWeb, roleDetector:
	default:
		return fmt.Errorf("%w: --role must be all, web or detector", errUsage)
	}
	if c.role != roleAll && c.redisURL == "" {
		return fmt.Errorf("%w: --role %s needs --redis-url, as the embedded store is one process's own", errUsage, c.role)
	}
	public, err := publicAddress(c.publicURL)
	if err != nil {
		return err
	}
	c.publicURL = public
	if !(c.falseAlarms > 0 && c.falseAlarms <= 100) {
		return fmt.Errorf("%w: --false-alarms must be above 0 and at most 100", errUsage)
	}
	if err := c.keep.check(); err != nil {
		return err
	}
	if info, err := os.Stat(c.dataDir); c.dataDir != "" && err == nil && !info.IsDir() {
		return fmt.Errorf("%w: --data-dir is not a folder", errUsage)
	}
	for name, file := range map[string]string{"secret-file": c.secretFile, "admin-token-file": c.adminTokenFile, "geoip": c.geoip, "geoip-asn": c.geoipASN, "catalog": c.catalogFile} {
		if info, err := os.Stat(file); file != "" && (err != nil || info.IsDir()) {
			return fmt.Errorf("%w: --%s names %s, which is not a readable file", errUsage, name, filepath.Base(file))
		}
	}
	return nil
}

//go:embed catalog.json
var embeddedCatalog []byte

// catalogs holds the catalogue in force.
type catalogs struct {
	file    string
	current atomic.Pointer[outcry.Catalog]
}

// openCatalog reads the file, or the embedded catalogue where none is named.
func openCatalog(file string) (*catalogs, error) {
	c := &catalogs{file: file}
	return c, c.reload()
}

func (c *catalogs) get() *outcry.Catalog { return c.current.Load() }

func (c *catalogs) reload() error {
	var r io.Reader = bytes.NewReader(embeddedCatalog)
	if c.file != "" {
		f, err := os.Open(c.file)
		if err != nil {
			return fmt.Errorf("--catalog: %w", err)
		}
		defer f.Close()
		r = f
	}
	catalog, err := outcry.ParseCatalog(r)
	if err != nil {
		return fmt.Errorf("--catalog: %w", err)
	}
	c.current.Store(catalog)
	return nil
}

// narrow keeps those services that keep is true of.
func (c *catalogs) narrow(keep func(outcry.Service) bool) { c.current.Store(c.get().Only(keep)) }

// follow reads the catalogue again on each SIGHUP until ctx ends. A bad file
// keeps the last good one.
func (c *catalogs) follow(ctx context.Context, log *slog.Logger) {
	hup := make(chan os.Signal, 1)
	signal.Notify(hup, syscall.SIGHUP)
	defer signal.Stop(hup)
	for {
		select {
		case <-ctx.Done():
			return
		case <-hup:
			if err := c.reload(); err != nil {
				log.Error("the catalogue was not taken; the last good one stays", "error", err)
			} else {
				log.Info("catalogue read again", "services", len(c.get().Services()))
			}
		}
	}
}
