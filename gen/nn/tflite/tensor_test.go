package tflite

import (
	"encoding/binary"
	"math"
	"reflect"
	"strings"
	"testing"

	"marvelgen/gen/nn"
	"marvelgen/gen/nn/tflite/schema"
)

// TestConstants reads constants of each type, and what their integers mean.
func TestConstants(t *testing.T) {
	le := binary.LittleEndian
	for _, c := range []struct {
		typ  schema.TensorType
		data []byte
		want any
		get  func(*nn.Tensor) any
	}{
		{schema.TensorTypeINT8, []byte{1, 0x80}, []int8{1, -128}, func(t *nn.Tensor) any { return t.I8 }},
		{schema.TensorTypeUINT8, []byte{1, 0x80}, []uint8{1, 128}, func(t *nn.Tensor) any { return t.U8 }},
		{schema.TensorTypeINT16, []byte{1, 2, 0, 0x80}, []int16{513, math.MinInt16}, func(t *nn.Tensor) any { return t.I16 }},
		{schema.TensorTypeINT32, []byte{1, 2, 3, 4, 0, 0, 0, 0x80}, []int32{0x04030201, math.MinInt32}, func(t *nn.Tensor) any { return t.I32 }},
		{schema.TensorTypeINT64, le.AppendUint64(le.AppendUint64(nil, 5), 1<<63), []int64{5, math.MinInt64}, func(t *nn.Tensor) any { return t.I64 }},
		{schema.TensorTypeFLOAT32, le.AppendUint32(le.AppendUint32(nil, math.Float32bits(1.5)), 0xff800000), []float32{1.5, float32(math.Inf(-1))}, func(t *nn.Tensor) any { return t.F32 }},
	} {
		n := newNet()
		i := n.add(c.typ, []int32{2}, c.data, 0)
		r := &reader{model: schema.GetRootAsModel(n.bytes(), 0), budget: 1 << 20, sub: new(schema.SubGraph), tensors: make([]*nn.Tensor, 1)}
		r.model.Subgraphs(r.sub, 0)
		x, err := r.tensor(int(i))
		if err != nil {
			t.Fatal(err)
		}
		if got := c.get(x); !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: got %v, want %v", c.typ, got, c.want)
		}
	}
}

// TestScales follows scales and zero points, one for all and one per channel.
func TestScales(t *testing.T) {
	n := convNet()
	n.s.Tensors[2].Quantization = &schema.QuantizationT{Scale: []float32{0.125, 3}, ZeroPoint: []int64{0, 0}}
	n.s.Tensors[0].Quantization = &schema.QuantizationT{Scale: []float32{0.75}, ZeroPoint: []int64{-128}, Axis: 3}
	n.s.Tensors[3].Quantization = &schema.QuantizationT{Scale: []float32{0.5}}
	g := mustImport(t, n)
	node := g.Nodes[0]
	for i, want := range []*nn.Quant{
		{Scale: []float32{0.5}, Zero: []int32{1}},
		{Scale: []float32{0.125, 3}, Zero: []int32{0, 0}},
		{Scale: []float32{0.5}, Zero: []int32{0}},
		{Scale: []float32{0.75}, Zero: []int32{-128}},
	} {
		x := append(node.In[:3:3], node.Out[0])[i]
		if !reflect.DeepEqual(x.Quant, want) {
			t.Errorf("%s: %+v, want %+v", x.Name, x.Quant, want)
		}
	}
	if w := node.In[1].I8; len(w) != 54 || w[0] != 1 || w[53] != 54 {
		t.Errorf("weights %v", w)
	}
	if b := node.In[2].I32; !reflect.DeepEqual(b, []int32{1, 2}) {
		t.Errorf("bias %v", b)
	}
	if g.Inputs[0] != node.In[0] || g.Outputs[0] != node.Out[0] {
		t.Error("the edges of the network are not those of its operators")
	}
}

// TestDetached shows that the graph keeps no part of the file.
func TestDetached(t *testing.T) {
	n := convNet()
	n.s.Operators[0].Inputs[1] = 4
	n.add(schema.TensorTypeINT8, []int32{2, 3, 3, 3}, make([]byte, 54), 0, 1)
	data := n.bytes()
	g, err := Import("m.tflite", data)
	if err != nil {
		t.Fatal(err)
	}
	before := render(g)
	for i := range data {
		data[i] = 0xff
	}
	if render(g) != before || g.Nodes[0].In[1].I8[0] != 0 || strings.Contains(g.Inputs[0].Name, "\xff") {
		t.Error("the graph changed with the file")
	}
}

func TestLayerNames(t *testing.T) {
	for _, c := range []struct {
		op           nn.Op
		weights, out string
		want         string
	}{
		{nn.Conv, "model/conv2d_1/Conv2D", "model/act/Relu;model/bn/FusedBatchNormV3;model/conv2d_1/Conv2D1", "conv2d_1"},
		{nn.Depthwise, "net/bn_2/FusedBatchNormV3;net/dw_2/depthwise;net/dw_7/depthwise", "net/relu_2/Relu", "dw_2"},
		{nn.FullyConnected, "tfl.pseudo_qconst3", "model/dense/MatMul;model/dense/BiasAdd", "dense"},
		{nn.Conv, "a/b", "model/block 1/conv/x", "block_1_conv"},
		{nn.Softmax, "", "Identity", "softmax"},
		{nn.Softmax, "", "StatefulPartitionedCall:0", "softmax"},
		{nn.Add, "", "", "add"},
		{nn.Add, "", "///", "add"},
		{nn.Add, "", "*/ #include <x>", "add"},
		{nn.Add, "", "1x1", "n1x1"},
		{nn.Add, "", strings.Repeat("a", 99), strings.Repeat("a", 40)},
	} {
		n := &nn.Node{Op: c.op, In: []*nn.Tensor{nil, {Name: c.weights, I8: []int8{1}}}, Out: []*nn.Tensor{{Name: c.out}}}
		if got := layerName(n); got != c.want {
			t.Errorf("%q, %q: got %q, want %q", c.weights, c.out, got, c.want)
		}
	}
	names := nn.Names{}
	for i, want := range []string{"a", "a_2", "a_3", "a_2_2"} {
		if got := names.Unique([]string{"a", "a", "a", "a_2"}[i]); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}
