package lower

import (
	"encoding/binary"
	"fmt"
	"math"
	"math/bits"
	"slices"
	"strings"

	"marvelgen/gen/nn"
	"marvelgen/gen/nn/golden"
)

// printer writes one layer.
type printer struct {
	*golden.Plan
	*layer
	n       *nn.Node
	x, y    string   // names of the first input and output in C
	consts  []string // names of constant inputs, "" for others
	scratch bool
	file    *file // for constant tensors; nil: they are arrays
}

// printers by operator; each returns the problem, if any, and the tensor at fault.
var printers = [...]func(p *printer) error{
	nn.Conv: (*printer).conv, nn.Depthwise: (*printer).conv, nn.TransposedConv: (*printer).conv,
	nn.FullyConnected: (*printer).fully, nn.MatMul: (*printer).matMul,
	nn.AveragePool: (*printer).pool, nn.MaxPool: (*printer).pool, nn.Mean: (*printer).mean,
	nn.Add: (*printer).add, nn.Sub: (*printer).add, nn.Mul: (*printer).mul,
	nn.Concat: (*printer).concat, nn.Split: (*printer).split, nn.Slice: (*printer).slice, nn.Pad: (*printer).pad,
	nn.Reshape: (*printer).reshape, nn.Transpose: (*printer).transpose, nn.Softmax: (*printer).softmax,
	nn.Relu: (*printer).lookup, nn.LeakyRelu: (*printer).lookup, nn.HardSwish: (*printer).lookup,
	nn.Sigmoid: (*printer).lookup, nn.Tanh: (*printer).lookup, nn.Gelu: (*printer).lookup,
	nn.LayerNorm: (*printer).layerNorm, nn.Gather: (*printer).gather, nn.ResizeNearest: (*printer).resize,
	nn.Quantize: (*printer).quantize, nn.Dequantize: (*printer).dequantize,
}

// printLayer makes the C of one node. All its names are the node's, an underscore,
// and a word without one: they are neither keywords nor those of another node. float,
// if not nil, prints the operator in float32.
func printLayer(p *golden.Plan, f *file, float func(*printer) error) (*layer, *nn.Error) {
	n := p.Node
	pr := &printer{Plan: p, n: n, scratch: float == nil && scratch(n) > 0, file: f,
		layer: &layer{node: n, Function: n.Name + "_layer", Title: fmt.Sprintf("%s: %s, %s to %s", n.Name, n.Op, shape(n.In[0]), shape(n.Out[0]))}}
	if macs := n.MACs(); macs > 0 {
		pr.Title += fmt.Sprintf(", %d multiplications", macs)
	}
	var names []string
	pr.consts = make([]string, len(n.In))
	for i, t := range n.In {
		switch {
		case weights(n, i) || t == nil:
		case t.Const():
			pr.consts[i] = pr.tensor(fmt.Sprintf("const%d", i), t)
		default:
			names = append(names, "const int8_t *"+pr.in(i))
			pr.ins = append(pr.ins, t)
		}
	}
	for i := range n.Out {
		names = append(names, "int8_t *"+pr.out(i))
	}
	if pr.scratch {
		names = append(names, "int8_t *scratch")
	}
	pr.Parameters, pr.x, pr.y = strings.Join(names, ", "), pr.in(0), pr.out(0)
	err := fmt.Errorf("the operator has no C form yet")
	if float != nil {
		err = float(pr)
	} else if n.Out[0].Type == nn.Float32 && !carries(n.Op) {
		err = fmt.Errorf("in float32 the operator has no C form: quantise the network")
	} else if int(n.Op) < len(printers) && printers[n.Op] != nil {
		err = printers[n.Op](pr)
	}
	if err != nil {
		return nil, &nn.Error{Node: fmt.Sprintf("%s %s", n.Op, n.Name), Tensor: n.Out[0].Name, Problem: err.Error()}
	}
	return pr.layer, nil
}

// carries reports whether an operator hands elements of any type on as they are,
// or is made for the edge of a network.
func carries(op nn.Op) bool {
	switch op {
	case nn.Dequantize, nn.Concat, nn.Split, nn.Slice, nn.Pad, nn.Reshape, nn.Transpose, nn.Gather, nn.ResizeNearest:
		return true
	}
	return false
}

// weights reports whether input i is one that its operator's printer prints.
func weights(n *nn.Node, i int) bool {
	switch n.Op {
	case nn.Conv, nn.Depthwise, nn.TransposedConv, nn.FullyConnected, nn.LayerNorm:
		return i > 0
	}
	return false
}

func shape(t *nn.Tensor) string {
	return strings.ReplaceAll(strings.Trim(fmt.Sprint(t.Shape), "[]"), " ", "x")
}

