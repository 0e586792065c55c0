package trace

import (
	"bytes"
	"errors"
	"io"
	"testing"
	"testing/iotest"
	"time"

	"marvelgen/gen/isa"
	"marvelgen/verif/bound"
)

// FuzzReader reads anything as a trace, whole and in small pieces: both give the
// same records, each of which is written as it was read but for the padding.
func FuzzReader(f *testing.F) {
	f.Add([]byte{})
	f.Add(make([]byte, Size))
	f.Add(bytes.Repeat([]byte{0xff}, 3*Size+1))
	d := isa.NewDecoder(nil)
	f.Fuzz(func(t *testing.T, stream []byte) {
		bound.Check(t, 5*time.Second, uint64(4<<20+64*len(stream)), func() {
			whole, pieces := NewReader(bytes.NewReader(stream)), NewReader(iotest.OneByteReader(bytes.NewReader(stream)))
			form := Formatter{Decoder: d}
			var a, b Record
			for n := 0; ; n++ {
				err, err2 := whole.Read(&a), pieces.Read(&b)
				if (err == nil) != (err2 == nil) || err == nil && a != b {
					t.Fatalf("record %d: %+v, %v whole; %+v, %v in pieces", n, a, err, b, err2)
				}
				if err != nil {
					if left := len(stream) % Size; errors.Is(err, io.EOF) != (left == 0) || n != len(stream)/Size {
						t.Fatalf("%d bytes end after %d records with %v", len(stream), n, err)
					}
					return
				}
				var back [Size]byte
				a.Encode(back[:])
				if !bytes.Equal(back[:62], stream[n*Size:n*Size+62]) {
					t.Fatalf("record %d is written as % x", n, back)
				}
				if form.Line(&a) == "" || Diff(&a, &b) != nil {
					t.Fatalf("record %d: %q", n, form.Line(&a))
				}
			}
		})
	})
}
