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
