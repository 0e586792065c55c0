// Package trace is the record of one retired instruction, as the Verilator
// testbench and the simulator both write it: 64 bytes, little endian.
package trace

import (
	"encoding/binary"
	"fmt"
	"strings"
)

// Size is the length of an encoded Record in bytes.
const Size = 64

// Record is one retired instruction in the style of the RISC-V Formal
// Interface. Memory words are as on the bus: MemAddr is word-aligned, and lanes
// outside the mask are 0.
type Record struct {
	Cycle                        uint64 // clock edges since reset when it retired in W
	PC, NextPC, Insn             uint32
	MemAddr, MemRData, MemWData  uint32
	RdWData, Rd2WData, Rd3WData  uint32
	Rs1RData, Rs2RData, Rs3RData uint32
	Rd, Rd2, Rd3                 uint8 // written registers; 0: none, and the data is 0
	RMask, WMask                 uint8
	Flags                        uint8
}

// Bits of Record.Flags.
const (
	Trap = 1 << 0 // the instruction raised an exception; NextPC is the handler
	Intr = 1 << 1 // first instruction of a handler entered by an interrupt
)

// Encode writes the record to b, which has at least Size bytes.
func (r *Record) Encode(b []byte) {
	_ = b[Size-1]
	le := binary.LittleEndian
	le.PutUint64(b, r.Cycle)
	for i, v := range r.words() {
		le.PutUint32(b[8+4*i:], *v)
	}
	b[56], b[57], b[58], b[59], b[60], b[61] = r.Rd, r.Rd2, r.Rd3, r.RMask, r.WMask, r.Flags
	b[62], b[63] = 0, 0
}

// Decode fills the record from b, which has at least Size bytes.
func (r *Record) Decode(b []byte) {
	_ = b[Size-1]
	le := binary.LittleEndian
	r.Cycle = le.Uint64(b)
	for i, v := range r.words() {
		*v = le.Uint32(b[8+4*i:])
	}
	r.Rd, r.Rd2, r.Rd3, r.RMask, r.WMask, r.Flags = b[56], b[57], b[58], b[59], b[60], b[61]
}

// words are the 32-bit fields in the order of the encoding.
func (r *Record) words() [12]*uint32 {
	return [...]*uint32{&r.PC, &r.NextPC, &r.Insn, &r.MemAddr, &r.MemRData, &r.MemWData,
		&r.RdWData, &r.Rd2WData, &r.Rd3WData, &r.Rs1RData, &r.Rs2RData, &r.Rs3RData}
}

var wordNames = [...]string{"pc", "next_pc", "insn", "mem_addr", "mem_rdata", "mem_wdata",
	"rd_wdata", "rd2_wdata", "rd3_wdata", "rs1_rdata", "rs2_rdata", "rs3_rdata"}

// Difference is one field in which two records differ.
type Difference struct {
	Field     string
	Want, Got uint64
}

func (d Difference) String() string {
	return fmt.Sprintf("%s: want 0x%x, got 0x%x", d.Field, d.Want, d.Got)
}

// Diff lists the fields in which got differs from want, in the order of the
// encoding; none means that the records are equal.
func Diff(want, got *Record) []Difference {
	if *want == *got {
		return nil
	}
	var out []Difference
	note := func(field string, w, g uint64) {
		if w != g {
			out = append(out, Difference{field, w, g})
		}
	}
	note("cycle", want.Cycle, got.Cycle)
	w, g := want.words(), got.words()
	for i, name := range wordNames {
		note(name, uint64(*w[i]), uint64(*g[i]))
	}
	for _, f := range []struct {
		name string
		w, g uint8
	}{
		{"rd", want.Rd, got.Rd}, {"rd2", want.Rd2, got.Rd2}, {"rd3", want.Rd3, got.Rd3},
		{"rmask", want.RMask, got.RMask}, {"wmask", want.WMask, got.WMask}, {"flags", want.Flags, got.Flags},
	} {
		note(f.name, uint64(f.w), uint64(f.g))
	}
	return out
}

// Fields joins the names of the differing fields: "cycle, rd_wdata".
func Fields(diff []Difference) string {
	names := make([]string, len(diff))
	for i, d := range diff {
		names[i] = d.Field
	}
	return strings.Join(names, ", ")
}
