package embedded

import (
	"bufio"
	"bytes"
	"crypto/sha1"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"

	luajson "github.com/alicebob/miniredis/v2/gopher-json"
	"github.com/alicebob/miniredis/v2/server"
	lua "github.com/yuin/gopher-lua"
)

// machine runs scripts, the same texts as Redis runs, one call at a time. The
// server has one too, but makes it anew for each call, and two buffers for each
// command that a script gives: half a millisecond a call, ten times what this
// one takes.
type machine struct {
	server  *server.Server
	peer    *server.Peer // whom the server answers
	reply   bytes.Buffer // with what
	reader  *bufio.Reader
	state   *lua.LState
	scripts map[string]*lua.LFunction // by the hash of their text
}

func newMachine(s *server.Server) (*machine, error) {
	m := &machine{server: s, state: lua.NewState(lua.Options{SkipOpenLibs: true}), scripts: map[string]*lua.LFunction{}}
	m.peer = server.NewPeer(bufio.NewWriter(&m.reply))
	m.reader = bufio.NewReader(&m.reply)
	for _, library := range []lua.LGFunction{lua.OpenPackage, lua.OpenBase, lua.OpenTable, lua.OpenString, lua.OpenMath} {
		m.state.Push(m.state.NewFunction(library))
		m.state.Call(0, 0)
	}
	luajson.Preload(m.state)
	redis := m.state.NewTable()
	redis.RawSetString("call", m.state.NewFunction(m.call))
	m.state.SetGlobal("redis", redis)
	if err := m.state.DoString("cjson = require 'json'"); err != nil {
		return nil, fmt.Errorf("start the embedded store: %w", err)
	}
	return m, nil
}

func (m *machine) close() { m.state.Close() }

func hashOf(text string) string {
	sum := sha1.Sum([]byte(text))
	return hex.EncodeToString(sum[:])
}

// load makes a script known by its hash.
func (m *machine) load(text string) (hash string, err error) {
	hash = hashOf(text)
	if m.scripts[hash] == nil {
		script, err := m.state.LoadString(text)
		if err != nil {
			return hash, refusal("ERR " + err.Error())
		}
		m.scripts[hash] = script
	}
	return hash, nil
}

// refusal is an error answer, as a server gives it.
type refusal string

func (r refusal) Error() string { return string(r) }

// RedisError tells go-redis that the connection is all right.
func (refusal) RedisError() {}

// run calls a script. args are the number of its keys, they, and the rest.
func (m *machine) run(hash string, args []any) (any, error) {
	script := m.scripts[hash]
	if script == nil {
		return nil, refusal("NOSCRIPT No matching script. Please use EVAL.")
	}
	keys, err := strconv.Atoi(fmt.Sprint(args[0]))
	if args = args[1:]; err != nil || keys < 0 || keys > len(args) {
		return nil, refusal("ERR a script call without its number of keys")
	}
	m.state.SetGlobal("KEYS", m.list(args[:keys]))
	m.state.SetGlobal("ARGV", m.list(args[keys:]))
	if err := m.state.CallByParam(lua.P{Fn: script, NRet: 1, Protect: true}); err != nil {
		return nil, refusal("ERR " + err.Error())
	}
	result := m.state.Get(-1)
	m.state.Pop(1)
	return fromLua(result), nil
}

func (m *machine) list(values []any) *lua.LTable {
	t := m.state.CreateTable(len(values), 0)
	for _, v := range values {
		t.Append(lua.LString(word(v)))
	}
	return t
}

// word is an argument as it goes to a server.
func word(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case []byte:
		return string(v)
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	}
	return fmt.Sprint(v)
}

// call is redis.call.
func (m *machine) call(l *lua.LState) int {
	args := make([]string, l.GetTop())
	for i := range args {
		args[i] = l.CheckString(i + 1)
	}
	reply, err := m.dispatch(args)
	if err != nil {
		l.RaiseError("%s: %s", strings.ToLower(args[0]), err)
	}
	l.Push(toLua(l, reply))
	return 1
}

// dispatch lets the server do one command.
func (m *machine) dispatch(args []string) (any, error) {
	m.reply.Reset()
	m.server.Dispatch(m.peer, args)
	m.peer.Flush()
	m.reader.Reset(&m.reply)
	return server.ParseReply(m.reader)
}

// do is dispatch for somebody outside of a script.
func (m *machine) do(args []any) (any, error) {
	words := make([]string, len(args))
	for i, a := range args {
		words[i] = word(a)
	}
	reply, err := m.dispatch(words)
	switch reply := reply.(type) {
	case int:
		return int64(reply), nil
	case server.Simple:
		return string(reply), nil
	}
	if err != nil {
		err = refusal(err.Error())
	}
	return reply, err
}

// toLua and fromLua convert answers as Redis says: nothing is false in Lua, and
// false is nothing outside; numbers are whole.
func toLua(l *lua.LState, v any) lua.LValue {
	switch v := v.(type) {
	case int:
		return lua.LNumber(v)
	case string:
		return lua.LString(v)
	case server.Simple:
		t := l.NewTable()
		t.RawSetString("ok", lua.LString(v))
		return t
	case []any:
		t := l.CreateTable(len(v), 0)
		for _, item := range v {
			t.Append(toLua(l, item))
		}
		return t
	}
	return lua.LFalse
}

func fromLua(v lua.LValue) any {
	switch v := v.(type) {
	case lua.LNumber:
		return int64(v)
	case lua.LString:
		return string(v)
	case lua.LBool:
		if v {
			return int64(1)
		}
	case *lua.LTable:
		if ok, is := v.RawGetString("ok").(lua.LString); is {
			return string(ok)
		}
		list := make([]any, v.Len())
		for i := range list {
			list[i] = fromLua(v.RawGetInt(i + 1))
		}
		return list
	}
	return nil
}
