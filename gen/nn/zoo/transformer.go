package zoo

import (
	"fmt"
	"math"

	"marvelgen/gen/nn"
	"marvelgen/gen/nn/kwt"
)

// keyword is a keyword transformer, KWT-Tiny but for the weights.
func keyword(n *net, _ float64) {
	n.graph = kwt.Graph(n.graph.Name, func(key string, shape ...int) []float32 {
		switch {
		case len(shape) == 2: // rows are inputs
			return n.constant(key, 1/float64(shape[0]), shape...).F32
		case len(shape) == 3: // class token, positions
			return n.constant(key, 0.5, shape...).F32
		case kwt.IsGain(key):
			return n.gains(key, shape[0]).F32
		}
		return n.constant(key, 1e-3, shape...).F32
	})
	n.last = n.graph.Outputs[0]
}

// bertTiny is an encoder layer of Devlin et al., "BERT", 2018, of the width of the
// smallest in Turc et al., "Well-Read Students Learn Better", 2019: sequences of 128,
// two heads of 64. Each head has projections of its own, which is what columns of one
// for all are, and needs no copies.
func bertTiny(n *net, _ float64) {
	const heads, epsilon = 2, 1e-12
	x, dim := n.last, n.last.Shape[2]
	var contexts []*nn.Tensor
	for i := range heads {
		name := func(what string) string { return fmt.Sprintf("%s%d", what, i+1) }
		n.last = x
		n.tokens(name("query"), dim/heads, 2)
		query := n.last
		n.last = x
		n.tokens(name("key"), dim/heads, 2)
		key := n.last
		n.last = x
		n.tokens(name("value"), dim/heads, 1)
		value := n.last
		n.last = query
		n.add(name("scores"), nn.MatMul, nn.Params{TransposeB: true}, []int{1, x.Shape[1], x.Shape[1]}, key)
		n.add(name("attention"), nn.Softmax, nn.Params{Axis: 2, Beta: float32(1 / math.Sqrt(float64(dim/heads)))}, n.last.Shape)
		n.add(name("context"), nn.MatMul, nn.Params{}, value.Shape, value)
		contexts = append(contexts, n.last)
	}
	n.last = contexts[0]
	n.add("contexts", nn.Concat, nn.Params{Axis: 2}, x.Shape, contexts[1:]...)
	n.tokens("project", dim, 1)
	x = n.residual("1", x, epsilon)
	n.tokens("widen", 4*dim, 2)
	n.add("gelu", nn.Gelu, nn.Params{}, n.last.Shape)
	n.tokens("narrow", dim, 1)
	n.residual("2", x, epsilon)
}

// tokens is a layer that takes each element of a sequence by itself.
func (n *net) tokens(name string, outputs int, gain float64) {
	in := n.last.Shape
	n.add(name, nn.FullyConnected, nn.Params{}, []int{in[0], in[1], outputs}, n.weights(name, gain, in[2], outputs, outputs, in[2])...)
}

// residual adds x to the last result and normalises the sum.
func (n *net) residual(suffix string, x *nn.Tensor, epsilon float32) *nn.Tensor {
	dim := x.Shape[2]
	n.add("residual"+suffix, nn.Add, nn.Params{}, x.Shape, x)
	name := "norm" + suffix
	n.add(name, nn.LayerNorm, nn.Params{Axis: 2, Epsilon: epsilon}, x.Shape, n.gains(name+"/gain", dim), n.constant(name+"/bias", 1e-3, dim))
	return n.last
}

// gains are those of a normalisation: near 1.
func (n *net) gains(name string, count int) *nn.Tensor {
	t := n.constant(name, 0.01, count)
	for i := range t.F32 {
		t.F32[i]++
	}
	return t
}
