package quant

import (
	"context"
	"fmt"
	"math"
	"slices"

	"marvelgen/gen/nn"
	"marvelgen/gen/nn/golden"
)

// judge holds a quantised network against its float one on an input that the
// calibration has seen, twice.
//
// Node by node: of the very int8 inputs, each element of a result is, but for
// saturation, within 1.01 steps (hard-swish: 1.5) of what the float node makes of
// the numbers they stand for, plus what its int8 weights may be off by: half a step
// of theirs times the sum of the inputs' magnitudes, and half a step of the bias.
//
// End to end: of the error of a node's inputs it passes on no more than its
// Lipschitz constant (largest sum of weights' magnitudes for a convolution), and adds
// the above and half a step, by which the zero point's rounding moves a range's ends. Network inputs and constants
// are within a step.
type judge struct {
	float *nn.Graph
	quant *nn.Graph
	steps float64 // the largest end-to-end error seen, in steps of the result
	worst float64 // and as a share of the bound
}

func (j *judge) check(sample [][]float32) error {
	m, err := golden.New(j.quant)
	if err != nil {
		return err
	}
	ideal := map[string][]float32{}
	if _, err := golden.Float(context.Background(), j.float, func(t *nn.Tensor, v []float32) { ideal[t.Name] = v }, sample...); err != nil {
		return err
	}
	values, bound := map[*nn.Tensor]golden.Value{}, map[*nn.Tensor]float64{}
	var inputs []golden.Value
	for i, t := range j.quant.Inputs {
		v := golden.Value{F32: sample[i]}
		if t.Type != nn.Float32 {
			v = quantized(t, sample[i])
		}
		inputs = append(inputs, v)
		values[t], bound[t] = v, step(t)
	}
	nodes := map[string]*nn.Node{}
	for _, n := range fuse(j.float).Nodes {
		nodes[n.Name] = n
	}
	m.Trace = func(n *nn.Node, t *nn.Tensor, v golden.Value) {
		values[t] = v
		if t == n.Out[len(n.Out)-1] && err == nil {
			err = j.node(nodes[n.Name], n, values, bound, ideal)
		}
	}
	if _, runErr := m.Run(context.Background(), inputs...); runErr != nil {
		return runErr
	}
	return err
}

// quantized is the nearest int8 values, of indices themselves.
func quantized(t *nn.Tensor, real []float32) golden.Value {
	if t.Type == nn.Int32 {
		return elements(t, real)
	}
	v := golden.NewValue(nn.Int8, len(real))
	for i, x := range real {
		v.I8[i] = int8(min(max(math.Round(float64(x)/step(t))+float64(t.Quant.Zero[0]), -128), 127))
	}
	return v
}

func step(t *nn.Tensor) float64 {
	if t.Quant == nil {
		return 0
	}
	return float64(t.Quant.Scale[0])
}

// alone runs one float node on numbers; constants of weights come from like.
func alone(like *nn.Node, in [][]float32, change func(*nn.Node)) ([][]float32, error) {
	n := &nn.Node{Name: "n", Op: like.Op, Params: like.Params}
	g := &nn.Graph{Name: "alone", Nodes: []*nn.Node{n}}
	var given [][]float32
	for i, t := range like.In {
		if t == nil || weighs(like, i) || keeps(like, i) && t.Const() {
			n.In = append(n.In, t)
			continue
		}
		x := &nn.Tensor{Shape: t.Shape, Type: nn.Float32}
		if like.Op == nn.Gather && i == 0 {
			n.In = append(n.In, &nn.Tensor{Shape: t.Shape, Type: nn.Float32, F32: in[i]})
			continue
		}
		if like.Op == nn.Gather {
			x.Type = nn.Int32
		}
		n.In, g.Inputs, given = append(n.In, x), append(g.Inputs, x), append(given, in[i])
	}
	for _, t := range like.Out {
		n.Out = append(n.Out, &nn.Tensor{Shape: t.Shape, Type: nn.Float32})
	}
	g.Outputs = n.Out
	if change != nil {
		change(n)
	}
	return golden.Float(context.Background(), g, nil, given...)
}

