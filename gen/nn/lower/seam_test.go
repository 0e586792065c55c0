package lower

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"marvelgen/gen/nn"
)

// TestSeam puts another kernel and a tracer in place by macros, as a design does.
func TestSeam(t *testing.T) {
	x := &nn.Tensor{Name: "x", Shape: []int{4}, Quant: &nn.Quant{Scale: []float32{1}, Zero: []int32{0}}}
	y := &nn.Tensor{Name: "y", Shape: []int{4}, Quant: x.Quant}
	net, err := C(graph("net", &nn.Node{Op: nn.Relu, Params: nn.Params{Act: nn.ReluAct}, In: []*nn.Tensor{x}, Out: []*nn.Tensor{y}}))
	if err != nil {
		t.Fatal(err)
	}
	if got := host(t, net, "net", []byte{1, 0xff, 3, 0x80}); !bytes.Equal(got, []byte{1, 0, 3, 0}) {
		t.Errorf("our kernel: %v", got)
	}
	dir := t.TempDir()
	const other = "#define NN_LOOKUP(table, n, x, y) ((void)(table), (void)(x), memset(y, 42, n))\n#define NN_TRACE(layer, data, bytes) ((data)[(bytes) - 1] = 7 + (layer))\n"
	if err := os.WriteFile(filepath.Join(dir, "other.h"), []byte(other), 0o666); err != nil {
		t.Fatal(err)
	}
	if got := host(t, net, "net", make([]byte, 4), "-I"+dir, `-DNN_KERNELS_EXTENSION="other.h"`, "-DNN_LAYER=static __attribute__((noinline))"); !bytes.Equal(got, []byte{42, 42, 42, 7}) {
		t.Errorf("the other kernel: %v", got)
	}
}

// TestSeamOfProducts puts another multiplication into the kernels.
func TestSeamOfProducts(t *testing.T) {
	scale := &nn.Quant{Scale: []float32{1}, Zero: []int32{0}}
	x := &nn.Tensor{Name: "x", Shape: []int{1, 2}, Quant: scale}
	w := &nn.Tensor{Name: "w", Shape: []int{1, 2}, Quant: scale, I8: []int8{3, 4}}
	y := &nn.Tensor{Name: "y", Shape: []int{1, 1}, Quant: scale}
	net, err := C(graph("net", &nn.Node{Op: nn.FullyConnected, In: []*nn.Tensor{x, w}, Out: []*nn.Tensor{y}}))
	if err != nil {
		t.Fatal(err)
	}
	for defined, want := range map[string]byte{"": 1*3 + 2*4, "-DNN_MAC(sum, a, b)=((sum) += (uint32_t)((a) * (b) + 1))": 1*3 + 1 + 2*4 + 1} {
		flags := []string{}
		if defined != "" {
			flags = append(flags, defined)
		}
		if got := host(t, net, "net", []byte{1, 2}, flags...); !bytes.Equal(got, []byte{want}) {
			t.Errorf("%s: %v, want %d", defined, got, want)
		}
	}
}
