// Package plan gives every tensor of a network a place in memory. Activations
// share one arena: what is no longer needed makes room for what comes.
package plan

import (
	"cmp"
	"slices"

	"marvelgen/gen/nn"
)

// Align is what every offset into the arena is a multiple of, in bytes.
const Align = 16

// Area is where a tensor lies.
type Area uint8

// Areas. The caller's memory has the network's inputs and outputs, each kind one
// after another without gaps.
const (
	Constant Area = iota // in read-only data; no offset
	Input                // in what the caller passes
	Output               // in what the caller wants filled
	Arena
)

// Spot is the place of a tensor: an offset in bytes into an area.
type Spot struct {
	Area   Area
	Offset int
}

// Buffer is room that one or more tensors share from layer First to layer Last,
// both included: they hold the same bytes, or each replaces the one before.
type Buffer struct {
	Tensors     []*nn.Tensor // nil: scratch memory of layer First
	Bytes       int
	First, Last int // numbers of nodes
	Offset      int // into the arena
}

// Copy is an output that nothing computes in place: the bytes lie elsewhere.
type Copy struct {
	Tensor *nn.Tensor
	Offset int // into the output
}

// Plan is the layout of a network's memory.
type Plan struct {
	At      map[*nn.Tensor]Spot
	Scratch map[*nn.Node]int // offset into the arena, for nodes that need some
	Buffers []*Buffer        // those in the arena
	Copies  []Copy           // to do after the last layer

	Arena       int // bytes of the arena
	Sum         int // bytes of all its tensors, if each had room of its own
	InputBytes  int
	OutputBytes int
}

// Needs is what the layers ask of the planner; either may be nil.
type Needs struct {
	// Scratch is the bytes that a node works in.
	Scratch func(*nn.Node) int
	// InPlace lists the inputs (by number) that the first output may overwrite.
	InPlace func(*nn.Node) []int
}

// New plans a graph whose nodes stand in an order of execution. The output of a
// reshape takes its input's place.
func New(g *nn.Graph, needs Needs) *Plan {
	p := &Plan{At: map[*nn.Tensor]Spot{}, Scratch: map[*nn.Node]int{}}
	s := share(g, needs)
	for _, t := range g.Inputs {
		p.place(s.of[t], Spot{Input, p.InputBytes})
		p.InputBytes += t.Bytes()
	}
	for _, t := range g.Outputs {
		spot := Spot{Output, p.OutputBytes}
		p.OutputBytes += t.Bytes()
		if _, taken := p.At[t]; taken || t.Const() {
			p.Copies = append(p.Copies, Copy{t, spot.Offset})
			continue
		}
		p.place(s.of[t], spot)
	}
	for _, b := range s.all {
		if _, taken := p.At[b.Tensors[0]]; !taken {
			p.Buffers = append(p.Buffers, b)
			for _, t := range b.Tensors {
				p.Sum += t.Bytes()
			}
		}
	}
	for i, n := range g.Nodes {
		if needs.Scratch == nil {
			break
		}
		if bytes := needs.Scratch(n); bytes > 0 {
			p.Buffers = append(p.Buffers, &Buffer{Bytes: bytes, First: i, Last: i})
		}
	}
	p.Arena = pack(p.Buffers)
	for _, b := range p.Buffers {
		p.place(b, Spot{Arena, b.Offset})
		if b.Tensors == nil {
			p.Scratch[g.Nodes[b.First]] = b.Offset
		}
	}
	return p
}

func (p *Plan) place(b *Buffer, at Spot) {
	for _, t := range b.Tensors {
		p.At[t] = at
	}
}

// pack gives the largest buffer the lowest place, then each in turn the lowest gap
// between those that live at the same time; it returns the arena's size.
func pack(buffers []*Buffer) int {
	order := slices.Clone(buffers)
	slices.SortStableFunc(order, func(a, b *Buffer) int {
		return cmp.Or(cmp.Compare(b.Bytes, a.Bytes), cmp.Compare(a.First, b.First))
	})
	size := 0
	var placed []*Buffer // by offset
	for _, b := range order {
		at := 0
		for _, o := range placed {
			if o.Last < b.First || b.Last < o.First {
				continue
			}
			if at+b.Bytes <= o.Offset {
				break
			}
			at = max(at, up(o.Offset+o.Bytes))
		}
		b.Offset = at
		size = max(size, up(at+b.Bytes))
		i, _ := slices.BinarySearchFunc(placed, at, func(o *Buffer, at int) int { return cmp.Compare(o.Offset, at) })
		placed = slices.Insert(placed, i, b)
	}
	return size
}

func up(n int) int { return (n + Align - 1) / Align * Align }
