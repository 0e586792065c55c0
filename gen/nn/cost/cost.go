// Package cost predicts the cycles of a network's layers on a design whose kernels
// keep weights inside a unit, specs/networks/cnn/. What a layer does is counted from
// its shape alone, in terms such as words of windows; what one of each costs is fitted
// to measured layers, so it can be read: 1.00 cycles a word.
package cost

import (
	"slices"

	"marvelgen/gen/nn"
)

// Classes of layers: those of one class have the same terms and coefficients.
const (
	ClassConv      = "conv"                 // pixels are whole words
	ClassParts     = "conv, parts of words" // pixels are not
	ClassDepthwise = "depthwise"            // and averages, whose weights are all 1
	ClassFull      = "fully connected"      // and a convolution of a single pixel
	ClassAdd       = "add"
	ClassConcat    = "concat"
	ClassMax       = "max pool"
	ClassMean      = "mean"
	ClassSoftmax   = "softmax"
	ClassNothing   = "" // takes no cycles
)

// Layer is what a layer's cycles are made of.
type Layer struct {
	Name  string    `json:"name"`
	Class string    `json:"class"`
	Terms []float64 `json:"terms"` // in the order of TermNames
}

// LayerOf counts the terms of a node.
func LayerOf(n *nn.Node) Layer {
	l := Layer{Name: n.Name}
	l.Class, l.Terms = Terms(n)
	return l
}

// Equal reports whether two layers run alike and are made of the same.
func (l Layer) Equal(o Layer) bool { return l.Class == o.Class && slices.Equal(l.Terms, o.Terms) }

// terms are the names of what the layers of a class are made of.
var terms = map[string][]string{
	ClassConv: windowTerms, ClassParts: windowTerms, ClassDepthwise: windowTerms,
	ClassFull:    {"layer", "output", "output with its own scale", "word of weights", "word of inputs"},
	ClassAdd:     {"layer", "word"},
	ClassConcat:  {"layer", "run of bytes", "32 bytes", "word beyond"},
	ClassMax:     {"layer", "row of outputs", "four outputs of 2 by 2 in words", "four outputs of 2 by 2 in halves", "pixel of any window", "four outputs", "word of any window", "byte of any window"},
	ClassMean:    {"layer", "output", "word of inputs", "byte of inputs"},
	ClassSoftmax: {"layer", "row", "element"},
}

// plainTerms are those of all other classes: operators, and layers that are left to
// portable C.
var plainTerms = []string{"layer", "byte of outputs", "multiplication"}

// TermNames names what the layers of a class are made of.
func TermNames(class string) []string {
	if t := terms[class]; t != nil {
		return t
	}
	return plainTerms
}

// Terms counts what a layer's cycles are made of. The class says how it runs.
func Terms(n *nn.Node) (class string, x []float64) {
	switch n.Op {
	case nn.Reshape:
		if !n.In[0].Const() { // both tensors lie at one place
			return ClassNothing, nil
		}
	case nn.Conv, nn.Depthwise, nn.AveragePool, nn.FullyConnected:
		if class, x := fullLayer(n); x != nil {
			return class, x
		}
		if n.Op != nn.FullyConnected {
			if class, x := windowLayer(n); x != nil {
				return class, x
			}
		}
		return n.Op.String() + ", portable", plain(n)
	case nn.Add:
		if a, b := n.In[0], n.In[1]; a.Elements() == b.Elements() && a.Elements()%4 == 0 && !b.Const() {
			return ClassAdd, []float64{1, float64(a.Elements() / 4)}
		}
		return n.Op.String() + ", portable", plain(n)
	case nn.Concat:
		return ClassConcat, concatLayer(n)
	case nn.MaxPool:
		return ClassMax, maxLayer(n)
	case nn.Mean:
		return ClassMean, meanLayer(n)
	case nn.Softmax:
		depth := n.In[0].Shape[len(n.In[0].Shape)-1]
		return ClassSoftmax, []float64{1, float64(n.In[0].Elements() / depth), float64(n.In[0].Elements())}
	}
	return n.Op.String(), plain(n)
}

func plain(n *nn.Node) []float64 {
	bytes := 0
	for _, t := range n.Out {
		bytes += t.Bytes()
	}
	return []float64{1, float64(bytes), float64(n.MACs())}
}

// fullLayer is a row of inputs times a matrix; nil if it is none.
func fullLayer(n *nn.Node) (string, []float64) {
	if n.Op != nn.Conv && n.Op != nn.FullyConnected {
		return "", nil
	}
	w := n.In[1]
	outs := w.Shape[0]
	depth := w.Elements() / outs
	if n.In[0].Elements() != depth || n.Out[0].Elements() != outs || depth%4 != 0 || depth < 20 {
		return "", nil
	}
	if n.Op == nn.Conv && (n.Groups != 1 || w.Shape[1]*w.Shape[2] != 1) {
		return "", nil
	}
	own, shared := 0., float64(outs)
	if w.Quant.PerChannel() {
		own, shared = shared, 0
	}
	return ClassFull, []float64{1, shared, own, float64(outs * depth / 4), float64(depth / 4)}
}

// concatLayer is runs of bytes copied, 32 at a time and then words.
func concatLayer(n *nn.Node) []float64 {
	runs := nn.Elements(n.Out[0].Shape[:n.Axis])
	x := []float64{1, float64(runs * len(n.In)), 0, 0}
	for _, t := range n.In {
		bytes := t.Bytes() / runs
		x[2] += float64(runs * (bytes / 32))
		x[3] += float64(runs * (bytes % 32 / 4))
	}
	return x
}

// maxLayer is what a pool takes in portable C, whose code for 2 by 2 is its own.
func maxLayer(n *nn.Node) []float64 {
	in, out, w := n.In[0].Shape, n.Out[0].Shape, n.Window
	x := make([]float64, len(terms[ClassMax]))
	x[0], x[1] = 1, float64(out[0]*out[1])
	taps := 0 // inside, of all windows of one channel
	for oy := range out[1] {
		for ox := range out[2] {
			rows := inside(oy*w.Stride[0]-w.Before[0], w.Kernel[0], in[1])
			taps += rows * inside(ox*w.Stride[1]-w.Before[1], w.Kernel[1], in[2])
		}
	}
	pixels, ch := float64(out[0]*out[1]*out[2]), in[3]
	fours := pixels * float64((ch+3)/4)
	square := w.Kernel == [2]int{2, 2} && w.Before == [2]int{} && (out[1]-1)*w.Stride[0]+2 <= in[1] && (out[2]-1)*w.Stride[1]+2 <= in[2]
	switch {
	case square && ch >= 4 && ch%4 == 0:
		x[2] = fours
	case square && ch >= 4 && ch%2 == 0:
		x[3] = fours
	case ch%4 == 0:
		x[4], x[5], x[6] = pixels, fours, float64(out[0]*taps*ch/4)
	default:
		x[4], x[5], x[7] = pixels, fours, float64(out[0]*taps*ch)
	}
	return x
}

// inside is how much of a window of some size at a place lies within the input.
func inside(at, size, in int) int { return min(at+size, in) - max(at, 0) }

func meanLayer(n *nn.Node) []float64 {
	elements, outs := float64(n.In[0].Elements()), float64(n.Out[0].Elements())
	ch := n.In[0].Shape[len(n.In[0].Shape)-1]
	if ch%4 == 0 && n.Out[0].Elements() == ch && elements/outs <= 256 {
		return []float64{1, outs, elements / 4, 0}
	}
	return []float64{1, outs, 0, elements}
}
