package rvfi

import (
	"fmt"
	"math/bits"
	"strings"

	"marvelgen/gen/emit"
	"marvelgen/gen/emit/formal/meaning"
	"marvelgen/gen/isa"
)

// Insn is one instruction as rvfi/insn.v.tmpl wants it.
type Insn struct {
	Name, Assembly, System string
	Meaning                string // module
	Conns                  []Conn // inputs of the meaning
	Writes                 []int  // numbers of the meaning's register writes
	Extra                  []Port // operands beside RVFI's: fixed registers, private state
	States                 []StateOut
	Excludes               []Row // more specific instructions of the same words
	Loads                  bool
	LoadExpr               string
	Branch                 bool
	Illegal                string // condition, by the CSRs the core has
	RS1, RS2, RS3          string // register numbers read
	Results                [3]Result
}

// Conn joins a port of the meaning with an expression.
type Conn struct{ Port, Expr string }

// Row is a line of the decode table.
type Row struct{ Mask, Match string }

// StateOut is private state after the instruction.
type StateOut struct {
	Name  string // state_<name>
	Wire  string // in the top module
	Width int
}

// Result is one of RVFI's register writes.
type Result struct {
	Port  string // "rd", "rd2" or "rd3"
	Write bool
	K     int    // number of the meaning's write
	Altop string // what stands for the value in proofs of the core, "" for the meaning
}

// altops is riscv-formal's RISCV_FORMAL_ALTOPS.
var altops = map[string]string{
	"mul":    "(rvfi_rs1_rdata + rvfi_rs2_rdata) ^ 32'h5876_063e",
	"mulh":   "(rvfi_rs1_rdata + rvfi_rs2_rdata) ^ 32'hf658_3fb7",
	"mulhsu": "(rvfi_rs1_rdata - rvfi_rs2_rdata) ^ 32'hecfb_e137",
	"mulhu":  "(rvfi_rs1_rdata + rvfi_rs2_rdata) ^ 32'h949c_e5e8",
	"div":    "(rvfi_rs1_rdata - rvfi_rs2_rdata) ^ 32'h7f85_29ec",
	"divu":   "(rvfi_rs1_rdata - rvfi_rs2_rdata) ^ 32'h10e8_fd70",
	"rem":    "(rvfi_rs1_rdata - rvfi_rs2_rdata) ^ 32'h8da6_8fa5",
	"remu":   "(rvfi_rs1_rdata - rvfi_rs2_rdata) ^ 32'h3138_d0e1",
}

// csrs are the CSRs of rtl/README.md.
var csrs = []uint32{0x300, 0x301, 0x304, 0x305, 0x340, 0x341, 0x342, 0x343, 0x344, 0xb00, 0xb02, 0xb80, 0xb82,
	0xc00, 0xc01, 0xc02, 0xc80, 0xc81, 0xc82, 0xf11, 0xf12, 0xf13, 0xf14}

func newInsn(m *isa.Machine, ins *isa.Instruction, mod *meaning.Module) *Insn {
	i := &Insn{Name: ins.Name, Assembly: ins.Assembly, System: ins.System, Meaning: mod.Name, Loads: ins.Load != nil,
		Branch: ins.Encoding.Mask&0x7f == 0x7f && ins.Encoding.Match&0x7f == 0x63, Illegal: "1'b0",
		RS1: "5'd0", RS2: "5'd0", RS3: "5'd0"}
	for _, in := range mod.Inputs {
		i.Conns = append(i.Conns, Conn{in.Name, i.operand(ins, in)})
	}
	for _, s := range mod.States {
		name := strings.TrimSuffix(s.Name, "_o")
		i.States = append(i.States, StateOut{Name: name, Wire: name + "_of_" + ins.Name, Width: s.Width})
	}
	for _, w := range mod.Writes {
		i.Writes = append(i.Writes, w.Index)
	}
	if ins.Load != nil {
		i.LoadExpr = extended(ins.Load)
	}
	for _, o := range m.All() {
		if o != ins && moreSpecific(&o.Encoding, &ins.Encoding) {
			i.Excludes = append(i.Excludes, Row{emit.Hex32(o.Encoding.Mask), emit.Hex32(o.Encoding.Match)})
		}
	}
	for k := range ins.Writes {
		if ins.Writes[k].Kind == isa.DestCSR {
			i.Illegal = illegalCSR()
		}
	}
	i.results(m, ins, mod)
	return i
}

