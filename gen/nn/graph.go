// Package nn is trained networks: one quantised graph that importers fill, passes
// complete, the golden execution runs and the lowering prints as C.
//
// Activations are NHWC, int8 with one scale and zero point; weights int8 with a
// scale per output channel or one for all; biases int32. Arithmetic is that of the
// TensorFlow Lite Micro reference kernels, which round twice when they rescale.
package nn

import "fmt"

// DType is the type of a tensor's elements.
type DType uint8

// Element types. Everything but Int8 and Int32 occurs at a network's edges, in
// constants, and in the float reference only.
const (
	Int8 DType = iota
	UInt8
	Int16
	Int32
	Int64
	Float32
	Bool
)

var dtypeNames = [...]string{"int8", "uint8", "int16", "int32", "int64", "float32", "bool"}
var dtypeSizes = [...]int{1, 1, 2, 4, 8, 4, 1}

func (d DType) String() string { return dtypeNames[d] }

// Size is the bytes of one element.
func (d DType) Size() int { return dtypeSizes[d] }

// Quant says which real numbers the integers of a tensor stand for:
// real = Scale[c] * (integer - Zero[c]), c being the index along Axis, or 0 where
// there is one scale for all.
type Quant struct {
	Scale []float32 // as stored in the model: rescaling is computed from these very numbers
	Zero  []int32
	Axis  int // of Scale and Zero if there are several
}

// PerChannel reports whether there is a scale for each index along Axis.
func (q *Quant) PerChannel() bool { return q != nil && len(q.Scale) > 1 }

// Tensor is a value of the graph. One with data is constant.
type Tensor struct {
	Name  string // what the model file calls it, printable; not an identifier, not unique
	Shape []int  // NHWC; weights of a convolution are OHWI, of a depthwise one 1HWC, of a fully connected layer OI
	Type  DType
	Quant *Quant // nil: the numbers are what they say
	// NCHW, of the network's inputs and outputs: the model file has the channels,
	// which are the last dimension here, as the second; NCHW, or NCW of a sequence.
	// Whoever reads or writes files for the tensor turns them.
	NCHW bool

	// Data of a constant, in row-major order: the field that belongs to Type.
	I8  []int8
	U8  []uint8
	I16 []int16
	I32 []int32
	I64 []int64
	F32 []float32
}

// Const reports whether the tensor has data.
func (t *Tensor) Const() bool {
	return t.I8 != nil || t.U8 != nil || t.I16 != nil || t.I32 != nil || t.I64 != nil || t.F32 != nil
}

// Elements is the number of elements.
func (t *Tensor) Elements() int { return Elements(t.Shape) }

// Bytes is the size of all elements.
func (t *Tensor) Bytes() int { return t.Elements() * t.Type.Size() }

// Elements is the product of the dimensions; of none, 1.
func Elements(shape []int) int {
	n := 1
	for _, d := range shape {
		n *= d
	}
	return n
}

func (t *Tensor) String() string { return fmt.Sprintf("%s %s%v", t.Name, t.Type, t.Shape) }

// Op is what a node computes.
type Op uint8

// Operators. Which inputs and parameters each has stands beside it; an input in
// brackets may be nil or absent.
const (
	Conv           Op = iota // x, weights OHWI, [bias]; Window, Groups, Act
	Depthwise                // x, weights 1HWC, [bias]; Window, Multiplier, Act
	TransposedConv           // x, weights OHWI, [bias]; Window, seen from the output, which is the larger side; Act
	FullyConnected           // x, whatever its shape rows of I, weights OI, [bias]; Act
	MatMul                   // x, y, both activations, batched; TransposeB
	AveragePool              // x; Window, Act
	MaxPool                  // x; Window, Act
	Mean                     // x; Axes, KeepDims
	Add                      // x, y broadcast; Act
	Sub                      // x, y broadcast; Act
	Mul                      // x, y broadcast; Act
	Concat                   // x...; Axis
	Split                    // x, several outputs; Axis
	Slice                    // x; Begin, Step; the sizes are the output's
	Pad                      // x; Pads; the value is the zero point
	Reshape                  // x; also flatten, squeeze, expand
	Transpose                // x; Perm
	Softmax                  // x; Axis (the last), Beta
	Relu                     // x; also rescales where the output's scale differs; Act says which
	LeakyRelu                // x; Alpha
	HardSwish                // x
	Sigmoid                  // x
	Tanh                     // x
	Gelu                     // x; TanhForm
	LayerNorm                // x, [gain], [bias], both of float32 whatever x is; Axis (the last), Epsilon
	Gather                   // table, constant, rows along its first dimension; indices, int32. An index beyond the table is the nearest one in it
	ResizeNearest            // x; AlignCorners, HalfPixel
	Quantize                 // x: float32, uint8 or int8 to int8 or uint8
	Dequantize               // x: int8 or uint8 to float32
)

