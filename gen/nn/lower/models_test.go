package lower

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"marvelgen/flows/flowtest"
	"marvelgen/gen/nn"
	"marvelgen/gen/nn/tflite"
)

// network imports one of others' models, which are no part of the project, and
// reads its inputs and expected outputs; the test is skipped where they are not.
func network(t testing.TB, name string) (g *nn.Graph, in, out []byte) {
	t.Helper()
	dir := os.Getenv("MARVELGEN_MODELS")
	if dir == "" {
		dir = filepath.Join("..", "..", "..", "..", "shared", "models")
	}
	read := func(suffix string) []byte {
		data, err := os.ReadFile(filepath.Join(dir, "tflite", name+suffix))
		if err != nil {
			t.Skipf("the models are not here (set MARVELGEN_MODELS): %v", err)
		}
		return data
	}
	g, err := tflite.Import(name+".tflite", read(".tflite"))
	if err != nil {
		t.Fatal(err)
	}
	return g, read(".in.bin"), read(".out.bin")
}

// driver runs a network on every input in stdin.
const driver = `#include <stdio.h>
#include "%[1]s.h"
static int8_t in[%[2]s_IN_BYTES], out[%[2]s_OUT_BYTES];
int main(void)
{
    while (fread(in, 1, sizeof in, stdin) == sizeof in) {
        if (%[1]s_run(in, out))
            return 1;
        fwrite(out, 1, sizeof out, stdout);
    }
    return 0;
}
`

// write puts a network's files and a driver into a folder.
func write(t testing.TB, net *Network, name string) string {
	t.Helper()
	dir := t.TempDir()
	for _, f := range net.Files {
		if err := os.WriteFile(filepath.Join(dir, f.Path), f.Data, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(dir, "main.c"), fmt.Appendf(nil, driver, name, strings.ToUpper(name)), 0o666); err != nil {
		t.Fatal(err)
	}
	return dir
}

// host compiles a network as strictly as gcc does and runs it on inputs.
func host(t testing.TB, net *Network, name string, in []byte, flags ...string) []byte {
	t.Helper()
	flowtest.Need(t, "gcc")
	dir := write(t, net, name)
	args := append([]string{"-std=c99", "-O2", "-Wall", "-Wextra", "-Werror", "-pedantic", "-I.", "-o", "run", "main.c"}, append(net.Sources(), flags...)...)
	gcc := exec.CommandContext(context.Background(), "gcc", args...)
	gcc.Dir = dir
	if text, err := gcc.CombinedOutput(); err != nil {
		t.Fatalf("gcc: %v\n%s", err, text)
	}
	run := exec.CommandContext(context.Background(), filepath.Join(dir, "run"))
	run.Stdin = bytes.NewReader(in)
	out, err := run.Output()
	if err != nil {
		t.Fatalf("%s: %v %s", name, err, run.Stderr)
	}
	return out
}

var networks = []struct {
	name   string
	most   int     // inputs
	cycles float64 // for each multiplication, at most
}{{"ic_resnet8", 10, 3.4}, {"kws_dscnn", 25, 4.2}, {"ad_autoencoder", 10, 3.9}, {"mnist_cnn", 100, 8}, {"mnist_resnet", 100, 3.8}, {"mobilenetv1_025_128", 4, 4.3}}

// TestNetworksOnHost compares the C of whole networks with what the reference
// kernels computed, byte for byte; undefined behaviour stops the program.
func TestNetworksOnHost(t *testing.T) {
	for _, tt := range networks {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			g, in, want := network(t, tt.name)
			net, err := C(g)
			if err != nil {
				t.Fatal(err)
			}
			runs := min(tt.most, len(in)/net.Memory.InputBytes)
			got := host(t, net, tt.name, in[:runs*net.Memory.InputBytes], "-fsanitize=undefined,address", "-fno-sanitize-recover")
			if want = want[:runs*net.Memory.OutputBytes]; runs == 0 || !bytes.Equal(got, want) {
				t.Errorf("%d runs: got %d bytes, want %d; first difference at %d", runs, len(got), len(want), differ(got, want))
			}
			t.Logf("arena %d bytes, %d without reuse", net.Memory.Arena, net.Memory.Sum)
		})
	}
}

func differ(a, b []byte) int {
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			return i
		}
	}
	return min(len(a), len(b))
}
