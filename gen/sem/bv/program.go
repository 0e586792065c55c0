package bv

// Program is vectors laid out to be computed many times: every node once, arguments
// first, without a look at names.
type Program struct {
	steps  []step
	values []uint64
	roots  []int
	inputs map[string]int
	args   []uint64
}

type step struct {
	node  *Node
	args  [3]int
	input int      // of an Input
	table []uint64 // of a Table
}

// NewProgram lays out the roots. tables holds the entries of every table by name;
// vectors that read states are no programs, and panic.
func NewProgram(tables map[string][]uint64, roots ...*Node) *Program {
	p := &Program{inputs: map[string]int{}}
	place := map[*Node]int{}
	Walk(func(n *Node) {
		s := step{node: n}
		for i, a := range n.Args {
			s.args[i] = place[a]
		}
		switch n.Op {
		case Read:
			panic("bv: NewProgram: reads the state " + n.Name)
		case Table:
			s.table = tables[n.Name]
		case Input:
			if _, ok := p.inputs[n.Name]; !ok {
				p.inputs[n.Name] = len(p.args)
				p.args = append(p.args, 0)
			}
			s.input = p.inputs[n.Name]
		}
		place[n] = len(p.steps)
		p.steps = append(p.steps, s)
	}, roots...)
	for _, r := range roots {
		p.roots = append(p.roots, place[r])
	}
	p.values = make([]uint64, len(p.steps))
	return p
}

// Len is the number of nodes that a Run computes.
func (p *Program) Len() int { return len(p.steps) }

// Set gives an operand its value; those that no vector reads are ignored.
func (p *Program) Set(name string, v uint64) {
	if i, ok := p.inputs[name]; ok {
		p.args[i] = v
	}
}

// Run computes all vectors.
func (p *Program) Run() {
	v := p.values
	for i := range p.steps {
		s := &p.steps[i]
		switch n := s.node; n.Op {
		case Const:
			v[i] = n.Value
		case Input:
			v[i] = p.args[s.input] & Mask(n.Width)
		case Table:
			v[i] = 0 // an arm that is not taken may index anything
			if k := v[s.args[0]]; k < uint64(len(s.table)) {
				v[i] = s.table[k] & Mask(n.Width)
			}
		case Mux:
			v[i] = v[s.args[2]]
			if v[s.args[0]] != 0 {
				v[i] = v[s.args[1]]
			}
		default:
			v[i] = Apply(n, v[s.args[0]], v[s.args[1]])
		}
	}
}

// Root is the value of root i after Run, zero-extended.
func (p *Program) Root(i int) uint64 { return p.values[p.roots[i]] }