// in and out are the names of inputs and outputs in a layer's function.
func (p *printer) in(i int) string {
	if p.consts[i] != "" {
		return p.consts[i]
	}
	return numbered("in", i, len(p.n.In) > 1 && !weights(p.n, 1))
}

func (p *printer) out(i int) string { return numbered("out", i, len(p.n.Out) > 1) }

func numbered(name string, i int, several bool) string {
	if several {
		return fmt.Sprintf("%s%d", name, i)
	}
	return name
}

// call adds a statement that runs a kernel.
func (p *printer) call(kernel string, args ...string) {
	p.Body = append(p.Body, fmt.Sprintf("NN_%s(%s);", strings.ToUpper(kernel), strings.Join(args, ", ")))
}

// params adds a structure of parameters and returns its address.
func (p *printer) params(kind, suffix string, fields ...string) string {
	name := p.n.Name + "_params" + suffix
	for i := range fields {
		fields[i] += ","
	}
	p.Constants = append(p.Constants, constant{fmt.Sprintf("static const struct nn_%s %s", kind, name), fields})
	return "&" + name
}

// array adds an array and returns its name.
func array[T int8 | int16 | int32](p *printer, suffix, ctype string, values []T) string {
	p.bytes += aligned(binary.Size(values))
	c := constant{Declare: fmt.Sprintf("static const %s %s_%s[%d]", ctype, p.n.Name, suffix, len(values)), Rows: rows(values)}
	if ctype == "int8_t" {
		c.Declare += " NN_ALIGNED" // words can be loaded
	}
	p.Constants = append(p.Constants, c)
	return p.n.Name + "_" + suffix
}

// rows prints numbers, some on each line.
func rows[T int8 | int16 | int32 | uint32](values []T) (out []string) {
	const width = 24
	for i := 0; i < len(values); i += width {
		var b strings.Builder
		for k, v := range values[i:min(i+width, len(values))] {
			if k > 0 {
				b.WriteByte(' ')
			}
			fmt.Fprintf(&b, "%d,", v)
		}
		out = append(out, b.String())
	}
	return out
}

// tensor adds a constant's bytes and returns their address in C.
func (p *printer) tensor(suffix string, t *nn.Tensor) string {
	if p.file != nil {
		return p.file.add(t)
	}
	all := t.I8
	if all == nil {
		all = words(t)
	}
	return array(p, suffix, "int8_t", all)
}

// words is the bytes of a constant that is not int8.
func words(t *nn.Tensor) []int8 {
	var all []int8
	for _, v := range t.U8 {
		all = append(all, int8(v))
	}
	for _, v := range t.F32 {
		all = wide(all, math.Float32bits(v))
	}
	for _, v := range t.I32 {
		all = wide(all, uint32(v))
	}
	return all
}

// wide appends the four bytes of a word.
func wide(to []int8, v uint32) []int8 {
	return append(to, int8(v), int8(v>>8), int8(v>>16), int8(v>>24))
}

// rescale prints how accumulators become outputs; most is the largest magnitude
// that those of each output channel, or all, can have.
func (p *printer) rescale(field string, scales []golden.Rescale, most ...int64) (string, error) {
	var multipliers []int32
	var shifts []int8
	narrow := max(1, bits.Len64(uint64(slices.Max(most))))
	for _, r := range scales {
		if err := possible(r); err != nil {
			return "", err
		}
		if narrow > 29 || !narrowShift(r) {
			narrow = 0
		}
		multipliers, shifts = append(multipliers, r.Multiplier), append(shifts, int8(r.Shift))
	}
	step := 0
	if len(scales) > 1 {
		step = 1
	}
	m, s := array(p, "multiplier", "int32_t", multipliers), array(p, "shift", "int8_t", shifts)
	return fmt.Sprintf("%s = {.multiplier = %s, .shift = %s, .step = %d, .zero = %d, .min = %d, .max = %d, .narrow = %d}", field, m, s, step, p.OutZero, p.Min, p.Max, narrow), nil
}

// narrowShift reports whether the fast rescaling in C takes a shift.
func narrowShift(r golden.Rescale) bool { return r.Shift <= 0 && r.Shift >= -22 }

// possible refuses shifts that C does not have.
func possible(r golden.Rescale) error {
	if r.Shift > 31 || r.Shift < -31 {
		return fmt.Errorf("the scales ask for a shift by %d bits; at most 31 have a C form", r.Shift)
	}
	return nil
}

// list prints numbers as an initialiser.
func list[T int | int32](values []T) string {
	return "{" + strings.ReplaceAll(strings.Trim(fmt.Sprint(values), "[]"), " ", ", ") + "}"
}
