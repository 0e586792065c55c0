package isa

import (
	"fmt"
	"strconv"
	"strings"
)

// Assembler encodes lines of assembly text of the listed instructions.
type Assembler struct {
	byMnemonic map[string][]*Instruction
	// Symbol gives the address of a label used as a jump target; may be nil.
	Symbol func(name string) (uint32, bool)
}

// NewAssembler returns an Assembler of the given instructions.
func NewAssembler(list []*Instruction) *Assembler {
	a := &Assembler{byMnemonic: map[string][]*Instruction{}}
	for _, ins := range list {
		a.byMnemonic[ins.Mnemonic] = append(a.byMnemonic[ins.Mnemonic], ins)
	}
	return a
}

// Line encodes one instruction at address pc. Text after '#' or '<' (a symbol
// as Disassemble prints it) is ignored.
func (a *Assembler) Line(line string, pc uint32) (uint32, error) {
	if i := strings.IndexAny(line, "#<"); i >= 0 {
		line = line[:i]
	}
	mnemonic, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
	var ops []string
	if rest = strings.TrimSpace(rest); rest != "" {
		ops = strings.Split(rest, ",")
	}
	if mnemonic == ".word" && len(ops) == 1 {
		v, err := strconv.ParseUint(ops[0], 0, 32)
		return uint32(v), err
	}
	candidates := a.byMnemonic[mnemonic]
	err := fmt.Errorf("there is no instruction %q", mnemonic)
	for _, ins := range candidates {
		var word uint32
		if word, err = a.encode(ins, ops, pc); err == nil {
			return word, nil
		}
	}
	return 0, err
}

func (a *Assembler) encode(ins *Instruction, ops []string, pc uint32) (uint32, error) {
	if len(ops) != len(ins.Operands) {
		return 0, fmt.Errorf("%s takes %d operands (%s), not %d", ins.Mnemonic, len(ins.Operands), ins.Assembly, len(ops))
	}
	word := ins.Encoding.Match
	for i, o := range ins.Operands {
		text := strings.TrimSpace(ops[i])
		if o.Base != "" {
			open := strings.IndexByte(text, '(')
			if open < 0 || !strings.HasSuffix(text, ")") {
				return 0, fmt.Errorf("%s: %q should be an address such as 4(a0)", ins.Mnemonic, text)
			}
			if err := a.insert(ins, &word, o.Base, text[open+1:len(text)-1], pc); err != nil {
				return 0, err
			}
			text = strings.TrimSpace(text[:open])
			if text == "" {
				text = "0"
			}
		}
		if o.Field == "" {
			continue
		}
		if err := a.insert(ins, &word, o.Field, text, pc); err != nil {
			return 0, err
		}
	}
	return word, nil
}

// insert parses text as the field's value and puts it into word.
func (a *Assembler) insert(ins *Instruction, word *uint32, field, text string, pc uint32) error {
	f := ins.Encoding.Field(field)
	if f == nil {
		return fmt.Errorf("%s: the encoding has no field %q", ins.Mnemonic, field)
	}
	v, err := a.value(ins, f, strings.TrimSpace(text), pc)
	if err == nil {
		*word, err = f.Insert(*word, v)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", ins.Mnemonic, err)
	}
	return nil
}

func (a *Assembler) value(ins *Instruction, f *Field, text string, pc uint32) (int64, error) {
	if f.Kind == Register {
		n, ok := RegNumber(text)
		if !ok {
			return 0, fmt.Errorf("%q is not a register", text)
		}
		return int64(n), nil
	}
	if f.Name == "csr" {
		if n, ok := CSRNumber(text); ok {
			return int64(n), nil
		}
	}
	relative := ins.PCRelative(f.Name)
	v, err := strconv.ParseInt(text, 0, 64)
	if err != nil && relative && a.Symbol != nil {
		if addr, ok := a.Symbol(text); ok {
			v, err = int64(addr), nil
		}
	}
	switch {
	case err != nil:
		return 0, fmt.Errorf("%q is neither a number nor a known name", text)
	case relative: // the distance, around the end of the address space if shorter
		return int64(int32(uint32(v) - pc)), nil
	case ins.upper(f):
		_, hi := (&Field{Pieces: f.Pieces}).Bounds()
		if v < 0 || v > hi {
			return 0, fmt.Errorf("%s = %d does not fit: want 0 to %d", f.Name, v, hi)
		}
		if f.Signed && v > hi/2 {
			v -= hi + 1
		}
		return v << f.Shift, nil
	}
	return v, nil
}

// RegNumber is the number of a register given by ABI name or as x0 to x31.
func RegNumber(name string) (int, bool) {
	n, ok := regNumbers[name]
	return n, ok
}

var regNumbers = func() map[string]int {
	out := map[string]int{"fp": 8}
	for i, name := range RegNames {
		out[name] = i
		out[fmt.Sprintf("x%d", i)] = i
	}
	return out
}()
