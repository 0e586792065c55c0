package onnx

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"marvelgen/gen/nn"
	"marvelgen/gen/nn/onnx/schema"
)

// parts makes nodes that one operator stands for. Their names begin with a NUL, so
// that they can clash with no other.
type parts struct {
	of    *schema.Node
	nodes []*schema.Node
}

func (p *parts) add(kind string, outs int, in []string, attrs ...*schema.Attribute) []string {
	n := &schema.Node{OpType: kind, Name: cmp.Or(p.of.Name, p.of.Output[0]), Input: in, Attribute: attrs}
	for i := range outs {
		n.Output = append(n.Output, fmt.Sprintf("\x00%d.%d%s", len(p.nodes), i, p.of.Output[0]))
	}
	p.nodes = append(p.nodes, n)
	return n.Output
}

func (p *parts) op(kind string, in []string, attrs ...*schema.Attribute) string {
	return p.add(kind, 1, in, attrs...)[0]
}

func (p *parts) ints(v ...int64) string {
	return p.op("Constant", nil, &schema.Attribute{Name: "value_ints", Type: 7, Ints: v})
}

func integerAttr(name string, v int64) *schema.Attribute {
	return &schema.Attribute{Name: name, Type: 2, I: v}
}

func permutationAttr(v ...int64) *schema.Attribute {
	return &schema.Attribute{Name: "perm", Type: 7, Ints: v}
}

// attention is ONNX Runtime's Attention: input, weights of queries, keys and values in
// one, bias. What else it may have is refused.
func (r *reader) attention(s source) ([]source, error) {
	n, o := s.node, r.op(s)
	bad := func(format string, args ...any) ([]source, error) { return nil, o.errorf(format, args...) }
	if len(n.Input) < 2 || len(n.Output) == 0 {
		return bad("it has %d inputs and %d outputs; input and weights are needed", len(n.Input), len(n.Output))
	}
	for i, name := range n.Input {
		if i > 2 && name != "" {
			return bad("input %d, %s, is not supported: a mask, a past or a bias of positions", i, label(name))
		}
	}
	for _, a := range n.Attribute {
		switch a.Name {
		case "num_heads", "scale", "mask_filter_value":
		case "unidirectional", "do_rotary", "past_present_share_buffer":
			if a.I != 0 {
				return bad("%s is not supported", a.Name)
			}
		default:
			return bad("attribute %s is not supported", label(a.Name))
		}
	}
	heads, err := o.attrInt("num_heads", 0)
	if err != nil {
		return bad("%v", err)
	}
	w := r.packed[n.Input[1]]
	if w == nil || len(w.Dims) != 2 || heads < 1 || w.Dims[1] < 3 || w.Dims[1]%(3*int64(heads)) != 0 {
		return bad("its weights must be a constant of two dimensions, the second three times the %d heads' sizes", heads)
	}
	scale, err := o.attrFloat("scale", 0)
	if err != nil {
		return bad("%v", err)
	}
	if scale == 0 {
		scale = float32(1 / math.Sqrt(float64(w.Dims[1])/3/float64(heads)))
	}
	p := &parts{of: n}
	y := p.op("MatMul", n.Input[:2:2])
	if len(n.Input) > 2 && n.Input[2] != "" {
		y = p.op("Add", []string{y, n.Input[2]})
	}
	var qkv [3]string
	for i, t := range p.add("Split", 3, []string{y}, integerAttr("axis", -1)) {
		qkv[i] = p.op("Transpose", []string{p.op("Reshape", []string{t, p.ints(0, 0, int64(heads), -1)})}, permutationAttr(0, 2, 1, 3))
	}
	keys := p.op("Transpose", []string{qkv[1]}, permutationAttr(0, 1, 3, 2))
	number := p.op("Constant", nil, &schema.Attribute{Name: "value_float", Type: 1, F: scale})
	y = p.op("Softmax", []string{p.op("Mul", []string{p.op("MatMul", []string{qkv[0], keys}), number})}, integerAttr("axis", 3))
	y = p.op("Transpose", []string{p.op("MatMul", []string{y, qkv[2]})}, permutationAttr(0, 2, 1, 3))
	shape := p.ints(0, 0, -1)
	p.nodes = append(p.nodes, &schema.Node{OpType: "Reshape", Name: n.Name, Input: []string{y, shape}, Output: n.Output})
	var out []source
	for _, m := range p.nodes {
		out = append(out, source{s.index, m})
	}
	return out, nil
}

// fusedMatMul is ONNX Runtime's product of two, of which each may be turned, times a
// number.
func fusedMatMul(o *op) error {
	alpha, err := o.attrFloat("alpha", 1)
	if err != nil {
		return err
	}
	for i, side := range []string{"A", "B"} {
		v, err := o.real(i)
		if err != nil {
			return err
		}
		turn, err := o.attrInt("trans"+side, 0)
		if err != nil {
			return err
		}
		batch, err := o.attrInt("transBatch"+side, 0)
		if err != nil {
			return err
		}
		perm := identity(len(v.shape))
		if k := len(perm) - 2; k >= 0 {
			if batch != 0 {
				perm = append(append(perm[1:k+1:k+1], 0), k+1)
			}
			if turn != 0 {
				perm[k], perm[k+1] = perm[k+1], perm[k]
			}
		}
		if slices.IsSorted(perm) {
			continue
		}
		if v.c == nil {
			o.in[i] = o.transposed(v, perm)
			continue
		}
		c, err := o.turned(v.c, perm)
		if err != nil {
			return err
		}
		o.in[i] = &value{shape: c.shape, c: c}
	}
	y, err := o.matrices()
	if err != nil {
		return err
	}
	if alpha != 1 {
		if y, err = o.scaled(y, alpha); err != nil {
			return err
		}
	}
	return o.put(0, y)
}

// fusedGemm is ONNX Runtime's Gemm with an activation function behind it.
func (r *reader) fusedGemm(s source) ([]source, error) {
	n := s.node
	plain := &schema.Node{OpType: "Gemm", Name: n.Name, Input: n.Input}
	act := &schema.Node{Name: n.Name, Output: n.Output}
	for _, a := range n.Attribute {
		if a.Name == "activation" {
			act.OpType = string(a.S)
			continue
		}
		plain.Attribute = append(plain.Attribute, a)
	}
	if len(n.Output) == 0 || !slices.Contains([]string{"Relu", "Sigmoid", "Tanh"}, act.OpType) {
		return nil, r.op(s).errorf("activation %q is not supported", nn.Printable(act.OpType))
	}
	plain.Output = []string{"\x00" + n.Output[0]}
	act.Input = plain.Output
	return []source{{s.index, plain}, {s.index, act}}, nil
}
