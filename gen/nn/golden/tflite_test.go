package golden

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"marvelgen/gen/nn"
	"marvelgen/gen/nn/tflite"
)

// models is the folder of others' models and vectors, which are no part of the
// project: beside its root, or MARVELGEN_MODELS.
func models(t testing.TB, path ...string) string {
	t.Helper()
	dir := os.Getenv("MARVELGEN_MODELS")
	if dir == "" {
		dir = filepath.Join("..", "..", "..", "..", "shared", "models")
	}
	file := filepath.Join(append([]string{dir}, path...)...)
	if _, err := os.Stat(file); err != nil {
		t.Skipf("the models are not here (set MARVELGEN_MODELS): %v", err)
	}
	return file
}

// network imports a model and reads its inputs and expected outputs.
func network(t testing.TB, name string) (g *nn.Graph, in, out []byte) {
	t.Helper()
	read := func(suffix string) []byte {
		data, err := os.ReadFile(models(t, "tflite", name+suffix))
		if err != nil {
			t.Fatal(err)
		}
		return data
	}
	g, err := tflite.Import(name+".tflite", read(".tflite"))
	if err != nil {
		t.Fatal(err)
	}
	return g, read(".in.bin"), read(".out.bin")
}

// differ runs at most limit inputs through a network and says what differs first.
func differ(m *Machine, in, want []byte, limit int) error {
	x, y := m.Graph.Inputs[0], m.Graph.Outputs[0]
	runs := min(len(in)/x.Bytes(), limit)
	if runs == 0 || len(want)/y.Bytes() < runs {
		return fmt.Errorf("%d bytes of input, %d of output", len(in), len(want))
	}
	for i := range runs {
		v, err := FromBytes(x.Type, in[i*x.Bytes():][:x.Bytes()])
		if err != nil {
			return err
		}
		out, err := m.Run(context.Background(), v)
		if err != nil {
			return err
		}
		if got, want := out[0].Bytes(), want[i*y.Bytes():][:y.Bytes()]; !slices.Equal(got, want) {
			return fmt.Errorf("input %d:\n got %v\nwant %v", i, got, want)
		}
	}
	return nil
}

var networks = []string{"ic_resnet8", "kws_dscnn", "ad_autoencoder", "mnist_cnn", "mnist_resnet", "mobilenetv1_025_128"}

func TestNetworks(t *testing.T) {
	for _, name := range networks {
		t.Run(name, func(t *testing.T) {
			g, in, want := network(t, name)
			m, err := New(g)
			if err != nil {
				t.Fatal(err)
			}
			limit := 1000
			if testing.Short() {
				limit = 2
			}
			if err := differ(m, in, want, limit); err != nil {
				t.Error(err)
			}
		})
	}
}
