package lower

import (
	"bytes"
	"encoding/binary"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"marvelgen/flows/flowtest"
	"marvelgen/gen/nn"
	"marvelgen/gen/nn/golden"
)

const rescaler = `#include <stdio.h>
#include "nn_kernels.c"
int main(void)
{
    int32_t v[4];
    while (fread(v, 1, sizeof v, stdin) == sizeof v) {
        int32_t r = (int32_t)((uint32_t)rescale(v[0], v[1], v[2]) + (uint32_t)v[3]);
        fwrite(&r, 1, sizeof r, stdout);
        if (v[0] > -(1 << 29) && v[0] < 1 << 29 && v[2] <= 0 && v[2] >= -22)
            r = narrow_rescale(narrow_by(v[1], v[2], v[3], 0, 0), (uint32_t)v[0]);
        fwrite(&r, 1, sizeof r, stdout);
    }
    return 0;
}
`

// TestRescale compares the C of the rescaling, in general and where accumulators are
// narrow, with the golden one at the ends of its ranges and in between; a bug seeded
// in the C has to show.
func TestRescale(t *testing.T) {
	flowtest.Need(t, "gcc")
	r := rand.New(rand.NewPCG(6, 6))
	var stdin, want bytes.Buffer
	add := func(x int32, by golden.Rescale) {
		zero := []int32{-128, 127, 0}[r.IntN(3)]
		sum := by.Apply(x) + zero
		_ = binary.Write(&stdin, binary.LittleEndian, []int32{x, by.Multiplier, by.Shift, zero})
		_ = binary.Write(&want, binary.LittleEndian, []int32{sum, sum})
	}
	for shift := int32(-31); shift <= 31; shift++ {
		for _, m := range []int32{0, 1 << 30, 1<<30 + 1, math.MaxInt32, math.MaxInt32 - 1, 1<<30 + r.Int32N(1<<30)} {
			for _, x := range []int32{0, 1, -1, math.MaxInt32, math.MinInt32, math.MinInt32 + 1, 1 << 30, -1 << 30, 1<<29 - 1, 1 - 1<<29, 1<<29 - 2, 2 - 1<<29} {
				add(x, golden.Rescale{Multiplier: m, Shift: shift})
			}
			for k := int32(-3); shift < 0 && shift >= -22 && k <= 3; k++ { // halves, and their neighbours
				for _, half := range []int32{1, 3, -1, -3} {
					if x := int64(half)<<(-shift) + int64(k); x < 1<<29 && x > -1<<29 {
						add(int32(x), golden.Rescale{Multiplier: 1 << 30, Shift: shift})
					}
				}
			}
			for range 200 {
				add(int32(r.Uint32())>>r.IntN(31), golden.Rescale{Multiplier: m, Shift: shift})
			}
		}
	}
	x := &nn.Tensor{Name: "x", Shape: []int{4}, Quant: &nn.Quant{Scale: []float32{1}, Zero: []int32{0}}}
	y := &nn.Tensor{Name: "y", Shape: []int{4}, Quant: x.Quant}
	net, err := C(graph("net", &nn.Node{Op: nn.Relu, Params: nn.Params{Act: nn.ReluAct}, In: []*nn.Tensor{x}, Out: []*nn.Tensor{y}}))
	if err != nil {
		t.Fatal(err)
	}
	tests := map[string]struct {
		old, new string
		same     bool
	}{
		"as it is":      {same: true},
		"halves up":     {old: "(r + (r >> 31))", new: "r"},
		"high mul":      {old: "((int64_t)1 << 30)) >> 31", new: "0) >> 31"},
		"rounding lost": {old: ") + 1) >> 1;", new: ") + 0) >> 1;"},
		"narrow halves": {old: "shift < 0 ? -2 : 0", new: "0"},
		"narrow floor":  {old: "= 1 + (2 * zero", new: "= (2 * zero"},
		"narrow half":   {old: "2 * zero + (shift < 0)", new: "2 * zero"},
		"narrow zero":   {old: "2 * zero + (shift < 0)", new: "zero + (shift < 0)"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			dir := write(t, net, "net")
			for _, f := range net.Files {
				if f.Path != "nn_kernels.c" {
					continue
				}
				if !strings.Contains(string(f.Data), tt.old) {
					t.Fatalf("the C does not have %q", tt.old)
				}
				text := strings.ReplaceAll(string(f.Data), tt.old, tt.new)
				if tt.same {
					text = string(f.Data)
				}
				for name, text := range map[string]string{f.Path: text, "main.c": rescaler} {
					if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o666); err != nil {
						t.Fatal(err)
					}
				}
			}
			gcc := exec.CommandContext(t.Context(), "gcc", "-std=c99", "-O1", "-o", "run", "main.c")
			if tt.same {
				gcc.Args = append(gcc.Args, "-fsanitize=undefined", "-fno-sanitize-recover")
			}
			gcc.Dir = dir
			if b, err := gcc.CombinedOutput(); err != nil {
				t.Fatalf("gcc: %v\n%s", err, b)
			}
			run := exec.CommandContext(t.Context(), filepath.Join(dir, "run"))
			run.Stdin = bytes.NewReader(stdin.Bytes())
			got, err := run.Output()
			if err != nil {
				t.Fatal(err)
			}
			if bytes.Equal(got, want.Bytes()) != tt.same {
				i := differ(got, want.Bytes()) / 8
				t.Errorf("first difference at case %d of %d", i, want.Len()/8)
			}
		})
	}
}
