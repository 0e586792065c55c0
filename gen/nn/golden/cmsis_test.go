package golden

import (
	"compress/gzip"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"marvelgen/gen/nn"
)

// operatorCase is one case of CMSIS-NN's unit tests: macros and arrays by name.
type operatorCase struct {
	name   string
	Define map[string]any
	Array  map[string]struct{ Data []int32 }
}

// cmsis reads the int8 cases of the operators that a graph has.
func cmsis(t testing.TB) []operatorCase {
	t.Helper()
	f, err := os.Open(models(t, "cmsis-nn", "cmsis_nn_testdata.json.gz"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	var all map[string]operatorCase
	if err := json.NewDecoder(z).Decode(&all); err != nil {
		t.Fatal(err)
	}
	var out []operatorCase
	for name, o := range all {
		other := func(part string) bool { return strings.Contains(name, part) }
		// Of transpose, the vectors do not say the shape.
		if slices.ContainsFunc([]string{"int4", "s16", "int16", "s64", "svdf", "lstm", "minimum", "maximum"}, other) ||
			strings.HasPrefix(name, "transpose_") && !strings.HasPrefix(name, "transpose_conv") {
			continue
		}
		o.name = name
		out = append(out, o)
	}
	slices.SortFunc(out, func(a, b operatorCase) int { return strings.Compare(a.name, b.name) })
	return out
}

// number is the macro of a name, or fallback.
func (o operatorCase) number(name string, fallback int) int {
	if v, ok := o.Define[strings.ToUpper(o.name)+"_"+name].(float64); ok {
		return int(v)
	}
	return fallback
}

func (o operatorCase) pair(y, x string, fallback int) [2]int {
	return [2]int{o.number(y, fallback), o.number(x, fallback)}
}

// array is the first of the named arrays that the case has.
func (o operatorCase) array(names ...string) []int32 {
	for _, name := range names {
		if a, ok := o.Array[o.name+"_"+name]; ok {
			return a.Data
		}
	}
	return nil
}

func bytesOf(values []int32) Value {
	out := make([]int8, len(values))
	for i, v := range values {
		out[i] = int8(v)
	}
	return Value{I8: out}
}

func shaped(shape ...int) *nn.Tensor { return &nn.Tensor{Name: "t", Shape: shape} }

// job is a plan made of a case's own numbers, with inputs and expected output.
type job struct {
	plan *Plan
	in   []Value
	want []int8
}

func (j job) run() []int8 {
	out := NewValue(nn.Int8, j.plan.Node.Out[0].Elements())
	j.plan.Run(j.in, []Value{out})
	return out.I8
}

// check runs a job and compares.
func (j job) check() error {
	n := j.plan.Node
	for i, v := range j.in {
		if i < len(n.In) && n.In[i] != nil && v.Len() != n.In[i].Elements() {
			return fmt.Errorf("input %d: %d elements for %s", i, v.Len(), n.In[i])
		}
	}
	j.plan.run = operators[n.Op].run
	if got := j.run(); !slices.Equal(got, j.want) {
		return fmt.Errorf("differs:\n got %v\nwant %v", got[:min(len(got), 24)], j.want[:min(len(j.want), 24)])
	}
	return nil
}

// job reads a case.
func (o operatorCase) job() (job, error) {
	n := o.number
	plan := &Plan{
		Node:    &nn.Node{Name: o.name},
		InZero:  [2]int32{-int32(n("INPUT_OFFSET", n("INPUT1_OFFSET", n("LHS_OFFSET", 0)))), -int32(n("FILTER_OFFSET", n("INPUT2_OFFSET", n("RHS_OFFSET", 0))))},
		OutZero: int32(n("OUTPUT_OFFSET", 0)),
		Min:     int32(n("OUT_ACTIVATION_MIN", n("ACTIVATION_MIN", -128))), Max: int32(n("OUT_ACTIVATION_MAX", n("ACTIVATION_MAX", 127))),
	}
	if m := n("OUTPUT_MULTIPLIER", n("OUTPUT_MULT", 0)); m != 0 {
		plan.Out = []Rescale{{int32(m), int32(n("OUTPUT_SHIFT", 0))}}
	} else {
		shifts := o.array("output_shift")
		for i, m := range o.array("output_mult", "output_multiplier") {
			plan.Out = append(plan.Out, Rescale{m, shifts[i]})
		}
	}
	j := job{plan: plan, want: bytesOf(o.array("output_ref", "output")).I8}
	is := func(prefix string) bool { return strings.HasPrefix(o.name, prefix) }
	switch {
	case is("conv_"), is("basic"), is("kernel1x1"), is("stride2pad1"), is("grouped_conv"):
		o.window(&j, nn.Conv)
	case is("depthwise_"), is("in_ch_one"):
		o.window(&j, nn.Depthwise)
	case is("transpose_conv"), is("reverse_transpose_conv"):
		o.window(&j, nn.TransposedConv)
	case is("avgpooling"):
		o.pool(&j, nn.AveragePool)
	case is("maxpooling"):
		o.pool(&j, nn.MaxPool)
	case is("fully_connected"), is("fc_"):
		o.fully(&j)
	case is("batch_matmul"):
		o.matMul(&j)
	case is("softmax"):
		plan.Node.Op, plan.Node.Axis = nn.Softmax, -1
		shape := shaped(n("NUM_ROWS", 1), n("ROW_SIZE", 0))
		plan.Node.In, plan.Node.Out = []*nn.Tensor{shape}, []*nn.Tensor{shape}
		plan.Exp = NewExp(Rescale{int32(n("INPUT_MULT", 0)), int32(n("INPUT_LEFT_SHIFT", 0))}, int32(n("DIFF_MIN", 0)))
		j.in = []Value{bytesOf(o.array("input"))}
	case is("add"), is("mul"):
		plan.Node.Op = nn.Mul
		if is("add") {
			plan.Node.Op = nn.Add
			plan.LeftShift = int32(n("LEFT_SHIFT", 0))
			plan.In = [2]Rescale{{int32(n("INPUT1_MULT", 0)), int32(n("INPUT1_SHIFT", 0))}, {int32(n("INPUT2_MULT", 0)), int32(n("INPUT2_SHIFT", 0))}}
		}
		shape := shaped(n("DST_SIZE", 0))
		plan.Node.In, plan.Node.Out = []*nn.Tensor{shape, shape}, []*nn.Tensor{shape}
		j.in = []Value{bytesOf(o.array("input1")), bytesOf(o.array("input2"))}
	case is("pad_"):
		plan.Node.Op = nn.Pad
		plan.OutZero = int32(n("PAD_VALUE", 0))
		in, out := shaped(), shaped()
		for _, d := range []string{"N", "H", "W", "C"} {
			p := [2]int{n("PRE_PAD_"+d, 0), n("POST_PAD_"+d, 0)}
			plan.Node.Pads = append(plan.Node.Pads, p)
			in.Shape = append(in.Shape, n("INPUT_"+d, 0))
			out.Shape = append(out.Shape, n("INPUT_"+d, 0)+p[0]+p[1])
		}
		plan.Node.In, plan.Node.Out = []*nn.Tensor{in}, []*nn.Tensor{out}
		j.in = []Value{bytesOf(o.array("input_tensor"))}
	default:
		return j, fmt.Errorf("case %s is of no operator known here", o.name)
	}
	return j, nil
}

// after is the padding behind that a window needs, which the cases do not say.
func after(in, out [2]int, w *nn.Window) {
	for i := range 2 {
		w.After[i] = max(0, (out[i]-1)*w.Stride[i]+(w.Kernel[i]-1)*w.Dilation[i]+1-in[i]-w.Before[i])
	}
}

func (o operatorCase) window(j *job, op nn.Op) {
	n := j.plan.Node
	n.Op = op
	in, out := o.pair("INPUT_H", "INPUT_W", 1), o.pair("OUTPUT_H", "OUTPUT_W", 1)
	n.Window = nn.Window{Kernel: o.pair("FILTER_Y", "FILTER_X", 1), Stride: o.pair("STRIDE_Y", "STRIDE_X", 1),
		Dilation: o.pair("DILATION_Y", "DILATION_X", 1), Before: o.pair("PAD_Y", "PAD_X", 0)}
	batches, channels, outs := o.number("INPUT_BATCHES", 1), o.number("IN_CH", 0), o.number("OUT_CH", 0)
	each := o.number("FILTER_CH", channels)
	n.Groups, n.Multiplier = channels/each, outs/channels
	weights := shaped(outs, n.Window.Kernel[0], n.Window.Kernel[1], each)
	if op == nn.Depthwise {
		weights = shaped(1, n.Window.Kernel[0], n.Window.Kernel[1], outs)
	}
	if op != nn.TransposedConv {
		after(in, out, &n.Window)
	}
	n.In = []*nn.Tensor{shaped(batches, in[0], in[1], channels), weights}
	n.Out = []*nn.Tensor{shaped(batches, out[0], out[1], outs)}
	j.in = []Value{bytesOf(o.array("input")), bytesOf(o.array("weights")), {I32: o.array("biases", "bias")}}
}

func (o operatorCase) pool(j *job, op nn.Op) {
	n := j.plan.Node
	n.Op = op
	in, out := o.pair("INPUT_H", "INPUT_W", 1), o.pair("OUTPUT_H", "OUTPUT_W", 1)
	n.Window = nn.Window{Kernel: o.pair("FILTER_H", "FILTER_W", 1), Stride: o.pair("STRIDE_H", "STRIDE_W", 1),
		Dilation: [2]int{1, 1}, Before: o.pair("PADDING_H", "PADDING_W", 0)}
	after(in, out, &n.Window)
	batches := o.number("BATCH_SIZE", 1)
	n.In = []*nn.Tensor{shaped(batches, in[0], in[1], o.number("INPUT_C", 0))}
	n.Out = []*nn.Tensor{shaped(batches, out[0], out[1], o.number("OUTPUT_C", 0))}
	j.in = []Value{bytesOf(o.array("input_tensor"))}
}

func (o operatorCase) fully(j *job) {
	n := j.plan.Node
	n.Op = nn.FullyConnected
	outs, batches := o.number("OUT_CH", 0), o.number("INPUT_BATCHES", 1)
	depth := o.number("ACCUMULATION_DEPTH", 0)
	n.In = []*nn.Tensor{shaped(batches, depth), shaped(outs, depth)}
	n.Out = []*nn.Tensor{shaped(batches, outs)}
	j.in = []Value{bytesOf(o.array("input")), bytesOf(o.array("weights")), {I32: o.array("biases", "bias")}}
}

func (o operatorCase) matMul(j *job) {
	n := j.plan.Node
	n.Op = nn.MatMul
	dims := func(side string, swap bool) *nn.Tensor {
		r, c := o.number(side+"_ROWS", 0), o.number(side+"_COLS", 0)
		if swap {
			r, c = c, r
		}
		return shaped(o.number(side+"_BATCH", 1), o.number(side+"_HEIGHT", 1), r, c)
	}
	left := "lhs_input_tensor"
	if o.number("ADJ_X", 0) == 1 {
		left = "lhs_transposed_tensor"
	}
	n.TransposeB = o.number("ADJ_Y", 0) == 1
	n.In = []*nn.Tensor{dims("LHS", left == "lhs_transposed_tensor"), dims("RHS", false)}
	n.Out = []*nn.Tensor{dims("OUTPUT", false)}
	j.in = []Value{bytesOf(o.array(left)), bytesOf(o.array("rhs_input_tensor"))}
}

func TestAgainstCMSIS(t *testing.T) {
	cases := cmsis(t)
	for _, o := range cases {
		t.Run(o.name, func(t *testing.T) {
			j, err := o.job()
			if err != nil {
				t.Fatal(err)
			}
			if err := j.check(); err != nil {
				t.Error(err)
			}
		})
	}
	if len(cases) < 75 {
		t.Errorf("only %d cases were found", len(cases))
	}
}
