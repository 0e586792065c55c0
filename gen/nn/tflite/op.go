package tflite

import (
	"fmt"

	flatbuffers "github.com/google/flatbuffers/go"

	"marvelgen/gen/nn"
	"marvelgen/gen/nn/tflite/schema"
)

// maxEdges is how many inputs and outputs an operator may have.
const maxEdges = 1024

// op is an operator of the file while it becomes a node.
type op struct {
	*reader
	index   int
	code    schema.BuiltinOperator
	kind    kinds // of code; its convert is nil if the operator is not supported
	raw     schema.Operator
	in, out []int // tensors; -1 for an absent input
	node    *nn.Node
	after   *nn.Node // a second node, or nil
}

// kinds is how one operator of the format is read.
type kinds struct {
	op       nn.Op
	min, max int // inputs
	outs     int // outputs; 0 for any number
	// shapeOnly: the inputs behind the first say what the output's shape says too,
	// so nothing that computes them is needed.
	shapeOnly bool
	convert   func(*op) error
}

// op reads the operator of an index, as far as all have it in common.
func (r *reader) op(i int) (*op, error) {
	o := &op{reader: r, index: i}
	if !r.sub.Operators(&o.raw, i) {
		return nil, r.errorf("operator %d does not exist", i)
	}
	var c schema.OperatorCode
	k := o.raw.OpcodeIndex()
	if int64(k) >= int64(r.model.OperatorCodesLength()) || !r.model.OperatorCodes(&c, int(k)) {
		return nil, r.errorf("operator %d: code %d does not exist; the model has %d", i, k, r.model.OperatorCodesLength())
	}
	o.code = max(c.BuiltinCode(), schema.BuiltinOperator(c.ShortCode()))
	o.kind = operators[o.code]
	if o.code == schema.BuiltinOperatorCUSTOM {
		o.node = &nn.Node{Source: fmt.Sprintf("CUSTOM %q", nn.Printable(string(c.CustomCode())))}
	}
	n, m := o.raw.InputsLength(), o.raw.OutputsLength()
	if n > maxEdges || m > maxEdges || m == 0 {
		return nil, o.errorf("it has %d inputs and %d outputs", n, m)
	}
	if err := r.charge(int64(n+m)*8 + 128); err != nil {
		return nil, r.errorf("%v", err)
	}
	for k := range n {
		o.in = append(o.in, int(o.raw.Inputs(k)))
	}
	for k := range m {
		o.out = append(o.out, int(o.raw.Outputs(k)))
	}
	return o, nil
}

// errorf locates an error at the operator.
func (o *op) errorf(format string, args ...any) error {
	return &nn.Error{File: o.file, Node: o.name(), Problem: fmt.Sprintf(format, args...)}
}

// bad locates an error at a tensor of the operator.
func (o *op) bad(tensor int, format string, args ...any) error {
	return &nn.Error{File: o.file, Node: o.name(), Tensor: o.label(tensor), Problem: fmt.Sprintf(format, args...)}
}

func (o *op) name() string {
	kind := o.code.String()
	if o.node != nil && o.code == schema.BuiltinOperatorCUSTOM {
		kind = o.node.Source
	}
	return fmt.Sprintf("%d %s", o.index, kind)
}

// convert appends the operator's node to the graph.
func (o *op) convert() error {
	if o.kind.convert == nil {
		return o.bad(o.out[0], "operator %s is not supported", o.code)
	}
	if n := len(o.in); n < o.kind.min || n > o.kind.max {
		return o.errorf("it has %d inputs; %d to %d are possible", n, o.kind.min, o.kind.max)
	}
	if o.kind.outs > 0 && len(o.out) != o.kind.outs {
		return o.errorf("it has %d outputs; %d expected", len(o.out), o.kind.outs)
	}
	o.node = &nn.Node{Op: o.kind.op, Source: o.name()}
	for _, i := range o.out {
		t, err := o.tensor(i)
		if err != nil {
			return o.bad(i, "%v", err)
		}
		o.node.Out = append(o.node.Out, t)
	}
	if err := o.kind.convert(o); err != nil {
		return err
	}
	o.node.Name = o.names.Unique(layerName(o.node))
	o.graph.Nodes = append(o.graph.Nodes, o.node)
	if o.after != nil {
		o.after.Name = o.names.Unique(o.node.Name + "_" + o.after.Op.String())
		o.graph.Nodes = append(o.graph.Nodes, o.after)
	}
	return nil
}

// use appends the inputs at positions of the operator to the node's: nil where
// one is absent.
func (o *op) use(positions ...int) error {
	for _, p := range positions {
		if p >= len(o.in) || o.in[p] == -1 {
			if p < o.kind.min {
				return o.errorf("input %d is absent", p)
			}
			o.node.In = append(o.node.In, nil)
			continue
		}
		t, err := o.tensor(o.in[p])
		if err != nil {
			return o.bad(o.in[p], "%v", err)
		}
		o.node.In = append(o.node.In, t)
	}
	return nil
}

// params reads the constant integers at a position of the operator's inputs.
func (o *op) params(p int) ([]int, error) {
	v, err := o.ints(o.in[p])
	if err != nil {
		return nil, o.bad(o.in[p], "input %d of %s: %v", p, o.code, err)
	}
	return v, nil
}

// axis counts a negative axis from the end.
func (o *op) axis(a, rank int) (int, error) {
	if a < -rank || a >= rank {
		return 0, o.errorf("axis %d of a tensor of %d dimensions", a, rank)
	}
	if a < 0 {
		a += rank
	}
	return a, nil
}

// empty is a table without fields, which stands for absent options: each has its
// default.
var empty = flatbuffers.Table{Bytes: []byte{4, 0, 4, 0, 4, 0, 0, 0}, Pos: 4}

// options points to a table of the type at the operator's options.
func (o *op) options(want schema.BuiltinOptions, to interface {
	Init([]byte, flatbuffers.UOffsetT)
}) error {
	t := empty
	switch got := o.raw.OptionsType(); got {
	case want:
		var u flatbuffers.Table
		if o.raw.Options(&u) {
			t = u
		}
	case schema.BuiltinOptionsNONE:
	default:
		return o.errorf("its options are of type %s; %s belongs to this operator", got, want)
	}
	to.Init(t.Bytes, t.Pos)
	return nil
}

// act is the activation function fused into the operator.
func (o *op) act(a schema.Activation) error {
	switch a {
	case schema.ActivationNONE:
		o.node.Act = nn.NoAct
	case schema.ActivationRELU:
		o.node.Act = nn.ReluAct
	case schema.ActivationRELU6:
		o.node.Act = nn.Relu6Act
	case schema.ActivationRELU_N1_TO_1:
		o.node.Act = nn.ReluN1To1Act
	default:
		return o.bad(o.out[0], "the fused activation %s is not supported", a)
	}
	return nil
}
