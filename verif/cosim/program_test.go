package cosim

import (
	"context"
	"encoding/binary"
	"io"
	"strings"
	"testing"

	"marvelgen/gen/isa"
	"marvelgen/verif/iss"
	"marvelgen/verif/trace"
)

// assemble makes an image of lines of assembly text at the start of the RAM, with
// words of data behind them at the offset.
func assemble(t *testing.T, m *isa.Machine, text string, dataOff int, data []uint32) *iss.Image {
	t.Helper()
	asm := isa.NewAssembler(m.All())
	image := make([]byte, dataOff+4*len(data))
	at := 0
	for _, line := range strings.Split(strings.TrimSpace(text), "\n") {
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		word, err := asm.Line(line, iss.RAMBase+uint32(at))
		if err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		binary.LittleEndian.PutUint32(image[at:], word)
		at += 4
	}
	for i, v := range data {
		binary.LittleEndian.PutUint32(image[dataOff+4*i:], v)
	}
	return &iss.Image{Entry: iss.RAMBase, Segments: []iss.Segment{{Addr: iss.RAMBase, Data: image}}}
}

// TestLdot runs the test extension that uses the whole socket.
func TestLdot(t *testing.T) {
	m := ldot(t)
	exe := buildModel(t, m, nil)
	t.Run("vectors", func(t *testing.T) {
		if _, err := vectors(t, exe, m, 300); err != nil {
			t.Fatal(err)
		}
	})
	t.Run("load and compute", func(t *testing.T) { loadAndCompute(t, m, exe) })
}

// loadAndCompute shows a dot product of 64 elements by load-and-compute with
// a post-incremented pointer: one instruction a cycle, whether the pointer is the
// unit's or a register, and an accumulator that is right.
func loadAndCompute(t *testing.T, m *isa.Machine, exe string) {
	const n = 16
	var data []uint32
	want := int32(0)
	for i := range 4 * n {
		v := int32(int8(i*37 + 11))
		if i%4 == 0 {
			data = append(data, 0)
		}
		data[i/4] |= uint32(uint8(v)) << (8 * (i % 4))
		want += v * []int32{1, -2, 3, -128}[i%4]
	}
	text := `
		lui a0, 0x80001
		mv.setptr a0
		lui a1, 0x80040
		addi a1, a1, -511` + // 0x8003fe01: the weights 1, -2, 3, -128
		strings.Repeat("\nmv.ldotp zero, a1, 4", n) +
		strings.Repeat("\nmv.ldot zero, a0, a1, 2", n) + `
		mv.rdacc a2, 0
		mv.rdacc a3, 0
		lui a4, 0x10000
		sw zero, 4(a4)`
	var cycles []uint64
	var got []uint32
	r := Run{Model: exe, Machine: m, Image: assemble(t, m, text, 0x1000, data), RAM: 1 << 20, Dir: t.TempDir(), Limit: 10000, Stdout: io.Discard,
		OnRecord: func(r *trace.Record) error {
			if r.RMask != 0 {
				cycles = append(cycles, r.Cycle)
			}
			if r.Rd == 12 || r.Rd == 13 {
				got = append(got, r.RdWData)
			}
			return nil
		}}
	out, err := Lockstep(context.Background(), r)
	if err != nil {
		t.Fatal(err)
	}
	if len(cycles) != 2*n {
		t.Fatalf("%d loads", len(cycles))
	}
	for i, c := range cycles {
		if c != cycles[0]+uint64(i) {
			t.Fatalf("load %d retires in cycle %d, the first in %d: %v", i, c, cycles[0], cycles)
		}
	}
	if len(got) != 2 || int32(got[0]) != want || got[1] != 0 {
		t.Errorf("the accumulator is %d, want %d and then 0", got, want)
	}
	t.Logf("%d multiplications with their loads in %d cycles; the program takes %d", 8*n, cycles[2*n-1]-cycles[0]+1, out.Cycles)
}
