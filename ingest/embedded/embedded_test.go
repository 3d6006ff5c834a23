package embedded

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/redis/go-redis/v9"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func open(t *testing.T) redis.UniversalClient {
	t.Helper()
	r, err := Open()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = r.Close() })
	return r.Client()
}

// TestScriptsAnswerAsInRedis pins how values come out of a script.
func TestScriptsAnswerAsInRedis(t *testing.T) {
	ctx, client := context.Background(), open(t)
	for _, x := range []struct{ script, want string }{
		{"return 'text'", "text"},
		{"return 3.9", "3"},
		{"return true", "1"},
		{"return false", "redis: nil"},
		{"return {1, 'a', {2}, false, 'b'}", "[1 a [2] <nil> b]"},
		{"return redis.call('SET', KEYS[1], ARGV[2])", "OK"},
		{"return redis.call('GET', KEYS[1])", "2"},
		{"return redis.call('GET', 'none') == false", "1"},
		{"return redis.call('HMGET', 'none', 'a', 'b')", "[<nil> <nil>]"},
		{"return cjson.decode('{\"a\":[7]}').a[1]", "7"},
		{"return #ARGV + #KEYS", "3"},
		{"return redis.call('INCR', KEYS[1], 'one too many')", "ERR <string>:1: incr: ERR wrong number"},
		{"return nonsense.field", "ERR <string>:1: attempt to index"},
		{"return return", "ERR <string> line:1"},
	} {
		v, err := client.Eval(ctx, x.script, []string{"k"}, "1", 2).Result()
		got := fmt.Sprint(v)
		if err != nil {
			got = err.Error()
		}
		if got != x.want && !(err != nil && strings.HasPrefix(got, x.want)) {
			t.Errorf("%s: %s, want %s", x.script, got, x.want)
		}
	}
}

// TestPipelinesMixScriptsAndCommands: in their order, each with its answer.
func TestPipelinesMixScriptsAndCommands(t *testing.T) {
	ctx, client := context.Background(), open(t)
	pipe := client.Pipeline()
	script := redis.NewScript("return redis.call('INCR', KEYS[1])")
	unknown := script.EvalSha(ctx, pipe, []string{"n"})
	set := pipe.Set(ctx, "n", 10, 0)
	first := script.Eval(ctx, pipe, []string{"n"})
	get := pipe.Get(ctx, "n")
	second := script.EvalSha(ctx, pipe, []string{"n"})
	_, err := pipe.Exec(ctx)
	if !redis.HasErrorPrefix(err, "NOSCRIPT") || !redis.HasErrorPrefix(unknown.Err(), "NOSCRIPT") {
		t.Errorf("an unknown script: %v, %v", err, unknown.Err())
	}
	got := fmt.Sprintf("%v %v %v %v", set.Val(), first.Val(), get.Val(), second.Val())
	if got != "OK 11 11 12" {
		t.Error(got)
	}
}

// TestNobodyReadsWithinAScript: a reader finds both of its writes or neither.
func TestNobodyReadsWithinAScript(t *testing.T) {
	ctx, client := context.Background(), open(t)
	script := redis.NewScript("redis.call('INCR', 'a') redis.call('INCR', 'b') return 1")
	var writers sync.WaitGroup
	for range 4 {
		writers.Go(func() {
			for range 300 {
				if err := script.Run(ctx, client, nil).Err(); err != nil {
					t.Error(err)
				}
			}
		})
	}
	for range 300 {
		both, err := client.MGet(ctx, "a", "b").Result()
		if err != nil || both[0] != both[1] {
			t.Fatal(both, err)
		}
	}
	writers.Wait()
	if n, err := client.Get(ctx, "a").Int(); n != 1200 || err != nil {
		t.Error(n, err)
	}
}

// TestHooksSeeTheCalls: a journal writes down what is asked, before it is done.
func TestHooksSeeTheCalls(t *testing.T) {
	ctx, client := context.Background(), open(t)
	stop := errors.New("stop")
	client.AddHook(stopping{stop})
	if err := client.Eval(ctx, "return redis.call('SET', 'k', 1)", nil).Err(); !errors.Is(err, stop) {
		t.Errorf("a script: %v", err)
	}
	if err := client.Get(ctx, "k").Err(); !errors.Is(err, redis.Nil) {
		t.Errorf("it was run all the same: %v", err)
	}
}

type stopping struct{ err error }

func (stopping) DialHook(next redis.DialHook) redis.DialHook { return next }
func (s stopping) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, cmd redis.Cmder) error {
		if cmd.Name() == "eval" {
			cmd.SetErr(s.err)
			return s.err
		}
		return next(ctx, cmd)
	}
}
func (s stopping) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return next
}
