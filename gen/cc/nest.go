package cc

import (
	"marvelgen/gen/sem/norm"
	"slices"
)

// nest is a loop of which each turn has a loop of one block, which sums, and stores one
// result:
//
//	head:	…             what the inner loop begins with
//	inner:	…             sum += x[i] * w[i]
//		branch, inner
//		…
//		store         in the block that decides whether there is another turn
//
// It may leave the sum in memory, by a store in the inner loop (and set it there before), in
// place of the other or as well. Then its word is stored behind the inner loop (see promoted).
//
// Several turns at once (unroll and jam) load x[i] once for all of them: the inner loops of
// the turns that follow run together with the first one's, and each of those turns finds in
// a register what its own would have added to its sum. That loads bytes before results are
// stored that were loaded behind, so a guard compares addresses: if results lie among what
// is loaded, the loop runs as it was.
type nest struct {
	fn     *function
	head   *block
	inner  *block
	exit   *block // decides
	latch  *block // goes back
	enter  *block // goes to the head first: falls into it, or jumps
	rest   *block // follows the inner loop
	leave  *block // follows the whole
	blocks []*block
	loop   *hwLoop         // what the inner loop counts
	round  []*insn         // the inner loop, without stores
	word   *insn           // one of those, of the sum, or nil
	out    regs            // what lives behind it, with what the store needs
	counts bool            // its counter does, too
	steps  [32]int64       // of registers that each turn changes by a constant, at its end
	still  regs            // that no turn changes
	firm   regs            // both
	sum    int             // register
	rows   [32]int64       // by which registers are greater for the inner loop of the next turn
	bases  [32]int64       // by which a round of the inner loop moves them
	turns  uint64          // how many there are
	rounds uint64          // of the inner loop; 0: not known
	above  *machine        // the state before the loop
	start  *machine        // the state before the inner loop, by that before the head
	store  *insn           // in the block that decides, or nil
	to     []stored        // what a turn stores
	turned map[*insn]int64 // of the inner loop's loads: how far their base has moved before
}

// nest looks at the loop around a loop of one block. It is nil and there is no reason why
// if that is none that sums what it loads.
func (r *rewriter) nest(fn *function, inner *block) (*nest, string) {
	if !inner.entersAlone() || inner.last() == nil || inner.last().class != branch {
		return nil, ""
	}
	round, word, why := r.sums(inner)
	if round == nil || why != "" {
		return nil, why
	}
	head := fn.blocks[inner.index-1]
	n := &nest{fn: fn, head: head, inner: inner, round: round, word: word, latch: fn.latch(head), turned: map[*insn]int64{}}
	if n.latch == nil || !slices.Equal(head.succ, []*block{inner}) || head.index == 0 {
		return nil, ""
	}
	n.loop = &hwLoop{blocks: []*block{inner}, head: inner, latch: inner, before: head}
	n.rest = fn.next(inner)
	n.out = n.rest.entry
	if word != nil {
		n.out |= word.uses()
	}
	if why := n.shape(); why != "" {
		return nil, why
	}
	n.above = r.approach(n.enter)
	if why := r.counter(n.loop, written(inner.insns)); why != "" {
		return nil, why
	}
	n.affine()
	if why := r.turns(n); why != "" {
		return nil, why
	}
	return n, r.inside(n)
}

// stored is what a turn stores: bytes at an address, by the registers at its beginning.
type stored struct {
	addr *norm.Value
	size int
}

// sums is the code of a loop that loads signed bytes or halves and multiplies, and the store of
// the sum if it is left in memory; nil if the block is no such loop.
func (r *rewriter) sums(b *block) (round []*insn, word *insn, why string) {
	product := false
	for _, in := range b.body() {
		switch {
		case in.class != plain || in.m.custom || (in.m.load != nil || in.m.store != nil) && in.fields.of("imm").sym != "":
			return nil, nil, ""
		case in.m.store != nil:
			word = in
		case in.m.load != nil && in.m.ins.Name == "lh" && !r.options.NoVolatile:
			why = untold
		case in.m.load != nil && in.m.ins.Name != "lb" && in.m.ins.Name != "lh":
			return nil, nil, ""
		}
		product = product || in.m.ins.Name == "mul"
	}
	if word == nil || !product {
		return map[bool][]*insn{true: b.insns}[product], nil, why
	}
	p := &promoted{b: b}
	if !r.options.NoVolatile || !p.find(r) || len(p.words) > 1 {
		return nil, nil, ""
	}
	if _, why := p.round(r); why != "" || p.words[0].first {
		return nil, nil, ""
	}
	return p.code, p.behind()[0], ""
}

