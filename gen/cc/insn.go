package cc

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"marvelgen/gen/cc/asm"
	"marvelgen/gen/isa"
)

// class says what an instruction does to the flow of control.
type class uint8

const (
	plain  class = iota // computes, or accesses memory once
	branch              // to target, or on
	jump                // to target
	call                // of another function, which returns behind it
	leave               // returns, calls another function at last, or jumps to an address
	begin               // sets up a zero-overhead loop that begins behind it
	opaque              // not understood: it may read any register and write some
)

// insn is one instruction of a function.
type insn struct {
	line          int // index of its line in the file; -1: there is none
	class         class
	m             *meaning // plain and branch
	fields        fields
	target        string   // label of a branch or jump, name of a function that is called
	size          int      // bytes, unless the linker relaxes it; of what is opaque, a guess
	reads         regs     // of classes other than plain and branch
	kills         regs     // the same, written
	name          string   // li, la or lla, which are no instructions of the base
	text          string   // of an instruction that is not in the file
	region        *region  // it is a whole region, to find out what it does
	loop          *hwLoop  // of a set-up: what it sets up
	did           *stepped // see step
	found         bool     // what follows is
	used, defined regs     // see sets
}

// operand is the value of a field: a register's number, or an immediate.
type operand struct {
	reg int
	imm int64
	sym string // not empty: the assembler's expression for the immediate
}

// fields are the values of an instruction's fields, by name.
type fields = assoc[string, operand]

// pseudo gives each assembler mnemonic that stands for one base instruction the
// instruction's operands, in terms of $1, $2 … (RISC-V Assembly Programmer's Manual).
var pseudo = map[string][]string{
	"nop": {"addi", "zero", "zero", "0"}, "mv": {"addi", "$1", "$2", "0"}, "not": {"xori", "$1", "$2", "-1"},
	"neg": {"sub", "$1", "zero", "$2"}, "seqz": {"sltiu", "$1", "$2", "1"}, "snez": {"sltu", "$1", "zero", "$2"},
	"sltz": {"slt", "$1", "$2", "zero"}, "sgtz": {"slt", "$1", "zero", "$2"}, "zext.b": {"andi", "$1", "$2", "255"},
	"sgt": {"slt", "$1", "$3", "$2"}, "sgtu": {"sltu", "$1", "$3", "$2"},
	"beqz": {"beq", "$1", "zero", "$2"}, "bnez": {"bne", "$1", "zero", "$2"}, "blez": {"bge", "zero", "$1", "$2"},
	"bgez": {"bge", "$1", "zero", "$2"}, "bltz": {"blt", "$1", "zero", "$2"}, "bgtz": {"blt", "zero", "$1", "$2"},
	"bgt": {"blt", "$2", "$1", "$3"}, "ble": {"bge", "$2", "$1", "$3"}, "bgtu": {"bltu", "$2", "$1", "$3"}, "bleu": {"bgeu", "$2", "$1", "$3"},
	"j": {"jal", "zero", "$1"}, "jr": {"jalr", "zero", "0($1)"}, "ret": {"jalr", "zero", "0(ra)"},
}

// shorthand gives the immediate form of mnemonics that assemblers take with an
// immediate as well.
var shorthand = map[string]string{"add": "addi", "and": "andi", "or": "ori", "xor": "xori", "sll": "slli", "srl": "srli", "sra": "srai", "slt": "slti", "sltu": "sltiu"}

// decode makes an instruction of a line.
func (r *rewriter) decode(l *asm.Line, index int) *insn {
	in := &insn{line: index, size: 4}
	name, args := l.Name, l.Args
	switch name {
	case "li", "la", "lla":
		return r.decodeSet(in, name, args)
	case "call", "tail":
		in.size = 8
		if len(args) != 1 {
			break // through another register than ra: a calling convention of its own
		}
		in.class, in.reads, in.kills, in.target = call, callReads, r.killed, args[0]
		if slices.Contains(builtin, args[0]) {
			in.reads = builtinReads
		}
		if name == "tail" {
			in.class, in.reads, in.kills = leave, in.reads|returnReads, 0
		}
		return in
	}
	if p, ok := pseudo[name]; ok {
		if args, ok = expand(p[1:], args); !ok {
			return in.opaque()
		}
		name = p[0]
	}
	if imm, ok := shorthand[name]; ok && len(args) == 3 {
		if _, reg := isa.RegNumber(args[2]); !reg {
			name = imm
		}
	}
	switch {
	case name == "jal" || name == "jalr":
		return r.decodeJump(in, name, args)
	case len(r.mnemonics[name]) == 0:
		return in.opaque()
	}
	for _, m := range r.mnemonics[name] {
		if in.operands(m, args) {
			in.m = m
			return in.finish()
		}
	}
	return in.opaque()
}

