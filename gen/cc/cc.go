// Package cc rewrites the assembly of a stock compiler to use a design's own
// instructions.
//
// There is no table of patterns: an instruction is looked for by its meaning. A
// block of base instructions is executed symbolically; where what registers hold
// afterwards is what a custom instruction would give, it takes the place of those
// that computed it. A block is exchanged only if both forms, executed
// symbolically, leave the same in memory and in all registers that are still
// read, and access memory in the same order.
package cc

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"strings"

	"marvelgen/gen/cc/asm"
	"marvelgen/gen/isa"
	"marvelgen/gen/sem/bv"
)

// Options says what to do.
type Options struct {
	NoLoops bool           // no zero-overhead loops: for code that interrupts other code
	Extra   map[string]int // cycles beyond one, by instruction

	// StandardCalls says that callers keep to the calling convention: they were not
	// compiled to rely on what more a function leaves alone (gcc: -fno-ipa-ra).
	StandardCalls bool

	Growth Growth // by how much a file's code may become larger

	// NoVolatile says that the source has no accesses that are volatile or atomic. The
	// assembly of some compilers does not tell.
	NoVolatile bool

	// Equal asks a solver whether a script of SMT-LIB 2 (QF_BV) has no model, which is
	// to say that what it compares is equal. If it is nil, only what has equal normal
	// forms is known to be equal. It is called by several goroutines at once.
	Equal func(script string) (bool, error)

	Prototypes Prototypes // of functions whose arguments and results are known
}

// Remark is what was done, or could not be, at one place.
type Remark struct {
	Line     int    // of the assembly file
	Function string // in which it is
	Missed   bool
	Text     string
}

// In is the remark as compilers print theirs, for a file of that name.
func (r Remark) In(file string) string {
	kind := "passed"
	if r.Missed {
		kind = "missed"
	}
	return fmt.Sprintf("%s:%d: remark: %s: %s [%s]", file, r.Line, r.Function, r.Text, kind)
}

// rewriter is what one run shares.
type rewriter struct {
	ctx       context.Context
	machine   *isa.Machine
	options   Options
	file      *asm.File
	cores     chan struct{} // holds one for each that is busy
	base      *builder      // of meanings only
	norm      *builder
	mnemonics map[string][]*meaning
	set       *meaning // li and la
	killed    regs     // by a call
	patterns  []*pattern
	goals     []*goal // patterns to be looked for by what they compute
	answers   *answers
	kept      map[string]*outcome // of functions, by key
	setups    []*setup
	few       map[string]bool  // labels of loops that go round mostRounds times at most
	cold      map[string]bool  // labels of loops that others have taken the place of, but for rare cases
	routines  string           // name of those that save registers, if there are any
	shared    map[string]bool  // functions that they save registers for
	trace     trace            // room for one; see best
	webs      webs             // the same
	search    search           // the same
	asks      *builder         // room for the values of a question; see shownFor
	failed    failures         // see best
	parts     parts            // of the file when functions were found last
	edits     map[int][]string // by line: what stands there instead
	remarks   []Remark
}

// Rewrite changes the functions of f to use the instructions of m. If ctx ends
// before it is done, f stays as it is.
func Rewrite(ctx context.Context, f *asm.File, m *isa.Machine, o Options) ([]Remark, error) {
	r := newRewriter(m, o)
	if len(r.patterns)+len(r.goals)+len(r.setups) == 0 {
		return nil, nil // there is nothing to look for
	}
	r.ctx, r.file = ctx, f
	lines := f.Lines
	var before []int // bytes of functions
	fns := r.whole(f)
	for _, fn := range fns {
		before = append(before, fn.size())
	}
	r.putBack(fns)
	limits := make([]thrift, len(before))
	if o.Growth == NoGrowth {
		for i := range limits {
			limits[i] = compact
		}
	}
	var told []Remark
	budget, bounded := newBudget(o.Growth, before), o.Growth != AnyGrowth
	for again := true; again; {
		f.Lines = lines
		reshaped := slices.Concat(r.widens(f, limits), r.signs(f, limits))
		jams := r.findJams(f, limits)
		left := 0
		for again = true; again; again = bounded && budget.adjust(left) {
			told = slices.Concat(reshaped, jams.jam(r, f, budget))
			r.edits, r.remarks = map[int][]string{}, nil
			fns = r.whole(f)
			for i, fn := range fns {
				fn.limit = limits[i]
			}
			r.rewriteAll(fns)
			if err := ctx.Err(); err != nil {
				f.Lines = lines
				return nil, err
			}
			if left = budget.left(fns); r.routines != "" {
				left -= routineBytes
			}
		}
		again = bounded && tighten(fns, before, limits, left, told)
	}
	r.edit(f)
	if r.routines != "" {
		f.Lines = append(f.Lines, asm.Read("", []byte(strings.Join(r.routineLines(), "\n"))).Lines...)
	}
	return append(told, r.remarks...), nil
}

