package cc

import (
	"maps"
	"slices"

	"marvelgen/gen/cc/asm"
	"marvelgen/gen/isa"
)

// publishing lists directives that give a name to others, or another name to it.
var publishing = []string{".globl", ".global", ".weak", ".set", ".equ", ".symver", ".comm"}

// results finds what functions return that only this file calls: where no caller
// reads a1 behind a call, a return does not read it either. So the second word of a
// result that is none keeps no register alive. The functions are those found last.
func (r *rewriter) results(f *asm.File, fns []*function) {
	public := maps.Clone(r.parts.refs)
	mentions := map[string]int{}
	for i := range f.Lines {
		l := &f.Lines[i]
		publishes := l.Kind == asm.Directive && slices.Contains(publishing, l.Name)
		if l.Kind != asm.Instr && !publishes {
			continue
		}
		for _, a := range l.Args {
			for s := range symbols(a) {
				if publishes {
					public[s] = true
				} else {
					mentions[s]++
				}
			}
		}
	}
	read := map[string]regs{} // behind calls
	for _, fn := range fns {
		for _, b := range fn.blocks {
			if l := b.last(); l != nil && l.class == call && l.target != "" {
				mentions[l.target]--
				read[l.target] |= b.live
			}
		}
	}
	for _, fn := range fns {
		if public[fn.name] || mentions[fn.name] != 0 {
			continue // others may call it, or in other ways
		}
		for _, b := range fn.blocks {
			if l := b.last(); l != nil && l.class == leave && l.reads == returnReads {
				l.reads &^= bit(secondResult) &^ read[fn.name]
			}
		}
		fn.liveness()
	}
}

// secondResult is a1.
var secondResult, _ = isa.RegNumber("a1")
