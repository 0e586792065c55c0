package cc

import (
	"slices"

	"marvelgen/gen/isa"
	"marvelgen/gen/sem/bv"
	"marvelgen/gen/sem/norm"
)

// region is a part of a function that is left for one block, its join, only: a branch
// at the end of its first block, and blocks that compute and branch forwards. What it
// leaves in registers is a value for each, chosen by the conditions on the way.
type region struct {
	from   *block
	inside []*block // from excluded; each behind all that lead to it
	join   *block
	apart  bool // the join does not follow: it is jumped to
}

// clean reports whether a block may be inside a region: all it does is to compute.
func (b *block) clean() bool {
	if b.away || b.open {
		return false
	}
	for _, in := range b.insns {
		if in.class == opaque || in.class == call || in.class == leave || in.m != nil && (in.m.load != nil || in.m.store != nil) {
			return false
		}
	}
	return true
}

// maxInside bounds the blocks of a region.
const maxInside = 12

// regions finds the regions that begin at the end of a block, small ones first.
func (fn *function) regions(from *block) []*region {
	if l := from.last(); l == nil || l.class != branch || from.away || from.hw {
		return nil
	}
	// Behind it there are only blocks to which no other way leads.
	order := []*block{from}
	for i := 0; i < len(order); i++ {
		if i > 0 && !order[i].clean() {
			continue
		}
		for _, s := range order[i].succ {
			if s.open || len(order) > maxInside || slices.Contains(order, s) {
				continue
			}
			if !slices.ContainsFunc(s.pred, func(p *block) bool { return !slices.Contains(order, p) || p != from && !p.clean() }) {
				order = append(order, s)
			}
		}
	}
	var out []*region
	for _, join := range order[1:] {
		if r := newRegion(from, join, order); r != nil {
			out = append(out, r)
		}
	}
	return out
}

// newRegion is the region that ends at join, or nil if there are other ways out.
func newRegion(from, join *block, order []*block) *region {
	seen := map[*block]bool{join: true}
	list := slices.Clone(from.succ)
	for len(list) > 0 {
		b := list[len(list)-1]
		list = list[:len(list)-1]
		switch {
		case seen[b]:
			continue
		case b == from || !slices.Contains(order, b) || !b.clean():
			return nil
		}
		seen[b] = true
		list = append(list, b.succ...)
	}
	r := &region{from: from, join: join}
	for {
		more := false
		for _, b := range order[1:] {
			if !seen[b] || b == join || slices.Contains(r.inside, b) {
				continue
			}
			if !slices.ContainsFunc(b.pred, func(p *block) bool { return p != from && !slices.Contains(r.inside, p) }) {
				r.inside, more = append(r.inside, b), true
			}
		}
		if !more {
			break
		}
	}
	if len(r.inside) != len(seen)-1 {
		return nil
	}
	r.apart = join.index < from.index
	for k := from.index + 1; k < join.index; k++ {
		r.apart = r.apart || !slices.Contains(r.inside, from.fn.blocks[k])
	}
	if r.apart && len(join.names) == 0 {
		return nil
	}
	return r
}

// cost is the least number of cycles that go with the region.
func (g *region) cost() int {
	at := map[*block]int{g.from: 0}
	least := func(b *block) int {
		n := -1
		for _, p := range b.pred {
			c := at[p]
			list := p.insns
			if p == g.from {
				list = list[len(list)-1:]
			}
			for _, in := range list {
				if c++; in.m != nil {
					c += in.m.cost - 1
				}
			}
			if n < 0 || c < n {
				n = c
			}
		}
		return n
	}
	for _, b := range g.inside {
		at[b] = least(b)
	}
	if g.apart {
		return least(g.join) - 1
	}
	return least(g.join)
}

// instruction is the whole region as one instruction, which writes what of it lives
// behind it.
func (g *region) instruction() *insn {
	branch := g.from.last()
	m := &meaning{ins: &isa.Instruction{Name: "region", Mnemonic: "region"}, cost: g.cost(), fixedReads: branch.uses()}
	var defs regs
	for _, b := range g.inside {
		m.fixedReads |= b.entry
		for _, in := range b.insns {
			defs |= in.defs()
		}
	}
	for r := 1; r < 32; r++ {
		if (defs & g.join.entry).has(r) {
			m.writes = append(m.writes, result{reg: r})
			m.fixedReads |= bit(r) // one of the ways may leave it as it was
		}
	}
	return &insn{line: branch.line, m: m, region: g}
}

