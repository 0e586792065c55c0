package rtl

import (
	"fmt"
	"strings"

	"marvelgen/gen/emit"
	"marvelgen/gen/isa"
)

// Decode is the data of rtl/decode.v.tmpl.
type Decode struct {
	Header       emit.Header
	Module       string
	Instructions []DecodeRow
	Outputs      []Output
}

// DecodeRow identifies one instruction in stage D.
type DecodeRow struct {
	Name, Assembly, Pattern string
	Mask, Match             uint32
}

// Ext is the data of rtl/ext.v.tmpl: decoder and units behind the socket.
type Ext struct {
	Header  emit.Header
	Module  string
	Decode  string
	Selects []Select
	Flags   []string // instructions whose selection is needed in W
	Codes   []Code
	Units   []Instance
	Outputs []Output // of the socket, stages X and W
	Wires   []Output // between units and outputs
	Views   []Output // for proofs
	Idle    []string // wires of multi-cycle units that say so
}

// Select is the test for one instruction among those of the design.
type Select struct{ Name, Expr string }

// Instance is one unit with its connections.
type Instance struct {
	Module, Name string
	Ports        []Connection
	Views        []Connection // for proofs
}

// Connection is .Port(Signal).
type Connection struct{ Port, Signal string }

func buildDecode(m *isa.Machine) *Decode {
	d := &Decode{Header: emit.NewHeader(m), Module: m.Name() + "_decode"}
	sel := selectors(m.Exts)
	var all, loops []string
	for _, p := range m.Exts {
		d.Instructions = append(d.Instructions, DecodeRow{p.Name, p.Assembly, p.Encoding.Pattern(), p.Encoding.Mask, p.Encoding.Match})
		all = append(all, "is_"+p.Name)
		if p.Loop != nil {
			loops = append(loops, "is_"+p.Name)
		}
	}
	out := func(name string, width int, expr, comment string) {
		d.Outputs = append(d.Outputs, Output{Name: name, Width: width, Expr: expr, Comment: comment})
	}
	out("claim_o", 1, strings.Join(all, " | "), "one of these instructions")
	var we []string
	for port := 2; port >= 0; port-- {
		we = append(we, anyOf(m, sel, func(p *isa.Placed) bool { return p.Results[port] != nil }))
	}
	out("we_o", 3, "{"+strings.Join(we, ", ")+"}", "results written")
	out("rd_o", 5, choose(m, sel, func(p *isa.Placed) string { return fieldOf(p, p.Results[0]) }), "register of result 1")
	out("rd2_o", 5, choose(m, sel, func(p *isa.Placed) string { return fieldOf(p, p.Results[1]) }), "register of result 2")
	out("rs3_o", 5, choose(m, sel, func(p *isa.Placed) string {
		if p.RS3 == "" {
			return ""
		}
		return fieldExpr(p.Encoding.Field(p.RS3), "instr_i")
	}), "third register read")
	out("load_o", 1, anyOf(m, sel, func(p *isa.Placed) bool { return p.Load != nil }), "memory access")
	out("store_o", 1, anyOf(m, sel, func(p *isa.Placed) bool { return p.Store != nil }), "")
	out("size_o", 2, choose(m, sel, func(p *isa.Placed) string {
		switch {
		case p.Load != nil:
			return sizes[p.Load.Size]
		case p.Store != nil:
			return sizes[p.Store.Size]
		}
		return ""
	}), "")
	out("unsigned_o", 1, anyOf(m, sel, func(p *isa.Placed) bool { return p.Load != nil && !p.Load.Signed }), "")
	out("loop_o", 1, strings.Join(loops, " | "), "loop set-up")
	return d
}

var sizes = map[int]string{1: "2'd0", 2: "2'd1", 4: "2'd2"}

func fieldOf(p *isa.Placed, w *isa.Write) string {
	if w == nil {
		return ""
	}
	return fieldExpr(p.Encoding.Field(w.Name), "instr_i")
}

