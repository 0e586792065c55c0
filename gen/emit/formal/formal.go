// Package formal emits what proofs need: the meaning of each instruction as
// Verilog, and a module that puts a design's extension beside it. verif/formal
// says what must hold of that module, and proves it.
package formal

import (
	"fmt"
	"path"
	"strings"

	"marvelgen/gen/emit"
	"marvelgen/gen/emit/formal/meaning"
	"marvelgen/gen/isa"
)

// Units is the data of formal/units.v.tmpl.
type Units struct {
	Header       emit.Header
	Module, Ext  string
	States       []State // as vectors
	RAMs         []State // as elements that are read
	Reads        []Read
	Instructions []Instruction
	Results      int
	Pins         [3]int
	Matches      string // the instruction is one of the design's
}

// State is one private state as a vector.
type State struct{ Name, Range string }

// Read is a register that is read: its number and its value.
type Read struct{ Name, Register, Value string }

// Instruction is one instruction beside its meaning.
type Instruction struct {
	Name, Assembly, Meaning string
	Wires                   []Wire
	Ports                   []Connection
	LoadOK                  string
	Decode                  []string // further conditions on the decoder
	Stored                  string   // the bytes stored are right
	Writes                  []string // "condition ? value", the last write first
	After                   []Connection
	RAM                     []Wire // outputs about RAMs
}

// Wire is a declaration.
type Wire struct{ Name, Range string }

// Connection joins a port and a signal.
type Connection struct{ Port, Signal string }

// Emit writes formal/ of a design: meaning/<instruction>.v and units.v. A design
// without extension has nothing to prove here.
func Emit(m *isa.Machine) ([]emit.File, error) {
	if !m.Socket.Present {
		return nil, nil
	}
	u := &Units{Header: emit.NewHeader(m), Module: m.Name() + "_units", Ext: m.Name() + "_ext", Results: m.Socket.Results, Pins: m.Socket.Pins}
	for _, s := range m.States {
		if s.RAM {
			u.RAMs = append(u.RAMs, State{s.Name, vector(s.Bits)})
			continue
		}
		u.States = append(u.States, State{s.Name, vector(s.Bits * max(s.Count, 1))})
	}
	u.Reads = []Read{{"rs1", "insn_i[19:15]", "rs1_i"}, {"rs2", "insn_i[24:20]", "rs2_i"}, {"rs3", "d_rs3", "rs3_i"}, {"any", "reg_i", "old_i"}}
	for k, pin := range m.Socket.Pins {
		if pin != 0 {
			u.Reads = append(u.Reads, Read{fmt.Sprintf("pin%d", k), fmt.Sprintf("5'd%d", pin), fmt.Sprintf("pin%d_i", k)})
		}
	}
	var out []emit.File
	var matches []string
	for _, p := range m.Exts {
		mod, err := meaning.Build(m, p.Instruction, meaning.Ports)
		if err != nil {
			return nil, err
		}
		out = append(out, emit.File{Path: path.Join("formal", "meaning", p.Name+".v"), Data: append([]byte(u.Header.Lines("//")+"\n"), mod.Text...)})
		i, err := instruction(m, p.Instruction, mod)
		if err != nil {
			return nil, err
		}
		u.Instructions = append(u.Instructions, i)
		matches = append(matches, p.Name+"_match")
	}
	u.Matches = strings.Join(matches, " || ")
	b, err := emit.Render("formal/units.v.tmpl", u)
	if err != nil {
		return nil, err
	}
	return append(out, emit.File{Path: "formal/units.v", Data: b}), nil
}

func vector(width int) string { return fmt.Sprintf("[%d:0]", width-1) }

// outputs of every meaning that the comparison uses, with their widths.
var outputs = []struct {
	name  string
	width int
}{{"match", 1}, {"trap", 1}, {"load_en", 1}, {"store_en", 1}, {"addr", 32}, {"size", 3}, {"data", 32},
	{"loop_en", 1}, {"loop_level", 1}, {"loop_count", 32}, {"loop_end", 32}}

