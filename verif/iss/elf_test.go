package iss

import (
	"bytes"
	"encoding/binary"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// tinyELF builds an ELF32 executable of one segment, then lets edit spoil it.
func tinyELF(edit func(b []byte)) []byte {
	le := binary.LittleEndian
	b := make([]byte, 52+32+8)
	copy(b, "\x7fELF\x01\x01\x01")
	le.PutUint16(b[16:], 2)   // ET_EXEC
	le.PutUint16(b[18:], 243) // EM_RISCV
	le.PutUint32(b[20:], 1)
	le.PutUint32(b[24:], RAMBase) // entry
	le.PutUint32(b[28:], 52)      // program headers
	le.PutUint16(b[40:], 52)
	le.PutUint16(b[42:], 32)
	le.PutUint16(b[44:], 1)
	p := b[52:]
	le.PutUint32(p, 1)            // PT_LOAD
	le.PutUint32(p[4:], 84)       // offset
	le.PutUint32(p[8:], RAMBase)  // virtual
	le.PutUint32(p[12:], RAMBase) // physical
	le.PutUint32(p[16:], 8)       // in the file
	le.PutUint32(p[20:], 16)      // in memory
	copy(b[84:], "programs")
	if edit != nil {
		edit(b)
	}
	return b
}

func TestReadELF(t *testing.T) {
	data := tinyELF(nil)
	img, err := Read(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	if len(img.Segments) != 1 || string(img.Segments[0].Data) != "programs" || img.Segments[0].Zero != 8 || img.Entry != RAMBase {
		t.Errorf("got %+v", img)
	}
}

func TestReadErrors(t *testing.T) {
	le := binary.LittleEndian
	for name, c := range map[string]struct {
		edit func(b []byte)
		want string
	}{
		"64 bits":          {func(b []byte) { b[4] = 2 }, ""},
		"big-endian":       {func(b []byte) { b[5] = 2 }, ""},
		"other machine":    {func(b []byte) { le.PutUint16(b[18:], 62) }, "want RISC-V"},
		"object file":      {func(b []byte) { le.PutUint16(b[16:], 1) }, "want a linked executable"},
		"no segment":       {func(b []byte) { b[52] = 4 }, "no segment to load"},
		"beyond the file":  {func(b []byte) { le.PutUint32(b[52+4:], 1000) }, "beyond the end"},
		"huge in file":     {func(b []byte) { le.PutUint32(b[52+16:], 1<<31); le.PutUint32(b[52+20:], 1<<31) }, "segment 0"},
		"larger than file": {func(b []byte) { le.PutUint32(b[52+16:], 17) }, "segment 0"},
		"wraps":            {func(b []byte) { le.PutUint32(b[52+12:], 0xfffffff8) }, "segment 0"},
		"many headers":     {func(b []byte) { le.PutUint16(b[44:], 0xffff) }, ""},
	} {
		data := tinyELF(c.edit)
		if _, err := Read(bytes.NewReader(data), int64(len(data))); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want an error with %q", name, err, c.want)
		}
	}
}

func TestReadFile(t *testing.T) {
	dir := t.TempDir()
	write := func(name string, data []byte) string {
		p := filepath.Join(dir, name)
		if err := os.WriteFile(p, data, 0o644); err != nil {
			t.Fatal(err)
		}
		return p
	}
	if img, err := ReadFile(write("flat", []byte{0x13, 0, 0, 0, 1})); err != nil || len(img.Segments[0].Data) != 5 || img.Entry != RAMBase {
		t.Errorf("a flat image: %+v, %v", img, err)
	}
	for _, p := range []string{dir, filepath.Join(dir, "missing"), write("empty", nil), write("bad", tinyELF(func(b []byte) { b[16] = 9 }))} {
		if _, err := ReadFile(p); err == nil || !strings.Contains(err.Error(), p) {
			t.Errorf("%s: got %v; want an error that names the file", p, err)
		}
	}
}

func TestLoadErrors(t *testing.T) {
	m, err := New(Config{Instructions: base(t), RAMSize: 64})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		img  Image
		want string
	}{
		{Image{Entry: 0x1000}, "starts at 0x00001000"},
		{Image{Entry: RAMBase, Segments: []Segment{{Addr: RAMBase, Data: make([]byte, 65)}}}, "outside the RAM of 64 bytes"},
		{Image{Entry: RAMBase, Segments: []Segment{{Addr: RAMBase + 60, Data: make([]byte, 4), Zero: 1}}}, "outside the RAM"},
		{Image{Entry: RAMBase, Segments: []Segment{{Addr: 0x1000, Data: []byte{1}}}}, "outside the RAM"},
		{Image{Entry: RAMBase, Segments: []Segment{{Addr: RAMBase - 1, Data: []byte{1}}}}, "outside the RAM"},
	} {
		if err := m.Load(&c.img); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("got %v, want an error with %q", err, c.want)
		}
	}
	for _, size := range []int{-4, 3, 18, maxRAMSize + 4} {
		if _, err := New(Config{RAMSize: size}); err == nil {
			t.Errorf("a RAM of %d bytes was accepted", size)
		}
	}
}