// latch is the block that jumps back to head, if there is one only: head is on all ways
// to it.
func (fn *function) latch(head *block) (latch *block) {
	reached := map[*block]bool{head: true}
	var list []*block
	for _, b := range fn.blocks {
		if b.open {
			list = append(list, b)
		}
	}
	for len(list) > 0 {
		b := list[len(list)-1]
		list = list[:len(list)-1]
		if !reached[b] {
			reached[b] = true
			list = append(list, b.succ...)
		}
	}
	for _, p := range head.pred {
		if !reached[p] {
			if latch != nil {
				return nil
			}
			latch = p
		}
	}
	return latch
}

// shape finds the blocks of the outer loop, and which of them decides.
func (n *nest) shape() string {
	var at *block // of the store
	in := map[*block]bool{n.head: true}
	list := []*block{n.latch}
	for len(list) > 0 {
		b := list[len(list)-1]
		list = list[:len(list)-1]
		if !in[b] {
			in[b] = true
			list = append(list, b.pred...)
		}
	}
	for _, p := range n.head.pred {
		if in[p] {
			continue
		}
		if n.enter != nil {
			return "it is entered from several places"
		}
		n.enter = p
	}
	if !in[n.inner] || n.head.open || n.enter == nil || len(n.enter.succ) != 1 {
		return "it is entered by a branch"
	}
	for _, b := range n.fn.blocks {
		if !in[b] {
			continue
		}
		n.blocks = append(n.blocks, b)
		for _, x := range b.insns {
			switch {
			case x.m == nil && x.class != jump:
				return "it calls a function, or is not understood"
			case x.m == nil || x.m.store == nil || n.word != nil && (b == n.head || b == n.inner):
			case n.store != nil:
				return "it stores more than once"
			default:
				n.store, at = x, b
			}
		}
		if b.open && b != n.head {
			return "it can be entered in its middle"
		}
	}
	for _, b := range n.blocks {
		for _, s := range b.succ {
			if !in[s] {
				if n.leave != nil || s.anchor() < 0 {
					return "it is left from several places"
				}
				n.exit, n.leave = b, s
			}
		}
		if b.away {
			return "it is left for elsewhere"
		}
	}
	switch {
	case n.exit == nil || n.exit == n.head || n.exit == n.inner || n.exit.last().class != branch || n.store != nil && n.exit != at || n.store == nil && n.word == nil:
		return "it stores elsewhere than at its end"
	case n.circular(nil) || !n.circular(n.exit):
		return "not all of its turns end in one place"
	}
	return ""
}

// circular reports whether a turn can go round without the head and the inner loop, or,
// if a block is given, that none can come to its end without that block.
func (n *nest) circular(but *block) bool {
	const open, done = 1, 2
	state := map[*block]int{n.head: done, n.inner: done}
	if but != nil {
		state[but] = done
	}
	var visit func(b *block) bool
	visit = func(b *block) bool {
		if state[b] != 0 || !slices.Contains(n.blocks, b) {
			return state[b] == open
		}
		state[b] = open
		for _, s := range b.succ {
			if visit(s) {
				return true
			}
		}
		state[b] = done
		return false
	}
	round := visit(n.rest)
	if but == nil {
		return round
	}
	return n.latch == but || state[n.latch] == 0
}

// affine finds the registers that each turn changes by a constant: in the block that
// decides, or in the last one.
func (n *nest) affine() {
	count := [32]int{}
	for _, b := range n.blocks {
		for _, in := range b.insns {
			for reg := range count {
				if in.defs().has(reg) {
					count[reg]++
				}
			}
		}
	}
	for reg := range count {
		if count[reg] == 0 {
			n.firm |= bit(reg)
		}
	}
	n.still = n.firm
	var moving regs
	for _, b := range []*block{n.exit, n.latch} {
		for _, in := range b.insns {
			reg, step := in.moves(), in.fields.of("imm").imm
			if reg == 0 && in.m != nil && in.m.ins.Name == "add" && in.fields.of("rd") == in.fields.of("rs1") && n.firm.has(in.fields.of("rs2").reg) {
				if c, ok := n.above.regs[in.fields.of("rs2").reg].IsConst(); ok {
					reg, step = in.fields.of("rd").reg, int64(int32(c))
				}
			}
			if in.m != nil && in.m.ins.Name == "addi" && in.fields.of("imm").sym == "" && n.ends(in.fields.of("rs1").reg) && in.fields.of("rd").reg == n.loop.bound {
				reg, step = n.loop.bound, in.fields.of("imm").imm
			}
			if reg > 0 && count[reg] == 1 {
				n.steps[reg] = step
				moving |= bit(reg)
			}
		}
	}
	n.firm |= moving
}

// ends reports whether a register is the counter of the inner loop, which holds its bound when
// that has ended, until the end of the turn.
func (n *nest) ends(reg int) bool {
	for _, b := range n.blocks {
		if b != n.head && b != n.inner && written(b.insns).has(n.loop.counter) {
			return false
		}
	}
	return reg == n.loop.counter
}
