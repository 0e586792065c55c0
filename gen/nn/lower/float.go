package lower

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"marvelgen/gen/nn"
	"marvelgen/gen/nn/golden"
	"marvelgen/gen/nn/plan"
)

// floatKernels are those that a macro can replace in the C of a float network.
var floatKernels = []string{"fully_connected", "matmul", "softmax", "gelu", "layer_norm", "add"}

// floatPrinters by operator; what only carries elements has the printers of integers.
var floatPrinters = map[nn.Op]func(p *printer) error{
	nn.FullyConnected: (*printer).floatFully, nn.MatMul: (*printer).floatMatMul, nn.Softmax: (*printer).floatSoftmax,
	nn.Gelu: (*printer).floatGelu, nn.LayerNorm: (*printer).floatNorm, nn.Add: (*printer).floatAdd,
}

// Float prints a float graph as C that computes in float32: nn_float.h and nn_float.c
// beside the files of C. It wants expf, erff, tanhf and sqrtf of a C library. Inputs
// and outputs are the bytes of floats.
func Float(g *nn.Graph) (*Network, error) {
	if slices.Contains([]string{"nn_kernels", "nn_float", "nn"}, g.Name) {
		return nil, &nn.Error{File: g.File, Problem: fmt.Sprintf("a network may not be named %s, as the kernels are: rename the file", g.Name)}
	}
	if err := g.Check(); err != nil {
		return nil, err
	}
	net := &Network{Float: true, Memory: plan.New(g, plan.Needs{InPlace: floatInPlace})}
	model := &model{Header: header(g), Name: g.Name, Float: true, net: net, graph: g, file: newFile(g)}
	for i, n := range g.Nodes {
		p := &golden.Plan{Node: n}
		if carries(n.Op) {
			var err error
			if p, err = golden.Prepare(n); err != nil {
				return nil, err
			}
		}
		l, err := printLayer(p, model.file, floatPrinters[n.Op])
		if err != nil {
			err.File = g.File
			return nil, err
		}
		model.add(i, l)
		net.Layers = append(net.Layers, Layer{n, l.Function})
	}
	if err := model.finish(); err != nil {
		return nil, err
	}
	return net, net.render(model)
}

// floatInPlace lists the inputs that a layer reads at no other place than it writes,
// or before it writes.
func floatInPlace(n *nn.Node) []int {
	switch n.Op {
	case nn.Softmax, nn.Gelu, nn.LayerNorm:
		return []int{0}
	case nn.Add:
		return []int{0, 1}
	}
	return nil
}

// floatCall adds a statement that runs a kernel.
func (p *printer) floatCall(kernel string, args ...any) error {
	var text []string
	for _, a := range args {
		switch a := a.(type) {
		case float32:
			text = append(text, floatText(a))
		default:
			text = append(text, fmt.Sprint(a))
		}
	}
	p.Body = append(p.Body, fmt.Sprintf("NNF_%s(%s);", strings.ToUpper(kernel), strings.Join(text, ", ")))
	return nil
}

// from and to are inputs and outputs as arrays of floats.
func (p *printer) from(i int) string { return "(const float *)" + grouped(p.in(i)) }
func (p *printer) to() string        { return "(float *)" + p.y }

// grouped is an address that a cast may stand before.
func grouped(address string) string {
	if strings.Contains(address, " ") {
		return "(" + address + ")"
	}
	return address
}

// floats adds a constant and returns its address; that of none is NULL.
func (p *printer) floats(i int, suffix string) string {
	if len(p.n.In) <= i || p.n.In[i] == nil {
		return "NULL"
	}
	t := p.n.In[i]
	if !t.Const() {
		return p.from(i)
	}
	if p.file != nil {
		return "(const float *)(" + p.file.add(t) + ")"
	}
	p.bytes += aligned(t.Bytes())
	c := constant{Declare: fmt.Sprintf("static const float %s_%s[%d]", p.n.Name, suffix, len(t.F32))}
	const width = 8
	for row := range slices.Chunk(t.F32, width) {
		var b strings.Builder
		for k, v := range row {
			if k > 0 {
				b.WriteByte(' ')
			}
			b.WriteString(floatText(v) + ",")
		}
		c.Rows = append(c.Rows, b.String())
	}
	p.Constants = append(p.Constants, c)
	return p.n.Name + "_" + suffix
}