// operand says where the meaning's input comes from.
func (i *Insn) operand(ins *isa.Instruction, in meaning.Port) string {
	name := strings.TrimSuffix(in.Name, "_i")
	switch {
	case name == "insn":
		return "rvfi_insn"
	case name == "pc":
		return "rvfi_pc_rdata"
	case name == "load":
		return "load"
	case name == "csr":
		return "csr_rdata"
	}
	f := ins.Encoding.Field(name)
	if f == nil || f.Kind != isa.Register {
		i.Extra = append(i.Extra, Port{Name: name, Width: in.Width})
		return name
	}
	var parts []string
	for _, p := range f.Pieces {
		parts = append(parts, fmt.Sprintf("rvfi_insn[%d:%d]", p.Hi, p.Lo))
	}
	number := "{" + strings.Join(parts, ", ") + "}"
	switch number {
	case "{rvfi_insn[19:15]}":
		i.RS1 = number
		return "rvfi_rs1_rdata"
	case "{rvfi_insn[24:20]}":
		i.RS2 = number
		return "rvfi_rs2_rdata"
	}
	i.RS3 = number
	return "rvfi_rs3_rdata"
}

// results assigns the meaning's register writes to RVFI's.
func (i *Insn) results(m *isa.Machine, ins *isa.Instruction, mod *meaning.Module) {
	number := map[*isa.Write]int{}
	for k := range ins.Writes {
		if kind := ins.Writes[k].Kind; kind == isa.DestField || kind == isa.DestFixed {
			number[&ins.Writes[k]] = len(number)
		}
	}
	ports := [3]*isa.Write{}
	for w, k := range number { // base instructions have one result
		if k == 0 {
			ports[0] = w
		}
	}
	for _, p := range m.Exts {
		if p.Instruction == ins {
			ports = p.Results
		}
	}
	for port, name := range []string{"rd", "rd2", "rd3"} {
		r := Result{Port: name}
		if w := ports[port]; w != nil {
			r.Write, r.K = true, mod.Writes[number[w]].Index
			r.Altop = altops[ins.Name]
			for _, p := range m.Exts {
				if p.Instruction == ins {
					r.Altop = ""
				}
			}
		}
		i.Results[port] = r
	}
}

// extended is the loaded value out of the lanes from its address on.
func extended(a *isa.Access) string {
	w := 8 * a.Size
	if w == 32 {
		return "lanes"
	}
	sign := "1'b0"
	if a.Signed {
		sign = fmt.Sprintf("lanes[%d]", w-1)
	}
	return fmt.Sprintf("{ {%d{%s}}, lanes[%d:0]}", 32-w, sign, w-1)
}

// moreSpecific reports whether a word can be both, and is a then.
func moreSpecific(a, b *isa.Encoding) bool {
	return (a.Match^b.Match)&a.Mask&b.Mask == 0 && bits.OnesCount32(a.Mask) > bits.OnesCount32(b.Mask)
}

// illegalCSR is the condition that the core does not have the CSR, or that it is
// read-only and would be written.
func illegalCSR() string {
	var known []string
	for _, c := range csrs {
		known = append(known, fmt.Sprintf("rvfi_insn[31:20] == 12'h%03x", c))
	}
	return fmt.Sprintf("~(%s) | (csr_en & rvfi_insn[31:30] == 2'b11)", strings.Join(known, " | "))
}
