// Package meaning prints what an instruction means as a combinational Verilog
// module, for proofs to compare hardware with.
//
// It reads the exact-integer expressions of gen/sem and shares nothing with the
// emitter of the hardware: no lowering to bit vectors, no sharing, no choice of
// widths. Every expression becomes one signed wire just wide enough for its
// range, so that Verilog's own signed arithmetic computes what the spec says;
// bits are dropped at destinations only. It is meant to be plainly right, and is
// never synthesised.
package meaning

import (
	"fmt"
	"math/big"
	"strings"

	"marvelgen/gen/isa"
	"marvelgen/gen/sem"
)

// Module is one instruction's meaning as Verilog.
//
// Inputs: insn_i[31:0] always; pc_i, load_i, csr_i (32 bits), <field>_i for a
// register field's old value, x<N>_i for fixed registers and state_<name>_i
// (element 0 lowest), each only if the meaning uses it; see Inputs.
//
// Outputs, always: match_o (insn_i is this instruction), trap_o, cause_o[31:0],
// pc_en_o, pc_o[31:0] (next pc; pc_en_o is 0 where the meaning does not jump),
// load_en_o, store_en_o, addr_o[31:0], size_o[2:0] (bytes), data_o[31:0],
// csr_en_o, csr_o[31:0], loop_en_o, loop_level_o, loop_count_o[31:0],
// loop_end_o[31:0]; per register write k w<k>_en_o, w<k>_addr_o[4:0],
// w<k>_data_o[31:0], of which the last one naming a register wins; and
// state_<name>_o, the state afterwards, for each state it writes. States in block
// RAM are vectors like the others, or show their ports: see RAMs. A meaning that
// traps enables nothing else. Outputs other than match_o do not depend on it.
type Module struct {
	Name   string
	Text   []byte
	Inputs []Port
	Writes []Write // of registers
	States []Port  // state_<name>_o outputs, of the states it writes
	Ports  []Port  // outputs about states in block RAM, where those are ports
}

// RAMs says how a meaning sees state in block RAM.
type RAMs bool

const (
	// Vectors makes it a vector like any other.
	Vectors RAMs = false
	// Ports makes it what the ports of a RAM are, whatever its size: the index of
	// the element that is read, read_<name>_index_o, whose value comes in as
	// read_<name>_i; and write_<name>_en_o, write_<name>_index_o and
	// write_<name>_o of what is written.
	Ports RAMs = true
)

// Port is a port of a Module.
type Port struct {
	Name  string // rs1_i, x20_i, pc_i, state_acc_i …
	Width int
}

// Write is one register write.
type Write struct {
	Index int    // k of the ports w<k>_*
	Field string // the field that names the register, or ""
	Reg   int    // the register where Field is ""
}

// printer collects the lines of one module.
type printer struct {
	ins    *isa.Instruction
	states map[string]*isa.State
	tables map[string]*isa.Table
	inputs map[string]int // port name to width
	order  []string
	lines  []string
	done   map[*sem.Node]string
	rams   RAMs
	ports  []namedPort // about RAMs
}

type namedPort struct {
	Port
	expr string
}

// Name is the module of an instruction's meaning in a design.
func Name(m *isa.Machine, ins *isa.Instruction) string { return m.Name() + "_meaning_" + ins.Name }