func (in *insn) opaque() *insn {
	return &insn{line: in.line, class: opaque, reads: allRegs, size: 8}
}

// finish classifies an instruction whose meaning is known.
func (in *insn) finish() *insn {
	switch {
	case in.m.opaque != "":
		return in.opaque()
	case in.m.taken != nil:
		in.class = branch
		in.target = in.fields.of("imm").sym
		if in.target == "" { // to a number, not a label
			return in.opaque()
		}
	}
	return in
}

// expand replaces $1 and the like by a pseudo-instruction's arguments.
func expand(form, args []string) ([]string, bool) {
	used := 0
	out := make([]string, len(form))
	for i, f := range form {
		if before, mark, ok := strings.Cut(f, "$"); ok {
			k := int(mark[0] - '0')
			if k > len(args) {
				return nil, false
			}
			used = max(used, k)
			f = before + args[k-1] + mark[1:]
		}
		out[i] = f
	}
	return out, used == len(args)
}

// decodeSet reads li, la and lla: a register gets a number or an address.
func (r *rewriter) decodeSet(in *insn, name string, args []string) *insn {
	if len(args) != 2 {
		return in.opaque()
	}
	rd, ok := isa.RegNumber(args[0])
	if !ok {
		return in.opaque()
	}
	in.m, in.name = r.set, name
	v := operand{sym: args[1]}
	if name == "li" {
		n, err := strconv.ParseInt(args[1], 0, 64)
		if err != nil || n < -1<<31 || n >= 1<<32 {
			return in.opaque()
		}
		v = operand{imm: int64(int32(n))}
		if v.imm < -2048 || v.imm > 2047 {
			in.size = 8
			if v.imm&0xfff == 0 {
				in.size = 4 // lui alone
			}
		}
	} else {
		in.size = 8
	}
	in.fields = fields{{"rd", operand{reg: rd}}, {"imm", v}}
	return in
}

// decodeJump reads jal and jalr in all their forms.
func (r *rewriter) decodeJump(in *insn, name string, args []string) *insn {
	rd := 1
	if len(args) == 2 {
		n, ok := isa.RegNumber(args[0])
		if !ok {
			return in.opaque()
		}
		rd, args = n, args[1:]
	}
	switch {
	case len(args) != 1 || rd > 1:
		return in.opaque()
	case name == "jal" && rd == 0:
		in.class, in.target = jump, args[0]
	case rd == 1:
		in.class, in.reads, in.kills = call, callReads, r.killed
		if name == "jalr" {
			in.reads |= baseOf(args[0])
		} else {
			in.target = args[0]
		}
	case baseOf(args[0]) == bit(1):
		in.class, in.reads = leave, returnReads
	default:
		in.class, in.reads = leave, allRegs
	}
	return in
}

// baseOf is the register of an address such as 0(a5) or a5.
func baseOf(s string) regs {
	if i := strings.IndexByte(s, '('); i >= 0 {
		s = strings.TrimSuffix(s[i+1:], ")")
	}
	if n, ok := isa.RegNumber(strings.TrimSpace(s)); ok {
		return bit(n)
	}
	return allRegs
}

// operands reads args as the operands of m's instruction.
func (in *insn) operands(m *meaning, args []string) bool {
	if len(args) != len(m.ins.Operands) {
		return false
	}
	in.fields = make(fields, 0, 3)
	for i, o := range m.ins.Operands {
		text := args[i]
		if o.Base != "" {
			open := strings.LastIndexByte(text, '(')
			if open < 0 || !strings.HasSuffix(text, ")") || !in.operand(m, o.Base, text[open+1:len(text)-1]) {
				return false
			}
			if text = strings.TrimSpace(text[:open]); text == "" {
				text = "0"
			}
		}
		if o.Field != "" && !in.operand(m, o.Field, text) {
			return false
		}
	}
	return true
}

