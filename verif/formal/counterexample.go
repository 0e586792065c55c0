package formal

import (
	"fmt"
	"sort"
	"strconv"
	"strings"

	"marvelgen/gen/isa"
)

// counterexample is a solver's model as lines "name = value": what the proof was
// free to choose. The instruction is disassembled.
func counterexample(ins *isa.Instruction, output string) string {
	_, rest, _ := strings.Cut(output, "\n")
	var lines []string
	for _, pair := range strings.Split(rest, "(|")[1:] {
		name, value, ok := strings.Cut(pair, "| ")
		if !ok {
			continue
		}
		value = strings.TrimRight(strings.TrimSpace(value), ") \n")
		if name == "insn_i" && ins != nil {
			value = word(ins, value)
		}
		lines = append(lines, name+" = "+value)
	}
	if len(lines) == 0 {
		return "whatever the inputs"
	}
	sort.Strings(lines)
	return strings.Join(lines, "\n")
}

// word is the watched word and its assembly. Its identifying bits are put into
// the questions as constants, so a solver's model does not have them.
func word(ins *isa.Instruction, value string) string {
	base := 16
	digits, ok := strings.CutPrefix(value, "#x")
	if !ok {
		base = 2
		digits = strings.TrimPrefix(value, "#b")
	}
	v, err := strconv.ParseUint(digits, base, 32)
	if err != nil {
		return value
	}
	w := uint32(v)&^ins.Encoding.Mask | ins.Encoding.Match
	return fmt.Sprintf("#x%08x  %s", w, isa.Disassemble(ins, w, 0))
}
