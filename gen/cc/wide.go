package cc

import (
	"fmt"
	"slices"
	"strings"

	"marvelgen/gen/cc/asm"
	"marvelgen/gen/isa"
)

func label(kind string, number int) string { return fmt.Sprintf(".Lmv%s%d", kind, number) }

// added is by how many bytes the function grows.
func (w *wide) added(code []*insn) int {
	return size(code) + 4*(len(w.guard())+3) // and a branch to the rest, one step into the loop, and a jump back
}

// text is an instruction with registers and numbers as operands.
func text(mnemonic string, operands ...any) string {
	var out []string
	for _, o := range operands {
		out = append(out, fmt.Sprint(o))
	}
	return "\t" + mnemonic + "\t" + strings.Join(out, ", ")
}

// guard is what decides whether the wide loop is entered.
func (w *wide) guard() (out []string) {
	name, narrow := isa.RegNames, label("narrow", w.number)
	var at [2]string
	for i, in := range w.loads {
		at[i] = name[in.fields.of("rs1").reg]
	}
	t := name[w.words[0]]
	out = append(out, text("or", t, at[0], at[1]), text("andi", t, t, rounds-1), text("bne", t, "zero", narrow))
	if w.count > 0 {
		return out
	}
	c, bound, limit := name[w.loop.counter], name[w.loop.bound], name[w.limit]
	from, to, move := c, bound, "add"
	if w.loop.step < 0 {
		from, to, move = bound, c, "sub"
	}
	return append(out, text("sub", t, to, from), text("andi", t, t, -rounds), text("beq", t, "zero", narrow), text(move, limit, c, t))
}

// word is what one round of the wide loop does with its first words, in base instructions.
func (w *wide) word() (out []string) {
	name := isa.RegNames
	renamed := func(_ string, reg int) int { return w.bytes[reg] }
	for k := range rounds {
		for i, in := range w.loads {
			if k == 0 {
				out = append(out, text("lw", name[w.words[i]], fmt.Sprintf("%d(%s)", w.offset[i], name[in.fields.of("rs1").reg])))
			}
		}
		for _, in := range w.b.body() {
			switch i, reg := slices.Index(w.loads, in), in.moves(); {
			case i >= 0:
				out = append(out, w.byte(i, k)...)
			case reg == 0 || w.steps[reg] == 0:
				out = append(out, "\t"+in.renamed(renamed).base())
			}
		}
	}
	return out
}

// end is the steps of the wide loop's pointers and counter, and its branch.
func (w *wide) end() (out []string) {
	name := isa.RegNames
	for _, in := range w.b.body() {
		if reg := in.moves(); reg != 0 && w.steps[reg] != 0 {
			out = append(out, text("addi", name[reg], name[reg], int64(rounds*w.times)*w.steps[reg]))
		}
	}
	return append(out, text("bne", name[w.loop.counter], name[w.limit], label("wide", w.number)))
}

// repeated is the code of a word for as many words as a round does, each one further than
// the one before, or nil if a load's offset does not go so far. That it is right is checked
// later.
func (w *wide) repeated(word []*insn) (out []*insn) {
	for n := range w.times {
		for _, in := range word {
			if in.m != nil && in.m.load != nil && n > 0 {
				if in = in.further(int64(rounds * n)); in == nil {
					return nil
				}
			}
			out = append(out, in)
		}
	}
	return out
}

// further is a load whose immediate, the only one, is larger by so many bytes; nil if there
// is none.
func (in *insn) further(bytes int64) *insn {
	var offset *isa.Field
	for i := range in.m.ins.Encoding.Fields {
		if f := &in.m.ins.Encoding.Fields[i]; f.Kind != isa.Register {
			if offset != nil {
				return nil
			}
			offset = f
		}
	}
	if offset == nil || !fits(offset, uint64(in.fields.of(offset.Name).imm+bytes), 64) {
		return nil
	}
	out := in.with(offset.Name, operand{imm: in.fields.of(offset.Name).imm + bytes})
	out.text = out.print()
	return out
}

// byte is code that gives a load's register what it loads in the k-th round.
func (w *wide) byte(i, k int) (out []string) {
	rd, from := isa.RegNames[w.bytes[w.loads[i].fields.of("rd").reg]], isa.RegNames[w.words[i]]
	if up := 8 * (rounds - 1 - k); up > 0 {
		out = append(out, text("slli", rd, from, up))
		from = rd
	}
	return append(out, text("srai", rd, from, 8*(rounds-1)))
}

// install puts the wide loop in the place of the loop, and that behind the last line of
// the function's code.
func (w *wide) install(r *rewriter, edits map[int][]asm.Line, code []*insn, end int) {
	narrow, exit := label("narrow", w.number), label("exit", w.number)
	lines := func(texts ...string) []asm.Line { return asm.Read("", []byte(strings.Join(texts, "\n"))).Lines }
	here, there := lines(append(w.guard(), label("wide", w.number)+":")...), lines(narrow+":")
	if w.fn.unwound(r.file) { // where the frame is, debuggers are told by what stands above
		here = append(lines("\t.cfi_remember_state"), here...)
		there = append(there, lines("\t.cfi_restore_state")...)
	}
	for _, in := range code {
		t := "\t" + in.base()
		if in.m.custom {
			_, t, _ = strings.Cut(in.text, "# ")
		}
		l := lines(t)[0]
		if in.m.custom {
			l.Text = in.text
		}
		here = append(here, l)
	}
	if w.count == 0 {
		here = append(here, lines(text("bne", isa.RegNames[w.loop.counter], isa.RegNames[w.loop.bound], narrow))...)
	}
	if len(r.setups) > 0 {
		there = append(there, lines("\tnop")...) // so that something falls into it, and can set it up
	}
	for i := w.b.first; i <= w.b.line; i++ {
		if l := r.file.Lines[i]; l.Kind == asm.Label && slices.Contains(w.b.names, l.Name) {
			edits[i] = []asm.Line{}
			there = append(there, l)
		}
	}
	for i := w.b.line + 1; i <= w.b.last().line; i++ { // with what debuggers are told of it
		if loc := location(&r.file.Lines[i]); loc != "" {
			there = append(there, lines(loc)...)
		}
		if slices.ContainsFunc(w.b.read, func(in *insn) bool { return in.line == i }) {
			edits[i] = []asm.Line{}
			there = append(there, r.file.Lines[i])
		}
	}
	edits[w.b.read[0].line] = append(here, lines(exit+":")...)
	there = append(there, lines(text("j", exit))...)
	if edits[end] == nil {
		edits[end] = []asm.Line{r.file.Lines[end]}
	}
	edits[end] = slices.Insert(edits[end], 1, there...) // the last first: states that are remembered are a stack
}

// location is the directive for debuggers in a line, without what is true of its place only
// (is_stmt, view); "" if it is none.
func location(l *asm.Line) string {
	if l.Kind != asm.Directive || l.Name != ".loc" || l.Arg(0) == "" {
		return ""
	}
	words := strings.Fields(l.Arg(0))
	return "\t.loc\t" + strings.Join(words[:min(3, len(words))], " ")
}

// unwound reports whether debuggers are told where the function's frame is.
func (fn *function) unwound(f *asm.File) bool {
	return slices.ContainsFunc(f.Lines[fn.from:fn.to], func(l asm.Line) bool { return l.Kind == asm.Directive && l.Name == ".cfi_startproc" })
}