func (in *insn) operand(m *meaning, field, text string) bool {
	f := m.ins.Encoding.Field(field)
	text = strings.TrimSpace(text)
	if f == nil || text == "" {
		return false
	}
	if f.Kind == isa.Register {
		n, ok := isa.RegNumber(text)
		in.fields.set(field, operand{reg: n})
		return ok
	}
	n, err := strconv.ParseInt(text, 0, 64)
	if err != nil {
		in.fields.set(field, operand{sym: text})
		return !strings.ContainsAny(text, "()") || text[0] == '%'
	}
	if m.upper { // lui and auipc are written with the upper 20 bits, which have no sign
		in.fields.set(field, operand{imm: int64(int32(n << 12))})
		return n >= 0 && n < 1<<20
	}
	lo, hi := f.Bounds()
	in.fields.set(field, operand{imm: n})
	return n >= lo && n <= hi
}

// uses are the registers that the instruction reads.
func (in *insn) uses() regs {
	if in.m == nil {
		return in.reads
	}
	in.sets()
	return in.used
}

// defs are the registers that it writes, or that it may: those of a call are all that
// the calling convention gives to whom it calls, if it is kept to.
func (in *insn) defs() regs {
	if in.m == nil {
		return in.kills
	}
	in.sets()
	return in.defined
}

// sets finds once which registers an instruction's meaning reads and writes: an instruction
// with others is another one (see with).
func (in *insn) sets() {
	if in.found {
		return
	}
	used, defined := in.m.fixedReads, regs(0)
	for _, f := range in.m.regReads {
		used |= bit(in.fields.of(f).reg)
	}
	for _, w := range in.m.writes {
		defined |= bit(in.dest(w))
	}
	in.found, in.used, in.defined = true, used&^1, defined&^1
}

// dest is the register that a write of the instruction changes.
func (in *insn) dest(w result) int {
	if w.field == "" {
		return w.reg
	}
	return in.fields.of(w.field).reg
}

// print is the instruction as text. A custom one is printed by its word, which any
// assembler takes. Fields hold what they can: that has been checked.
func (in *insn) print() string {
	if !in.m.custom {
		return "\t" + in.base()
	}
	word := in.m.ins.Encoding.Match
	for _, v := range in.fields {
		f := in.m.ins.Encoding.Field(v.key)
		n := v.value.imm
		if f.Kind == isa.Register {
			n = int64(v.value.reg)
		}
		var err error
		if word, err = f.Insert(word, n); err != nil {
			panic(fmt.Sprintf("cc: %s: %v", in.m.ins.Name, err))
		}
	}
	// .insn is an instruction to the line table, as .4byte is not; r is any of its words.
	return fmt.Sprintf("\t.insn\tr 0x%02x, %d, %d, x%d, x%d, x%d\t# %s", word&0x7f, word>>12&7, word>>25, word>>7&31, word>>15&31, word>>20&31, isa.Disassemble(in.m.ins, word, 0))
}

// with is the instruction with another operand, which is not printed yet.
func (in *insn) with(field string, v operand) *insn {
	out := *in
	out.did, out.found = nil, false
	out.fields = slices.Clone(in.fields)
	out.fields.set(field, v)
	return &out
}

// renamed is the instruction with the registers in its fields changed: itself, if none
// is.
func (in *insn) renamed(to func(field string, reg int) int) *insn {
	out := in
	for _, f := range in.m.regFields {
		if old := in.fields.of(f).reg; old != 0 {
			if reg := to(f, old); reg != old {
				out = out.with(f, operand{reg: reg})
			}
		}
	}
	if out != in {
		out.text = out.print()
	}
	return out
}

// base is a base instruction in assembly.
func (in *insn) base() string {
	text := func(field string) string {
		v := in.fields.of(field)
		switch {
		case v.sym != "":
			return v.sym
		case slices.Contains(in.m.regFields, field):
			return isa.RegNames[v.reg]
		case in.m.upper:
			return fmt.Sprint(uint32(v.imm) >> 12)
		}
		return fmt.Sprint(v.imm)
	}
	if in.name != "" {
		return in.name + "\t" + text("rd") + ", " + text("imm")
	}
	var ops []string
	for _, o := range in.m.ins.Operands {
		s := ""
		if o.Field != "" {
			s = text(o.Field)
		}
		if o.Base != "" {
			s += "(" + text(o.Base) + ")"
		}
		ops = append(ops, s)
	}
	return in.m.ins.Mnemonic + "\t" + strings.Join(ops, ", ")
}