// anyOf is the condition that the instruction is one of those with the property.
// Whether it is one of ours at all is claim_o's business.
func anyOf(m *isa.Machine, sel map[string]selector, has func(*isa.Placed) bool) string {
	var yes []string
	for _, p := range m.Exts {
		if has(p) {
			yes = append(yes, sel[p.Name].expr("instr_i"))
		}
	}
	switch {
	case len(yes) == 0:
		return "1'b0"
	case len(yes) == len(m.Exts):
		return "1'b1"
	}
	for i, y := range yes {
		if strings.Contains(y, " ") {
			yes[i] = "(" + y + ")"
		}
	}
	return strings.Join(yes, " | ")
}

// choose selects a value by instruction; instructions without one do not care.
func choose(m *isa.Machine, sel map[string]selector, value func(*isa.Placed) string) string {
	var order []string
	when := map[string][]string{}
	for _, p := range m.Exts {
		if v := value(p); v != "" {
			if when[v] == nil {
				order = append(order, v)
			}
			when[v] = append(when[v], "("+sel[p.Name].expr("instr_i")+")")
		}
	}
	if len(order) == 0 {
		return "" // not needed: the template ties it to 0
	}
	expr := order[len(order)-1]
	for i := len(order) - 2; i >= 0; i-- {
		expr = strings.Join(when[order[i]], " | ") + " ? " + order[i] + " : " + expr
	}
	return expr
}

// buildExt joins decoder and units. units and paths are in the order of m.Units.
func buildExt(m *isa.Machine, units []*Unit, paths []*datapath) *Ext {
	e := &Ext{Header: emit.NewHeader(m), Module: m.Name() + "_ext", Decode: m.Name() + "_decode"}
	sel := selectors(m.Exts)
	needX, needW := map[string]bool{}, map[string]bool{}
	for i, u := range units {
		name := m.Units[i].Name
		inst := Instance{Module: u.Module, Name: name + "_unit"} // the name alone may be a keyword: repeat
		inst.Ports = append(inst.Ports, u.fixedPorts()...)
		for _, in := range u.Inputs {
			inst.Ports = append(inst.Ports, Connection{in.Name, in.Connect})
			mark(needX, needW, in.Connect)
		}
		for _, o := range u.Outputs {
			wire := name + "_" + strings.TrimSuffix(o.Name, "_o")
			e.Wires = append(e.Wires, Output{Name: wire, Width: o.Width})
			inst.Ports = append(inst.Ports, Connection{o.Name, wire})
		}
		for _, v := range u.Views {
			signal := v.Name
			if v.Name == "f_idle_o" {
				signal = name + "_f_idle"
				e.Idle = append(e.Idle, signal)
			}
			inst.Views = append(inst.Views, Connection{v.Name, signal})
		}
		e.Units = append(e.Units, inst)
	}
	e.Views = extViews(units)
	e.outputs(m, units, paths, needX, needW)
	for _, p := range m.Exts {
		if needW[p.Name] {
			e.Flags = append(e.Flags, p.Name)
			needX[p.Name] = true
		}
		if needX[p.Name] {
			e.Selects = append(e.Selects, Select{p.Name, sel[p.Name].expr("x_instr_i")})
		}
	}
	return e
}

// extViews are the outputs of the extension where FORMAL is defined.
func extViews(units []*Unit) []Output {
	var out []Output
	for _, u := range units {
		for _, v := range u.Views {
			if v.Name != "f_idle_o" {
				out = append(out, v)
			}
		}
	}
	return append(out, Output{Name: "f_idle_o", Width: 1, Comment: "no instruction is half done"})
}

func mark(needX, needW map[string]bool, signal string) {
	if n, ok := strings.CutPrefix(signal, "x_is_"); ok {
		needX[n] = true
	}
	if n, ok := strings.CutPrefix(signal, "w_is_"); ok {
		needW[strings.TrimSuffix(n, "_q")] = true
	}
}

