package nn

import "fmt"

// Limits of a graph. Real networks are far below; a hostile model file is not.
const (
	MaxRank     = 8
	MaxElements = 1 << 28 // of one tensor
	maxWindow   = 1 << 16 // kernel, stride, dilation and padding
)

// Check returns a located *Error unless the graph is one that the golden execution
// and the lowering can rely on: nodes in order, each tensor made once, names that
// are identifiers, and for every node inputs, types, shapes, parameters and scales
// that fit together. Networks of float32 pass as those of int8 do.
func (g *Graph) Check() error {
	if !isIdent(g.Name) {
		return &Error{File: g.File, Problem: fmt.Sprintf("the graph's name %q is no identifier", g.Name)}
	}
	c := checker{g: g, made: map[*Tensor]bool{}}
	for i, t := range g.Inputs {
		if err := c.make(t); err != nil {
			return c.locate(nil, t, fmt.Errorf("input %d: %w", i, err))
		}
	}
	names := map[string]bool{}
	for _, n := range g.Nodes {
		if !isIdent(n.Name) || names[n.Name] {
			return c.locate(n, nil, fmt.Errorf("its name %q is no identifier or not unique", n.Name))
		}
		names[n.Name] = true
		if err := c.node(n); err != nil {
			return err
		}
	}
	if len(g.Inputs) == 0 || len(g.Outputs) == 0 {
		return c.locate(nil, nil, fmt.Errorf("the network has %d inputs and %d outputs", len(g.Inputs), len(g.Outputs)))
	}
	for i, t := range g.Outputs {
		if !c.made[t] {
			return c.locate(nil, t, fmt.Errorf("no operator makes the network's output %d", i))
		}
	}
	return nil
}

type checker struct {
	g    *Graph
	made map[*Tensor]bool
}

func (c *checker) locate(n *Node, t *Tensor, err error) error { return c.g.Locate(n, t, err) }

// Locate is a problem of a node and one of its tensors, either of which may be nil.
func (g *Graph) Locate(n *Node, t *Tensor, err error) error {
	e := &Error{File: g.File, Problem: err.Error()}
	if n != nil {
		if e.Node = n.Source; e.Node == "" {
			e.Node = fmt.Sprintf("%s %q", n.Op, n.Name)
		}
	}
	if t != nil {
		e.Tensor = fmt.Sprintf("%q", t.Name)
	}
	return e
}

// make enters a tensor that an operator or the outside fills.
func (c *checker) make(t *Tensor) error {
	switch {
	case t.Const():
		return fmt.Errorf("it is a constant")
	case c.made[t]:
		return fmt.Errorf("it is made twice")
	}
	c.made[t] = true
	return t.check()
}

// node checks one operator: first its edges one by one, then all together.
func (c *checker) node(n *Node) error {
	for i, t := range n.In {
		switch {
		case t == nil:
		case !t.Const() && !c.made[t]:
			return c.locate(n, t, fmt.Errorf("input %d comes from no earlier operator: the order is wrong or there is a cycle", i))
		default:
			if err := t.check(); err != nil {
				return c.locate(n, t, err)
			}
		}
	}
	for _, t := range n.Out {
		if err := c.make(t); err != nil {
			return c.locate(n, t, err)
		}
	}
	if int(n.Op) >= len(rules) {
		return c.locate(n, nil, fmt.Errorf("operator %d is unknown", n.Op))
	}
	r := rules[n.Op]
	if len(n.In) < r.min || len(n.In) > r.max || len(n.Out) == 0 || len(n.Out) > 1 && n.Op != Split {
		return c.locate(n, nil, fmt.Errorf("%s has %d inputs and %d outputs", n.Op, len(n.In), len(n.Out)))
	}
	for i := range r.min {
		if n.In[i] == nil {
			return c.locate(n, n.Out[0], fmt.Errorf("input %d is absent", i))
		}
	}
	if int(n.Act) >= len(actNames) {
		return c.locate(n, nil, fmt.Errorf("activation %d is unknown", n.Act))
	}
	if n.Act != NoAct && !n.Op.HasAct() {
		return c.locate(n, n.Out[0], fmt.Errorf("%s takes no activation function, and has %s", n.Op, n.Act))
	}
	for _, check := range []func(*Node) error{r.shapes, r.types, r.scales} {
		if err := check(n); err != nil {
			return c.locate(n, n.Out[0], err)
		}
	}
	return nil
}

// check holds for every tensor.
func (t *Tensor) check() error {
	if int(t.Type) >= len(dtypeNames) || len(t.Shape) > MaxRank {
		return fmt.Errorf("type %d, shape %v", t.Type, t.Shape)
	}
	n := 1
	for _, d := range t.Shape {
		if d < 1 || d > MaxElements || n*d > MaxElements {
			return fmt.Errorf("shape %v: dimensions are positive, and %d elements at most", t.Shape, MaxElements)
		}
		n *= d
	}
	if t.Const() {
		data := map[DType]int{Int8: len(t.I8), UInt8: len(t.U8), Int16: len(t.I16), Int32: len(t.I32), Int64: len(t.I64), Float32: len(t.F32)}
		if data[t.Type] != n {
			return fmt.Errorf("%d constant elements of %s for the shape %v", data[t.Type], t.Type, t.Shape)
		}
	}
	if q := t.Quant; q != nil {
		if len(q.Scale) == 0 || len(q.Zero) != len(q.Scale) {
			return fmt.Errorf("%d scales and %d zero points", len(q.Scale), len(q.Zero))
		}
		if len(q.Scale) > 1 && (q.Axis < 0 || q.Axis >= len(t.Shape) || t.Shape[q.Axis] != len(q.Scale)) {
			return fmt.Errorf("%d scales along axis %d of the shape %v", len(q.Scale), q.Axis, t.Shape)
		}
		for _, s := range q.Scale {
			if !(s > 0) || s-s != 0 { // the latter is NaN for infinity
				return fmt.Errorf("scale %v: scales are positive", s)
			}
		}
	}
	return nil
}
