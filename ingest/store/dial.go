package store

import (
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"
)

// Dial makes a client of the Redis that rawURL names, without connecting yet.
// It is the one place where connections are set up.
//
//	redis://user:password@host:6379/0     one server
//	rediss://…                            the same over TLS
//	unix:///run/redis.sock?db=0           the same over a socket
//	redis://a:1,b:2/0?master_name=main    Sentinels at a and b
//	redis://a:1,b:2?cluster=true          a cluster with seeds a and b
//
// A Sentinel that has its own password takes sentinel_username and
// sentinel_password. Every other parameter is refused by name.
//
// The limits are short, because a web request waits behind them: a server that
// does not answer within half a second is treated as away. What was sent then
// may or may not have been done; that is why everything Outcry sends may be
// sent again.
func Dial(rawURL string) (redis.UniversalClient, error) {
	options, cluster, err := parseURL(rawURL)
	if err != nil {
		return nil, err
	}
	setLimits(options)
	if cluster {
		o := options.Cluster()
		// By default a client dials a dead master for 17 s and more before it
		// asks the others who has taken over.
		o.ClusterStateReloadInterval = time.Second
		return redis.NewClusterClient(o), nil
	}
	return redis.NewUniversalClient(options), nil
}

func setLimits(o *redis.UniversalOptions) {
	o.DialTimeout = 250 * time.Millisecond
	o.DialerRetries = 1
	o.ReadTimeout = 500 * time.Millisecond
	o.WriteTimeout = 500 * time.Millisecond
	o.PoolTimeout = 250 * time.Millisecond
	o.ContextTimeoutEnabled = true
	o.MaxRetries = 2
	o.MinRetryBackoff = 5 * time.Millisecond
	o.MaxRetryBackoff = 50 * time.Millisecond
	// A promise of a hosted product's that other servers answer with an error.
	o.MaintNotificationsConfig = &maintnotifications.Config{Mode: maintnotifications.ModeDisabled}
}

// parseURL reads the forms that Dial lists. Errors never repeat the URL, which
// may hold a password.
func parseURL(rawURL string) (options *redis.UniversalOptions, cluster bool, err error) {
	scheme, rest, ok := strings.Cut(rawURL, "://")
	if !ok || scheme != "redis" && scheme != "rediss" && scheme != "unix" {
		return nil, false, fmt.Errorf("the Redis URL must begin with redis://, rediss:// or unix://")
	}
	// Several hosts are not a URL to net/url: parse with the first, keep all.
	authority, tail := rest, ""
	if i := strings.IndexAny(rest, "/?"); i >= 0 && scheme != "unix" {
		authority, tail = rest[:i], rest[i:]
	}
	user, hosts := "", authority
	if i := strings.LastIndex(authority, "@"); i >= 0 {
		user, hosts = authority[:i+1], authority[i+1:]
	}
	addrs := strings.Split(hosts, ",")
	u, err := url.Parse(scheme + "://" + user + addrs[0] + tail)
	if err != nil {
		return nil, false, fmt.Errorf("the Redis URL cannot be read")
	}
	query := u.Query()
	own := map[string]string{}
	for _, name := range []string{"master_name", "cluster", "sentinel_username", "sentinel_password"} {
		own[name] = query.Get(name)
		query.Del(name)
	}
	for name := range query {
		if name != "db" {
			return nil, false, fmt.Errorf("the Redis URL has the parameter %q, which is not known", name)
		}
	}
	u.RawQuery = query.Encode()
	single, err := redis.ParseURL(u.String())
	if err != nil {
		return nil, false, fmt.Errorf("the Redis URL cannot be read: it needs a host, and a number as database")
	}
	o := &redis.UniversalOptions{
		Addrs: addresses(single.Addr, addrs[1:]), DB: single.DB, Username: single.Username, Password: single.Password,
		TLSConfig: single.TLSConfig, MasterName: own["master_name"],
		SentinelUsername: own["sentinel_username"], SentinelPassword: own["sentinel_password"],
	}
	if single.Network == "unix" {
		o.Dialer = unixDialer(single.Addr)
	}
	return finishURL(o, own["cluster"])
}
