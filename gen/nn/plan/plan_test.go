package plan

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"marvelgen/gen/nn"
)

// random is a graph of n nodes that each read one or two earlier tensors.
func random(r *rand.Rand, n int) *nn.Graph {
	tensor := func(i int) *nn.Tensor { return &nn.Tensor{Name: fmt.Sprint(i), Shape: []int{1 + r.IntN(200)}} }
	x := tensor(0)
	g := &nn.Graph{Inputs: []*nn.Tensor{x}}
	all := []*nn.Tensor{x}
	for i := range n {
		a := all[max(0, len(all)-1-r.IntN(4))]
		y := tensor(i + 1)
		node := &nn.Node{Name: fmt.Sprint("n", i), Op: nn.Relu, In: []*nn.Tensor{a}, Out: []*nn.Tensor{y}}
		switch r.IntN(4) {
		case 0:
			node.Op, y.Shape = nn.Reshape, a.Shape
		case 1:
			node.Op = nn.Add
			node.In = append(node.In, all[r.IntN(len(all))])
			y.Shape = a.Shape
		case 2:
			node.Op = nn.Conv
		default:
			y.Shape = a.Shape
		}
		g.Nodes, all = append(g.Nodes, node), append(all, y)
	}
	g.Outputs = []*nn.Tensor{all[len(all)-1], all[r.IntN(len(all))]}
	return g
}

var needs = Needs{
	Scratch: func(n *nn.Node) int {
		if n.Op == nn.Conv {
			return 100
		}
		return 0
	},
	InPlace: func(n *nn.Node) []int {
		switch n.Op {
		case nn.Relu:
			return []int{0}
		case nn.Add:
			return []int{0, 1}
		}
		return nil
	},
}

// run follows who wrote each byte, and complains when a layer reads another's.
func run(g *nn.Graph, p *Plan) error {
	type place struct {
		area Area
		at   int
	}
	owner := map[place]*nn.Tensor{}
	same := map[*nn.Tensor]*nn.Tensor{} // reshapes hold their input's bytes
	root := func(t *nn.Tensor) *nn.Tensor {
		for same[t] != nil {
			t = same[t]
		}
		return t
	}
	write := func(t *nn.Tensor, s Spot, bytes int) {
		for i := range bytes {
			owner[place{s.Area, s.Offset + i}] = t
		}
	}
	read := func(t *nn.Tensor) error {
		s := p.At[t]
		if s.Area == Arena && (s.Offset%Align != 0 || s.Offset+t.Bytes() > p.Arena) {
			return fmt.Errorf("%s at %d", t, s.Offset)
		}
		for i := range t.Bytes() {
			if got := owner[place{s.Area, s.Offset + i}]; got != root(t) {
				return fmt.Errorf("byte %d of %s is of %v", i, t, got)
			}
		}
		return nil
	}
	for _, t := range g.Inputs {
		write(t, p.At[t], t.Bytes())
	}
	for _, n := range g.Nodes {
		if n.Op == nn.Reshape {
			same[n.Out[0]] = n.In[0]
			continue
		}
		if at, ok := p.Scratch[n]; ok {
			write(nil, Spot{Arena, at}, needs.Scratch(n))
		}
		inPlace := needs.InPlace(n)
		if len(inPlace) == 0 {
			write(n.Out[0], p.At[n.Out[0]], n.Out[0].Bytes())
		}
		for _, x := range n.In {
			if err := read(x); err != nil {
				return fmt.Errorf("%s: %w", n.Name, err)
			}
		}
		write(n.Out[0], p.At[n.Out[0]], n.Out[0].Bytes())
		if p.At[n.Out[0]].Area == Input {
			return fmt.Errorf("%s writes to the input", n.Name)
		}
	}
	at := 0
	for _, t := range g.Outputs {
		copied := false
		for _, c := range p.Copies {
			copied = copied || c.Tensor == t && c.Offset == at
		}
		if err := read(t); err != nil || !copied && p.At[t] != (Spot{Output, at}) {
			return fmt.Errorf("output %s at %v: %v", t, p.At[t], err)
		}
		at += t.Bytes()
	}
	return nil
}

func TestRandomGraphs(t *testing.T) {
	saved := 0
	for seed := range uint64(300) {
		r := rand.New(rand.NewPCG(seed, 1))
		g := random(r, 1+r.IntN(30))
		p := New(g, needs)
		if err := run(g, p); err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		if p.Arena < p.Sum {
			saved++
		}
	}
	if saved < 200 {
		t.Errorf("memory was reused in %d of 300 graphs", saved)
	}
}

// TestJudge moves a buffer into each other one that lives at the same time: run has
// to notice.
func TestJudge(t *testing.T) {
	tried, caught := 0, 0
	for seed := range uint64(100) {
		r := rand.New(rand.NewPCG(seed, 2))
		g := random(r, 20)
		p := New(g, needs)
		for _, b := range p.Buffers {
			for _, o := range p.Buffers {
				if b == o || b.Last < o.First || o.Last < b.First || b.Tensors == nil || o.Tensors == nil {
					continue
				}
				tried++
				p.place(b, Spot{Arena, o.Offset})
				if run(g, p) != nil {
					caught++
				}
				p.place(b, Spot{Arena, b.Offset})
			}
		}
	}
	// A tensor that nobody reads again is nobody's loss.
	if tried < 100 || caught < tried*3/4 {
		t.Errorf("%d of %d overlaps noticed", caught, tried)
	}
}
