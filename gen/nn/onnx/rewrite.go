package onnx

import (
	"fmt"
	"slices"

	"marvelgen/gen/nn/onnx/schema"
)

// microsoft is the domain of the operators that ONNX Runtime adds.
const microsoft = "com.microsoft"

// source is an operator and its number in the file.
type source struct {
	index int
	node  *schema.Node
}

// quantised is an operator on integers: the same one between DequantizeLinear and
// QuantizeLinear.
type quantised struct {
	domain  string
	plain   string   // the operator on real numbers
	in      [][3]int // positions of its inputs, each with scale and zero point; the last may be a bias, which has neither (-1)
	out     [2]int   // positions of the output's scale and zero point
	triples int      // position from which on inputs with scale and zero point follow, if not 0
}

var qOperators = map[string]quantised{
	"QLinearConv":              {"", "Conv", [][3]int{{0, 1, 2}, {3, 4, 5}, {8, -1, -1}}, [2]int{6, 7}, 0},
	"QLinearMatMul":            {"", "MatMul", [][3]int{{0, 1, 2}, {3, 4, 5}}, [2]int{6, 7}, 0},
	"QGemm":                    {microsoft, "Gemm", [][3]int{{0, 1, 2}, {3, 4, 5}, {6, -1, -1}}, [2]int{7, 8}, 0},
	"QLinearAdd":               {microsoft, "Add", [][3]int{{0, 1, 2}, {3, 4, 5}}, [2]int{6, 7}, 0},
	"QLinearMul":               {microsoft, "Mul", [][3]int{{0, 1, 2}, {3, 4, 5}}, [2]int{6, 7}, 0},
	"QLinearSigmoid":           {microsoft, "Sigmoid", [][3]int{{0, 1, 2}}, [2]int{3, 4}, 0},
	"QLinearLeakyRelu":         {microsoft, "LeakyRelu", [][3]int{{0, 1, 2}}, [2]int{3, 4}, 0},
	"QLinearSoftmax":           {microsoft, "Softmax", [][3]int{{0, 1, 2}}, [2]int{3, 4}, 0},
	"QLinearAveragePool":       {microsoft, "AveragePool", [][3]int{{0, 1, 2}}, [2]int{3, 4}, 0},
	"QLinearGlobalAveragePool": {microsoft, "GlobalAveragePool", [][3]int{{0, 1, 2}}, [2]int{3, 4}, 0},
	"QLinearConcat":            {microsoft, "Concat", nil, [2]int{0, 1}, 2},
}

// rewrite expresses operators on integers by QDQ, and what ONNX Runtime fuses by its
// parts.
func (r *reader) rewrite(nodes []*schema.Node) ([]source, error) {
	var out []source
	for i, n := range nodes {
		if whole := map[string]func(source) ([]source, error){"Attention": r.attention, "FusedGemm": r.fusedGemm}[n.OpType]; whole != nil && n.Domain == microsoft {
			list, err := whole(source{i, n})
			if err != nil {
				return nil, err
			}
			out = append(out, list...)
			continue
		}
		q, ok := qOperators[n.OpType]
		if !ok || n.Domain != q.domain && !(q.domain == "" && n.Domain == "ai.onnx") {
			out = append(out, source{i, n})
			continue
		}
		o := r.op(source{i, n})
		if len(n.Input) > maxEdges || len(n.Output) == 0 {
			return nil, o.errorf("it has %d inputs and %d outputs", len(n.Input), len(n.Output))
		}
		if last, err := o.attrInt("channels_last", 0); err != nil || last != 0 {
			return nil, o.errorf("channels_last is not supported")
		}
		for _, m := range q.expand(n) {
			out = append(out, source{i, m})
		}
	}
	return out, nil
}

// expand makes the nodes that an operator on integers stands for. Their names
// between begin with a NUL, so that they can clash with no other.
func (q quantised) expand(n *schema.Node) []*schema.Node {
	var nodes []*schema.Node
	add := func(kind string, in []string, attrs ...*schema.Attribute) string {
		name := fmt.Sprintf("\x00%d%s", len(nodes), n.Output[0])
		nodes = append(nodes, &schema.Node{OpType: kind, Name: n.Name, Input: in, Output: []string{name}, Attribute: attrs})
		return name
	}
	input := func(i int) string {
		if i < 0 || i >= len(n.Input) {
			return ""
		}
		return n.Input[i]
	}
	list := slices.Clone(q.in)
	if q.triples > 0 {
		for i := q.triples; i < len(n.Input); i += 3 {
			list = append(list, [3]int{i, i + 1, i + 2})
		}
	}
	real := &schema.Node{OpType: q.plain, Name: n.Name, Attribute: n.Attribute}
	for i, p := range list {
		if p[1] < 0 && input(p[0]) == "" {
			continue
		}
		axis := &schema.Attribute{Name: "axis", Type: 2, I: q.channels(n, i)}
		scale := input(p[1])
		if p[1] < 0 { // a bias: its scale is the product of the others
			scale = add("Mul", []string{input(list[0][1]), input(list[1][1])})
			for _, a := range n.Attribute {
				if a.Name == "alpha" {
					alpha := add("Constant", nil, &schema.Attribute{Name: "value_float", Type: 1, F: a.F})
					scale = add("Mul", []string{scale, alpha})
				}
			}
		}
		real.Input = append(real.Input, add("DequantizeLinear", []string{input(p[0]), scale, input(p[2])}, axis))
	}
	if input(q.out[0]) == "" { // QGemm to float32
		real.Output = n.Output[:1]
		return append(nodes, real)
	}
	real.Output = []string{fmt.Sprintf("\x00real%s", n.Output[0])}
	last := &schema.Node{OpType: "QuantizeLinear", Name: n.Name, Output: n.Output[:1], Input: []string{real.Output[0], input(q.out[0]), input(q.out[1])}}
	return append(nodes, real, last)
}

// channels is the axis of the output channels in an input: several scales lie
// along that.
func (q quantised) channels(n *schema.Node, input int) int64 {
	if input != 1 {
		return 0
	}
	switch q.plain {
	case "MatMul":
		return -1
	case "Gemm":
		for _, a := range n.Attribute {
			if a.Name == "transB" && a.I != 0 {
				return 0
			}
		}
		return 1
	}
	return 0
}