func newRewriter(m *isa.Machine, o Options) *rewriter {
	r := &rewriter{machine: m, options: o, cores: make(chan struct{}, runtime.GOMAXPROCS(0)), base: newBuilder(), mnemonics: map[string][]*meaning{}, answers: &answers{list: map[string]*answer{}}, few: map[string]bool{}, cold: map[string]bool{}}
	r.killed = bit(1)
	if o.StandardCalls {
		r.killed = allRegs &^ (calleeSaved | set("sp", "gp", "tp"))
	}
	l := bv.NewLowerer()
	imm := l.Input("imm", 32)
	r.set = &meaning{ins: &isa.Instruction{Name: "set"}, cost: 1, regFields: []string{"rd"}, writes: []result{{field: "rd", value: imm}}}
	for _, ins := range m.Base {
		c := compile(l, ins)
		c.cost += o.Extra[ins.Name]
		r.mnemonics[ins.Mnemonic] = append(r.mnemonics[ins.Mnemonic], c)
	}
	for _, p := range m.Exts {
		c := compile(l, p.Instruction)
		c.custom = true
		c.cost += o.Extra[p.Name]
		r.mnemonics[p.Mnemonic] = append(r.mnemonics[p.Mnemonic], c)
		pattern, setup, err := wanted(r.base, l, c)
		switch {
		case err != nil: // what Explain says of it
		case setup != nil:
			r.setups = append(r.setups, setup)
		default:
			if g := newGoal(pattern); g != nil {
				r.goals = append(r.goals, g)
			} else {
				r.patterns = append(r.patterns, pattern)
			}
		}
	}
	r.norm = r.base.clone()
	return r
}

// rewrite changes one function.
func (r *rewriter) rewrite(fn *function) {
	if fn.limit == asCompiled || r.ctx.Err() != nil {
		return
	}
	computed := r.computes(fn)
	if fn.join() || computed {
		fn.known = nil // it was of other blocks
	}
	if !r.options.NoLoops {
		r.loops(fn)
	}
	if fn.limit < sparing {
		r.induct(fn)
		if r.options.Growth == AnyGrowth {
			r.unroll(fn)
		}
	}
	for _, b := range fn.blocks {
		if r.ctx.Err() == nil {
			r.selects(b)
		}
	}
	fn.liveness()
	r.recolors(fn)
	if r.routines != "" && r.shared[fn.name] {
		r.share(fn)
	}
	for _, b := range fn.blocks {
		if !b.made && !slices.Equal(b.read, b.insns) {
			r.emit(b)
		}
	}
	for i, b := range fn.blocks {
		if b.made {
			r.emitMade(b, fn.blocks[i+1].anchor())
		}
	}
	if fn.grown > 0 {
		r.emitFrame(fn)
	}
}

// remark notes that an instruction was selected.
func (r *rewriter) selected(b *block, in *insn) {
	r.remarks = append(r.remarks, Remark{Line: r.file.Lines[max(in.line, b.line, 0)].No, Function: b.fn.name, Text: in.m.ins.Mnemonic + " selected"})
}

// emit notes what becomes of the lines of a block. New instructions stand on lines
// of those they replace, or follow the one before.
func (r *rewriter) emit(b *block) {
	old, list := b.read, b.insns
	first := b.line
	if len(old) > 0 {
		first = old[0].line
	} else {
		r.edits[first] = []string{r.file.Lines[first].Text}
	}
	for _, in := range old {
		r.edits[in.line] = []string{}
	}
	previous := -1
	for k, in := range list {
		if in.text == "" {
			r.edits[in.line] = append(r.edits[in.line], r.file.Lines[in.line].Text)
			previous = in.line
			continue
		}
		if in.line <= previous || k+1 < len(list) && in.line >= list[k+1].line && list[k+1].text == "" {
			in.line = previous
		}
		if in.line < 0 {
			in.line = first
		}
		r.edits[in.line] = append(r.edits[in.line], in.text)
		previous = in.line
	}
}

// emitMade puts a block that is none of the file's before a line. Now it is known
// where loops end that are set up there.
func (r *rewriter) emitMade(b *block, line int) {
	texts := []string{}
	for _, in := range b.insns {
		if in.loop != nil {
			in.fields.set(in.loop.setup.offset.Name, operand{imm: int64(size(in.loop.body()))})
			in.text = in.print()
		}
		texts = append(texts, in.text)
	}
	r.edits[line] = append(texts, r.edited(line)...)
}

// edit makes the changes of lines.
func (r *rewriter) edit(f *asm.File) {
	edits := map[int][]asm.Line{}
	for i, texts := range r.edits {
		edits[i] = asm.Read("", []byte(strings.Join(texts, "\n"))).Lines
	}
	splice(f, edits)
}

// splice puts other lines in the place of some: they have the number of what stood there.
func splice(f *asm.File, edits map[int][]asm.Line) {
	if len(edits) == 0 {
		return
	}
	lines := make([]asm.Line, 0, len(f.Lines))
	for i, l := range f.Lines {
		list, ok := edits[i]
		if !ok {
			list = []asm.Line{l}
		}
		for _, x := range list {
			x.No = l.No
			lines = append(lines, x)
		}
	}
	f.Lines = lines
}

// edited is what becomes of a line so far.
func (r *rewriter) edited(line int) []string {
	if e, ok := r.edits[line]; ok {
		return e
	}
	return []string{r.file.Lines[line].Text}
}
