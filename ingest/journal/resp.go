package journal

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
)

// Commands are written as a Redis client sends them (RESP arrays of bulk
// strings), so that a snapshot is also what `redis-cli --pipe` reads.

func appendCommand(dst []byte, args ...string) []byte {
	dst = append(dst, '*')
	dst = strconv.AppendInt(dst, int64(len(args)), 10)
	dst = append(dst, "\r\n"...)
	for _, a := range args {
		dst = append(dst, '$')
		dst = strconv.AppendInt(dst, int64(len(a)), 10)
		dst = append(dst, "\r\n"...)
		dst = append(dst, a...)
		dst = append(dst, "\r\n"...)
	}
	return dst
}

// commandReader reads commands until io.EOF.
type commandReader struct {
	in   *bufio.Reader
	word []byte // the last one, with its end
}

func newCommandReader(r io.Reader) *commandReader {
	return &commandReader{in: bufio.NewReaderSize(r, 1<<16)}
}

var errCommand = errors.New("not a Redis command file")

// next is the next command's words; io.EOF after the last whole one.
func (c *commandReader) next() ([]string, error) {
	n, err := c.number('*')
	if err != nil {
		return nil, err
	}
	if n == 0 {
		return nil, errCommand
	}
	args := make([]string, 0, min(n, 1<<16))
	for range n {
		size, err := c.number('$')
		if err != nil {
			return nil, unexpected(err)
		}
		if size > maxEntry {
			return nil, errCommand
		}
		c.word = slices.Grow(c.word[:0], size+2)[:size+2]
		if _, err := io.ReadFull(c.in, c.word); err != nil {
			return nil, unexpected(err)
		}
		if string(c.word[size:]) != "\r\n" {
			return nil, errCommand
		}
		args = append(args, string(c.word[:size]))
	}
	return args, nil
}

func (c *commandReader) number(kind byte) (int, error) {
	line, err := c.in.ReadSlice('\n')
	if err != nil {
		if len(line) == 0 {
			return 0, err
		}
		return 0, unexpected(err)
	}
	line = bytes.TrimSuffix(line, []byte("\r\n"))
	if len(line) < 2 || line[0] != kind {
		return 0, errCommand
	}
	n, err := strconv.Atoi(string(line[1:]))
	if err != nil || n < 0 {
		return 0, errCommand
	}
	return n, nil
}

func unexpected(err error) error {
	if err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}

// words are a command's arguments as text.
func words(args []any) []string {
	out := make([]string, len(args))
	for i, a := range args {
		switch v := a.(type) {
		case string:
			out[i] = v
		case []byte:
			out[i] = string(v)
		case float64:
			out[i] = strconv.FormatFloat(v, 'f', -1, 64)
		default:
			out[i] = fmt.Sprint(v)
		}
	}
	return out
}
