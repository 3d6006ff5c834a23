package embedded

import (
	"context"
	"slices"
	"strings"
	"sync"

	"github.com/redis/go-redis/v9"
)

// client is go-redis' with scripts run beside it, in the innermost hook however
// many are added: a journal that is one of them sees the calls.
type client struct {
	*redis.Client
	inner *inner
}

func newClient(options *redis.Options, m *machine) *client {
	c := &client{redis.NewClient(options), &inner{machine: m}}
	c.Client.AddHook(c.inner)
	return c
}

// AddHook puts a hook inside of those added before.
func (c *client) AddHook(h redis.Hook) {
	c.inner.mu.Lock()
	defer c.inner.mu.Unlock()
	c.inner.hooks = append([]redis.Hook{h}, c.inner.hooks...)
}

// inner is the one hook that go-redis knows of.
type inner struct {
	machine *machine
	lock    sync.RWMutex // nobody reads between the commands of a script
	mu      sync.Mutex
	hooks   []redis.Hook // the innermost first
}

// inside marks what a client's own command sends meanwhile: the greeting of a
// new connection passes through the hooks too.
type inside struct{}

// share keeps scripts from running until release.
func (i *inner) share(ctx context.Context) (_ context.Context, release func()) {
	if ctx.Value(inside{}) != nil {
		return ctx, func() {}
	}
	i.lock.RLock()
	return context.WithValue(ctx, inside{}, true), i.lock.RUnlock
}

func (i *inner) around() []redis.Hook {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.hooks
}

func (i *inner) DialHook(next redis.DialHook) redis.DialHook { return next }

func (i *inner) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	own := func(ctx context.Context, cmd redis.Cmder) error {
		switch {
		case direct(cmd):
			return i.alone(ctx, cmd)
		case cmd.Name() == "xread": // may wait for what a script will write
			return next(ctx, cmd)
		}
		ctx, release := i.share(ctx)
		defer release()
		return next(ctx, cmd)
	}
	return func(ctx context.Context, cmd redis.Cmder) error {
		do := own
		for _, h := range i.around() {
			do = h.ProcessHook(do)
		}
		return do(ctx, cmd)
	}
}

func (i *inner) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	own := func(ctx context.Context, cmds []redis.Cmder) error { return i.pipeline(ctx, cmds, next) }
	return func(ctx context.Context, cmds []redis.Cmder) error {
		do := own
		for _, h := range i.around() {
			do = h.ProcessPipelineHook(do)
		}
		return do(ctx, cmds)
	}
}

// pipeline does cmds in their order: what the machine does one by one, so that
// readers get in between, and the others in a row at once.
func (i *inner) pipeline(ctx context.Context, cmds []redis.Cmder, next redis.ProcessPipelineHook) error {
	if cmds[0].Name() == "multi" {
		return i.row(ctx, cmds, next)
	}
	var first error
	for len(cmds) > 0 {
		n := slices.IndexFunc(cmds, direct)
		if n < 0 {
			n = len(cmds)
		}
		var err error
		if n > 0 {
			err = i.row(ctx, cmds[:n], next)
		} else {
			n, err = 1, i.alone(ctx, cmds[0])
		}
		if first == nil {
			first = err
		}
		cmds = cmds[n:]
	}
	return first
}

func (i *inner) row(ctx context.Context, cmds []redis.Cmder, next redis.ProcessPipelineHook) error {
	ctx, release := i.share(ctx)
	defer release()
	return next(ctx, cmds)
}

// direct is whether the machine does cmd: scripts, which are plain commands,
// and any other plain one, as a journal has by the ten thousand at a start.
func direct(cmd redis.Cmder) bool {
	_, plain := cmd.(*redis.Cmd)
	return plain && len(cmd.Args()) > 1
}

// alone lets the machine do cmd while nobody else does anything.
func (i *inner) alone(ctx context.Context, cmd redis.Cmder) error {
	i.lock.Lock()
	defer i.lock.Unlock()
	result, err := any(nil), ctx.Err()
	if err == nil {
		result, err = i.answer(cmd.Args())
	}
	switch {
	case err != nil:
		cmd.SetErr(err)
	case result == nil:
		cmd.SetErr(redis.Nil)
	default:
		cmd.(*redis.Cmd).SetVal(result)
	}
	return cmd.Err()
}

func (i *inner) answer(args []any) (any, error) {
	hash := word(args[1])
	switch strings.ToLower(word(args[0])) {
	case "script":
		if len(args) == 3 && strings.EqualFold(hash, "load") {
			return i.machine.load(word(args[2]))
		}
	case "eval":
		hash, err := i.machine.load(hash)
		if err != nil {
			return nil, err
		}
		return i.machine.run(hash, args[2:])
	case "evalsha":
		return i.machine.run(hash, args[2:])
	}
	return i.machine.do(args)
}
