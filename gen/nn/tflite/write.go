package tflite

import (
	"encoding/binary"
	"fmt"

	flatbuffers "github.com/google/flatbuffers/go"

	"marvelgen/gen/nn"
	"marvelgen/gen/nn/tflite/schema"
)

// maxFile leaves the tables room in what 31 bits address.
const maxFile = 1<<31 - 1<<24

// writer is a model under construction.
type writer struct {
	graph   *nn.Graph
	sub     *schema.SubGraphT
	tensors map[*nn.Tensor]int32
	codes   []*schema.OperatorCodeT
	data    [][]byte // of the buffers; the first is empty
	size    int
}

// Write makes a model file of a graph that passes its Check. Import reads the same
// graph from it, but for node names, which follow from tensor names, for what has no
// effect (padding that no window reaches, steps along a dimension of one element),
// and for convolutions whose padding is neither of the format's ways: a pad node
// stands before them. What the format cannot say, such as a pool with padding of its own, is a located
// *nn.Error. The same graph gives the same bytes.
func Write(g *nn.Graph) ([]byte, error) {
	if err := g.Check(); err != nil {
		return nil, err
	}
	w := &writer{graph: g, sub: &schema.SubGraphT{Name: g.Name}, tensors: map[*nn.Tensor]int32{}, data: [][]byte{nil}}
	for _, t := range g.Inputs {
		w.sub.Inputs = append(w.sub.Inputs, w.tensor(t))
	}
	for _, n := range g.Nodes {
		if err := w.node(n); err != nil {
			return nil, &nn.Error{File: g.File, Node: fmt.Sprintf("%s %q", n.Op, n.Name), Tensor: fmt.Sprintf("%q", n.Out[0].Name), Problem: err.Error()}
		}
	}
	for _, t := range g.Outputs {
		w.sub.Outputs = append(w.sub.Outputs, w.tensor(t))
	}
	if w.size > maxFile {
		return nil, &nn.Error{File: g.File, Problem: fmt.Sprintf("%d bytes of constants do not fit a file of this format", w.size)}
	}
	return w.bytes(), nil
}

var schemaTypes = map[nn.DType]schema.TensorType{
	nn.Int8: schema.TensorTypeINT8, nn.UInt8: schema.TensorTypeUINT8, nn.Int16: schema.TensorTypeINT16,
	nn.Int32: schema.TensorTypeINT32, nn.Int64: schema.TensorTypeINT64, nn.Float32: schema.TensorTypeFLOAT32,
}

// tensor is the index of a tensor, which it writes once; -1 for nil.
func (w *writer) tensor(t *nn.Tensor) int32 {
	if t == nil {
		return -1
	}
	if i, ok := w.tensors[t]; ok {
		return i
	}
	out := &schema.TensorT{Name: t.Name, Type: schemaTypes[t.Type]}
	for _, d := range t.Shape {
		out.Shape = append(out.Shape, int32(d))
	}
	if q := t.Quant; q != nil {
		out.Quantization = &schema.QuantizationT{Scale: q.Scale, Axis: int32(q.Axis)}
		for _, z := range q.Zero {
			out.Quantization.ZeroPoint = append(out.Quantization.ZeroPoint, int64(z))
		}
	}
	if t.Const() {
		out.Buffer = w.buffer(constant(t))
	}
	i := int32(len(w.sub.Tensors))
	w.sub.Tensors = append(w.sub.Tensors, out)
	w.tensors[t] = i
	return i
}

// constant is the data of a tensor in little endian. Of its slices all but one are
// empty.
func constant(t *nn.Tensor) []byte {
	var out []byte
	for _, v := range []any{t.I8, t.U8, t.I16, t.I32, t.I64, t.F32} {
		out, _ = binary.Append(out, binary.LittleEndian, v) // fails for types without a size only
	}
	return out
}

func (w *writer) buffer(data []byte) uint32 {
	w.data = append(w.data, data)
	w.size += len(data)
	return uint32(len(w.data) - 1)
}

// ints writes a parameter that the format keeps in a constant.
func (w *writer) ints(n *nn.Node, name string, values ...int) int32 {
	t := &nn.Tensor{Name: n.Out[0].Name + "/" + name, Shape: []int{len(values)}, Type: nn.Int32, I32: make([]int32, len(values))}
	for i, v := range values {
		t.I32[i] = int32(v)
	}
	return w.tensor(t)
}

