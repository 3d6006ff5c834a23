package store

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/redis/go-redis/v9"
)

// Check reads how the server is set up and says, one line each, what would
// cost reports some day. It changes nothing. A server that does not let this
// user ask is told apart from one that is set up well. An error means that the
// server did not answer at all.
func (s *Store) Check(ctx context.Context) ([]string, error) {
	if err := s.client.Ping(ctx).Err(); err != nil {
		return nil, unavailable("reach Redis", err)
	}
	settings := map[string]string{}
	var unknown []string
	for _, name := range []string{"appendonly", "appendfsync", "maxmemory-policy", "maxmemory"} {
		// A managed Redis often forbids CONFIG; what INFO tells is used then.
		got, err := s.client.ConfigGet(ctx, name).Result()
		if value, ok := got[name]; err == nil && ok {
			settings[name] = value
		}
	}
	info := s.info(ctx)
	fallback := func(name, field string, translate func(string) string) {
		if _, ok := settings[name]; ok {
			return
		}
		if v, ok := info[field]; ok {
			settings[name] = translate(v)
			return
		}
		unknown = append(unknown, name)
	}
	fallback("appendonly", "aof_enabled", func(v string) string {
		if v == "1" {
			return "yes"
		}
		return "no"
	})
	fallback("maxmemory-policy", "maxmemory_policy", func(v string) string { return v })
	if settings["appendonly"] != "no" {
		fallback("appendfsync", "", nil)
	}
	return warnings(settings, info["redis_version"], unknown), nil
}

// info is the server's INFO by field, empty where it may not be asked.
func (s *Store) info(ctx context.Context) map[string]string {
	out := map[string]string{}
	for _, section := range []string{"server", "persistence", "memory"} {
		text, err := s.client.Info(ctx, section).Result()
		if err != nil {
			continue
		}
		for line := range strings.Lines(text) {
			if name, value, ok := strings.Cut(strings.TrimSpace(line), ":"); ok {
				out[name] = value
			}
		}
	}
	return out
}

// warnings judges the settings.
func warnings(settings map[string]string, version string, unknown []string) []string {
	var out []string
	switch {
	case settings["appendonly"] == "no":
		out = append(out, "Redis keeps no append-only file (appendonly no): what it holds is lost when it stops")
	case settings["appendfsync"] != "" && settings["appendfsync"] != "always":
		out = append(out, fmt.Sprintf("Redis syncs its append-only file with appendfsync %s: a power cut loses acknowledged reports; set it to always", settings["appendfsync"]))
	}
	if p := settings["maxmemory-policy"]; p != "" && p != "noeviction" && settings["maxmemory"] != "0" {
		out = append(out, fmt.Sprintf("Redis evicts keys when memory is short (maxmemory-policy %s): counts would vanish unseen; set it to noeviction", p))
	}
	if major, _, _ := strings.Cut(version, "."); version != "" {
		if n, err := strconv.Atoi(major); err == nil && n < 7 {
			out = append(out, fmt.Sprintf("Redis %s is older than 7.0, with which Outcry is tested", version))
		}
	}
	if len(unknown) > 0 {
		out = append(out, "Redis does not tell its "+strings.Join(unknown, ", ")+": check by hand that it is durable (appendonly yes, appendfsync always, noeviction)")
	}
	return out
}

// Refusal is the code (such as OOM, NOPERM, WRONGPASS) of an error that Redis
// answered with, "" where it has none; false for what is no answer of Redis.
func Refusal(err error) (code string, answered bool) {
	var said redis.Error
	if !errors.As(err, &said) {
		return "", false
	}
	code, _, _ = strings.Cut(said.Error(), " ")
	if strings.ToUpper(code) != code {
		code = ""
	}
	return code, true
}

// Ping reports whether Redis answers.
func (s *Store) Ping(ctx context.Context) error {
	return unavailable("reach Redis", s.client.Ping(ctx).Err())
}
