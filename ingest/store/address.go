package store

import (
	"context"
	"errors"
	"net"
	"strings"

	"github.com/redis/go-redis/v9"
)

// addresses are the first, which has its port by now, and the others with the
// usual one where they name none.
func addresses(first string, others []string) []string {
	out := []string{first}
	for _, a := range others {
		if a == "" {
			continue
		}
		if _, _, err := net.SplitHostPort(a); err != nil {
			a = net.JoinHostPort(strings.Trim(a, "[]"), "6379")
		}
		out = append(out, a)
	}
	return out
}

// finishURL checks what the parts of a URL say together.
func finishURL(o *redis.UniversalOptions, cluster string) (*redis.UniversalOptions, bool, error) {
	if cluster != "" && cluster != "true" && cluster != "false" {
		return nil, false, errors.New("the Redis URL's parameter cluster must be true or false")
	}
	clustered := cluster == "true"
	switch {
	case clustered && o.MasterName != "":
		return nil, false, errors.New("the Redis URL names a Sentinel master and a cluster: choose one")
	case clustered && o.DB != 0:
		return nil, false, errors.New("a Redis cluster has only database 0")
	case !clustered && o.MasterName == "" && len(o.Addrs) > 1:
		return nil, false, errors.New("the Redis URL names several hosts: add master_name=… for Sentinel, or cluster=true")
	}
	if o.TLSConfig != nil && len(o.Addrs) > 1 {
		// Each node is checked under its own name.
		o.TLSConfig = o.TLSConfig.Clone()
		o.TLSConfig.ServerName = ""
	}
	return o, clustered, nil
}

func unixDialer(path string) func(context.Context, string, string) (net.Conn, error) {
	return func(ctx context.Context, _, _ string) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, "unix", path)
	}
}