// operator appends one; the outputs are the node's. Options may be nil. A bias that
// is absent is not written: TensorFlow Lite's convolutions take no -1 for it.
func (w *writer) operator(n *nn.Node, code schema.BuiltinOperator, kind schema.BuiltinOptions, options any, in ...int32) {
	for in[len(in)-1] == -1 {
		in = in[:len(in)-1]
	}
	version := versions[code]
	if n.Op == nn.FullyConnected && n.In[1].Quant.PerChannel() {
		version = 12
	}
	o := &schema.OperatorT{OpcodeIndex: w.code(code, version), Inputs: in}
	if options != nil {
		o.Options = &schema.BuiltinOptionsT{Type: kind, Value: options}
	}
	for _, t := range n.Out {
		o.Outputs = append(o.Outputs, w.tensor(t))
	}
	w.sub.Operators = append(w.sub.Operators, o)
}

// code is the index of an operator's code, of that version at least.
func (w *writer) code(code schema.BuiltinOperator, version int32) uint32 {
	for i, c := range w.codes {
		if c.BuiltinCode == code {
			c.Version = max(c.Version, version)
			return uint32(i)
		}
	}
	// Readers older than the field builtin_code take the short one.
	w.codes = append(w.codes, &schema.OperatorCodeT{BuiltinCode: code, ShortCode: int8(min(code, 127)), Version: version})
	return uint32(len(w.codes) - 1)
}

// versions are the first of each operator's that have int8 and what we write of it.
var versions = map[schema.BuiltinOperator]int32{
	schema.BuiltinOperatorCONV_2D: 3, schema.BuiltinOperatorDEPTHWISE_CONV_2D: 3, schema.BuiltinOperatorTRANSPOSE_CONV: 3,
	schema.BuiltinOperatorFULLY_CONNECTED: 5, schema.BuiltinOperatorBATCH_MATMUL: 2, schema.BuiltinOperatorAVERAGE_POOL_2D: 2,
	schema.BuiltinOperatorMAX_POOL_2D: 2, schema.BuiltinOperatorMEAN: 2, schema.BuiltinOperatorADD: 2, schema.BuiltinOperatorSUB: 2,
	schema.BuiltinOperatorMUL: 2, schema.BuiltinOperatorCONCATENATION: 2, schema.BuiltinOperatorSPLIT: 2, schema.BuiltinOperatorSPLIT_V: 2,
	schema.BuiltinOperatorSLICE: 2, schema.BuiltinOperatorSTRIDED_SLICE: 2, schema.BuiltinOperatorPAD: 2, schema.BuiltinOperatorRESHAPE: 1,
	schema.BuiltinOperatorTRANSPOSE: 2, schema.BuiltinOperatorSOFTMAX: 2, schema.BuiltinOperatorRELU: 2, schema.BuiltinOperatorRELU6: 2,
	schema.BuiltinOperatorRELU_N1_TO_1: 1, schema.BuiltinOperatorLEAKY_RELU: 2, schema.BuiltinOperatorHARD_SWISH: 1,
	schema.BuiltinOperatorLOGISTIC: 2, schema.BuiltinOperatorTANH: 2, schema.BuiltinOperatorRESIZE_NEAREST_NEIGHBOR: 3,
	schema.BuiltinOperatorQUANTIZE: 2, schema.BuiltinOperatorDEQUANTIZE: 2,
}

// bytes is the file. Constants lie at multiples of 16 bytes, as the format wants;
// the object interface would not see to it.
func (w *writer) bytes() []byte {
	b := flatbuffers.NewBuilder(w.size + 1<<16)
	vector := func(start func(*flatbuffers.Builder, int) flatbuffers.UOffsetT, items []flatbuffers.UOffsetT) flatbuffers.UOffsetT {
		start(b, len(items))
		for i := len(items) - 1; i >= 0; i-- {
			b.PrependUOffsetT(items[i])
		}
		return b.EndVector(len(items))
	}
	var buffers, codes []flatbuffers.UOffsetT
	for _, data := range w.data {
		at := flatbuffers.UOffsetT(0)
		if len(data) > 0 {
			b.Prep(16, len(data))
			at = b.CreateByteVector(data)
		}
		schema.BufferStart(b)
		schema.BufferAddData(b, at)
		buffers = append(buffers, schema.BufferEnd(b))
	}
	for _, c := range w.codes {
		codes = append(codes, c.Pack(b))
	}
	sub := []flatbuffers.UOffsetT{w.sub.Pack(b)}
	buffersAt, codesAt, subAt := vector(schema.ModelStartBuffersVector, buffers), vector(schema.ModelStartOperatorCodesVector, codes), vector(schema.ModelStartSubgraphsVector, sub)
	by := b.CreateString("marvelgen")
	schema.ModelStart(b)
	schema.ModelAddVersion(b, 3)
	schema.ModelAddOperatorCodes(b, codesAt)
	schema.ModelAddSubgraphs(b, subAt)
	schema.ModelAddDescription(b, by)
	schema.ModelAddBuffers(b, buffersAt)
	b.FinishWithFileIdentifier(schema.ModelEnd(b), []byte("TFL3"))
	return b.FinishedBytes()
}