var opNames = [...]string{"conv", "depthwise", "transposed_conv", "fully_connected", "matmul", "average_pool", "max_pool", "mean", "add", "sub", "mul",
	"concat", "split", "slice", "pad", "reshape", "transpose", "softmax", "relu", "leaky_relu", "hard_swish", "sigmoid", "tanh",
	"gelu", "layer_norm", "gather", "resize_nearest", "quantize", "dequantize"}

func (o Op) String() string { return opNames[o] }

// Act is the activation function that an operator applies to its result.
type Act uint8

// Activations.
const (
	NoAct Act = iota
	ReluAct
	Relu6Act
	ReluN1To1Act
)

var actNames = [...]string{"none", "relu", "relu6", "relu_n1_to_1"}

// HasAct reports whether an operator applies Act to its result; Relu does nothing else.
func (o Op) HasAct() bool {
	switch o {
	case Conv, Depthwise, TransposedConv, FullyConnected, AveragePool, MaxPool, Add, Sub, Mul, Relu:
		return true
	}
	return false
}

func (a Act) String() string { return actNames[a] }

// Window is where a convolution or a pool looks.
type Window struct {
	Kernel   [2]int // height, width
	Stride   [2]int
	Dilation [2]int // 1 for none
	Before   [2]int // padding above and left
	After    [2]int // padding below and right
}

// Params is what an operator needs beside its inputs; each uses the fields that
// stand beside it above.
type Params struct {
	Window       Window
	Groups       int
	Multiplier   int // of depthwise channels
	Act          Act
	Axis         int
	Axes         []int
	KeepDims     bool
	Perm         []int
	Begin, Step  []int
	Pads         [][2]int
	Beta, Alpha  float32
	AlignCorners bool
	HalfPixel    bool
	TransposeB   bool
	Epsilon      float32 // added to a variance
	TanhForm     bool    // of Gelu: x/2*(1 + tanh(sqrt(2/pi)*(x + 0.044715*x^3))) in place of x/2*(1 + erf(x/sqrt(2)))
}

// Node is one operator.
type Node struct {
	Name   string // a C identifier, unique in the graph
	Source string // what the model file calls it
	Op     Op
	In     []*Tensor
	Out    []*Tensor
	Params
}

// Graph is a network. Nodes stand in an order in which they can be executed.
type Graph struct {
	Name    string // a C identifier
	File    string
	Nodes   []*Node
	Inputs  []*Tensor
	Outputs []*Tensor

	// Samples are inputs that the file of a float network came with, real numbers, each
	// with one slice for each of Inputs: to run, the first before all, and to quantise by.
	Samples [][][]float32
}

// MACs is the multiplications of a node, one output's padding included.
func (n *Node) MACs() int64 {
	if len(n.Out) == 0 || len(n.In) < 2 || n.In[1] == nil {
		return 0
	}
	out, w := int64(n.Out[0].Elements()), n.In[1]
	switch n.Op {
	case Conv:
		return out * int64(Elements(w.Shape[1:]))
	case Depthwise:
		return out * int64(w.Shape[1]*w.Shape[2])
	case TransposedConv:
		return int64(n.In[0].Elements()) * int64(w.Shape[0]*w.Shape[1]*w.Shape[2])
	case FullyConnected:
		return out * int64(w.Shape[len(w.Shape)-1])
	case MatMul:
		return out * int64(n.In[0].Shape[len(n.In[0].Shape)-1])
	}
	return 0
}
