package cc

import (
	"iter"
	"slices"
	"strconv"
	"strings"

	"marvelgen/gen/cc/asm"
	"marvelgen/gen/sem/norm"
)

// function is one function of the file: the lines from its label to its .size.
type function struct {
	name     string
	blocks   []*block
	labels   map[string]*block
	quiet    string          // why it may hold no zero-overhead loops, or ""
	writes   regs            // written anywhere in it
	from, to int             // its lines, the last one excluded
	known    known           // see constants
	ids      int             // of blocks, so far
	grown    int             // bytes by which its stack frame has grown
	asked    map[string]bool // of a solver, so far
	limit    thrift
}

// block is a straight run of instructions. A branch, jump, call or opaque
// instruction is the last of its block.
type block struct {
	fn     *function
	index  int
	id     int // stays what it is
	insns  []*insn
	read   []*insn  // as they were read
	made   bool     // it is none of the file's: it stands before the next one's label
	first  int      // line of the first label at its beginning, or -1
	line   int      // of the last one
	names  []string // labels at its beginning
	succ   []*block
	pred   []*block
	fall   bool            // goes on to the next block at its end
	loop   bool            // may be executed again before it is left for good
	ends   bool            // a zero-overhead loop ends with it, or before its branch
	hw     bool            // goes back to the beginning of a zero-overhead loop from its end
	padded bool            // padding may stand in it or before it
	open   bool            // may be entered from where nobody sees
	away   bool            // may go on to where nobody sees
	live   regs            // live at its end
	entry  regs            // live at its beginning
	mark   string          // see prefix
	heldAt [32]*norm.Value // see named; nil where nobody has needed it
}

// last is the block's last instruction, or nil.
func (b *block) last() *insn {
	if len(b.insns) == 0 {
		return nil
	}
	return b.insns[len(b.insns)-1]
}

// body is the block's instructions without one that controls where it goes on.
func (b *block) body() []*insn {
	if l := b.last(); l != nil && l.class != plain {
		return b.insns[:len(b.insns)-1]
	}
	return b.insns
}

// functions takes the functions of a file apart, as they stand in it.
func (r *rewriter) functions(f *asm.File) []*function {
	if !r.parts.of(f) {
		r.parts = r.findParts(f)
	}
	places := r.parts.places
	out := make([]*function, len(places))
	r.parallel(len(places), func(i int) {
		out[i] = r.function(f, places[i].from, places[i].to, places[i].section)
	})
	out = slices.DeleteFunc(out, func(fn *function) bool { return fn == nil })
	quieten(out)
	return out
}

// controls reports whether an instruction's last operand is where it goes.
func controls(l *asm.Line) bool {
	switch n := l.Name; {
	case n == "j", n == "jal", n == "call", n == "tail":
		return true
	default:
		return n[0] == 'b'
	}
}

// symbols lists the names in an expression.
func symbols(expr string) iter.Seq[string] {
	return strings.FieldsFuncSeq(expr, func(c rune) bool {
		return !(c == '_' || c == '.' || c == '$' || '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z')
	})
}

// function takes the lines of one function apart, or is nil if it has none.
func (r *rewriter) function(f *asm.File, from, to int, home string) *function {
	fn := &function{from: from, to: to, name: f.Lines[from].Name, labels: map[string]*block{}, asked: map[string]bool{}}
	targets := map[string]bool{}
	list := make([]*insn, to-from) // by line
	section, stack := home, []string(nil)
	manual := false
	for i := from; i < to; i++ {
		l := &f.Lines[i]
		section, stack = nextSection(l, section, stack)
		switch {
		case l.Kind == asm.Marker:
			manual = l.Name == "APP"
		case section != home || l.Kind != asm.Instr:
			continue
		case manual:
			list[i-from] = (&insn{line: i}).opaque()
		default:
			in := *r.parts.insns[i]
			list[i-from] = &in
		}
		if in := list[i-from]; in != nil && (in.class == branch || in.class == jump) {
			targets[in.target] = true
		}
		if l.Kind == asm.Instr && l.Name == "mret" {
			fn.quiet = interrupting
		}
	}
	if !slices.ContainsFunc(list, func(in *insn) bool { return in != nil }) {
		return nil
	}
	section, stack = home, nil
	cur := fn.add()
	cur.open = true
	for i := from; i < to; i++ {
		l := &f.Lines[i]
		section, stack = nextSection(l, section, stack)
		if section != home {
			continue
		}
		switch {
		case l.Kind == asm.Label && (i == from || targets[l.Name] || r.parts.refs[l.Name] || !strings.HasPrefix(l.Name, ".L")):
			if len(cur.insns) > 0 {
				cur = fn.add()
			}
			if cur.names == nil {
				cur.first = i
			}
			cur.names, cur.line = append(cur.names, l.Name), i
			cur.open = cur.open || r.parts.refs[l.Name] || !strings.HasPrefix(l.Name, ".L")
			fn.labels[l.Name] = cur
		case list[i-from] != nil:
			in := list[i-from]
			cur.insns = append(cur.insns, in)
			fn.writes |= in.defs()
			if in.class != plain {
				cur = fn.add()
			}
		case l.Kind == asm.Directive && aligns(l):
			cur.padded = true
		case l.Kind == asm.Directive && data[l.Name]: // data among code, perhaps an instruction
			cur.insns = append(cur.insns, (&insn{line: i}).opaque())
			cur = fn.add()
		}
	}
	for _, b := range fn.blocks {
		b.read = b.insns
	}
	r.options.Prototypes.limit(fn)
	fn.connect()
	fn.findLoops()
	fn.liveness()
	return fn
}

