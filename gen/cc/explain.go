package cc

import (
	"errors"
	"slices"

	"marvelgen/gen/isa"
	"marvelgen/gen/sem/bv"
	"marvelgen/gen/sem/norm"
)

// Selection is how code comes to use an instruction.
type Selection string

// Ways to use an instruction.
const (
	ByMeaning   Selection = "meaning" // code that computes the same is replaced
	ByLoops     Selection = "loops"   // counted loops become loops of the instruction
	ByIntrinsic Selection = "intrinsic"
)

// Verdict is how an instruction comes to be used in compiled code, and why no other
// way is open to it.
type Verdict struct {
	Instruction string    `json:"instruction"`
	Mnemonic    string    `json:"mnemonic"`
	Selected    Selection `json:"selected"`
	Reason      string    `json:"reason,omitempty"` // of ByIntrinsic
}

// Explain says of each instruction what Rewrite can do with it.
func Explain(list []*isa.Instruction) []Verdict {
	b, l := newBuilder(), bv.NewLowerer()
	out := make([]Verdict, 0, len(list))
	for _, ins := range list {
		v := Verdict{Instruction: ins.Name, Mnemonic: ins.Mnemonic}
		switch _, setup, err := wanted(b, l, compile(l, ins)); {
		case err != nil:
			v.Selected, v.Reason = ByIntrinsic, err.Error()
		case setup != nil:
			v.Selected = ByLoops
		default:
			v.Selected = ByMeaning
		}
		out = append(out, v)
	}
	return out
}

// wanted is what to look for so that an instruction is used: code of its meaning, or
// loops. Both are nil, and there is an error that says why, if nothing is.
func wanted(b *builder, l *bv.Lowerer, m *meaning) (*pattern, *setup, error) {
	if m.loop {
		if s := newSetup(b, l, m); s != nil {
			return nil, s, nil
		}
		return nil, nil, errors.New("it sets up a loop whose level, count or end is no operand, or does more than that")
	}
	p, err := newPattern(b, m)
	if err != nil {
		return nil, nil, err
	}
	if newGoal(p) != nil {
		return p, nil, nil
	}
	if p.chooses() {
		return nil, nil, errors.New("it chooses between values (?:, min, max, clamp, when), which base instructions do by branches: the pass looks within one block")
	}
	if !p.found(b) {
		return nil, nil, errors.New("its operands cannot be found in code that computes it: the pass solves sums, products and parts of registers for them")
	}
	return p, nil, nil
}

// chooses reports whether a result, an address or what is stored is one of two values
// by a condition.
func (p *pattern) chooses() bool {
	found := false
	for _, v := range append(slices.Clone(p.results), p.addr, p.data) {
		if v != nil {
			walk(v, func(v *norm.Value) { found = found || v.Op == norm.Mux })
		}
	}
	return found
}

// samples is how many numbers are tried for each immediate.
const samples = 4

// found reports whether the pattern is found in code that is the instruction itself,
// with some numbers for its immediates: what is not found there is found nowhere.
func (p *pattern) found(b *builder) bool {
	m := *p.m
	m.custom = false // stores of custom instructions are not looked at
	for n := range samples {
		t := newTrace(b, []*insn{m.sample(n)}, allRegs)
		found := false
		(&rewriter{norm: b}).candidates(t, p, false, func(*candidate) bool {
			found = true
			return true
		})
		if found {
			return true
		}
	}
	return false
}

// sample is the instruction with a register of its own in each field, and the n-th
// number of those tried for each immediate.
func (m *meaning) sample(n int) *insn {
	in := &insn{m: m, fields: fields{}}
	fixed := m.fixedReads
	for _, w := range m.writes {
		if w.field == "" {
			fixed |= bit(w.reg)
		}
	}
	reg := 0
	for i := range m.ins.Encoding.Fields {
		f := &m.ins.Encoding.Fields[i]
		if f.Kind == isa.Register {
			for reg++; fixed.has(reg); reg++ {
			}
			in.fields.set(f.Name, operand{reg: reg})
			continue
		}
		lo, hi := f.Bounds()
		step := int64(1) << f.Shift
		imm := []int64{min(hi, 3*step), min(hi, step), 0, lo + (hi-lo)/2/step*step}[n]
		in.fields.set(f.Name, operand{imm: imm})
	}
	return in
}
