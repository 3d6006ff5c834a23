package store

import (
	"context"
	_ "embed"
	"strings"

	"github.com/redis/go-redis/v9"
)

// Each script states its contract in its own file: keys, arguments, result,
// and why it may be run again.
var (
	//go:embed add.lua
	addSource string
	//go:embed withdraw.lua
	withdrawSource string
	//go:embed lease.lua
	leaseSource string
	//go:embed release.lua
	releaseSource string
)

// scripts are the parsed scripts of one Store; a redis.Script only holds the
// text and its hash.
type scripts struct{ add, withdraw, moderate, lease, release *redis.Script }

func newScripts() scripts {
	return scripts{
		add:      redis.NewScript(addSource),
		withdraw: redis.NewScript(withdrawSource),
		moderate: redis.NewScript(moderateSource),
		lease:    redis.NewScript(leaseSource),
		release:  redis.NewScript(releaseSource),
	}
}

// call is one run of a script within a pipeline.
type call struct {
	keys []string
	args []any
}

// pipeline runs script once for each call, in one round trip. Scripts are lost
// when a server restarts or a replica takes over, and a pipeline cannot fall
// back by itself: what was answered NOSCRIPT is sent again with the text,
// which also loads it, on the very node that lacked it. The script of a call
// must be idempotent, for the client repeats a pipeline whose connection broke.
func pipeline(ctx context.Context, client redis.UniversalClient, script *redis.Script, calls []call) []*redis.Cmd {
	cmds := make([]*redis.Cmd, len(calls))
	pipe := client.Pipeline()
	for i, c := range calls {
		cmds[i] = script.EvalSha(ctx, pipe, c.keys, c.args...)
	}
	_, _ = pipe.Exec(ctx) // each command has its own error
	var again []int
	for i, cmd := range cmds {
		if noScript(cmd.Err()) {
			again = append(again, i)
		}
	}
	if len(again) == 0 {
		return cmds
	}
	pipe = client.Pipeline()
	for _, i := range again {
		cmds[i] = script.Eval(ctx, pipe, calls[i].keys, calls[i].args...)
	}
	_, _ = pipe.Exec(ctx)
	return cmds
}

func noScript(err error) bool { return err != nil && strings.HasPrefix(err.Error(), "NOSCRIPT") }
