package iss

import (
	"bytes"
	"encoding/binary"
	"testing"
	"time"

	"marvelgen/verif/bound"
)

// What reading a program may cost: tables for the 65535 sections that a header can name,
// and some copies of the file.
func imageBytes(file []byte) uint64 { return 32<<20 + 64*uint64(len(file)) }

// FuzzImage reads anything as a program and loads what is accepted. It looks for
// panics, and for allocations that a file claims instead of holding them.
func FuzzImage(f *testing.F) {
	le := binary.LittleEndian
	f.Add([]byte{0x13, 0, 0, 0})
	f.Add(tinyELF(nil))
	for _, edit := range []func(b []byte){
		func(b []byte) { le.PutUint16(b[44:], 0xffff) },
		func(b []byte) { le.PutUint32(b[52+16:], 1<<31) },
		func(b []byte) { le.PutUint32(b[32:], 84); le.PutUint16(b[46:], 40); le.PutUint16(b[48:], 0xfff0) },
		func(b []byte) { b[4] = 2 },
	} {
		f.Add(tinyELF(edit))
	}
	f.Add(symbolELF())
	m, err := New(Config{Instructions: base(f), RAMSize: 1 << 16})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, file []byte) {
		bound.Check(t, 5*time.Second, imageBytes(file), func() {
			img, err := Read(bytes.NewReader(file), int64(len(file)))
			if err != nil {
				return
			}
			total := 0
			for _, s := range img.Segments {
				total += len(s.Data)
			}
			if total > len(file) {
				t.Errorf("%d bytes of segments from a file of %d", total, len(file))
			}
			if m.Load(img) == nil {
				for _, s := range img.Symbols {
					m.Symbols().Name(s.Addr)
				}
			}
		})
	})
}

// symbolELF is a program with sections: a symbol table of one function.
func symbolELF() []byte {
	le := binary.LittleEndian
	b := tinyELF(nil)
	at := uint32(len(b))
	text := []byte("\x00main\x00.shstrtab\x00")
	symbols := make([]byte, 32)
	le.PutUint32(symbols[16:], 1) // name
	le.PutUint32(symbols[20:], RAMBase)
	le.PutUint32(symbols[24:], 8)
	symbols[28] = 0x12 // global function
	le.PutUint16(symbols[30:], 0xfff1)
	sections := make([]byte, 3*40)
	section := func(i int, name, kind, offset, size, link, entry uint32) {
		s := sections[40*i:]
		le.PutUint32(s, name)
		le.PutUint32(s[4:], kind)
		le.PutUint32(s[16:], offset)
		le.PutUint32(s[20:], size)
		le.PutUint32(s[24:], link)
		le.PutUint32(s[36:], entry)
	}
	section(1, 6, 3, at, uint32(len(text)), 0, 0)
	section(2, 6, 2, at+uint32(len(text)), 32, 1, 16)
	b = append(append(b, text...), symbols...)
	le.PutUint32(b[32:], uint32(len(b)))
	le.PutUint16(b[46:], 40)
	le.PutUint16(b[48:], 3)
	le.PutUint16(b[50:], 1)
	return append(b, sections...)
}

// TestSymbolELF wants the seed of the fuzzer to be a whole program.
func TestSymbolELF(t *testing.T) {
	b := symbolELF()
	img, err := Read(bytes.NewReader(b), int64(len(b)))
	if err != nil || len(img.Symbols) != 1 || img.Symbols[0].Name != "main" {
		t.Fatalf("%+v, %v", img, err)
	}
}