// fixedPorts connects clock, reset and the commits that the unit has.
func (u *Unit) fixedPorts() []Connection {
	var out []Connection
	if u.Clocked() {
		out = append(out, Connection{"clk_i", "clk_i"})
	}
	if u.Resets {
		out = append(out, Connection{"rst_ni", "rst_ni"})
	}
	if u.CommitX {
		out = append(out, Connection{"x_commit_i", "x_commit_i"})
	}
	if u.CommitW {
		out = append(out, Connection{"w_commit_i", "w_commit_i"})
	}
	return out
}

// Clocked reports whether the unit has any register.
func (u *Unit) Clocked() bool {
	return len(u.Regs) > 0 || len(u.States) > 0 || len(u.RAMs) > 0 || len(u.Slices) > 0 || u.Busy > 0
}

// outputs drives each socket output from the units that have it.
func (e *Ext) outputs(m *isa.Machine, units []*Unit, paths []*datapath, needX, needW map[string]bool) {
	for _, o := range socketOutputs {
		var wires []string
		var when [][]string // the instructions of each
		stage := o.Name[:1]
		for i, u := range units {
			if !u.has(o.Name) {
				continue
			}
			wires = append(wires, m.Units[i].Name+"_"+strings.TrimSuffix(o.Name, "_o"))
			var names []string
			for _, p := range paths[i].drivers(o.Name) {
				names = append(names, p.Name)
			}
			when = append(when, names)
		}
		expr := ""
		switch {
		case o.Name == "x_stall_o":
			expr = strings.Join(wires, " | ")
		case stage == "w" && len(wires) >= minCoded:
			for i, names := range when {
				for k, n := range names {
					needX[n] = needX[n] || i > 0
					names[k] = "x_is_" + n
				}
			}
			var c Code
			c, expr = coded(strings.TrimSuffix(o.Name, "_o")+"_from_q", wires, when)
			e.Codes = append(e.Codes, c)
		default:
			expr = flagged(stage, wires, when, map[string]map[string]bool{"x": needX, "w": needW}[stage])
		}
		if expr == "" {
			expr = constant(0, o.Width)
		}
		e.Outputs = append(e.Outputs, Output{Name: o.Name, Width: o.Width, Expr: expr, Comment: o.Comment})
	}
}

// flagged chooses by one flag after the other; of the first unit nobody asks.
func flagged(stage string, wires []string, when [][]string, need map[string]bool) string {
	suffix := map[string]string{"x": "", "w": "_q"}[stage]
	expr := ""
	for i, w := range wires {
		if i == 0 {
			expr = w
			continue
		}
		var flags []string
		for _, n := range when[i] {
			need[n] = true
			flags = append(flags, stage+"_is_"+n+suffix)
		}
		expr = fmt.Sprintf("(%s) ? %s : %s", strings.Join(flags, " | "), w, expr)
	}
	return expr
}

var socketOutputs = []Output{
	{"x_stall_o", "", "stay in X", 1},
	{"x_addr_o", "", "memory address", 32},
	{"x_wdata_o", "", "store data", 32},
	{"x_loop_level_o", "", "loop set-up", 1},
	{"x_loop_count_o", "", "", 32},
	{"x_loop_end_o", "", "", 32},
	{"w_result_o", "", "result 1", 32},
	{"w_result2_o", "", "result 2", 32},
	{"w_result3_o", "", "result 3, to the pinned register", 32},
}

func (u *Unit) has(output string) bool {
	for _, o := range u.Outputs {
		if o.Name == output {
			return true
		}
	}
	return false
}

// drivers is the instructions of the unit that drive an output.
func (d *datapath) drivers(output string) []*isa.Placed {
	var out []*isa.Placed
	for _, p := range d.u.Instructions {
		drives := false
		switch output {
		case "x_addr_o":
			drives = p.Load != nil || p.Store != nil
		case "x_wdata_o":
			drives = p.Store != nil
		case "x_loop_level_o", "x_loop_count_o", "x_loop_end_o":
			drives = p.Loop != nil
		default:
			for port, name := range resultNames {
				drives = drives || name == output && p.Results[port] != nil
			}
		}
		if drives {
			out = append(out, p)
		}
	}
	return out
}
