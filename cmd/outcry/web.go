package main

import (
	"context"
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/sha256"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"syscall"
	"time"

	"outcry/api"
	"outcry/frontend"
)

// shutdownWithin is how long requests under way may take after the end was
// asked for.
const shutdownWithin = 8 * time.Second

// server sets up the web server over the pipeline.
func (p *pipeline) server(c config, env environment, log *slog.Logger, addr net.Addr) (*api.Server, error) {
	renderer, err := frontend.New()
	if err != nil {
		return nil, err
	}
	key, err := receiptKey(c.tokenKey, c.dataDir)
	if err != nil {
		return nil, err
	}
	token, err := adminToken(c.adminTokenFile)
	if err != nil {
		return nil, err
	}
	trials, err := measured()
	if err != nil {
		return nil, err
	}
	return api.New(api.Config{
		Catalog: p.catalogs.get, Desk: p.desk, Counts: history{p.store, env.now, c.keep}, Board: p.store, Stream: p.store, Health: p, Comments: p.store,
		AdminToken: token, Sessions: p.store, Limits: api.Limits{Files: openFiles()},
		Renderer: renderer, Now: env.now, Log: log, Key: key,
		PublicURL: publicURL(c.publicURL, addr), TrustedProxies: c.trustedProxies, Simulation: c.simulation, Version: version,
		About: api.About{
			FalseAlarms: c.falseAlarms, AddressCap: 10, NetworkCap: 60, HistoryNeeded: 14 * 24 * time.Hour,
			Credits: credits(c), Trials: trials,
		},
	})
}

// openFiles is how many the system lets this process have open; 0: unknown.
func openFiles() int {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil || limit.Cur > 1<<30 {
		return 0
	}
	return int(limit.Cur)
}

// publicURL is the address that links are made with: the one given, else the
// listening one where that is an address a browser can open.
func publicURL(given string, addr net.Addr) string {
	if tcp, ok := addr.(*net.TCPAddr); given == "" && ok && !tcp.IP.IsUnspecified() {
		return "http://" + addr.String()
	}
	return given
}

// credits are due to whose data is shown.
func credits(c config) []frontend.Credit {
	var list []frontend.Credit
	if c.geoip != "" {
		list = append(list, frontend.Credit{Text: "Places: IP Geolocation by DB-IP", URL: "https://db-ip.com"})
	}
	return list
}

// receiptKey is the key that signs receipts: derived from the secret where there
// is one, so that all web processes know each other's receipts; else kept in the
// data folder, made there when missing. Without either it lives as long as the
// process, and receipts can be checked only so long.
func receiptKey(secret []byte, dataDir string) (ed25519.PrivateKey, error) {
	if secret != nil {
		seed := hmac.New(sha256.New, secret)
		seed.Write([]byte("outcry receipt signing v1"))
		return ed25519.NewKeyFromSeed(seed.Sum(nil)), nil
	}
	if dataDir == "" {
		_, key, err := ed25519.GenerateKey(nil)
		return key, err
	}
	seed, err := keptKey(dataDir, "receipt.key")
	if err != nil {
		return nil, err
	}
	return ed25519.NewKeyFromSeed(seed), nil
}

// serveWeb answers until ctx ends, and then lets requests under way finish.
func serveWeb(ctx context.Context, server *api.Server, listener net.Listener) error {
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), shutdownWithin)
	defer cancel()
	if err := server.Shutdown(ctx); err != nil && !errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	return nil
}

// beat marks the minutes in which this process could take reports.
func (p *pipeline) beat(ctx context.Context, now func() time.Time, log *slog.Logger) {
	mark := func(ctx context.Context) {
		if err := p.store.Beat(ctx, now()); err != nil && ctx.Err() == nil {
			log.Warn("the minute could not be marked as measured", "error", err)
		}
	}
	mark(ctx)
	_ = every(beatEvery, mark)(ctx)
}

// beatEvery leaves a minute several chances to be marked.
const beatEvery = 15 * time.Second

// greet says where the server is and what its operator should know.
func (p *pipeline) greet(ctx context.Context, env environment, log *slog.Logger, addr net.Addr) {
	ready := p.Ready(ctx)
	for _, note := range ready.Notes {
		log.Warn(note)
	}
	log.Info(ready.How)
	fmt.Fprintf(env.stderr, "listening on http://%s\n", addr)
}
