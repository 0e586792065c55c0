package sw

import (
	"fmt"
	"strings"

	"marvelgen/gen/emit"
	"marvelgen/gen/isa"
	"marvelgen/gen/sem"
	"marvelgen/gen/sem/bv"
)

// Header is the data of sw/riscv.h.tmpl: one intrinsic per instruction.
type Header struct {
	Header     emit.Header
	Guard      string
	Prefix     string
	Has        []string // macros that tell which instructions the design has
	Intrinsics []Intrinsic
	States     []StateVar
	Tables     []TableVar
}

// Intrinsic is one instruction in C.
type Intrinsic struct {
	Name, Summary, Assembly, Pattern string
	Note                             string   // why there is no C intrinsic, or ""
	NoEmulation                      string   // why it cannot be emulated, or ""
	Function                         bool     // a function with one result; otherwise a macro on lvalues
	Params                           []string // "int32_t rs1", or bare names for macros
	Fixed                            []FixedReg
	Early                            []string // arguments evaluated before the fixed registers are set
	Out                              []string // asm output operands
	In                               []string // asm input operands
	Insn                             string   // the .insn line
	Fresh                            bool     // the function's result is not also an operand
	FixedOut                         string   // the fixed register that is written, or ""
	Volatile                         bool
	Memory                           bool     // clobbers or reads memory
	Emulate                          []string // C statements; results in r0, r1, r2
	Results                          []string // lvalues that r0, r1, r2 go to
	Mnemonic                         string
	Word                             string   // the encoding over the parameters of the assembler macro
	Fields                           []string // those parameters
}

// FixedReg is a fixed register's local variable in a macro.
type FixedReg struct{ Reg, Param string }

// StateVar and TableVar are private state and tables of the emulation.
type (
	StateVar struct {
		Name  string
		Count int
		Reset string
	}
	TableVar struct {
		Name   string
		Values []string
	}
)

func buildHeader(m *isa.Machine) Header {
	h := Header{Header: emit.NewHeader(m), Guard: "RISCV_" + strings.ToUpper(m.Spec.Name) + "_H", Prefix: m.Spec.Prefix}
	for _, p := range m.Exts {
		h.Has = append(h.Has, strings.ToUpper(m.Spec.Prefix+"_HAS_"+p.Name))
		h.Intrinsics = append(h.Intrinsics, buildIntrinsic(m, p))
	}
	for _, s := range m.States {
		h.States = append(h.States, StateVar{s.Name, s.Count, fmt.Sprintf("UINT64_C(0x%x)", bitsOf(s.Reset.Int64(), s.Bits))})
	}
	for _, t := range m.Tables {
		v := TableVar{Name: t.Name}
		for _, x := range t.Values {
			v.Values = append(v.Values, fmt.Sprintf("UINT64_C(0x%x)", bitsOf(x.Int64(), t.Bits)))
		}
		h.Tables = append(h.Tables, v)
	}
	return h
}

func bitsOf(v int64, w int) uint64 { return uint64(v) & bv.Mask(w) }

// Usage says how the instruction is called from C, in Markdown.
func Usage(m *isa.Machine, p *isa.Placed) string {
	in := buildIntrinsic(m, p)
	header := "`riscv_" + m.Spec.Name + ".h`"
	if in.Note != "" {
		return "No intrinsic: " + in.Note + ". " + header + " teaches inline assembly the mnemonic."
	}
	params := strings.Join(in.Params, ", ")
	if in.Function {
		if params == "" {
			params = "void"
		}
		kind := "void"
		if len(in.Results) > 0 {
			kind = "int32_t"
		}
		return "`" + kind + " " + m.Spec.Prefix + "_" + p.Name + "(" + params + ")`, a function in " + header + "."
	}
	text := "`" + m.Spec.Prefix + "_" + p.Name + "(" + strings.ReplaceAll(params, "_arg", "") + ")`, a macro in " + header + "."
	if len(in.Results) > 0 {
		text += " It changes `" + strings.ReplaceAll(strings.Join(in.Results, "`, `"), "_arg", "") + "`."
	}
	return text
}

// operand is how a field takes part in the intrinsic.
type operand struct {
	f        *isa.Field
	in, out  bool
	register bool
}

