// Package kwt builds KWT-Tiny, a keyword transformer of 1,646 parameters (Berg et al.,
// "Keyword Transformer", 2021, at the size of "KWT-Tiny: RISC-V Accelerated, Embedded
// Keyword Spotting Transformer", 2024), from a file of its weights or from others'.
package kwt

import (
	"fmt"
	"math"

	"marvelgen/gen/nn"
)

// Sizes of the network.
const (
	patches = 26
	patch   = 16
	tokens  = patches + 1
	dim     = 12
	head    = 8
	hidden  = 24
	classes = 2
	epsilon = 1e-5
)

// Weights gives the numbers of a constant: row-major, matrices with a row for each input.
type Weights func(key string, shape ...int) []float32

// builder builds a graph node by node.
type builder struct {
	graph   *nn.Graph
	weights Weights
}

// Graph is the network in float32: 26 patches of 16 numbers to the logits of two
// classes. Names of constants are those that a file has.
func Graph(name string, w Weights) *nn.Graph {
	b := &builder{&nn.Graph{Name: nn.Ident(name), File: name}, w}
	input := b.tensor("input", 1, patches, patch)
	b.graph.Inputs = []*nn.Tensor{input}

	x := b.fully("patch", input, dim, patchWeights, patchBias)
	x = b.node("tokens", nn.Concat, nn.Params{Axis: 1}, []int{1, tokens, dim}, b.constant(classToken, 1, 1, dim), x)
	x = b.node("position", nn.Add, nn.Params{}, x.Shape, x, b.constant(positions, 1, tokens, dim))
	x = b.node("residual1", nn.Add, nn.Params{}, x.Shape, b.norm("norm1", b.attention(x), norm1Gain, norm1Bias), x)

	y := b.fully("widen", x, hidden, widenWeights, widenBias)
	y = b.node("gelu", nn.Gelu, nn.Params{}, y.Shape, y)
	y = b.fully("narrow", y, dim, narrowWeights, narrowBias)
	x = b.node("residual2", nn.Add, nn.Params{}, x.Shape, b.norm("norm2", y, norm2Gain, norm2Bias), x)

	x = b.node("class_token", nn.Slice, nn.Params{Begin: []int{0, 0, 0}, Step: []int{1, 1, 1}}, []int{1, 1, dim}, x)
	x = b.fully("logits", b.norm("norm3", x, norm3Gain, norm3Bias), classes, headWeights, headBias)
	b.graph.Outputs = []*nn.Tensor{x}
	return b.graph
}

// attention has one head. The root of its size divides the scores in the softmax.
func (b *builder) attention(x *nn.Tensor) *nn.Tensor {
	all := b.weights(qkvWeights, dim, 3*head)
	var parts [3]*nn.Tensor
	for i, name := range []string{"query", "key", "value"} {
		w := &nn.Tensor{Name: fmt.Sprintf("%s/%s", qkvWeights, name), Shape: []int{head, dim}, Type: nn.Float32}
		for o := range head {
			for in := range dim {
				w.F32 = append(w.F32, all[in*3*head+i*head+o])
			}
		}
		parts[i] = b.node(name, nn.FullyConnected, nn.Params{}, []int{1, tokens, head}, x, w)
	}
	s := b.node("scores", nn.MatMul, nn.Params{TransposeB: true}, []int{1, tokens, tokens}, parts[0], parts[1])
	s = b.node("attention", nn.Softmax, nn.Params{Axis: 2, Beta: float32(1 / math.Sqrt(head))}, s.Shape, s)
	s = b.node("context", nn.MatMul, nn.Params{}, []int{1, tokens, head}, s, parts[2])
	return b.fully("project", s, dim, projectWeights, projectBias)
}

func (b *builder) tensor(name string, shape ...int) *nn.Tensor {
	return &nn.Tensor{Name: name, Shape: shape, Type: nn.Float32}
}

func (b *builder) node(name string, op nn.Op, p nn.Params, shape []int, in ...*nn.Tensor) *nn.Tensor {
	y := b.tensor(name, shape...)
	b.graph.Nodes = append(b.graph.Nodes, &nn.Node{Name: name, Op: op, Params: p, In: in, Out: []*nn.Tensor{y}})
	return y
}

func (b *builder) constant(key string, shape ...int) *nn.Tensor {
	t := b.tensor(key, shape...)
	t.F32 = b.weights(key, shape...)
	return t
}

// fully is a fully connected layer; graphs have a row of weights for each output.
func (b *builder) fully(name string, x *nn.Tensor, outs int, weights, bias string) *nn.Tensor {
	rows, ins := x.Shape[1], x.Shape[2]
	w, from := b.tensor(weights, outs, ins), b.weights(weights, ins, outs)
	for o := range outs {
		for i := range ins {
			w.F32 = append(w.F32, from[i*outs+o])
		}
	}
	return b.node(name, nn.FullyConnected, nn.Params{}, []int{1, rows, outs}, x, w, b.constant(bias, outs))
}

func (b *builder) norm(name string, x *nn.Tensor, gain, bias string) *nn.Tensor {
	return b.node(name, nn.LayerNorm, nn.Params{Axis: 2, Epsilon: epsilon}, x.Shape, x, b.constant(gain, dim), b.constant(bias, dim))
}
