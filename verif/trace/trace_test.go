package trace

import (
	"bytes"
	"encoding/binary"
	"io"
	"reflect"
	"strings"
	"testing"
	"testing/iotest"

	"pgregory.net/rapid"
)

func record(t *rapid.T) Record {
	var r Record
	v := reflect.ValueOf(&r).Elem()
	for i := range v.NumField() {
		v.Field(i).SetUint(rapid.Uint64().Draw(t, "field") & (1<<v.Field(i).Type().Bits() - 1))
	}
	return r
}

func TestEncodeDecode(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := record(t)
		var b [Size]byte
		in.Encode(b[:])
		var out Record
		out.Decode(b[:])
		if in != out {
			t.Fatalf("got %+v, want %+v", out, in)
		}
	})
}

// TestLayout pins the byte offsets that the C++ testbench writes.
func TestLayout(t *testing.T) {
	r := Record{Cycle: 1, PC: 2, NextPC: 3, Insn: 4, MemAddr: 5, MemRData: 6, MemWData: 7, RdWData: 8, Rd2WData: 9, Rd3WData: 10,
		Rs1RData: 11, Rs2RData: 12, Rs3RData: 13, Rd: 14, Rd2: 15, Rd3: 16, RMask: 17, WMask: 18, Flags: 19}
	var b [Size]byte
	r.Encode(b[:])
	if got := binary.LittleEndian.Uint64(b[:]); got != 1 {
		t.Errorf("cycle is %d", got)
	}
	for i := range 12 {
		if got := binary.LittleEndian.Uint32(b[8+4*i:]); got != uint32(2+i) {
			t.Errorf("word %d is %d", i, got)
		}
	}
	if want := []byte{14, 15, 16, 17, 18, 19, 0, 0}; !bytes.Equal(b[56:], want) {
		t.Errorf("the tail is %v, want %v", b[56:], want)
	}
}

// TestDiffNamesEveryField changes each field alone and wants that one named.
func TestDiffNamesEveryField(t *testing.T) {
	want := []string{"cycle", "pc", "next_pc", "insn", "mem_addr", "mem_rdata", "mem_wdata", "rd_wdata", "rd2_wdata", "rd3_wdata",
		"rs1_rdata", "rs2_rdata", "rs3_rdata", "rd", "rd2", "rd3", "rmask", "wmask", "flags"}
	for i, name := range want {
		var a, b Record
		reflect.ValueOf(&b).Elem().Field(i).SetUint(5)
		d := Diff(&a, &b)
		if Fields(d) != name || d[0].Got != 5 {
			t.Errorf("field %d: got %v, want %s", i, d, name)
		}
	}
	if d := Diff(&Record{}, &Record{}); d != nil {
		t.Errorf("equal records differ in %v", d)
	}
}

func TestStream(t *testing.T) {
	var buf bytes.Buffer
	w := NewWriter(&buf)
	const n = 3*batch + 7
	for i := range n {
		if err := w.Write(&Record{Cycle: uint64(i)}); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	whole := buf.Bytes()
	for name, r := range map[string]io.Reader{"whole": bytes.NewReader(whole), "halves": iotest.HalfReader(bytes.NewReader(whole)),
		"eof with data": iotest.DataErrReader(bytes.NewReader(whole))} {
		rd := NewReader(r)
		var rec Record
		count := uint64(0)
		for rd.Read(&rec) == nil {
			if rec.Cycle != count {
				t.Fatalf("%s: record %d has cycle %d", name, count, rec.Cycle)
			}
			count++
		}
		if count != n {
			t.Errorf("%s: read %d records, want %d", name, count, n)
		}
	}
	rd := NewReader(bytes.NewReader(whole[:Size+5]))
	var rec Record
	if err := rd.Read(&rec); err != nil {
		t.Fatal(err)
	}
	if err := rd.Read(&rec); err == nil || !strings.Contains(err.Error(), "5 bytes left over") {
		t.Errorf("a cut stream gave %v", err)
	}
}

func TestWindow(t *testing.T) {
	var b strings.Builder
	f := Formatter{}
	err := f.Window(&b, []Record{
		{Cycle: 3, PC: 0x80000000, NextPC: 0x80000004, Insn: 0x13, Rd: 10, RdWData: 0x12},
		{Cycle: 4, PC: 0x80000004, NextPC: 0x80000100, MemAddr: 0x80001000, WMask: 3, MemWData: 0xbeef, Flags: Trap | Intr},
	}, 1)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"         3  80000000  00000013", "a0=00000012", "\n->        4", "store[80001000/0011]=0000beef ->80000100 trap interrupt"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("%q is missing in:\n%s", want, b.String())
		}
	}
}

func BenchmarkWrite(b *testing.B) {
	w := NewWriter(io.Discard)
	var r Record
	for b.Loop() {
		_ = w.Write(&r)
	}
}
