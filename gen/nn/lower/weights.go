package lower

import (
	"fmt"

	"marvelgen/gen/nn"
	"marvelgen/gen/nn/plan"
)

// MaxArrays is how many bytes of constant tensors are printed as arrays in C. With
// more, all of them go to <name>_weights.bin, which <name>_weights.S includes: as
// text they would be four times as long, and slow to compile.
const MaxArrays = 1 << 20

// file is the constant tensors of a large network, one after another.
type file struct {
	symbol string // of the first byte in C
	data   []byte
}

// newFile is nil for a network whose constants stay arrays.
func newFile(g *nn.Graph) *file {
	bytes := 0
	for _, n := range g.Nodes {
		for i, t := range n.In {
			// Biases and gains are printed as numbers, with what the kernel wants folded in.
			if t != nil && t.Const() && !(weights(n, i) && (i > 1 || n.Op == nn.LayerNorm)) {
				bytes += aligned(t.Bytes())
			}
		}
	}
	if bytes <= MaxArrays {
		return nil
	}
	return &file{g.Name + "_weights", make([]byte, 0, bytes)}
}

func aligned(n int) int { return (n + plan.Align - 1) / plan.Align * plan.Align }

// add appends a tensor and returns its address in C.
func (f *file) add(t *nn.Tensor) string {
	at := len(f.data)
	for _, v := range t.I8 {
		f.data = append(f.data, byte(v))
	}
	for _, v := range words(t) {
		f.data = append(f.data, byte(v))
	}
	f.data = append(f.data, make([]byte, aligned(len(f.data))-len(f.data))...)
	return fmt.Sprintf("%s + %d", f.symbol, at)
}