// floatText is a literal of exactly that number.
func floatText(v float32) string {
	if math.IsInf(float64(v), 0) || math.IsNaN(float64(v)) {
		return fmt.Sprintf("(%g.0f / 0.0f)", math.Copysign(1, float64(v)))
	}
	return strconv.FormatFloat(float64(v), 'e', -1, 32) + "f"
}

// plain refuses an activation function, which no kernel of floats applies.
func (p *printer) plain() error {
	if p.n.Act != nn.NoAct {
		return fmt.Errorf("with the activation %s the operator has no C form in float32", p.n.Act)
	}
	return nil
}

func (p *printer) floatFully() error {
	if err := p.plain(); err != nil {
		return err
	}
	w := p.n.In[1].Shape
	if !p.n.In[1].Const() {
		return fmt.Errorf("weights that are computed have no C form")
	}
	return p.floatCall("fully_connected", p.n.Out[0].Elements()/w[0], w[1], w[0], p.from(0), p.floats(1, "weights"), p.floats(2, "bias"), p.to())
}

func (p *printer) floatMatMul() error {
	as, bs, ys := p.n.In[0].Shape, p.n.In[1].Shape, p.n.Out[0].Shape
	batch := nn.Elements(ys[:len(ys)-2])
	if nn.Elements(as[:len(as)-2]) != batch || nn.Elements(bs[:len(bs)-2]) != batch {
		return fmt.Errorf("matrices that are repeated have no C form in float32")
	}
	transposed := 0
	if p.n.TransposeB {
		transposed = 1
	}
	return p.floatCall("matmul", batch, ys[len(ys)-2], as[len(as)-1], ys[len(ys)-1], transposed, p.from(0), p.from(1), p.to())
}

// lengths are the rows along the last dimension, and their length.
func (p *printer) lengths() (count, length int) {
	s := p.n.In[0].Shape
	length = s[len(s)-1]
	return p.n.In[0].Elements() / length, length
}

func (p *printer) floatSoftmax() error {
	rows, depth := p.lengths()
	return p.floatCall("softmax", rows, depth, p.n.Beta, p.from(0), p.to())
}

func (p *printer) floatGelu() error {
	form := 0
	if p.n.TanhForm {
		form = 1
	}
	return p.floatCall("gelu", p.n.Out[0].Elements(), form, p.from(0), p.to())
}

func (p *printer) floatNorm() error {
	rows, depth := p.lengths()
	return p.floatCall("layer_norm", rows, depth, p.n.Epsilon, p.from(0), p.floats(1, "gain"), p.floats(2, "bias"), p.to())
}

// floatAdd adds tensors of one shape, or one that repeats along the first dimensions.
func (p *printer) floatAdd() error {
	if err := p.plain(); err != nil {
		return err
	}
	a, b := 0, 1
	if p.n.In[a].Elements() < p.n.In[b].Elements() {
		a, b = b, a
	}
	long, short := p.n.In[a], p.n.In[b]
	tail := long.Shape[max(0, len(long.Shape)-len(short.Shape)):]
	for len(tail) > 0 && short.Elements() < nn.Elements(tail) {
		tail = tail[1:]
	}
	if long.Elements() != p.n.Out[0].Elements() || short.Elements() != nn.Elements(tail) || !slices.Equal(short.Shape[len(short.Shape)-len(tail):], tail) {
		return fmt.Errorf("shapes %v and %v have no C form in float32", p.n.In[0].Shape, p.n.In[1].Shape)
	}
	return p.floatCall("add", long.Elements(), short.Elements(), p.from(a), p.from(b), p.to())
}
