package sw

import (
	"strings"

	"marvelgen/gen/emit"
	"marvelgen/gen/isa"
)

// gdbFile is the name of the script for GDB.
const gdbFile = "gdb.py"

// gdbScript is the data of the script that shows a design's instructions in GDB.
type gdbScript struct {
	Header []string
	File   string // its own name
	Design string
	Rows   []gdbRow
}

// gdbRow is one instruction.
type gdbRow struct {
	Mask, Match uint32
	Mnemonic    string
	Operands    string // "{rd}, {imm}({rs1})"
	Fields      []gdbField
}

// gdbField is one operand.
type gdbField struct {
	Name   string
	Kind   string // register, address (relative to the pc), upper (as encoded) or number
	Signed string // as Python writes it
	Shift  int
	Pieces []isa.Piece
}

// newGDBScript lists the design's own instructions; GDB knows the others.
func newGDBScript(m *isa.Machine) gdbScript {
	s := gdbScript{Header: headerLines(m), File: gdbFile, Design: m.Name()}
	var list []*isa.Instruction
	for _, p := range m.Exts {
		list = append(list, p.Instruction)
	}
	for _, r := range isa.NewDecoder(list).Rows {
		row := gdbRow{Mask: r.Mask, Match: r.Match, Mnemonic: r.Instr.Mnemonic}
		var operands []string
		for _, o := range r.Instr.Operands {
			text := ""
			for _, name := range []string{o.Field, o.Base} {
				f := r.Instr.Encoding.Field(name)
				if f == nil {
					continue
				}
				row.Fields = append(row.Fields, newGDBField(r.Instr, f))
				if name == o.Base {
					text += "({" + name + "})"
				} else {
					text += "{" + name + "}"
				}
			}
			operands = append(operands, text)
		}
		row.Operands = strings.Join(operands, ", ")
		s.Rows = append(s.Rows, row)
	}
	return s
}

func newGDBField(ins *isa.Instruction, f *isa.Field) gdbField {
	out := gdbField{Name: f.Name, Kind: "number", Signed: "False", Shift: f.Shift, Pieces: f.Pieces}
	switch {
	case f.Kind == isa.Register:
		out.Kind = "register"
	case ins.PCRelative(f.Name):
		out.Kind = "address"
	case ins.Encoding.Format == "U":
		out.Kind = "upper"
	}
	if f.Signed {
		out.Signed = "True"
	}
	return out
}

// headerLines are the lines of a generated file's header, without a comment mark.
func headerLines(m *isa.Machine) []string {
	lines := strings.Split(emit.NewHeader(m).Lines(""), "\n")
	for i, l := range lines {
		lines[i] = strings.TrimSpace(l)
	}
	return lines
}
