package tflite

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"marvelgen/gen/nn"
)

// models is the folder of the shared models; the test skips where it is absent.
func models(tb testing.TB) string {
	tb.Helper()
	dir, err := filepath.Abs(".")
	if err != nil {
		tb.Fatal(err)
	}
	for ; dir != filepath.Dir(dir); dir = filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			break
		}
	}
	folder := filepath.Join(dir, "..", "shared", "models", "tflite")
	if _, err := os.Stat(folder); err != nil {
		tb.Skip("no folder ../shared/models/tflite beside the project: its models are not tested")
	}
	return folder
}

func load(tb testing.TB, name string) *nn.Graph {
	tb.Helper()
	data, err := os.ReadFile(filepath.Join(models(tb), name+".tflite"))
	if err != nil {
		tb.Fatal(err)
	}
	g, err := Import(name+".tflite", data)
	if err != nil {
		tb.Fatal(err)
	}
	return g
}

// modelCases are the shared models. Multiplications and constants were counted by
// hand from the architectures; what the constants are shows in the outputs that
// the golden execution computes from them.
var modelCases = []struct {
	name      string
	ops       string // kind by kind, repeated ones counted
	in, out   []int
	macs      int64
	constants int // bytes of weights and biases
	layer     string
	source    string // of layer
}{
	{"ic_resnet8", "conv*3 add conv*3 add conv*3 add average_pool reshape fully_connected softmax", []int{1, 32, 32, 3}, []int{1, 10}, 12501632, 78744, "conv2d_5", "6 CONV_2D"},
	{"kws_dscnn", "conv depthwise conv depthwise conv depthwise conv depthwise conv average_pool reshape fully_connected softmax", []int{1, 49, 10, 1}, []int{1, 12}, 2656768, 24368, "depthwise_conv2d_3", "7 DEPTHWISE_CONV_2D"},
	{"ad_autoencoder", "fully_connected*10", []int{1, 640}, []int{1, 640}, 264192, 270880, "dense_9", "9 FULLY_CONNECTED"},
	{"mnist_cnn", "conv*3 mean fully_connected softmax", []int{1, 28, 28, 1}, []int{1, 10}, 21220, 1788, "GAP", "3 MEAN"},
	{"mnist_resnet", "conv*3 add conv reshape fully_connected softmax", []int{1, 28, 28, 1}, []int{1, 10}, 499824, 23044, "tf_operators_add_3", "3 ADD"},
	{"mobilenetv1_025_128", "conv depthwise conv pad depthwise conv depthwise conv pad depthwise conv depthwise conv pad depthwise conv depthwise conv depthwise conv depthwise conv depthwise conv depthwise conv pad depthwise conv depthwise conv mean conv reshape softmax",
		[]int{1, 128, 128, 3}, []int{1, 1000}, 13570048, 478544, "conv_pw_13", "30 CONV_2D"},
}

func TestModels(t *testing.T) {
	for _, c := range modelCases {
		t.Run(c.name, func(t *testing.T) {
			g := load(t, c.name)
			var ops []string
			count := 1
			macs, constants := int64(0), map[*nn.Tensor]bool{}
			sources := map[string]string{}
			for i, n := range g.Nodes {
				if i+1 < len(g.Nodes) && g.Nodes[i+1].Op == n.Op {
					count++
				} else {
					op := n.Op.String()
					if count > 1 {
						op += fmt.Sprintf("*%d", count)
					}
					ops, count = append(ops, op), 1
				}
				macs += n.MACs()
				sources[n.Name] = n.Source
				for _, x := range n.In {
					if x != nil && x.Const() {
						constants[x] = true
					}
				}
			}
			bytes := 0
			for x := range constants {
				bytes += x.Bytes()
			}
			if got := strings.Join(ops, " "); got != c.ops {
				t.Errorf("operators %s", got)
			}
			if len(g.Inputs) != 1 || len(g.Outputs) != 1 || !slices.Equal(g.Inputs[0].Shape, c.in) || !slices.Equal(g.Outputs[0].Shape, c.out) {
				t.Errorf("inputs %v, outputs %v", g.Inputs, g.Outputs)
			}
			if macs != c.macs || bytes != c.constants || sources[c.layer] != c.source || g.Name != c.name {
				t.Errorf("%s: %d MACs, %d bytes of constants, layer %s from %q", g.Name, macs, bytes, c.layer, sources[c.layer])
			}
		})
	}
}
