package lower

import (
	"errors"
	"strings"
	"testing"

	"marvelgen/gen/nn"
)

// TestErrors: what has no C form is named, and nothing is written.
func TestErrors(t *testing.T) {
	float := func(name string) *nn.Tensor { return &nn.Tensor{Name: name, Shape: []int{4}, Type: nn.Float32} }
	quantised := func(name string, scale float32) *nn.Tensor {
		return &nn.Tensor{Name: name, Shape: []int{4}, Quant: &nn.Quant{Scale: []float32{scale}, Zero: []int32{0}}}
	}
	many := func(shape []int) *nn.Tensor {
		return &nn.Tensor{Name: "many", Shape: shape, Quant: &nn.Quant{Scale: []float32{1}, Zero: []int32{0}}}
	}
	tests := map[string]struct {
		node *nn.Node
		name string
		want []string
	}{
		"float": {node: &nn.Node{Op: nn.Sigmoid, In: []*nn.Tensor{float("x")}, Out: []*nn.Tensor{float("speed")}}, name: "net",
			want: []string{"net.tflite", "sigmoid", "speed", "float32"}},
		"shift": {node: &nn.Node{Op: nn.Mul, In: []*nn.Tensor{quantised("x", 1e9), quantised("z", 1e9)}, Out: []*nn.Tensor{quantised("tiny", 1)}}, name: "net",
			want: []string{"net.tflite", "mul", "tiny", "shift"}},
		"rank": {node: &nn.Node{Op: nn.Transpose, Params: nn.Params{Perm: []int{6, 5, 4, 3, 2, 1, 0}}, In: []*nn.Tensor{many([]int{2, 2, 2, 2, 2, 2, 2})}, Out: []*nn.Tensor{many([]int{2, 2, 2, 2, 2, 2, 2})}}, name: "net",
			want: []string{"net.tflite", "transpose", "many", "dimensions"}},
		"name": {node: &nn.Node{Op: nn.Relu, Params: nn.Params{Act: nn.ReluAct}, In: []*nn.Tensor{quantised("x", 1)}, Out: []*nn.Tensor{quantised("y", 1)}}, name: "nn_kernels",
			want: []string{"nn_kernels.tflite", "rename"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			net, err := C(graph(tt.name, tt.node))
			var located *nn.Error
			if net != nil || !errors.As(err, &located) {
				t.Fatalf("got %v, %v", net, err)
			}
			for _, w := range tt.want {
				if !strings.Contains(err.Error(), w) {
					t.Errorf("%q does not mention %s", err, w)
				}
			}
		})
	}
}
