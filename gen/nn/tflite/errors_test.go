package tflite

import (
	"encoding/binary"
	"errors"
	"strings"
	"testing"

	"marvelgen/gen/nn"
	"marvelgen/gen/nn/tflite/schema"
)

// convNet is a network that is fine: tensor 0 the output, 1 the input, 2 the
// weights, 3 the bias.
func convNet() *net {
	n := newNet()
	o := &schema.Conv2DOptionsT{Padding: schema.PaddingVALID, StrideH: 1, StrideW: 1, DilationH: 1, DilationW: 1}
	n.op(schema.BuiltinOperatorCONV_2D, options(schema.BuiltinOptionsConv2DOptions, o), []int32{n.act(1, 4, 4, 2)}, n.act(1, 6, 6, 3), n.weights(2, 3, 3, 3), n.ints(1, 2))
	return n
}

func (n *net) conv() *schema.Conv2DOptionsT {
	return n.s.Operators[0].Options.Value.(*schema.Conv2DOptionsT)
}

// errorCases damage convNet. Each error is complete, so that one sees what the
// user reads.
var errorCases = []struct {
	name   string
	damage func(n *net)
	want   string
}{
	{"version", func(n *net) { n.m.Version = 2 }, `m.tflite: the format's version is 2; only 3 is supported`},
	{"no graph", func(n *net) { n.m.Subgraphs = nil }, `m.tflite: the model has no graph`},
	{"no outputs", func(n *net) { n.s.Outputs = []int32{} }, `m.tflite: the network has no output`},
	{"no such output", func(n *net) { n.s.Outputs = []int32{9} }, `m.tflite: output 0: tensor 9 does not exist; the model has 4`},
	{"no such input", func(n *net) { n.s.Inputs = []int32{-2} }, `m.tflite: tensor -2, the network's input 0: tensor -2 does not exist; the model has 4`},
	{"no such code", func(n *net) { n.s.Operators[0].OpcodeIndex = 1 << 31 }, `m.tflite: operator 0: code 2147483648 does not exist; the model has 1`},
	{"missing operator", func(n *net) { n.m.OperatorCodes[0].BuiltinCode = schema.BuiltinOperatorGATHER },
		`m.tflite: operator 0 GATHER: tensor 0 "t0": operator GATHER is not supported`},
	{"unknown operator", func(n *net) { n.m.OperatorCodes[0].BuiltinCode = 4000 },
		`m.tflite: operator 0 BuiltinOperator(4000): tensor 0 "t0": operator BuiltinOperator(4000) is not supported`},
	{"custom operator", func(n *net) {
		n.m.OperatorCodes[0] = &schema.OperatorCodeT{ShortCode: 32, CustomCode: "My\nOp"}
	}, `m.tflite: operator 0 CUSTOM "My?Op": tensor 0 "t0": operator CUSTOM is not supported`},
	{"too few inputs", func(n *net) { n.s.Operators[0].Inputs = []int32{1} }, `m.tflite: operator 0 CONV_2D: it has 1 inputs; 2 to 3 are possible`},
	{"absent input", func(n *net) { n.s.Operators[0].Inputs = []int32{1, -1} }, `m.tflite: operator 0 CONV_2D: input 1 is absent`},
	{"bad input", func(n *net) { n.s.Operators[0].Inputs = []int32{1, -5} }, `m.tflite: operator 0 CONV_2D: input 1: tensor -5 does not exist; the model has 4`},
	{"two outputs", func(n *net) { n.s.Operators[0].Outputs = []int32{0, 0} }, `m.tflite: operator 0 CONV_2D: it has 2 outputs; 1 expected`},
	{"wrong options", func(n *net) {
		n.s.Operators[0].Options = options(schema.BuiltinOptionsAddOptions, &schema.AddOptionsT{})
	},
		`m.tflite: operator 0 CONV_2D: its options are of type AddOptions; Conv2DOptions belongs to this operator`},
	{"no options", func(n *net) { n.s.Operators[0].Options = nil },
		`m.tflite: operator 0 CONV_2D: window of [3 3], stride [0 0], dilation [1 1]: all are positive`},
	{"negative stride", func(n *net) { n.conv().StrideW = -1 },
		`m.tflite: operator 0 CONV_2D: window of [3 3], stride [1 -1], dilation [1 1]: all are positive`},
	{"padding", func(n *net) { n.conv().Padding = 2 }, `m.tflite: operator 0 CONV_2D: padding 2 is unknown`},
	{"activation", func(n *net) { n.conv().Activation = schema.ActivationTANH },
		`m.tflite: operator 0 CONV_2D: tensor 0 "t0": the fused activation TANH is not supported`},
	{"negative dimension", func(n *net) { n.s.Tensors[1].Shape[0] = -1 },
		`m.tflite: tensor 1, the network's input 0: dimension 0 is -1; fix the shapes when converting`},
	{"empty dimension", func(n *net) { n.s.Tensors[1].Shape[0] = 0 },
		`m.tflite: tensor 1, the network's input 0: dimension 0 is 0; fix the shapes when converting`},
	{"huge shape", func(n *net) { n.s.Tensors[0].Shape = []int32{1 << 30, 1 << 30, 1 << 30, 1 << 30, 1 << 30} },
		`m.tflite: operator 0 CONV_2D: tensor 0 "t0": it has more than 268435456 elements`},
	{"rank", func(n *net) { n.s.Tensors[0].Shape = make([]int32, 9) },
		`m.tflite: operator 0 CONV_2D: tensor 0 "t0": it has 9 dimensions; 8 at most are supported`},
	{"output shape", func(n *net) { n.s.Tensors[0].Shape[2] = 5 },
		`m.tflite: operator 0 CONV_2D: t1 int8[1 6 6 3] and t0 int8[1 4 5 2]: a window of [3 3], stride [1 1], dilation [1 1], padding VALID makes 4 along dimension 2`},
	{"channels", func(n *net) { n.s.Tensors[0].Shape[3] = 3 },
		`m.tflite: operator 0 CONV_2D: tensor "t0": shapes do not fit: conv of [1 6 6 3], [2 3 3 3], [2] to [1 4 4 3]`},
	{"groups", func(n *net) { n.s.Tensors[1].Shape[3] = 4 },
		`m.tflite: operator 0 CONV_2D: tensor 2 "t2": weights [2 3 3 3] do not divide the input [1 6 6 4] into groups`},
	{"constant too short", func(n *net) { n.m.Buffers[1].Data = n.m.Buffers[1].Data[:53] },
		`m.tflite: operator 0 CONV_2D: tensor 2 "t2": shape [2 3 3 3] of int8 takes 54 bytes, and its buffer has 53`},
	{"no such buffer", func(n *net) { n.s.Tensors[2].Buffer = 3 },
		`m.tflite: operator 0 CONV_2D: tensor 2 "t2": buffer 3 does not exist; the model has 3`},
	{"data outside", func(n *net) { n.m.Buffers[1].Offset = 4096 },
		`m.tflite: operator 0 CONV_2D: tensor 2 "t2": its data lies outside of the tables, as in files beyond 2 GiB; this is not supported`},
	{"type", func(n *net) { n.s.Tensors[2].Type = schema.TensorTypeINT4 }, `m.tflite: operator 0 CONV_2D: tensor 2 "t2": type INT4 is not supported`},
	{"unknown type", func(n *net) { n.s.Tensors[2].Type = -7 }, `m.tflite: operator 0 CONV_2D: tensor 2 "t2": type TensorType(-7) is not supported`},
	{"variable", func(n *net) { n.s.Tensors[0].IsVariable = true },
		`m.tflite: operator 0 CONV_2D: tensor 0 "t0": it is a variable: networks with state are not supported`},
	{"sparse", func(n *net) { n.s.Tensors[2].Sparsity = &schema.SparsityT{} },
		`m.tflite: operator 0 CONV_2D: tensor 2 "t2": it is sparse: store its weights densely`},
	{"float network", func(n *net) { n.s.Tensors[1].Type = schema.TensorTypeFLOAT32; n.s.Tensors[1].Quantization = nil },
		`m.tflite: operator 0 CONV_2D: tensor "t0": "t1" is float32 and "t0" int8: conv needs one type`},
	{"uint8 network", func(n *net) { n.s.Tensors[1].Type = schema.TensorTypeUINT8 },
		`m.tflite: operator 0 CONV_2D: tensor "t0": "t1" is uint8: conv runs on int8 only; convert the network with full integer quantisation`},
	{"weights are no constant", func(n *net) { n.s.Tensors[2].Buffer = 0 },
		`m.tflite: operator 0 CONV_2D: tensor "t0": the weights "t2" are no constant`},
	{"weights have a zero point", func(n *net) { n.s.Tensors[2].Quantization.ZeroPoint[0] = 1 },
		`m.tflite: operator 0 CONV_2D: tensor "t0": the weights "t2" have a zero point other than 0`},
	{"int8 bias", func(n *net) { n.s.Operators[0].Inputs[2] = n.weights(2) },
		`m.tflite: operator 0 CONV_2D: tensor "t0": the bias "t4" is int8 or no constant; a constant of int32 is needed`},
	{"bias of a wrong size", func(n *net) { n.s.Operators[0].Inputs[2] = n.ints(1, 2, 3) },
		`m.tflite: operator 0 CONV_2D: tensor "t0": the bias "t4" has 3 elements for 2 channels`},
	{"scale 0", func(n *net) { n.s.Tensors[1].Quantization.Scale[0] = 0 },
		`m.tflite: tensor 1, the network's input 0: scale 0 is 0; scales are positive`},
	{"no scale", func(n *net) { n.s.Tensors[1].Quantization = nil },
		`m.tflite: operator 0 CONV_2D: tensor "t0": "t1" is int8 without a scale`},
	{"zero point", func(n *net) { n.s.Tensors[1].Quantization.ZeroPoint[0] = 128 },
		`m.tflite: operator 0 CONV_2D: tensor "t0": the zero point of "t1" is 128, beyond int8`},
	{"zero point beyond 32 bits", func(n *net) { n.s.Tensors[1].Quantization.ZeroPoint[0] = 1 << 32 },
		`m.tflite: tensor 1, the network's input 0: zero point 0 is 4294967296`},
	{"scales along the wrong axis", func(n *net) {
		n.s.Tensors[2].Quantization = &schema.QuantizationT{Scale: []float32{1, 1, 1}, ZeroPoint: []int64{0, 0, 0}, Axis: 3}
	}, `m.tflite: operator 0 CONV_2D: tensor "t0": the scales of the weights "t2" lie along axis 3; output channels are axis 0`},
	{"scales of a wrong number", func(n *net) {
		n.s.Tensors[2].Quantization = &schema.QuantizationT{Scale: []float32{1, 1, 1}, ZeroPoint: []int64{0, 0, 0}}
	}, `m.tflite: operator 0 CONV_2D: tensor 2 "t2": it has 3 scales along axis 0, which does not fit the shape [2 3 3 3]`},
	{"cycle", func(n *net) {
		b := n.act(1, 4, 4, 2)
		n.op(schema.BuiltinOperatorADD, nil, []int32{0}, b, b)
		n.op(schema.BuiltinOperatorADD, nil, []int32{b}, 0, 0)
		n.s.Operators, n.s.Inputs, n.s.Outputs = n.s.Operators[1:], []int32{1}, []int32{b}
	}, `m.tflite: operator 0 ADD: tensor "t4": input 0 comes from no earlier operator: the order is wrong or there is a cycle`},
	{"made twice", func(n *net) { n.s.Operators = append(n.s.Operators, n.s.Operators[0]) },
		`m.tflite: operator 1 CONV_2D: tensor "t0": it is made twice`},
	{"constant for an output", func(n *net) { n.s.Tensors[0].Buffer = 1; n.s.Tensors[0].Shape = []int32{2, 3, 3, 3} },
		`m.tflite: operator 0 CONV_2D: t1 int8[1 6 6 3] and t0 int8[2 3 3 3]: a window of [3 3], stride [1 1], dilation [1 1], padding VALID makes 4 along dimension 1`},
	{"all that is missing", func(n *net) {
		a, b := n.act(1), n.act(1)
		n.op(schema.BuiltinOperatorABS, nil, []int32{a}, 0)
		n.op(schema.BuiltinOperatorRNN, nil, []int32{b}, a)
	}, "m.tflite: operator 1 ABS: tensor 4 \"t4\": operator ABS is not supported\nm.tflite: operator 2 RNN: tensor 5 \"t5\": operator RNN is not supported"},
	{"unfolds", func(n *net) {
		w := n.s.Tensors[2]
		w.Shape, n.m.Buffers[1].Data = []int32{1 << 16}, make([]byte, 1<<16)
		var in []int32
		for range 500 { // all the same bytes
			in = append(in, int32(len(n.s.Tensors)))
			n.s.Tensors = append(n.s.Tensors, w)
		}
		n.op(schema.BuiltinOperatorCONCATENATION, nil, []int32{n.act(500 << 16)}, in...)
		n.s.Operators = n.s.Operators[1:]
	}, `m.tflite: operator 0 CONCATENATION: tensor 30 "t2": damaged: the model unfolds to more than 16 times its size`},
}

