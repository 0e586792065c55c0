package tflite

import (
	"os"
	"path/filepath"
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

func TestModels(t *testing.T) {
	for _, name := range []string{"ic_resnet8", "kws_dscnn", "ad_autoencoder", "mnist_cnn", "mnist_resnet", "mobilenetv1_025_128"} {
		t.Run(name, func(t *testing.T) {
			g := load(t, name)
			for _, n := range g.Nodes {
				var macs int64 = n.MACs()
				t.Log(n.Name, n.Op, n.In[0].Shape, n.Out[0].Shape, macs, n.Params)
			}
		})
	}
}
