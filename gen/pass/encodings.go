// Package pass checks and completes the IR. Each pass is one function.
package pass

import (
	"fmt"

	"marvelgen/gen/isa"
)

// customOpcodes are the major opcodes the manual sets aside for extensions of
// this kind; custom-2 and custom-3 are shared with RV128, which mv32 is not.
var customOpcodes = map[uint32]string{0x0b: "custom-0", 0x2b: "custom-1", 0x5b: "custom-2", 0x7b: "custom-3"}

// CheckEncodings reports instructions whose encodings overlap each other or the
// base ISA, or that lie outside the custom opcodes.
func CheckEncodings(s *isa.Spec, base []*isa.Instruction) []isa.Problem {
	var out []isa.Problem
	for i, a := range s.Exts {
		if a.Encoding.Invalid {
			continue
		}
		for _, b := range s.Exts[:i] {
			out = append(out, overlap(a, b, b.Encoding.Pos.String())...)
		}
		before := len(out)
		for _, b := range base {
			out = append(out, overlap(a, b, "the base ISA")...)
		}
		if op := a.Encoding.Match & 0x7f; len(out) == before && customOpcodes[op] == "" {
			out = append(out, isa.Problem{Pos: a.Encoding.Pos, Summary: "Reserved opcode",
				Detail: fmt.Sprintf("The major opcode 0x%02x belongs to a standard extension or is reserved. Use custom-0 (0x0b), custom-1 (0x2b), custom-2 (0x5b) or custom-3 (0x7b).\n  %-12s %s",
					op, a.Name, a.Encoding.Pattern())})
		}
	}
	return out
}

func overlap(a, b *isa.Instruction, where string) []isa.Problem {
	word, both := a.Encoding.Overlap(&b.Encoding)
	if !both || b.Encoding.Invalid {
		return nil
	}
	return []isa.Problem{{Pos: a.Encoding.Pos, Summary: "Encodings overlap",
		Detail: fmt.Sprintf("The word 0x%08x is both %s and %s (of %s). Change opcode, funct3 or funct7 of one of them.\n  %-12s %s\n  %-12s %s",
			word, a.Name, b.Name, where, a.Name, a.Encoding.Pattern(), b.Name, b.Encoding.Pattern())}}
}
