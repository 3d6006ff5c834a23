// Package api is Outcry's door to the web: it takes reports, and answers with
// verdicts, counts, incidents, feeds, a stream of events and pages.
//
// A request passes through, from the outside in:
//
//	guard    framing that two programs could read differently, panics,
//	         security headers on whatever leaves
//	observe  metrics by route
//	route    routes.go: one line a route, which says what kind it is
//	handler  parse strictly → ask a port (ports.go) → write
//
// A handler that cannot answer returns an error. One function, explain, turns
// it into a status and a sentence: a problem document (RFC 9457), or a page
// for a browser. What was sent is never repeated in an answer or a log.
//
// Reading goes through the last copies in view.go: at most one reading of a
// service's counts a second, however many ask, and while the store is away the
// copies are served with their age.
//
// Fiber is used in this package only. Sub-packages know no Fiber: intake reads
// reports, peer tells who sent them, receipt signs statements, limit bounds
// rates, lastcopy keeps copies, events fans out, feed writes feeds.
package api

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"strings"
	"sync"
	"time"

	"github.com/gofiber/fiber/v2"

	"outcry"
	"outcry/api/events"
	"outcry/api/lastcopy"
	"outcry/api/limit"
	"outcry/api/receipt"
	"outcry/frontend"
)

// Config is what a Server is made of. Everything without "may be" is needed.
type Config struct {
	// Catalog gives the services of this moment.
	Catalog  func() *outcry.Catalog
	Desk     Desk
	Counts   Counts
	Board    Board
	Stream   Stream
	Health   Health
	Comments Comments

	Renderer *frontend.Renderer
	Now      func() time.Time
	Log      *slog.Logger
	// Key signs receipts.
	Key ed25519.PrivateKey

	// AdminToken is what an operator shows to moderate; "" is no administration.
	AdminToken string
	// Sessions is needed where there is a token.
	Sessions Sessions

	// PublicURL is scheme and host, as people reach the site; may be "".
	PublicURL string
	// TrustedProxies are whose X-Forwarded-For is believed; may be empty.
	TrustedProxies []netip.Prefix
	// Simulation is the sentence that every page of a simulation shows, or "".
	Simulation string
	Version    string
	// About may be left zero; the pages then say less.
	About About
	// Limits that are zero take their defaults.
	Limits Limits
}

// About is what the pages tell of the site and of how it judges.
type About struct {
	Operator, Contact, SourceURL string
	Credits                      []frontend.Credit
	// FalseAlarms is the accepted number of false alarms a service and week.
	FalseAlarms            float64
	AddressCap, NetworkCap int
	HistoryNeeded          time.Duration
	// Trials is what was measured on simulated services; may be nil.
	Trials *outcry.Trials
	// Files are the open data to download; may be nil.
	Files func() []frontend.DataFile
}

// Limits bound what clients can take.
type Limits struct {
	// ReportsPerMinute is of one source (an address, or an IPv6 /64). A campus
	// of thousands sits behind one address: what is over its share is stored
	// and discounted, so only a machine should ever meet this limit.
	ReportsPerMinute int
	// Submissions are under way at once, if the store is quick enough for so
	// many; Exports are readings of long spans.
	Submissions, Exports int
	// StreamsPerSource and Streams are open event streams.
	StreamsPerSource, Streams int
	// Files is how many the system lets the process have open, connections among
	// them; 0 is no limit.
	Files int
}

// connections are open at once; who comes beyond them is told so (503). The rest
// of the open files is the store's and the journal's.
func (l Limits) connections() int {
	most := l.Streams + 16384
	if l.Files == 0 {
		return most
	}
	return max(1, min(most, l.Files-max(64, l.Files/8)))
}

func (l Limits) orDefaults() Limits {
	for _, x := range []struct {
		value    *int
		fallback int
	}{
		{&l.ReportsPerMinute, 1200}, {&l.Submissions, 8192}, {&l.Exports, 4},
		{&l.StreamsPerSource, 20}, {&l.Streams, 20000},
	} {
		if *x.value <= 0 {
			*x.value = x.fallback
		}
	}
	return l
}

// The patience of the server.
const (
	readTimeout  = 5 * time.Second
	writeTimeout = 20 * time.Second
	idleTimeout  = 60 * time.Second
	// slotWait is how long an overload is waited out before a refusal.
	slotWait = 250 * time.Millisecond
	// doorStay is within what time those let in at once should be answered.
	doorStay = 400 * time.Millisecond
	// headBytes bounds request line and header together, in bytes.
	headBytes = 4096
	// bodyBytes bounds every body; a report may have half of it.
	bodyBytes = 16 << 10
)