// values is what the region's instruction in writes if registers hold what they do in m.
func (g *region) values(m *machine, in *insn) []*norm.Value {
	type edge struct {
		when *norm.Value
		regs [32]*norm.Value
	}
	b := m.b
	edges := map[*block][]edge{}
	leave := func(from *block, when *norm.Value, x *machine, taken *norm.Value) {
		next := from.fn.next(from)
		l := from.last()
		if l == nil || l.class == plain {
			edges[next] = append(edges[next], edge{when, x.regs})
			return
		}
		target := from.fn.labels[l.target]
		if l.class == jump {
			edges[target] = append(edges[target], edge{when, x.regs})
			return
		}
		edges[target] = append(edges[target], edge{b.Logic(norm.And, when, taken), x.regs})
		edges[next] = append(edges[next], edge{b.Logic(norm.And, when, b.Not(taken)), x.regs})
	}
	arrive := func(to *block) (*norm.Value, [32]*norm.Value) {
		list := edges[to]
		last := list[len(list)-1]
		for i := len(list) - 2; i >= 0; i-- {
			for r := range last.regs {
				last.regs[r] = b.Mux(list[i].when, list[i].regs[r], last.regs[r])
			}
			last.when = either(b, list[i].when, last.when)
		}
		return last.when, last.regs
	}
	env := func(n *bv.Node) *norm.Value { return m.operand(g.from.last(), n, 0) }
	leave(g.from, b.Const(1, 1), m, b.From(g.from.last().m.taken, env))
	for _, x := range g.inside {
		when, at := arrive(x)
		inner := &machine{b: b, regs: at, addend: m.addend, replays: m.replays}
		leave(x, when, inner, inner.run(x.insns))
	}
	_, at := arrive(g.join)
	var out []*norm.Value
	for _, w := range in.m.writes {
		out = append(out, at[w.reg])
	}
	return out
}

// either is x or y, of one bit.
func either(b *builder, x, y *norm.Value) *norm.Value {
	if x == b.Not(y) {
		return b.Const(1, 1)
	}
	return b.Logic(norm.Or, x, y)
}

// next is the block behind b in the file.
func (fn *function) next(b *block) *block { return fn.blocks[b.index+1] }

// merge removes the region: list is the instructions of its first block and of the join,
// with something in place of the region's. They become one block, unless the join is
// somewhere else.
func (g *region) merge(list []*insn) {
	from, join, fn := g.from, g.join, g.from.fn
	gone := slices.Clone(g.inside)
	if !g.apart {
		gone = append(gone, join)
	}
	read := slices.Clone(from.read)
	for _, b := range gone {
		read = append(read, b.read...)
		from.padded = from.padded || b.padded
		for _, name := range b.names {
			delete(fn.labels, name)
		}
	}
	from.read = read
	if g.apart {
		g.jump(list)
	} else {
		from.insns, from.succ, from.fall, from.away, from.hw, from.live = list, join.succ, join.fall, join.away, join.hw, join.live
		for _, s := range join.succ {
			for i, p := range s.pred {
				if p == join {
					s.pred[i] = from
				}
			}
		}
	}
	fn.blocks = slices.DeleteFunc(fn.blocks, func(b *block) bool { return slices.Contains(gone, b) })
	for i, b := range fn.blocks {
		b.index = i
	}
}

// jump gives the first block and the join what is theirs of list.
func (g *region) jump(list []*insn) {
	k := slices.IndexFunc(list, func(in *insn) bool { return slices.Contains(g.join.insns, in) })
	if k < 0 {
		k = len(list)
	}
	target := g.join.names[0]
	jump := &insn{line: g.from.last().line, class: jump, target: target, size: 4, text: "\tj\t" + target}
	g.from.insns, g.join.insns = append(slices.Clone(list[:k]), jump), slices.Clone(list[k:])
	g.from.succ, g.from.fall, g.join.pred = []*block{g.join}, false, []*block{g.from}
}