// Build prints the meaning of one instruction of the machine.
func Build(m *isa.Machine, ins *isa.Instruction, rams RAMs) (*Module, error) {
	p := &printer{rams: rams, ins: ins, states: map[string]*isa.State{}, tables: map[string]*isa.Table{}, inputs: map[string]int{}, done: map[*sem.Node]string{}}
	for _, s := range m.Spec.States {
		p.states[s.Name] = s
	}
	for _, t := range m.Spec.Tables {
		p.tables[t.Name] = t
	}
	out := &Module{Name: Name(m, ins)}
	p.input("insn_i", 32)
	var ports, body []string
	port := func(name string, width int, expr string) {
		ports = append(ports, fmt.Sprintf("output wire %s %s", rangeOf(width), name))
		body = append(body, fmt.Sprintf("  assign %s = %s;", name, expr))
	}
	var err error
	ref := func(n *sem.Node, otherwise string) string {
		if n == nil || err != nil {
			return otherwise
		}
		var s string
		s, err = p.node(n)
		return s
	}
	cond := func(present bool, when *sem.Node) string {
		switch {
		case !present:
			return "1'b0"
		case when == nil:
			return "!trap_o"
		}
		return "!trap_o && " + ref(when, "") + " != 0"
	}

	e := &ins.Encoding
	port("match_o", 1, fmt.Sprintf("(insn_i & 32'h%08x) == 32'h%08x", e.Mask, e.Match))
	trap, cause := "1'b0", 0
	if t := ins.Trap; t != nil {
		trap, cause = "1'b1", t.Cause
		if t.When != nil {
			trap = ref(t.When, "") + " != 0"
		}
	}
	port("trap_o", 1, trap)
	port("cause_o", 32, fmt.Sprintf("32'd%d", cause))

	var pc, csr *isa.Write
	writes := map[string][]*isa.Write{}
	var stateOrder []string
	for i := range ins.Writes {
		w := &ins.Writes[i]
		switch w.Kind {
		case isa.DestPC:
			pc = w
		case isa.DestCSR:
			csr = w
		case isa.DestState:
			if writes[w.Name] == nil {
				stateOrder = append(stateOrder, w.Name)
			}
			writes[w.Name] = append(writes[w.Name], w)
		default:
			k := len(out.Writes)
			ow := Write{Index: k, Reg: w.Reg}
			addr := fmt.Sprintf("5'd%d", w.Reg)
			if w.Kind == isa.DestField {
				ow.Field = w.Name
				addr = fieldBits(ins.Encoding.Field(w.Name))
			}
			port(fmt.Sprintf("w%d_en_o", k), 1, cond(true, w.When))
			port(fmt.Sprintf("w%d_addr_o", k), 5, addr)
			port(fmt.Sprintf("w%d_data_o", k), 32, ref(w.Value, ""))
			out.Writes = append(out.Writes, ow)
		}
	}
	value := func(w *isa.Write) (*sem.Node, *sem.Node) {
		if w == nil {
			return nil, nil
		}
		return w.Value, w.When
	}
	v, when := value(pc)
	port("pc_en_o", 1, cond(pc != nil, when))
	port("pc_o", 32, ref(v, "32'd0"))
	v, when = value(csr)
	port("csr_en_o", 1, cond(csr != nil, when))
	port("csr_o", 32, ref(v, "32'd0"))
	var addr, data *sem.Node
	size := 0
	if a := ins.Load; a != nil {
		addr, size = a.Addr, a.Size
	}
	if a := ins.Store; a != nil {
		addr, data, size = a.Addr, a.Data, a.Size
	}
	port("load_en_o", 1, cond(ins.Load != nil, nil))
	port("store_en_o", 1, cond(ins.Store != nil, nil))
	port("addr_o", 32, ref(addr, "32'd0"))
	port("size_o", 3, fmt.Sprintf("3'd%d", size))
	port("data_o", 32, ref(data, "32'd0"))
	var level, count, end *sem.Node
	if l := ins.Loop; l != nil {
		level, count, end = l.Level, l.Count, l.End
	}
	port("loop_en_o", 1, cond(ins.Loop != nil, nil))
	port("loop_level_o", 1, ref(level, "1'b0"))
	port("loop_count_o", 32, ref(count, "32'd0"))
	port("loop_end_o", 32, ref(end, "32'd0"))
	for _, name := range stateOrder {
		st := p.states[name]
		if st.RAM && rams == Ports {
			w := writes[name][0] // pass.Resolve has seen to it that there is one
			i := "write_" + name + "_"
			p.ports = append(p.ports, namedPort{Port{i + "en_o", 1}, cond(true, w.When)},
				namedPort{Port{i + "index_o", st.IndexBits()}, ref(w.Index, "")}, namedPort{Port{i + "o", st.Bits}, ref(w.Value, "")})
			continue
		}
		total := st.Bits * max(st.Count, 1)
		expr, perr := p.after(st, writes[name], cond)
		if perr != nil {
			return nil, perr
		}
		port("state_"+name+"_o", total, expr)
		out.States = append(out.States, Port{"state_" + name + "_o", total})
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", ins.Name, err)
	}
	for _, q := range p.ports {
		port(q.Name, q.Width, q.expr)
		out.Ports = append(out.Ports, q.Port)
	}
	for _, n := range p.order {
		out.Inputs = append(out.Inputs, Port{n, p.inputs[n]})
	}
	out.Text = p.text(out, ports, body)
	return out, nil
}

