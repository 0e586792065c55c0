package rtl

import (
	"fmt"
	"math/bits"
	"slices"
	"strings"

	"marvelgen/gen/isa"
	"marvelgen/gen/sem/bv"
)

// Tables of this many entries become mv32_rom, whose contents are a parameter:
// smaller ones have room for more in their LUTs, and larger ones make no readable
// parameter.
const (
	minROM = 33
	maxROM = 512
)

// romFile is the module that holds a table; designs without one do without it.
const romFile = "mv32_rom.v"

func hasROM(m *isa.Machine) bool {
	return slices.ContainsFunc(m.Units, func(u *isa.PlacedUnit) bool {
		return slices.ContainsFunc(u.Tables, func(t *isa.Table) bool { return isROM(u, len(t.Values)) })
	})
}

// isROM: what is kept apart holds nothing that is kept apart again, which the report of
// Yosys 0.23 would not be readable with.
func isROM(u *isa.PlacedUnit, entries int) bool {
	return !u.Apart && entries >= minROM && entries <= maxROM
}

// romName is the parameter that holds a table.
func romName(table string) string { return "TABLE_" + strings.ToUpper(table) }

// rom declares a table as a parameter, four entries a line, the last one first.
func rom(t *isa.Table) ROMDecl {
	d := ROMDecl{Name: romName(t.Name), Bits: len(t.Values) * t.Bits}
	var line []string
	for i, v := range slices.Backward(t.Values) {
		if line = append(line, bigConstant(v, t.Bits)); i%4 == 0 {
			d.Lines = append(d.Lines, strings.Join(line, ", "))
			line = nil
		}
	}
	return d
}

// lookup reads an entry by an instance of mv32_rom.
func (p *printer) lookup(n *bv.Node, s stage, entries int) string {
	name := p.name(n, s)
	p.line(s, fmt.Sprintf("wire %s%s;", vector(n.Width), name))
	p.line(s, fmt.Sprintf("mv32_rom #(.WIDTH(%d), .WORDS(%d), .ADDR(%d), .CONTENTS(%s)) %s (.addr_i(%s), .data_o(%s));", n.Width, entries,
		bits.Len(uint(entries-1)), romName(n.Name), p.unique(name+"_rom"), p.index(n.Args[0], s, entries), name))
	return name
}