func TestErrors(t *testing.T) {
	if _, err := Import("m.tflite", convNet().bytes()); err != nil {
		t.Fatal(err)
	}
	for _, c := range errorCases {
		t.Run(c.name, func(t *testing.T) {
			n := convNet()
			c.damage(n)
			g, err := Import("m.tflite", n.bytes())
			if err == nil {
				t.Fatalf("accepted: %s", render(g))
			}
			if err.Error() != c.want {
				t.Errorf("got  %s\nwant %s", err, c.want)
			}
			var located *nn.Error
			if !errors.As(err, &located) {
				t.Errorf("%T", err)
			}
		})
	}
}

// TestDamagedFile is about bytes that are no model at all.
func TestDamagedFile(t *testing.T) {
	good := convNet().bytes()
	root := int(binary.LittleEndian.Uint32(good))
	put := func(pos int, v uint32) []byte {
		b := append([]byte(nil), good...)
		binary.LittleEndian.PutUint32(b[pos:], v)
		return b
	}
	for _, c := range []struct {
		name string
		data []byte
		want string
	}{
		{"empty", nil, `m.tflite: not a TensorFlow Lite model: bytes 4 to 7 are not "TFL3"`},
		{"other format", []byte("\x08\x07\x12\x0abackend-test"), `m.tflite: not a TensorFlow Lite model: bytes 4 to 7 are not "TFL3"`},
		{"head only", good[:8], `m.tflite: truncated or damaged: a table at byte `},
		{"offset past the end", put(0, 1<<31), `m.tflite: truncated or damaged: a table at byte 2147483648 reaches beyond the file's `},
		{"field list before the start", put(root, 1<<30), `m.tflite: truncated or damaged: the field list of the table at byte `},
		{"truncated", good[:len(good)-30], `m.tflite: truncated or damaged: `},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := Import("m.tflite", c.data)
			if err == nil || !strings.HasPrefix(err.Error(), c.want) {
				t.Errorf("got  %v\nwant %s", err, c.want)
			}
		})
	}
}