func buildIntrinsic(m *isa.Machine, p *isa.Placed) Intrinsic {
	in := Intrinsic{Name: p.Name, Mnemonic: p.Mnemonic, Summary: p.Summary, Assembly: p.Assembly, Pattern: p.Encoding.Pattern(),
		Volatile: p.Store != nil || p.Loop != nil, Memory: p.Load != nil || p.Store != nil}
	in.Word, in.Fields = wordExpr(p)
	if p.Loop != nil {
		in.Note = "a loop set-up only makes sense beside its loop, in assembly"
		return in
	}
	ops, fixedOut, fixedIn := operands(p)
	for i := range p.Writes {
		in.Volatile = in.Volatile || p.Writes[i].Kind == isa.DestState
	}
	sem.Walk(func(n *sem.Node) { in.Volatile = in.Volatile || n.Op == sem.OpRead }, p.Exprs()...)
	outs, imms := 0, 0
	for _, o := range ops {
		if o.out {
			outs++
		}
		if !o.register {
			imms++
		}
	}
	in.Function = outs <= 1 && imms == 0 && len(fixedIn)+len(fixedOut) == 0
	in.arguments(ops, fixedOut, fixedIn, p)
	in.Insn = insn(p, ops)
	in.emulation(m, p)
	return in
}

// operands lists the fields with their directions, and the fixed registers.
func operands(p *isa.Placed) (ops []operand, fixedOut, fixedIn []string) {
	exprs := p.Exprs()
	for _, o := range p.Operands {
		for _, name := range []string{o.Field, o.Base} {
			f := p.Encoding.Field(name)
			if f == nil {
				continue
			}
			op := operand{f: f, register: f.Kind == isa.Register}
			op.in = !op.register || sem.Uses(name, exprs...)
			for _, w := range p.Results {
				op.out = op.out || w != nil && w.Kind == isa.DestField && w.Name == name
			}
			ops = append(ops, op)
		}
	}
	if w := p.Results[2]; w != nil {
		fixedOut = append(fixedOut, w.Name)
	}
	for _, n := range sem.Inputs(exprs...) {
		var reg int
		if k, _ := fmt.Sscanf(n, "x%d", &reg); k == 1 && (len(fixedOut) == 0 || n != fixedOut[0]) {
			fixedIn = append(fixedIn, n)
		}
	}
	return ops, fixedOut, fixedIn
}

// arguments fills parameters and asm operands.
func (in *Intrinsic) arguments(ops []operand, fixedOut, fixedIn []string, p *isa.Placed) {
	for _, x := range append(append([]string(nil), fixedOut...), fixedIn...) {
		in.Fixed = append(in.Fixed, FixedReg{x, x + "_arg"})
		in.Params = append(in.Params, x+"_arg")
	}
	for _, x := range fixedOut {
		in.Out = append(in.Out, fmt.Sprintf(`[%s] "+r"(mv_%s)`, x, x))
	}
	for _, o := range ops {
		name := o.f.Name
		switch {
		case in.Function && o.out:
			if o.in {
				in.Params = append(in.Params, "int32_t "+name)
				in.Out = append(in.Out, fmt.Sprintf(`[%s] "+r"(%s)`, name, name))
			} else {
				in.Fresh = true
				in.Out = append(in.Out, fmt.Sprintf(`[%s] "=r"(%s)`, name, name))
			}
			in.Results = append(in.Results, name)
		case in.Function:
			in.Params = append(in.Params, "int32_t "+name)
			in.In = append(in.In, fmt.Sprintf(`[%s] "r"(%s)`, name, name))
		case o.out:
			mode := "+r"
			if !o.in {
				mode = "=r"
			}
			in.Params = append(in.Params, name+"_arg")
			in.Out = append(in.Out, fmt.Sprintf(`[%s] "%s"(%s_arg)`, name, mode, name))
			in.Results = append(in.Results, name+"_arg")
		case o.register && len(in.Fixed) > 0: // a call in the argument must not clobber them
			in.Params = append(in.Params, name+"_arg")
			in.Early = append(in.Early, name)
			in.In = append(in.In, fmt.Sprintf(`[%s] "r"(mv_in_%s)`, name, name))
		case o.register:
			in.Params = append(in.Params, name+"_arg")
			in.In = append(in.In, fmt.Sprintf(`[%s] "r"(%s_arg)`, name, name))
		default:
			in.Params = append(in.Params, name+"_arg")
		}
	}
	for _, x := range fixedIn {
		in.In = append(in.In, fmt.Sprintf(`[%s] "r"(mv_%s)`, x, x))
	}
	if len(fixedOut) > 0 {
		in.FixedOut = fixedOut[0]
		in.Results = append(in.Results, fixedOut[0]+"_arg")
	}
	if !rType(p) { // the assembler macro takes immediates as they are
		for _, o := range ops {
			if !o.register {
				in.In = append(in.In, fmt.Sprintf(`[%s] "i"(%s_arg)`, o.f.Name, o.f.Name))
			}
		}
		return
	}
	// Immediates enter as the slots of an R-type word, computed by the compiler.
	for _, s := range slots(p) {
		if s.imm != "" {
			in.In = append(in.In, fmt.Sprintf(`[%s] "i"(%s)`, s.name, s.imm))
		}
	}
}

