package onnx

import (
	"fmt"
	"math"
	"slices"

	"marvelgen/gen/nn"
	"marvelgen/gen/nn/onnx/schema"
)

// maxEdges is how many inputs and outputs an operator may have.
const maxEdges = 1024

// order is what an operator takes the dimensions of its first input to be.
type order uint8

const (
	fileOrder order = iota // something of its own
	byChannel              // N, channels, space
	anyOrder               // no matter
)

// kinds is how one operator of the format is read.
type kinds struct {
	min, max int // inputs; those from min on may be absent
	order    order
	convert  func(*op) error
	// fold computes the operator on constants; nil if it cannot be.
	fold func(*op, []*array) (*array, error)
	why  string // for one that is known and not supported
}

// op is an operator of the file while it becomes nodes.
type op struct {
	*reader
	index int
	file  *schema.Node
	kind  kinds
	attrs map[string]*schema.Attribute
	in    []*value // nil for an absent one
}

func (r *reader) op(s source) *op {
	n := s.node
	o := &op{reader: r, index: s.index, file: n, attrs: map[string]*schema.Attribute{}}
	switch n.Domain {
	case "", "ai.onnx":
		o.kind = operators[n.OpType]
	case microsoft:
		if o.kind = operators[microsoft+"."+n.OpType]; n.OpType == "QuantizeLinear" || n.OpType == "DequantizeLinear" {
			o.kind = operators[n.OpType]
		}
	}
	for _, a := range n.Attribute {
		o.attrs[a.Name] = a
	}
	return o
}

// title is the operator's kind, with its domain if that is not ONNX's own.
func (o *op) title() string {
	if o.file.Domain == "" || o.file.Domain == "ai.onnx" {
		return nn.Printable(o.file.OpType)
	}
	return nn.Printable(o.file.Domain) + "." + nn.Printable(o.file.OpType)
}

func (o *op) label() string {
	s := fmt.Sprintf("%d %s", o.index, o.title())
	if o.file.Name != "" {
		s += " " + label(o.file.Name)
	}
	return s
}

// errorf locates an error at the operator and its first output.
func (o *op) errorf(format string, args ...any) error {
	return o.bad(first(o.file.Output), format, args...)
}

// bad locates an error at a tensor of the operator.
func (o *op) bad(tensor string, format string, args ...any) error {
	return &nn.Error{File: o.reader.file, Node: o.label(), Tensor: label(tensor), Problem: fmt.Sprintf(format, args...)}
}

// run converts the operator, or computes it if all its inputs are constants.
func (o *op) run() error {
	n := o.file
	if len(n.Input) < o.kind.min || len(n.Input) > o.kind.max || len(n.Output) > maxEdges {
		return o.errorf("it has %d inputs and %d outputs; %d to %d inputs are possible", len(n.Input), len(n.Output), o.kind.min, o.kind.max)
	}
	o.source, o.hint = o.label(), n.Name
	if o.hint == "" {
		o.hint = first(n.Output)
	}
	constant := true
	for i, name := range n.Input {
		v, err := o.lookup(name)
		if err != nil {
			return o.bad(name, "input %d: %v", i, err)
		}
		if v == nil && i < o.kind.min {
			return o.errorf("input %d is absent", i)
		}
		o.in = append(o.in, v)
		constant = constant && (v == nil || v.c != nil)
	}
	if constant && o.kind.fold != nil {
		c := make([]*array, len(o.in))
		for i, v := range o.in {
			if v != nil {
				c[i] = v.c
			}
		}
		a, err := o.kind.fold(o, c)
		if err != nil {
			return o.locate(err)
		}
		return o.constant(a)
	}
	for i, v := range o.in {
		if v != nil && v.c == nil && v.t.Type == nn.Int32 && !takesIndices[n.OpType] {
			return o.bad(v.name, "input %d of %s are whole numbers; these are supported as indices of Gather only", i, o.title())
		}
	}
	return o.locate(o.kind.convert(o))
}

// takesIndices are the operators that whole numbers may go into.
var takesIndices = map[string]bool{"Gather": true, "Cast": true, "Identity": true, "Reshape": true, "Flatten": true, "Squeeze": true, "Unsqueeze": true, "Shape": true, "Size": true}

// locate gives an error a place if it has none.
func (o *op) locate(err error) error {
	if _, ok := err.(*nn.Error); ok || err == nil {
		return err
	}
	return o.errorf("%v", err)
}

