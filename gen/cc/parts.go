package cc

import (
	"slices"
	"strings"

	"marvelgen/gen/cc/asm"
	"marvelgen/gen/sem/norm"
)

// parts is what the functions of a file are made of. It is found once for the same lines:
// functions are taken apart several times, since what is done to them changes them.
type parts struct {
	lines  []asm.Line
	refs   map[string]bool // see references
	places []extent
	insns  []*insn     // by line, of instructions
	back   []*function // see putBack
}

// extent is the lines of a function.
type extent struct {
	from, to int
	section  string
}

// of reports whether the parts are those of a file as it is.
func (p *parts) of(f *asm.File) bool {
	return len(p.lines) == len(f.Lines) && (len(p.lines) == 0 || &p.lines[0] == &f.Lines[0])
}

// whole takes the functions of a file apart, and finds what callers say of their results.
func (r *rewriter) whole(f *asm.File) []*function {
	if fns := r.parts.back; fns != nil && r.parts.of(f) {
		r.parts.back = nil
		return fns
	}
	fns := r.functions(f)
	r.results(f, fns)
	return fns
}

// putBack gives functions that nobody has changed to whoever wants those of the file next, if
// it is still the same.
func (r *rewriter) putBack(fns []*function) {
	for _, fn := range fns {
		fn.forget()
	}
	r.parts.back = fns
}

// forget leaves of a function what it was when it was read: what has been found out since is
// in terms of values that others do not have.
func (fn *function) forget() {
	fn.known = nil
	clear(fn.asked)
	for _, b := range fn.blocks {
		b.heldAt = [32]*norm.Value{}
		for _, in := range b.insns {
			in.did = nil
		}
	}
}

// findParts finds the functions of a file: a label that .type calls a function, up
// to its .size. What lies between in other sections is left out.
func (r *rewriter) findParts(f *asm.File) parts {
	out := parts{lines: f.Lines, refs: references(f), insns: make([]*insn, len(f.Lines))}
	kinds := map[string]bool{}
	for i := range f.Lines {
		if l := &f.Lines[i]; l.Kind == asm.Directive && l.Name == ".type" && len(l.Args) == 2 && strings.HasSuffix(l.Args[1], "function") {
			kinds[l.Args[0]] = true
		}
	}
	section, sections := "", []string{}
	for i := 0; i < len(f.Lines); i++ {
		l := &f.Lines[i]
		section, sections = nextSection(l, section, sections)
		if l.Kind != asm.Label || !kinds[l.Name] {
			continue
		}
		end := i + 1
		for end < len(f.Lines) && !(f.Lines[end].Kind == asm.Directive && f.Lines[end].Name == ".size" && f.Lines[end].Arg(0) == l.Name) {
			end++
		}
		if end == len(f.Lines) {
			continue // no end: left alone
		}
		out.places = append(out.places, extent{i, end, section})
	}
	const some = 512
	r.parallel((len(f.Lines)+some-1)/some, func(n int) {
		for i := n * some; i < min((n+1)*some, len(f.Lines)); i++ {
			if l := &f.Lines[i]; l.Kind == asm.Instr {
				out.insns[i] = r.decode(l, i)
			}
		}
	})
	return out
}

// nextSection follows the directives that change the section.
func nextSection(l *asm.Line, section string, stack []string) (string, []string) {
	if l.Kind != asm.Directive {
		return section, stack
	}
	switch l.Name {
	case ".text", ".data", ".bss":
		return l.Name, stack
	case ".section":
		if len(l.Args) > 0 {
			return strings.Trim(l.Args[0], `"`), stack
		}
	case ".pushsection":
		stack = append(stack, section)
		if len(l.Args) > 0 {
			return l.Args[0], stack
		}
	case ".popsection", ".previous":
		if n := len(stack); n > 0 {
			return stack[n-1], stack[:n-1]
		}
	}
	return section, stack
}

// references counts where labels are mentioned: those that data mention, but not
// data for debuggers, may be jumped to by anyone; so may those of which an
// instruction other than a branch makes an address.
func references(f *asm.File) map[string]bool {
	refs := map[string]bool{}
	section, stack := "", []string{}
	for i := range f.Lines {
		l := &f.Lines[i]
		section, stack = nextSection(l, section, stack)
		switch {
		case l.Kind == asm.Directive && strings.HasPrefix(l.Name, ".cfi"), l.Kind == asm.Directive && l.Name == ".loc":
		case strings.HasPrefix(section, ".debug"), strings.HasPrefix(section, ".eh_frame"):
		case l.Kind == asm.Directive && !slices.Contains(placing, l.Name), l.Kind == asm.Instr && !controls(l):
			for _, a := range l.Args {
				for s := range symbols(a) {
					refs[s] = true
				}
			}
		}
	}
	return refs
}

// placing lists directives that say what a label is, and not where to find it.
var placing = []string{".type", ".size", ".globl", ".global", ".local", ".weak", ".hidden", ".set", ".section", ".file", ".ident"}