// rType reports whether the register fields lie where an R-type word has them.
// Others, such as the third one of format R4, are beyond .insn r.
func rType(p *isa.Placed) bool {
	for _, f := range p.Encoding.Fields {
		if f.Kind == isa.Register && (len(f.Pieces) != 1 || f.Pieces[0].Lo != 7 && f.Pieces[0].Lo != 15 && f.Pieces[0].Lo != 20) {
			return false
		}
	}
	return true
}

// slot is one of the five variable parts of an R-type word. Every encoding whose
// registers are in their usual places can be written as .insn r: immediates may
// cross slots, so each slot's value is an expression over them, or a register.
type slot struct {
	name   string
	hi, lo int
	reg    string // the register field that fills it
	imm    string // C expression of the value, or ""
	value  uint32 // constant
}

func slots(p *isa.Placed) []slot {
	out := []slot{{name: "funct3", hi: 14, lo: 12}, {name: "funct7", hi: 31, lo: 25}, {name: "srd", hi: 11, lo: 7}, {name: "srs1", hi: 19, lo: 15}, {name: "srs2", hi: 24, lo: 20}}
	for i := range out {
		s := &out[i]
		w := s.hi - s.lo + 1
		s.value = p.Encoding.Match >> s.lo & (1<<w - 1)
		for k := range p.Encoding.Fields {
			f := &p.Encoding.Fields[k]
			pos := f.Width()
			for _, piece := range f.Pieces {
				n := piece.Hi - piece.Lo + 1
				pos -= n // value bit of the piece's lowest bit
				lo, hi := max(piece.Lo, s.lo), min(piece.Hi, s.hi)
				if lo > hi {
					continue
				}
				if f.Kind == isa.Register {
					s.reg = f.Name
					continue
				}
				part := fmt.Sprintf("((%s_arg) >> %d & %d) << %d", f.Name, f.Shift+pos+lo-piece.Lo, 1<<(hi-lo+1)-1, lo-s.lo)
				if s.imm != "" {
					s.imm += " | "
				}
				s.imm += part
			}
		}
		if s.imm != "" && s.value != 0 {
			s.imm += fmt.Sprintf(" | %d", s.value)
		}
	}
	return out
}

// insn is the .insn directive, or a call of the assembler macro where the
// directive will not do; operands are referred to by name.
func insn(p *isa.Placed, ops []operand) string {
	var parts []string
	if !rType(p) {
		for _, o := range ops {
			parts = append(parts, "%["+o.f.Name+"]")
		}
		return p.Mnemonic + " " + strings.Join(parts, ", ")
	}
	for i, s := range slots(p) {
		text := fmt.Sprint(s.value)
		switch {
		case s.reg != "":
			text = "%[" + s.reg + "]"
		case s.imm != "":
			text = "%[" + s.name + "]"
		}
		if i >= 2 && s.reg == "" {
			text = "x" + text
		}
		parts = append(parts, text)
	}
	return fmt.Sprintf(".insn r 0x%02x, %s", p.Encoding.Match&0x7f, strings.Join(parts, ", "))
}

// wordExpr is the whole encoding as an assembler expression over macro
// parameters; .Lmv_<register> is the number of a register.
func wordExpr(p *isa.Placed) (expr string, fields []string) {
	expr = fmt.Sprintf("0x%08x", p.Encoding.Match)
	for _, o := range p.Operands {
		for _, name := range []string{o.Field, o.Base} {
			f := p.Encoding.Field(name)
			if f == nil {
				continue
			}
			fields = append(fields, name)
			if f.Kind == isa.Register && len(f.Pieces) == 1 {
				expr += fmt.Sprintf(" | .Lmv_\\\\%s << %d", name, f.Pieces[0].Lo)
				continue
			}
			value := "(\\\\" + name + ")"
			if f.Kind == isa.Register {
				value = ".Lmv_\\\\" + name
			}
			pos := f.Width()
			for _, piece := range f.Pieces {
				n := piece.Hi - piece.Lo + 1
				pos -= n
				expr += fmt.Sprintf(" | (%s >> %d & %d) << %d", value, f.Shift+pos, 1<<n-1, piece.Lo)
			}
		}
	}
	return expr, fields
}
