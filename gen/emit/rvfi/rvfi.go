// Package rvfi emits the proof of a design's core: checkers of its RVFI ports,
// what each instruction has to show there, and a wrapper with arbitrary memories
// and interrupts. verif/rvfi runs them.
package rvfi

import (
	"encoding/json"
	"fmt"
	"slices"
	"sort"
	"strings"

	"marvelgen/gen/emit"
	"marvelgen/gen/emit/formal/meaning"
	"marvelgen/gen/emit/rtl"
	"marvelgen/gen/isa"
)

// Dir is the folder of the files, relative to the design's.
const Dir = "formal/core"

// Design is the data of the templates.
type Design struct {
	Header    emit.Header
	Name      string // prefix of the design's modules
	Socket    isa.Socket
	RVFI      []Port
	Insns     []*Insn
	Checks    []string // beside one per instruction
	Fixed     []int    // registers with a shadow of their own
	Pins      []Pin
	States    []State
	Decodes   map[string]string // instances of the extension's decoder and what they decode
	Files     []string          // of rtl/
	LiveBound int               // cycles
	CountMask string            // of loop counts
	Products  []string          // instructions that arith.v has, by funct3
	Quotients []string
}

// Port is a port or operand.
type Port struct {
	Name  string
	Width int
	Range string // "[31:0]" or ""
}

// Pin is a fixed register that the core keeps in flip-flops.
type Pin struct{ N, Reg int }

// State is the private state of a unit.
type State struct {
	Name  string // state_<name>
	Width int
	Reset string
	Next  string
	Stage string // that owns it
	RAM   bool
}

// generic lists the checks that every core has, with what they say.
var generic = []Check{
	{Name: "illegal", Kind: "trap", Summary: "what is no instruction traps and does nothing else"},
	{Name: "reg", Kind: "register", Summary: "a register reads as the last retired write left it"},
	{Name: "pc_fwd", Kind: "pc", Summary: "what follows an instruction is where it says"},
	{Name: "pc_bwd", Kind: "pc", Summary: "what precedes an instruction says so"},
	{Name: "unique", Kind: "order", Summary: "every instruction retires once, none is left out"},
	{Name: "causal", Kind: "order", Summary: "no instruction reads what a later one wrote"},
	{Name: "liveness", Kind: "liveness", Summary: "without wait states something retires"},
	{Name: "intr", Kind: "interrupt", Summary: "interrupts are taken where they are allowed and go to mtvec"},
	{Name: "mode", Kind: "constant", Summary: "machine mode, 32 bits, never halts"},
	{Name: "imem", Kind: "memory", Summary: "the instruction is the word that memory has at its address"},
	{Name: "dmem", Kind: "memory", Summary: "the data port does what the instruction reports and nothing else"},
}

// Check is one line of checks.json, which verif/rvfi reads.
type Check struct {
	Name        string `json:"name"`
	Kind        string `json:"kind"`
	Instruction string `json:"instruction,omitempty"`
	Summary     string `json:"summary"`
	Output      string `json:"output"`              // of rvfi_top
	Cover       string `json:"cover,omitempty"`     // output that must be reachable
	Induction   int    `json:"induction"`           // cycles assumed before the one that is proven
	Depth       int    `json:"depth"`               // cycles from reset that bounded model checking looks at
	Why         string `json:"why,omitempty"`       // this depth
	Yosys       string `json:"yosys,omitempty"`     // commands that make a circuit of its own
	Invariant   string `json:"invariant,omitempty"` // output of that circuit, proven along
	Lemmas      string `json:"lemmas,omitempty"`    // SMT-LIB script about what the circuit assumes
	Manual      string `json:"source,omitempty"`    // where the instruction is defined
}

// Build collects what the templates need.
func Build(m *isa.Machine) (*Design, []Check, []byte, error) {
	d := &Design{Header: emit.NewHeader(m), Name: m.Name(), Socket: m.Socket, Files: rtl.CoreFiles(m),
		Decodes: map[string]string{"x": "x_word", "w": "rvfi_insn"}, Products: []string{"mul", "mulh", "mulhsu", "mulhu"}, Quotients: []string{"div", "divu", "rem", "remu"}}
	for _, p := range rtl.RVFI() {
		q := Port{Name: p.Name, Width: p.Width}
		if p.Width > 1 {
			q.Range = fmt.Sprintf("[%d:0]", p.Width-1)
		}
		d.RVFI = append(d.RVFI, q)
	}
	bits := m.Socket.LoopBits
	if bits == 0 {
		bits = 32
	}
	d.CountMask = emit.Hex32(uint32(uint64(1)<<bits - 1))
	fixed := map[int]bool{}
	for n, reg := range m.Socket.Pins {
		if reg != 0 {
			d.Pins = append(d.Pins, Pin{n, reg})
			fixed[reg] = true
		}
	}
	var text []byte
	states := map[string]*State{}
	for _, s := range m.States {
		w := s.Bits * max(s.Count, 1)
		states["state_"+s.Name] = &State{Name: "state_" + s.Name, Width: w, Reset: resetValue(s), Next: "state_" + s.Name, Stage: s.Stage.String(), RAM: s.RAM}
	}
	for _, ins := range m.All() {
		mod, err := meaning.Build(m, ins, meaning.Vectors)
		if err != nil {
			return nil, nil, nil, err
		}
		text = append(text, mod.Text...)
		text = append(text, '\n')
		i := newInsn(m, ins, mod)
		for _, p := range i.Extra {
			var reg int
			if n, _ := fmt.Sscanf(p.Name, "x%d", &reg); n == 1 {
				fixed[reg] = true
			}
		}
		for _, s := range i.States {
			st := states[s.Name]
			st.Next = fmt.Sprintf("valid_%s ? %s : %s", ins.Name, s.Wire, st.Next)
		}
		d.Insns = append(d.Insns, i)
	}
	for reg := range fixed {
		d.Fixed = append(d.Fixed, reg)
	}
	sort.Ints(d.Fixed)
	for _, s := range m.States {
		d.States = append(d.States, *states["state_"+s.Name])
	}
	d.LiveBound = liveBound(m)
	checks := list(m, d)
	return d, checks, text, nil
}

