package replay

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
)

// Writer writes lines that Read reads.
type Writer struct {
	out *bufio.Writer
	enc *json.Encoder
}

// NewWriter writes to w. Flush must be called at the end.
func NewWriter(w io.Writer) *Writer {
	out := bufio.NewWriterSize(w, 64<<10)
	enc := json.NewEncoder(out)
	enc.SetEscapeHTML(false)
	return &Writer{out: out, enc: enc}
}

// Write appends one line. The caller keeps the order of time.
func (w *Writer) Write(l Line) error {
	if err := l.Validate(); err != nil {
		return fmt.Errorf("write line: %w", err)
	}
	l.Time = l.Time.UTC()
	return w.enc.Encode(l)
}

// Flush hands on what is still held back.
func (w *Writer) Flush() error { return w.out.Flush() }