// node judges one node of the quantised graph; like is the float one, nil for a
// node that was added.
func (j *judge) node(like, n *nn.Node, values map[*nn.Tensor]golden.Value, bound map[*nn.Tensor]float64, ideal map[string][]float32) error {
	if like == nil {
		like = &nn.Node{Name: n.Name, Op: nn.Relu, Params: nn.Params{Act: nn.ReluN1To1Act}, In: n.In, Out: n.Out} // replaced below
	}
	in := make([][]float32, len(n.In))
	for i, t := range n.In {
		if t == nil || weighs(n, i) || keeps(n, i) && t.Const() {
			continue
		}
		v, ok := values[t]
		if !ok { // a constant
			v = golden.Value{I8: t.I8}
			bound[t] = step(t)
		}
		in[i] = golden.Real(t, v)
	}
	var outs [][]float32
	var err error
	if n.Op == nn.Quantize || n.Op == nn.Dequantize {
		outs = in
	} else if outs, err = alone(like, in, nil); err != nil {
		return err
	}
	share, passed := make([]float32, n.Out[0].Elements()), 0.
	if weighs(n, 1) {
		if share, err = weightShare(like, n, in[0]); err != nil {
			return err
		}
	}
	if passed, err = lipschitz(like, n, in, bound); err != nil {
		return err
	}
	noise := 0. // of the float network: a sum of float32 that is nothing is not exactly so
	if n.Op == nn.Mean {
		for _, x := range in[0] {
			noise = max(noise, math.Abs(float64(x))*0x1p-23)
		}
	}
	for k, y := range n.Out {
		s := step(y)
		tolerance := 1.01 * s
		if n.Op == nn.HardSwish {
			tolerance = 1.5 * s
		}
		widest := 0.
		for i, got := range golden.Real(y, values[y]) {
			want := float64(outs[k][i])
			if y.Type == nn.Int8 {
				want = min(max(want, s*float64(-128-y.Quant.Zero[0])), s*float64(127-y.Quant.Zero[0]))
			}
			off := tolerance + noise + 1e-5*math.Abs(want)
			if k == 0 {
				off += float64(share[i])
			}
			if miss := math.Abs(float64(got) - want); !(miss <= off) {
				return fmt.Errorf("%s %s: element %d is %v, of its own inputs it should be %v: %.2f steps, %.2f allowed", n.Op, n.Name, i, got, want, miss/s, off/s)
			}
			widest = max(widest, off)
		}
		bound[y] = passed + widest + s/2
		want, ok := ideal[y.Name]
		if !ok {
			continue
		}
		for i, got := range golden.Real(y, values[y]) {
			miss := math.Abs(float64(got) - float64(want[i]))
			if !(miss <= bound[y]) {
				return fmt.Errorf("%s %s: element %d is %v in place of %v: %.2f steps, %.2f allowed", n.Op, n.Name, i, got, want[i], miss/s, bound[y]/s)
			}
			if s > 0 {
				j.steps, j.worst = max(j.steps, miss/s), max(j.worst, miss/bound[y])
			}
		}
	}
	return nil
}

// weightShare is what the rounding of weights and bias may do to each element.
func weightShare(like, n *nn.Node, x []float32) ([]float32, error) {
	magnitudes := slices.Clone(x)
	for i, v := range magnitudes {
		magnitudes[i] = float32(math.Abs(float64(v)))
	}
	w, out := n.In[1], n.Out[0].Shape
	channels := len(w.Quant.Scale)
	shares, err := alone(like, [][]float32{magnitudes}, func(m *nn.Node) {
		halves := &nn.Tensor{Shape: w.Shape, Type: nn.Float32, F32: make([]float32, w.Elements())}
		for i := range halves.F32 {
			c := i * channels / len(halves.F32)
			if n.Op == nn.Depthwise {
				c = i % channels
			}
			halves.F32[i] = w.Quant.Scale[c] / 2
		}
		m.In, m.Act = []*nn.Tensor{m.In[0], halves}, nn.NoAct
	})
	if err != nil {
		return nil, err
	}
	for i := range shares[0] {
		shares[0][i] += float32(step(n.In[0])) * w.Quant.Scale[i%out[len(out)-1]%channels] / 2
	}
	return shares[0], nil
}

// lipschitz is what a node passes on of its inputs' errors.
func lipschitz(like, n *nn.Node, in [][]float32, bound map[*nn.Tensor]float64) (float64, error) {
	err := func(i int) float64 { return bound[n.In[i]] }
	reach := func(i int) float64 { return max(-over(in[i]).lo, over(in[i]).hi) + err(i) }
	switch n.Op {
	case nn.Conv, nn.Depthwise, nn.TransposedConv, nn.FullyConnected:
		ones := make([]float32, len(in[0]))
		for i := range ones {
			ones[i] = 1
		}
		sums, e := alone(like, [][]float32{ones}, func(m *nn.Node) {
			w := &nn.Tensor{Shape: m.In[1].Shape, Type: nn.Float32}
			for _, v := range m.In[1].F32 {
				w.F32 = append(w.F32, float32(math.Abs(float64(v))))
			}
			m.In, m.Act = []*nn.Tensor{m.In[0], w}, nn.NoAct
		})
		if e != nil {
			return 0, e
		}
		return over(sums[0]).hi * err(0), nil
	case nn.Add, nn.Sub:
		return err(0) + err(1), nil
	case nn.Mul:
		return reach(0)*err(1) + reach(1)*err(0), nil
	case nn.MatMul:
		return float64(depth(n)) * (reach(0)*err(1) + reach(1)*err(0)), nil
	case nn.Softmax:
		return float64(n.Beta) / 2 * err(0), nil
	case nn.Sigmoid:
		return err(0) / 4, nil
	case nn.HardSwish:
		return 1.5 * err(0), nil
	case nn.Gelu:
		return 1.13 * err(0), nil
	case nn.LayerNorm: // the derivative's matrix is (1 - ones/n - z*z'/n)/sigma
		most := 1.
		if n.In[1] != nil {
			most = max(-over(n.In[1].F32).lo, over(n.In[1].F32).hi)
		}
		return most * (2 + math.Sqrt(float64(n.In[0].Shape[n.Axis]))) / math.Sqrt(float64(n.Epsilon)) * err(0), nil
	case nn.LeakyRelu:
		return max(1, math.Abs(float64(n.Alpha))) * err(0), nil
	}
	most := 0.
	for i := range n.In {
		most = max(most, err(i))
	}
	return most, nil
}