// instruction connects one meaning.
func instruction(m *isa.Machine, ins *isa.Instruction, mod *meaning.Module) (Instruction, error) {
	out := Instruction{Name: ins.Name, Assembly: ins.Assembly, Meaning: mod.Name, LoadOK: "1'b1", Stored: "1'b1"}
	for _, in := range mod.Inputs {
		signal, err := source(m, ins, in.Name)
		if err != nil {
			return out, err
		}
		out.Ports = append(out.Ports, Connection{in.Name, signal})
		if signal == "rs3_i" {
			f := ins.Encoding.Field(strings.TrimSuffix(in.Name, "_i"))
			q := f.Pieces[0]
			out.Decode = append(out.Decode, fmt.Sprintf("d_rs3 == insn_i[%d:%d]", q.Hi, q.Lo))
		}
	}
	wire := func(port string, width int) string {
		name := ins.Name + "_" + strings.TrimSuffix(port, "_o")
		out.Wires = append(out.Wires, Wire{name, strings.TrimPrefix(vector(width), map[bool]string{true: "[0:0]"}[width == 1])})
		out.Ports = append(out.Ports, Connection{port, name})
		return name
	}
	for _, o := range outputs {
		wire(o.name+"_o", o.width)
	}
	for _, w := range mod.Writes { // the last write wins, so it comes first
		k := fmt.Sprintf("w%d_", w.Index)
		en, addr, data := wire(k+"en_o", 1), wire(k+"addr_o", 5), wire(k+"data_o", 32)
		out.Writes = append([]string{fmt.Sprintf("%s && reg_i == %s ? %s", en, addr, data)}, out.Writes...)
	}
	written := map[string]string{}
	for _, s := range mod.States {
		written[strings.TrimSuffix(strings.TrimPrefix(s.Name, "state_"), "_o")] = wire(s.Name, s.Width)
	}
	for _, q := range mod.Ports {
		wire(q.Name, q.Width)
		out.RAM = append(out.RAM, Wire{ins.Name + "_" + q.Name, strings.TrimPrefix(vector(q.Width), map[bool]string{true: "[0:0]"}[q.Width == 1])})
		out.After = append(out.After, Connection{ins.Name + "_" + q.Name, ins.Name + "_" + strings.TrimSuffix(q.Name, "_o")})
	}
	for _, s := range m.States {
		if s.RAM {
			continue
		}
		after := written[s.Name]
		if after == "" {
			after = "state_" + s.Name + "_i"
		}
		out.After = append(out.After, Connection{fmt.Sprintf("%s_after_%s_o", ins.Name, s.Name), after})
	}
	if a := access(ins); a != nil {
		out.Decode = append(out.Decode, fmt.Sprintf("8'd1 << d_size == {5'd0, %s_size}", ins.Name))
		out.Stored = fmt.Sprintf("x_wdata[%d:0] == %s_data[%d:0]", 8*a.Size-1, ins.Name, 8*a.Size-1)
		if ins.Load != nil {
			unsigned := 1
			sign := "1'b0"
			if a.Signed {
				unsigned, sign = 0, fmt.Sprintf("load_i[%d]", 8*a.Size-1)
			}
			if a.Size < 4 {
				out.Decode = append(out.Decode, fmt.Sprintf("d_unsigned == 1'b%d", unsigned))
				out.LoadOK = fmt.Sprintf("load_i[31:%d] == {%d{%s}}", 8*a.Size, 32-8*a.Size, sign)
			}
		}
	}
	return out, nil
}

func access(ins *isa.Instruction) *isa.Access {
	if ins.Load != nil {
		return ins.Load
	}
	return ins.Store
}

// source is where a meaning's input comes from: registers by the place of their
// field in the word, as the socket has it.
func source(m *isa.Machine, ins *isa.Instruction, port string) (string, error) {
	name := strings.TrimSuffix(port, "_i")
	f := ins.Encoding.Field(name)
	var reg int
	switch {
	case port == "insn_i", port == "pc_i", port == "load_i", strings.HasPrefix(port, "state_"), strings.HasPrefix(port, "read_"):
		return port, nil
	case f != nil && f.Kind == isa.Register:
		if len(f.Pieces) == 1 && f.Pieces[0] == (isa.Piece{Hi: 19, Lo: 15}) {
			return "rs1_i", nil
		}
		if len(f.Pieces) == 1 && f.Pieces[0] == (isa.Piece{Hi: 24, Lo: 20}) {
			return "rs2_i", nil
		}
		return "rs3_i", nil
	}
	if n, _ := fmt.Sscanf(name, "x%d", &reg); n == 1 {
		for k, pin := range m.Socket.Pins {
			if pin == reg && reg != 0 {
				return fmt.Sprintf("pin%d_i", k), nil
			}
		}
	}
	return "", fmt.Errorf("%s: its operand %s has no place in the socket", ins.Name, name)
}
