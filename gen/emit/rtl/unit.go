package rtl

import (
	"fmt"
	"math/big"
	"sort"
	"strings"

	"marvelgen/gen/emit"
	"marvelgen/gen/isa"
	"marvelgen/gen/sem/bv"
)

// Unit is the data of rtl/unit.v.tmpl: one functional unit.
type Unit struct {
	Header       emit.Header
	Module       string
	Summary      string
	Pipeline     string      // in words
	Instructions []Described // what it executes
	Latency      int         // cycles in X
	Apart        bool        // kept as a module in synthesis
	Resets       bool        // has rst_ni
	CommitX      bool        // has x_commit_i
	CommitW      bool        // has w_commit_i
	Inputs       []Port
	Outputs      []Output
	X            []string // combinational lines of stage X
	Regs         []Reg    // registers from X to W
	W            []string // combinational lines of stage W
	States       []StateDecl
	RAMs         []RAMDecl
	Slices       []SliceDecl
	Tables       []TableDecl
	ROMs         []ROMDecl
	Busy         int    // width of the latency counter, 0 for single-cycle units
	Counter      string // its name
	AnyX         string // expression: one of the unit's instructions is in X
	Unused       []string
	Views        []Output // for proofs: private state, and whether no instruction is half done
}

// Described is an instruction in a comment.
type Described struct{ Assembly, Summary string }

// Output is a port that the unit drives.
type Output struct {
	Name, Expr, Comment string
	Width               int
}

// StateDecl is one register, or one memory, of private state.
type StateDecl struct {
	Name   string
	Width  int
	Depth  int // 0: a register
	Reset  string
	Commit string // the enable of every write
	Writes []StateAssign
}

// StateAssign is a write under a condition; later ones win.
type StateAssign struct{ When, Index, Value string }

// ROMDecl is a table as a parameter of mv32_rom.
type ROMDecl struct {
	Name  string
	Bits  int
	Lines []string // entries, the last one first
}

// TableDecl is a table as an array.
type TableDecl struct {
	Name   string
	Width  int
	Values []string
}

// resultNames are the unit's outputs by result port.
var resultNames = [3]string{"w_result_o", "w_result2_o", "w_result3_o"}

var pipelines = map[string]string{
	"x":     "Computes in stage X; results are registered and delivered in W.",
	"w":     "Registers its operands in X and computes in stage W.",
	"split": "Multiplies in stage X; what follows the products is computed in W.",
}

// buildUnit turns a placed unit into template data.
func buildUnit(m *isa.Machine, u *isa.PlacedUnit) (*Unit, *datapath) {
	d := buildDatapath(m, u)
	p := newPrinter(d)
	out := &Unit{Header: emit.NewHeader(m), Module: unitModule(m, u), Summary: u.Summary, Pipeline: pipelines[u.Pipeline], Latency: u.Latency, Apart: u.Apart}
	for _, i := range u.Instructions {
		out.Instructions = append(out.Instructions, Described{i.Assembly, i.Summary})
	}
	add := func(n *bv.Node, s stage, name string, width int, comment string) {
		if n != nil {
			out.Outputs = append(out.Outputs, Output{Name: name, Expr: p.ref(n, s), Width: width, Comment: comment})
		}
	}
	add(d.addr, isa.StageX, "x_addr_o", 32, "memory address")
	add(d.wdata, isa.StageX, "x_wdata_o", 32, "store data")
	add(d.level, isa.StageX, "x_loop_level_o", 1, "loop set-up")
	add(d.count, isa.StageX, "x_loop_count_o", 32, "")
	add(d.end, isa.StageX, "x_loop_end_o", 32, "")
	for port, n := range d.results {
		add(n, isa.StageW, resultNames[port], 32, "result "+fmt.Sprint(port+1))
	}
	out.states(p, d)
	out.rams(p, d)
	out.slices(p, d)
	for _, t := range u.Tables {
		if isROM(u, len(t.Values)) {
			out.ROMs = append(out.ROMs, rom(t))
			continue
		}
		td := TableDecl{Name: "table_" + t.Name, Width: t.Bits}
		for _, v := range t.Values {
			td.Values = append(td.Values, bigConstant(v, t.Bits))
		}
		out.Tables = append(out.Tables, td)
	}
	if u.Latency > 1 {
		out.latency(p, d)
	}
	out.Views = views(u, func(st *isa.State) bool { return isMemory(d, st) }, out.Counter)
	out.X, out.W, out.Regs, out.Inputs = p.X, p.W, p.Regs, p.inputs()
	out.CommitX = out.CommitX || len(p.Regs) > 0 || out.Busy > 0
	out.Resets = out.Resets || out.Busy > 0
	for name := range p.part {
		out.Unused = append(out.Unused, name)
	}
	sort.Strings(out.Unused)
	return out, d
}