// text puts the module together.
func (p *printer) text(out *Module, ports, body []string) []byte {
	var b strings.Builder
	fmt.Fprintf(&b, "// What %s means: %s\n`default_nettype none\n\nmodule %s (\n", p.ins.Assembly, p.ins.Summary, out.Name)
	for _, in := range out.Inputs {
		fmt.Fprintf(&b, "  input  wire %s %s,\n", rangeOf(in.Width), in.Name)
	}
	for i, o := range ports {
		comma := ","
		if i == len(ports)-1 {
			comma = ""
		}
		fmt.Fprintf(&b, "  %s%s\n", o, comma)
	}
	b.WriteString(");\n\n")
	for _, l := range p.lines {
		b.WriteString(l + "\n")
	}
	b.WriteString("\n" + strings.Join(body, "\n") + "\n\nendmodule\n\n`default_nettype wire\n")
	return []byte(b.String())
}

// input declares a port once.
func (p *printer) input(name string, width int) string {
	if _, ok := p.inputs[name]; !ok {
		p.inputs[name] = width
		p.order = append(p.order, name)
	}
	return name
}

// after is the state as one vector after the writes, of which the last wins.
func (p *printer) after(st *isa.State, writes []*isa.Write, cond func(bool, *sem.Node) string) (string, error) {
	in := p.input("state_"+st.Name+"_i", st.Bits*max(st.Count, 1))
	type hit struct{ when, index, value string }
	var hits []hit
	for k, w := range writes {
		v, err := p.node(w.Value)
		if err != nil {
			return "", err
		}
		i, err := p.node(w.Index)
		if err != nil {
			return "", err
		}
		name := fmt.Sprintf("%s_write%d", st.Name, k)
		p.lines = append(p.lines, fmt.Sprintf("  wire %s %s = %s;", rangeOf(st.Bits), name, v))
		hits = append(hits, hit{cond(true, w.When), i, name})
	}
	var parts []string
	for e := max(st.Count, 1) - 1; e >= 0; e-- {
		expr := fmt.Sprintf("%s[%d:%d]", in, (e+1)*st.Bits-1, e*st.Bits)
		if st.Bits*max(st.Count, 1) == 1 {
			expr = in
		}
		for _, h := range hits {
			expr = fmt.Sprintf("(%s && %s == %d ? %s : %s)", h.when, h.index, e, h.value, expr)
		}
		parts = append(parts, expr)
	}
	return "{" + strings.Join(parts, ",\n    ") + "}", nil
}

// signedWidth is the width of a node's wire: two's complement, whatever its sign.
func signedWidth(r sem.Range) int {
	if r.Negative() {
		return r.Width()
	}
	return r.Width() + 1
}

func rangeOf(width int) string { return fmt.Sprintf("[%d:0]", width-1) }

// literal is v as a signed constant of w bits.
func literal(v *big.Int, w int) string {
	m := new(big.Int).Lsh(big.NewInt(1), uint(w))
	return fmt.Sprintf("%d'sh%x", w, new(big.Int).Mod(v, m))
}

// fieldBits is the raw bits of a field in insn_i, without scale.
func fieldBits(f *isa.Field) string {
	var parts []string
	for _, q := range f.Pieces {
		parts = append(parts, fmt.Sprintf("insn_i[%d:%d]", q.Hi, q.Lo))
	}
	return "{" + strings.Join(parts, ", ") + "}"
}
