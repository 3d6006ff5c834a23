package replay

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// ErrBomb is returned where a compressed file expands far beyond what reports
// ever do.
var ErrBomb = errors.New("the compressed file expands too far")

const (
	// maxRatio is how many times its size a file may expand to. Reports
	// shrink to a tenth or, when they are all alike, to a hundredth.
	maxRatio = 400
	// freeExpansion is not looked at: short files may be all alike.
	freeExpansion = 16 << 20
	// maxWindow is the memory that a zstd stream may ask for.
	maxWindow = 32 << 20
)

// open unpacks r if its first bytes are those of gzip or zstd. done frees what
// the unpacking holds; it doesn't close r.
func open(r io.Reader) (plain io.Reader, done func(), err error) {
	packed := &counter{r: r}
	head := bufio.NewReaderSize(packed, 4<<10)
	magic, err := head.Peek(4)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, nil, fmt.Errorf("read: %w", err)
	}
	switch {
	case bytes.HasPrefix(magic, []byte{0x1f, 0x8b}):
		z, err := gzip.NewReader(head)
		if err != nil {
			return nil, nil, fmt.Errorf("read gzip: %w", err)
		}
		return &bounded{r: z, packed: packed}, func() { z.Close() }, nil
	case bytes.Equal(magic, []byte{0x28, 0xb5, 0x2f, 0xfd}):
		z, err := zstd.NewReader(head, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true),
			zstd.WithDecoderMaxWindow(maxWindow))
		if err != nil {
			return nil, nil, fmt.Errorf("read zstd: %w", err)
		}
		return &bounded{r: z, packed: packed}, z.Close, nil
	}
	return head, func() {}, nil
}

// counter counts the bytes that were read of r.
type counter struct {
	r io.Reader
	n int64
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += int64(n)
	return n, err
}

// bounded ends with ErrBomb once r has given more than maxRatio times what was
// read of packed.
type bounded struct {
	r      io.Reader
	packed *counter
	n      int64
}

func (b *bounded) Read(p []byte) (int, error) {
	n, err := b.r.Read(p)
	b.n += int64(n)
	if b.n > freeExpansion+maxRatio*b.packed.n {
		return 0, ErrBomb
	}
	return n, err
}
