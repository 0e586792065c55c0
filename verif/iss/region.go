package iss

import (
	"cmp"
	"slices"
)

// Bounds of a region.
const (
	maxRegionBlocks = 96
	maxRegionUops   = 8000
)

// node is a block of a region in its control flow graph.
type node struct {
	*block
	uops  []uop // without fused steps
	index int   // in reverse postorder

	onFall, onTaken edge
	onBack          [2]edge // round a hardware loop of either level

	idom     *node
	loop     bool // some edge goes back to it
	forward  int  // edges that come to it from before
	children []*node
	need     uint64 // cycles of the longest way from here to a loop's start or out
}

// edge goes to a block of the region or, where to is nil, out of it to pc. A pc
// of 0, which is not in RAM, is none.
type edge struct {
	pc uint32
	to *node
}

func (n *node) edges() []*edge { return []*edge{&n.onBack[0], &n.onBack[1], &n.onTaken, &n.onFall} }

// merge reports whether more than one way comes to n, other than round a loop.
func (n *node) merge() bool { return n.forward > 1 }

// region chooses what is translated together with entry: blocks that lead on
// from it, the most often executed first, that are not much rarer than it.
// They come in reverse postorder, with edges that structured code cannot have
// cut: those back to a block that does not dominate.
func (m *Machine) region(entry *block) []*node {
	of := map[*block]*node{}
	var open []*block
	uops := 0
	add := func(b *block) {
		n := &node{block: b, uops: b.split()}
		of[b] = n
		uops += len(b.uops)
		m.outline(n)
		for _, e := range n.edges() {
			if to := m.blocks.get(e.pc - RAMBase); to != nil && of[to] == nil && !slices.Contains(open, to) {
				open = append(open, to)
			}
		}
	}
	add(entry)
	for len(open) > 0 && len(of) < maxRegionBlocks {
		i := 0
		for k := range open {
			if open[k].count > open[i].count {
				i = k
			}
		}
		b := open[i]
		open = slices.Delete(open, i, i+1)
		if b.count > 0 && b.count >= entry.count>>10 && uops+len(b.uops) <= maxRegionUops && m.translatable(b) {
			add(b)
		}
	}
	for _, n := range of {
		for _, e := range n.edges() {
			if to := m.blocks.get(e.pc - RAMBase); to != nil {
				e.to = of[to]
			}
		}
	}
	return order(of[entry], len(of))
}

// outline finds where n goes on, as far as can be known.
func (m *Machine) outline(n *node) {
	last := n.uops[len(n.uops)-1]
	next := edge{pc: n.last + 4}
	switch last.code {
	case opJump:
		n.onTaken.pc = n.target
	case opJumpTo:
		if n.jump != nil {
			n.onTaken.pc = n.jump.pc
		}
	case opLoopSet:
		n.onFall = next
	default:
		n.onFall = next
		if last.code != opEnd && n.target&3 == 0 {
			n.onTaken.pc = n.target
		}
		if n.loopEnd {
			for i, l := range m.loops {
				if l.end == n.last {
					n.onBack[i].pc = l.start
				} else if n.back != nil {
					n.onBack[i].pc = n.back.pc
				}
			}
		}
	}
}

// order numbers the nodes and completes what the structure is made from.
func order(entry *node, count int) []*node {
	var post []*node
	seen := map[*node]bool{}
	var visit func(n *node)
	visit = func(n *node) {
		seen[n] = true
		for _, e := range n.edges() {
			if e.to != nil && !seen[e.to] {
				visit(e.to)
			}
		}
		post = append(post, n)
	}
	visit(entry)
	slices.Reverse(post)
	for i, n := range post {
		n.index = i
	}
	dominators(post)
	for _, n := range post {
		for _, e := range n.edges() {
			switch {
			case e.to == nil:
			case e.to.index > n.index:
				e.to.forward++
			case dominates(e.to, n):
				e.to.loop = true
			default:
				e.to = nil
			}
		}
	}
	for _, n := range slices.Backward(post) {
		if n.idom != nil && n.merge() {
			n.idom.children = append(n.idom.children, n)
		}
		longest := uint64(0)
		for _, e := range n.edges() {
			if e.to != nil && e.to.index > n.index && !e.to.loop {
				longest = max(longest, e.to.need)
			}
		}
		n.need = uint64(max(n.fall, n.taken)) + longest
	}
	for _, n := range post { // what comes last encloses the others
		slices.SortFunc(n.children, func(a, b *node) int { return cmp.Compare(b.index, a.index) })
	}
	return post
}

// dominators sets each node's immediate dominator: Cooper, Harvey, Kennedy,
// "A Simple, Fast Dominance Algorithm", 2001.
func dominators(list []*node) {
	before := make([][]*node, len(list))
	for _, n := range list {
		for _, e := range n.edges() {
			if e.to != nil {
				before[e.to.index] = append(before[e.to.index], n)
			}
		}
	}
	for changed := true; changed; {
		changed = false
		for _, n := range list[1:] {
			var d *node
			for _, p := range before[n.index] {
				if p.index == 0 || p.idom != nil {
					d = meet(d, p)
				}
			}
			if d != n.idom {
				n.idom, changed = d, true
			}
		}
	}
}

// meet is the nearest node that dominates both.
func meet(a, b *node) *node {
	if a == nil {
		return b
	}
	for a != b {
		if a.index > b.index {
			a = a.idom
		} else {
			b = b.idom
		}
	}
	return a
}

func dominates(a, b *node) bool {
	for b != nil && b.index > a.index {
		b = b.idom
	}
	return a == b
}