// Server answers requests. Make it with New.
type Server struct {
	cfg      Config
	app      *fiber.App
	view     *view
	pages    *lastcopy.Cache[*document]
	since    *since
	issuer   *receipt.Issuer
	receipts *recent
	rates    *limit.Rates
	door     *limit.Door  // for reports
	crowd    *limit.Crowd // followers of the event stream
	hub      *events.Hub
	metrics  *metrics
	admin    *admin // nil for none
	began    time.Time

	life context.Context // of the hub
	stop func()          // ends it
}

// New checks the configuration and sets up all routes; it opens nothing.
func New(cfg Config) (*Server, error) {
	cfg.PublicURL = strings.ToLower(strings.TrimSuffix(cfg.PublicURL, "/")) // scheme and host, which have no case
	cfg.Limits = cfg.Limits.orDefaults()
	switch {
	case cfg.Catalog == nil || cfg.Desk == nil || cfg.Counts == nil || cfg.Board == nil || cfg.Stream == nil || cfg.Health == nil || cfg.Comments == nil:
		return nil, errors.New("api: catalogue, desk, counts, board, stream, health and comments are needed")
	case cfg.Renderer == nil || cfg.Now == nil || cfg.Log == nil:
		return nil, errors.New("api: renderer, clock and log are needed")
	case cfg.AdminToken != "" && cfg.Sessions == nil:
		return nil, errors.New("api: a token for the administration needs a place for its sessions")
	case len(cfg.Key) != ed25519.PrivateKeySize:
		return nil, errors.New("api: the key for receipts is no Ed25519 private key")
	}
	s := &Server{
		cfg:     cfg,
		view:    newView(cfg),
		pages:   lastcopy.New[*document](256, cfg.Now, refused),
		since:   newSince(),
		issuer:  receipt.NewIssuer(cfg.Key),
		rates:   limit.NewRates(cfg.Limits.ReportsPerMinute),
		door:    limit.NewDoor(cfg.Limits.Submissions, doorStay, slotWait),
		crowd:   limit.NewCrowd(cfg.Limits.StreamsPerSource, cfg.Limits.Streams),
		hub:     events.NewHub(eventsKept),
		metrics: newMetrics(),
		admin:   newAdmin(cfg.AdminToken),
		began:   cfg.Now(),
	}
	s.receipts = newRecent(s.issuer)
	s.app = fiber.New(fiber.Config{
		AppName: "outcry", DisableStartupMessage: true,
		// Strings taken from a request stay what they are after it.
		Immutable:     true,
		CaseSensitive: true,
		ReadTimeout:   readTimeout, WriteTimeout: writeTimeout, IdleTimeout: idleTimeout,
		ReadBufferSize: headBytes, BodyLimit: bodyBytes,
		Concurrency:                  cfg.Limits.connections(),
		DisablePreParseMultipartForm: true,
		ErrorHandler:                 s.explain,
	})
	s.life, s.stop = context.WithCancel(context.Background())
	s.routes()
	server := s.app.Server()
	server.Handler = s.guard(server.Handler)
	server.CloseOnShutdown = true
	return s, nil
}

// App is the Fiber application, for tests.
func (s *Server) App() *fiber.App { return s.app }

// Serve answers on l, and reads the events for all who follow them, until
// Shutdown. It is called once.
func (s *Server) Serve(l net.Listener) error {
	var following sync.WaitGroup
	following.Go(func() { s.hub.Run(s.life, published{s}) })
	following.Go(func() { s.keepWarm(s.life) })
	defer following.Wait()
	defer s.stop()
	if err := s.app.Listener(lingering{l}); err != nil {
		return fmt.Errorf("serve: %w", err)
	}
	return nil
}

// Shutdown stops listening, ends the event streams and waits for the requests
// under way until ctx is done. Serve returns when all has ended.
func (s *Server) Shutdown(ctx context.Context) error {
	s.stop()
	if err := s.app.ShutdownWithContext(ctx); err != nil {
		return fmt.Errorf("shut down: %w", err)
	}
	return nil
}

func (s *Server) publicKey() receipt.PublicKey { return receipt.PublishKey(s.issuer.Public()) }
