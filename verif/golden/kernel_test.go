package golden

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"marvelgen/flows/flowtest"
)

// small is a layer whose outputs can be worked out on paper: one channel, an
// identity scale of 1/2 and a kernel of ones.
func small() (Conv, Data) {
	c := conv(2, 3, 1, 1, 3, 1)
	c.OutputOffset = 0
	return c, Data{
		Input:      []int8{1, 2, 3, 4, 5, 6},
		Weights:    []int8{1, 1, 1, 1, 1, 1, 1, 1, 1},
		Bias:       []int32{1},
		Multiplier: []int32{1 << 30},
		Shift:      []int32{0},
	}
}

func TestConvByHand(t *testing.T) {
	c, d := small()
	// Sums with padding: 12 21 16 in both rows, plus bias, halved, halves up.
	if got, want := c.Run(d), []int8{7, 11, 9, 7, 11, 9}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	c.InputOffset = 1 // does not reach the padding: 4, 6 and 4 taps see it
	if got, want := c.Run(d), []int8{9, 14, 11, 9, 14, 11}; !slices.Equal(got, want) {
		t.Errorf("with input offset: got %v, want %v", got, want)
	}
	c.InputOffset, c.OutputOffset, c.Max = 0, 120, 127
	if got, want := c.Run(d), []int8{127, 127, 127, 127, 127, 127}; !slices.Equal(got, want) {
		t.Errorf("clamped: got %v, want %v", got, want)
	}
}

func TestDepthwiseByHand(t *testing.T) {
	c := depthwise(conv(1, 2, 2, 2, 1, 0))
	c.OutputOffset = 0
	d := Data{
		Input: []int8{1, 2, 3, 4}, Weights: []int8{10, -10}, Bias: []int32{0, 2},
		Multiplier: []int32{1 << 30, 1 << 30}, Shift: []int32{0, 1},
	}
	if got, want := c.Run(d), []int8{5, -18, 15, -38}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestKernelsAreWithinBounds(t *testing.T) {
	for _, k := range Kernels() {
		c := k.Conv
		perOutput := c.WeightCount() / c.OutC
		if limit := int64(perOutput)*128*127 + biasLimit; limit > 1<<k.AccBits {
			t.Errorf("%s: accumulators reach %d, more than 2^%d", k.Name, limit, k.AccBits)
		}
		d := k.Generate(1)
		inside := 0
		for _, v := range d.Expected {
			if v > -128 && v < 127 {
				inside++
			}
		}
		distinct := len(slices.Compact(slices.Sorted(slices.Values(d.Expected))))
		if inside*100 < 60*len(d.Expected) || inside == len(d.Expected) || distinct < 60 {
			t.Errorf("%s: %d of %d outputs are not clamped, %d distinct: not a good test", k.Name, inside, len(d.Expected), distinct)
		}
		if slices.Min(d.Weights) < -127 {
			t.Errorf("%s: a weight of -128", k.Name)
		}
	}
}

// Data that changed without notice would change every recorded figure. On
// purpose? Then put the new hashes here.
func TestGenerateIsPinned(t *testing.T) {
	for _, c := range []struct{ name, want string }{
		{"conv1x1", "896d32d55125"}, {"conv3x3", "7752bc678dbe"}, {"depthwise", "1a7313d82d98"}, {"fc", "f7139db0776c"},
	} {
		k, ok := KernelByName(c.name)
		if !ok {
			t.Fatalf("no kernel %s", c.name)
		}
		if got := fmt.Sprintf("%.6x", sha256.Sum256(fmt.Append(nil, k.Generate(1)))); got != c.want {
			t.Errorf("%s: hash %s, want %s", c.name, got, c.want)
		}
	}
}

func TestSeedsDiffer(t *testing.T) {
	for _, k := range Kernels() {
		if slices.Equal(k.Generate(1).Input, k.Generate(2).Input) {
			t.Errorf("%s: seeds 1 and 2 give the same input", k.Name)
		}
	}
}

// The header must be C, and the numbers in it must be the numbers we meant.
func TestWriteHeader(t *testing.T) {
	gcc, err := exec.LookPath("gcc")
	flowtest.Missing(t, err)
	dir := t.TempDir()
	for _, k := range Kernels() {
		var b bytes.Buffer
		if err := WriteHeader(&b, k, 1); err != nil {
			t.Fatal(err)
		}
		d := k.Generate(1)
		sum := 0
		for _, list := range [][]int8{d.Input, d.Weights, d.Expected} {
			for i, v := range list {
				sum += (i%251 + 1) * int(v)
			}
		}
		main := b.String() + `
#include <stdio.h>
#define SUM(a) for (unsigned i = 0; i < sizeof a; i++) s += (int)(i % 251 + 1) * a[i];
int main(void) { int s = 0; SUM(data_input) SUM(data_weights) SUM(data_expected)
printf("%d %d %d %d", s, data_bias[OUT_C - 1], data_multiplier[0], data_shift[OUT_C - 1]); return 0; }
`
		exe := filepath.Join(dir, k.Name)
		if err := os.WriteFile(exe+".c", []byte(main), 0o666); err != nil {
			t.Fatal(err)
		}
		if out, err := exec.Command(gcc, "-Wall", "-Wextra", "-Werror", "-o", exe, exe+".c").CombinedOutput(); err != nil {
			t.Fatalf("%s", out)
		}
		out, err := exec.Command(exe).Output()
		last := k.Conv.OutC - 1
		if want := fmt.Sprintf("%d %d %d %d", sum, d.Bias[last], d.Multiplier[0], d.Shift[last]); err != nil || strings.TrimSpace(string(out)) != want {
			t.Errorf("%s: C sees %q, want %q", k.Name, out, want)
		}
	}
}
