package cc

import (
	"fmt"
	"slices"
)

// bytes is by how much the function grows at most.
func (p *promoted) bytes() int {
	n := size(p.code) - size(p.b.insns) + size(p.ahead()) + size(p.behind())
	if len(p.pairs) > 0 {
		n += p.guarded + size(p.b.insns) + wordBytes // and a jump over it
	}
	return n
}

func (p *promoted) gain() int     { return p.saves }
func (p *promoted) where() *block { return p.b }

// install puts the loop that keeps words in registers in the place of the loop.
func (p *promoted) install(r *rewriter) {
	b := p.b
	old := append([]string{p.slow() + ":"}, r.lines(b, b.body())...)
	old = append(old, "\t"+b.last().with("imm", operand{sym: p.slow()}).base())
	ahead := p.guard()
	for _, in := range p.ahead() {
		ahead = append(ahead, in.text)
	}
	last := r.edited(b.last().line)
	for _, in := range p.behind() {
		last = append(last, r.edited(in.line)...)
	}
	if len(p.pairs) > 0 {
		exit := b.fn.next(b)
		name := fmt.Sprintf("%s.exit", p.slow())
		if len(exit.names) > 0 {
			name = exit.names[0]
		} else {
			old = append(old, name+":")
		}
		last = slices.Concat(last, []string{text("j", name)}, old)
		r.cold[p.slow()] = true
	}
	for _, in := range b.body() {
		k := slices.IndexFunc(p.code, func(x *insn) bool { return x.line == in.line })
		if k < 0 {
			r.edits[in.line] = []string{}
		} else if p.code[k] != in {
			r.edits[in.line] = []string{p.code[k].text}
		}
	}
	r.edits[b.anchor()] = append(ahead, r.edited(b.anchor())...)
	r.edits[b.last().line] = last
}