// views are the outputs that a unit has where FORMAL is defined: each state as
// one vector, element 0 lowest, and for a multi-cycle unit (with that counter)
// whether none of its instructions is half done.
func views(u *isa.PlacedUnit, isMemory func(*isa.State) bool, counter string) []Output {
	var out []Output
	for _, st := range u.States {
		if st.RAM { // the RAM itself drives it
			out = append(out, Output{Name: stateView(st), Width: st.Bits * st.Count, Comment: "state " + st.Name})
			continue
		}
		var parts []string
		for i := st.Count - 1; i >= 0; i-- {
			if isMemory(st) {
				parts = append(parts, fmt.Sprintf("%s_q[%d]", st.Name, i))
			} else {
				parts = append(parts, elementName(st, i))
			}
		}
		out = append(out, Output{Name: stateView(st), Width: st.Bits * st.Count, Comment: "state " + st.Name,
			Expr: "{" + strings.Join(parts, ", ") + "}"})
	}
	if counter != "" {
		out = append(out, Output{Name: "f_idle_o", Width: 1, Comment: "no instruction is half done", Expr: counter + " == 0"})
	}
	return out
}

// stateView is the output that shows a state to proofs.
func stateView(st *isa.State) string { return "f_state_" + st.Name + "_o" }

// states declares the private state of the unit.
func (u *Unit) states(p *printer, d *datapath) {
	decls := map[string]*StateDecl{}
	var order []string
	for _, st := range d.u.States {
		if st.RAM || st.DSP {
			continue
		}
		if isMemory(d, st) {
			decls[st.Name+"_q"] = &StateDecl{Name: st.Name + "_q", Width: st.Bits, Depth: st.Count, Reset: bigConstant(st.Reset, st.Bits)}
			order = append(order, st.Name+"_q")
			continue
		}
		for i := range st.Count {
			name := elementName(st, i)
			decls[name] = &StateDecl{Name: name, Width: st.Bits, Reset: bigConstant(st.Reset, st.Bits)}
			order = append(order, name)
		}
	}
	for _, w := range d.writes {
		if w.state.RAM || w.state.DSP {
			continue
		}
		name, index := w.state.Name+"_q", ""
		if isMemory(d, w.state) {
			index = p.index(w.index, w.state.Stage, w.state.Count)
		} else {
			name = elementName(w.state, int(w.index.Value))
		}
		decl := decls[name]
		decl.Commit = "x_commit_i"
		if w.state.Stage == isa.StageW {
			decl.Commit = "w_commit_i"
		}
		decl.Writes = append(decl.Writes, StateAssign{When: p.ref(w.when, w.state.Stage), Index: index, Value: p.ref(w.value, w.state.Stage)})
		u.CommitX = u.CommitX || decl.Commit == "x_commit_i"
		u.CommitW = u.CommitW || decl.Commit == "w_commit_i"
	}
	for _, name := range order {
		u.States = append(u.States, *decls[name])
		u.Resets = u.Resets || decls[name].Depth == 0
	}
}

// latency adds the counter that holds a multi-cycle unit's instruction in X.
func (u *Unit) latency(p *printer, d *datapath) {
	for 1<<u.Busy < u.Latency {
		u.Busy++
	}
	u.Counter = p.unique("busy_q")
	for i, q := range d.u.Instructions {
		if i > 0 {
			u.AnyX += " | "
		}
		u.AnyX += p.ref(d.sel(q), isa.StageX)
	}
	u.Outputs = append(u.Outputs, Output{Name: "x_stall_o", Width: 1, Comment: "hold the instruction in X",
		Expr: fmt.Sprintf("x_mine & %s != %d'd%d", u.Counter, u.Busy, u.Latency-1)})
	p.ports["x_valid_i"] = Port{"x_valid_i", 1, "an instruction of the extension is in X", "x_valid_i"}
}

func bigConstant(v *big.Int, w int) string {
	m := new(big.Int).Lsh(big.NewInt(1), uint(w))
	return fmt.Sprintf("%d'h%x", w, new(big.Int).Mod(v, m))
}