// aligns reports whether a directive may put padding between instructions.
func aligns(l *asm.Line) bool {
	switch l.Name {
	case ".p2align", ".align":
		n, err := strconv.Atoi(l.Arg(0))
		return err != nil || n > 2
	}
	return l.Name == ".balign" || l.Name == ".org"
}

// data lists directives that put words where code is.
var data = map[string]bool{".word": true, ".4byte": true, ".2byte": true, ".byte": true, ".half": true, ".long": true, ".insn": true,
	".short": true, ".8byte": true, ".dword": true, ".quad": true, ".zero": true, ".space": true, ".skip": true, ".string": true,
	".ascii": true, ".asciz": true, ".include": true, ".incbin": true, ".rept": true, ".macro": true, ".fill": true}

func (fn *function) add() *block {
	b := &block{fn: fn, index: len(fn.blocks), id: fn.count(), first: -1, line: -1}
	fn.blocks = append(fn.blocks, b)
	return b
}

// approach is a block from which alone b is entered from above: one that is made for
// it, if there is none yet. The block before b falls into b, and does not jump there.
func (b *block) approach() *block {
	fn := b.fn
	above := fn.blocks[b.index-1]
	if above.made {
		return above
	}
	a := &block{fn: fn, index: b.index, id: fn.count(), made: true, first: -1, line: b.line, fall: true, loop: above.loop && b.loop, pred: []*block{above}, succ: []*block{b}}
	above.succ[slices.Index(above.succ, b)] = a
	b.pred[slices.Index(b.pred, above)] = a
	fn.blocks = slices.Insert(fn.blocks, b.index, a)
	for i, x := range fn.blocks {
		x.index = i
	}
	a.live, a.entry = b.entry, b.entry
	return a
}

// anchor is the block's first line in the file, or -1.
func (b *block) anchor() int {
	if b.first < 0 && len(b.read) > 0 {
		return b.read[0].line
	}
	return b.first
}

// count is the number of the next block.
func (fn *function) count() int {
	fn.ids++
	return fn.ids
}

// connect finds the successors of the blocks.
func (fn *function) connect() {
	for i, b := range fn.blocks {
		last := b.last()
		b.fall = true
		if last != nil {
			switch last.class {
			case branch, jump:
				b.fall = last.class == branch
				if t := fn.labels[last.target]; t != nil {
					b.edge(t)
				} else {
					b.away = true
				}
			case leave:
				b.fall = false
			case opaque:
				b.away = true
			}
		}
		if b.fall {
			if i+1 < len(fn.blocks) {
				b.edge(fn.blocks[i+1])
			} else {
				b.away = true
			}
		}
	}
}

func (b *block) edge(to *block) {
	if !slices.Contains(b.succ, to) {
		b.succ = append(b.succ, to)
		to.pred = append(to.pred, b)
	}
}

// liveness finds which registers may be read behind each block.
func (fn *function) liveness() {
	uses, defs := make([]regs, len(fn.blocks)), make([]regs, len(fn.blocks)) // of blocks as a whole
	for i, b := range fn.blocks {
		b.live, b.entry = 0, 0
		for _, in := range slices.Backward(b.insns) {
			uses[i], defs[i] = in.before(uses[i]), defs[i]|in.defs()
		}
	}
	for changed := true; changed; {
		changed = false
		for i, b := range slices.Backward(fn.blocks) {
			var live regs
			for _, s := range b.succ {
				live |= s.entry
			}
			if b.away {
				live = allRegs
			}
			if entry := live&^defs[i] | uses[i]; live != b.live || entry != b.entry {
				b.live, b.entry, changed = live, entry, true
			}
		}
	}
}

// before is what is live before the instruction, if after is behind it.
func (in *insn) before(after regs) regs { return after&^in.defs() | in.uses() }