// TestLoadAgain: nothing that was in RAM is left after Load.
func TestLoadAgain(t *testing.T) {
	m, err := New(Config{RAMSize: 64})
	if err != nil {
		t.Fatal(err)
	}
	one := Image{Entry: RAMBase, Segments: []Segment{{Addr: RAMBase, Data: []byte{1, 2, 3, 4}}}}
	if err := m.WriteMem(RAMBase+8, []byte{8}); err != nil {
		t.Fatal(err)
	}
	for _, img := range []*Image{&one, {Entry: RAMBase, Segments: []Segment{{Addr: RAMBase + 12, Data: []byte{12}}}}} {
		if err := m.Load(img); err != nil {
			t.Fatal(err)
		}
		want := make([]byte, 64)
		copy(want[img.Segments[0].Addr-RAMBase:], img.Segments[0].Data)
		got := make([]byte, 64)
		if err := m.ReadMem(RAMBase, got); err != nil || string(got) != string(want) {
			t.Errorf("%v %v", got, err)
		}
	}
}

func TestSymbols(t *testing.T) {
	s := NewSymbols([]Symbol{
		{Name: "_start", Addr: RAMBase},
		{Name: "main", Addr: RAMBase + 0x10, Size: 0x20, Func: true},
		{Name: "label", Addr: RAMBase + 0x18},
		{Name: "alias", Addr: RAMBase + 0x10},
		{Name: "last", Addr: RAMBase + 0x40, Size: 4, Func: true},
	})
	for addr, want := range map[uint32]string{
		0: "", RAMBase: "_start", RAMBase + 4: "_start+0x4", RAMBase + 0x10: "main", RAMBase + 0x14: "main+0x4",
		RAMBase + 0x18: "label", RAMBase + 0x40: "last", RAMBase + 0x44: "",
	} {
		if got := s.Name(addr); got != want {
			t.Errorf("0x%x is %q, want %q", addr, got, want)
		}
	}
	if name, addr := s.function(RAMBase + 0x1c); name != "main" || addr != RAMBase+0x10 {
		t.Errorf("got %s at 0x%x; a label is not a function", name, addr)
	}
	if name, _ := s.function(RAMBase + 8); name != "_start" {
		t.Errorf("got %s; before the first function the label counts", name)
	}
	if sym, ok := s.Lookup("main"); !ok || sym.Size != 0x20 {
		t.Errorf("got %+v", sym)
	}
	var none *Symbols
	if none.Name(4) != "" {
		t.Error("no table knows a name")
	}
}

// TestSharedBytes has many segments of the same bytes: a small file must not
// become a large program.
func TestSharedBytes(t *testing.T) {
	le := binary.LittleEndian
	one := tinyELF(nil)
	data := append([]byte(nil), one[:52]...)
	const n = 30
	for range n {
		data = append(data, one[52:84]...)
	}
	le.PutUint16(data[44:], n)
	data = append(data, "programs"...)
	for i := range n {
		le.PutUint32(data[52+32*i+4:], 0)
		le.PutUint32(data[52+32*i+16:], uint32(len(data)))
		le.PutUint32(data[52+32*i+20:], uint32(len(data)))
	}
	if _, err := Read(bytes.NewReader(data), int64(len(data))); err == nil || !strings.Contains(err.Error(), "more bytes than the file") {
		t.Errorf("got %v", err)
	}
}