// liveBound is the most cycles between two retirements without wait states: a
// trap or interrupt, the refetch behind it, an instruction that takes long, and
// the surplus results of the one before.
func liveBound(m *isa.Machine) int {
	longest := 2 // CSR instructions; divisions, by what stands for them
	for _, u := range m.Units {
		longest = max(longest, u.Latency)
	}
	return 6 + longest
}

// list describes every check.
func list(m *isa.Machine, d *Design) []Check {
	const why = "fills the stages with three instructions before the one checked, each held up to two cycles"
	depth := d.LiveBound + 4
	var out []Check
	for _, ins := range m.All() {
		out = append(out, Check{Name: "insn_" + ins.Name, Kind: "instruction", Instruction: ins.Name, Summary: ins.Assembly,
			Output: "check_insn_" + ins.Name, Cover: "cover_insn_" + ins.Name, Induction: 2, Depth: depth, Why: why, Manual: ins.Source})
	}
	list := generic
	if len(m.States) > 0 {
		list = append(list[:len(list):len(list)], Check{Name: "state", Kind: "state", Summary: "instructions that do not retire leave no trace in units"})
	}
	if slices.ContainsFunc(m.States, func(s *isa.State) bool { return s.RAM }) {
		// By itself, since it closes by induction where state in stage W does not.
		list = append(list[:len(list):len(list)], Check{Name: "ram", Kind: "state", Summary: "block RAM holds what retired instructions wrote"})
	}
	for _, c := range list {
		c.Output, c.Induction, c.Depth, c.Why = "check_"+c.Name, 2, depth, why
		if c.Kind == "liveness" {
			c.Induction, c.Depth = d.LiveBound, 2*d.LiveBound
			c.Why = "two of the longest pauses between retirements"
		}
		d.Checks = append(d.Checks, c.Name)
		out = append(out, c)
	}
	for i, name := range append(append([]string(nil), d.Products...), d.Quotients...) {
		c := Check{Name: "arith_" + name, Kind: "arithmetic", Instruction: name, Summary: "mv32_mul computes " + name,
			Output: "check_arith", Induction: 2, Depth: 3, Why: "the product is there after one cycle", Lemmas: "arith.smt2"}
		unit := "mul"
		if i >= len(d.Products) {
			unit = "div"
			c.Summary, c.Depth, c.Why, c.Invariant = "mv32_div computes "+name, 40, "a division takes 36 cycles", "inv_arith"
		}
		c.Yosys = fmt.Sprintf("read_verilog -formal ../../rtl/mv32_%s.v meaning.v arith.v; hierarchy -top arith_%s -chparam F3 %d; script arith.ys", unit, unit, i%4)
		out = append(out, c)
	}
	return out
}

// Emit writes the formal/core/ folder of a design.
func Emit(m *isa.Machine) ([]emit.File, error) {
	d, checks, text, err := Build(m)
	if err != nil {
		return nil, err
	}
	var out []emit.File
	for _, t := range []string{"wrapper.v", "insn.v", "state.v", "checks.v", "invariants.v", "top.v", "altops.v", "core.ys", "arith.v", "arith_wide.v", "arith_any.v", "arith.ys", "arith.smt2"} {
		b, err := emit.Render("rvfi/"+t+".tmpl", d)
		if err != nil {
			return nil, err
		}
		out = append(out, emit.File{Path: Dir + "/" + t, Data: b})
	}
	out = append(out, emit.File{Path: Dir + "/meaning.v", Data: append([]byte(d.Header.Lines("//")+"\n\n"), text...)})
	j, err := json.MarshalIndent(checks, "", "  ")
	if err != nil {
		return nil, err
	}
	return append(out, emit.File{Path: Dir + "/checks.json", Data: append(j, '\n')}), nil
}

// resetValue is every element's reset value side by side.
func resetValue(s *isa.State) string {
	v := s.Reset
	mask := fmt.Sprintf("%d'd%s", s.Bits, v.Text(10))
	if v.Sign() < 0 {
		mask = fmt.Sprintf("-%d'sd%s", s.Bits, strings.TrimPrefix(v.Text(10), "-"))
	}
	return fmt.Sprintf("{%d{%s}}", max(s.Count, 1), mask)
}