// lookup finds a value by name; "" is none.
func (r *reader) lookup(name string) (*value, error) {
	if name == "" {
		return nil, nil
	}
	if v := r.values[name]; v != nil {
		return v, nil
	}
	t := r.packed[name]
	if t == nil {
		return nil, fmt.Errorf("no earlier operator makes it, or the order is wrong, or there is a cycle")
	}
	a, err := r.unpack(t)
	if err != nil {
		return nil, err
	}
	v := &value{name: name, shape: a.shape, c: a}
	r.values[name] = v
	return v, nil
}

// put names a result of the operator.
func (o *op) put(i int, v *value) error {
	if i >= len(o.file.Output) || o.file.Output[i] == "" {
		return nil
	}
	name := o.file.Output[i]
	if o.made[name] || o.packed[name] != nil {
		return o.bad(name, "it is made twice")
	}
	o.made[name] = true
	w := *v
	w.name = name
	o.values[name] = &w
	return nil
}

func (o *op) constant(a *array) error {
	if _, err := count(a.shape); err != nil {
		return o.locate(err)
	}
	return o.put(0, &value{shape: a.shape, c: a})
}

// only refuses further outputs that something uses.
func (o *op) only(n int) error {
	for i, name := range o.file.Output {
		if i >= n && name != "" && o.uses[name] > 0 {
			return o.bad(name, "output %d of %s is not supported", i, o.title())
		}
	}
	return nil
}

// has reports whether an optional input is there.
func (o *op) has(i int) bool { return i < len(o.in) && o.in[i] != nil }

// Attributes, or what they are where the file does not say.

func (o *op) attrInt(name string, otherwise int) (int, error) {
	a := o.attrs[name]
	switch {
	case a == nil:
		return otherwise, nil
	case a.Type != 2 || a.I > math.MaxInt32 || a.I < math.MinInt32:
		return 0, fmt.Errorf("attribute %s is no integer of 32 bits", name)
	}
	return int(a.I), nil
}

func (o *op) attrFloat(name string, otherwise float32) (float32, error) {
	a := o.attrs[name]
	switch {
	case a == nil:
		return otherwise, nil
	case a.Type != 1 || a.F-a.F != 0:
		return 0, fmt.Errorf("attribute %s is no real number", name)
	}
	return a.F, nil
}

func (o *op) attrString(name, otherwise string) string {
	if a := o.attrs[name]; a != nil && a.Type == 3 {
		return nn.Printable(string(a.S))
	}
	return otherwise
}

// attrInts are the integers of an attribute; nil if it is absent.
func (o *op) attrInts(name string) ([]int, error) {
	a := o.attrs[name]
	if a == nil {
		return nil, nil
	}
	if a.Type != 7 {
		return nil, fmt.Errorf("attribute %s is no list of integers", name)
	}
	return narrow(a.Ints)
}

// narrow brings parameters to int. They are few and of 32 bits; the ends of ranges,
// which may lie beyond, are brought there.
func narrow(v []int64) ([]int, error) {
	if len(v) > maxEdges {
		return nil, fmt.Errorf("a parameter of %d numbers; %d are possible", len(v), maxEdges)
	}
	out := make([]int, len(v))
	for i, x := range v {
		out[i] = int(min(max(x, math.MinInt32), math.MaxInt32))
	}
	return out, nil
}

// params are the integers of a constant input; nil if it is absent.
func (o *op) params(i int) ([]int, error) {
	if !o.has(i) {
		return nil, nil
	}
	c := o.in[i].c
	if c == nil || c.isReal() || c.typ == typeBool {
		return nil, o.bad(o.in[i].name, "input %d of %s must be constant integers", i, o.title())
	}
	if n := c.elements(); n > maxEdges {
		return nil, o.bad(o.in[i].name, "a parameter of %d numbers; %d are possible", n, maxEdges)
	}
	return narrow(c.ints())
}

// either are parameters that newer operator sets have as an input and older ones
// as an attribute.
func (o *op) either(attr string, input int) ([]int, error) {
	if o.has(input) {
		return o.params(input)
	}
	return o.attrInts(attr)
}

// axis counts a negative axis from the end.
func axis(a, rank int) (int, error) {
	if a < -rank || a >= rank {
		return 0, fmt.Errorf("axis %d of a tensor of %d dimensions", a, rank)
	}
	if a < 0 {
		a += rank
	}
	return a, nil
}

// axes are several, ascending.
func axes(list []int, rank int) ([]int, error) {
	out := make([]int, len(list))
	for i, a := range list {
		var err error
		if out[i], err = axis(a, rank); err != nil {
			return nil, err
		}
	}
	slices.Sort(out)
	if len(slices.Compact(slices.Clone(out))) != len(out) {
		return nil, fmt.Errorf("axes %v: one stands twice", list)
	}
	return out, nil
}
