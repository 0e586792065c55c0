package trace

import (
	"errors"
	"fmt"
	"io"
)

// batch is how many records a Reader or Writer moves at once.
const batch = 1024

// Writer encodes records to a stream, many at a time.
type Writer struct {
	w   io.Writer
	buf [batch * Size]byte
	n   int
	err error
}

// NewWriter returns a Writer to w. Call Flush at the end.
func NewWriter(w io.Writer) *Writer { return &Writer{w: w} }

// Write appends one record. The first error sticks.
func (w *Writer) Write(r *Record) error {
	r.Encode(w.buf[w.n:])
	if w.n += Size; w.n == len(w.buf) {
		return w.Flush()
	}
	return w.err
}

// Flush writes what is buffered.
func (w *Writer) Flush() error {
	if w.err == nil && w.n > 0 {
		_, w.err = w.w.Write(w.buf[:w.n])
	}
	w.n = 0
	return w.err
}

// Reader decodes records from a stream, many at a time.
type Reader struct {
	r      io.Reader
	buf    [batch * Size]byte
	lo, hi int
	err    error
}

// NewReader returns a Reader from r.
func NewReader(r io.Reader) *Reader { return &Reader{r: r} }

// Read fills rec with the next record; io.EOF marks a whole stream's end, and a
// stream that ends within a record is an error. It takes whatever the stream
// has ready, so it may follow a pipe that is still being written.
func (r *Reader) Read(rec *Record) error {
	for r.hi-r.lo < Size {
		if r.err != nil {
			if errors.Is(r.err, io.EOF) && r.hi > r.lo {
				return fmt.Errorf("the trace ends within a record: %d bytes left over", r.hi-r.lo)
			}
			return r.err
		}
		copy(r.buf[:], r.buf[r.lo:r.hi])
		r.lo, r.hi = 0, r.hi-r.lo
		var n int
		n, r.err = r.r.Read(r.buf[r.hi:])
		r.hi += n
	}
	rec.Decode(r.buf[r.lo:])
	r.lo += Size
	return nil
}
