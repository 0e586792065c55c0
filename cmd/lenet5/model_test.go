package main

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"marvelgen/gen/nn"
	"marvelgen/gen/nn/golden"
	"marvelgen/gen/nn/tflite"
	"marvelgen/specs"
)

// read is a shipped file.
func read(t *testing.T, name string) []byte {
	t.Helper()
	data, err := specs.FS.ReadFile("networks/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func shipped(t *testing.T) *nn.Graph {
	t.Helper()
	g, err := tflite.Import("lenet5.tflite", read(t, "lenet5.tflite"))
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// The committed model takes pixels as they are and gives probabilities.
func TestShippedEdges(t *testing.T) {
	g := shipped(t)
	x, y := g.Inputs[0], g.Outputs[0]
	if x.Type != nn.Int8 || x.Quant.Scale[0] != float32(1./255) || x.Quant.Zero[0] != -128 || x.Elements() != side*side {
		t.Errorf("the input is %v, %+v", x, x.Quant)
	}
	if y.Type != nn.Int8 || y.Quant.Scale[0] != 1./256 || y.Quant.Zero[0] != -128 || y.Elements() != classes {
		t.Errorf("the output is %v, %+v", y, y.Quant)
	}
	if len(read(t, "lenet5.tflite")) >= 80_000 {
		t.Errorf("%d bytes", len(read(t, "lenet5.tflite")))
	}
}

// Our own drawing is seen for what it is.
func TestShippedDigit(t *testing.T) {
	r := bytes.NewReader(read(t, "digit.pgm"))
	var d digit
	var magic, comment string
	var width, height, white int
	if _, err := fmt.Fscanf(r, "%s\n", &magic); err != nil || magic != "P2" {
		t.Fatalf("%q, %v", magic, err)
	}
	for b := byte(0); b != '\n'; {
		b, _ = r.ReadByte()
		comment += string(b)
	}
	if _, err := fmt.Fscan(r, &width, &height, &white); err != nil || width != side || height != side || white != 255 {
		t.Fatalf("%d x %d, %d, %v", width, height, white, err)
	}
	for i := range d.pixels {
		if _, err := fmt.Fscan(r, &d.pixels[i]); err != nil {
			t.Fatal(err)
		}
	}
	if n, err := fmt.Fscan(r, new(string)); n != 0 || err != io.EOF || comment[0] != '#' {
		t.Errorf("more than an image, or %v", err)
	}
	m, err := golden.New(shipped(t))
	if err != nil {
		t.Fatal(err)
	}
	scores, err := classify(t.Context(), m, &d)
	if err != nil {
		t.Fatal(err)
	}
	// A probability of 0.95, the others below 0.05.
	for c, s := range scores {
		if c == 3 && s < 115 || c != 3 && s > -115 {
			t.Errorf("the 3 has scores %v", scores)
		}
	}
}

// mnist is the folder of the images; the test skips where it is absent.
func mnist(t *testing.T) string {
	t.Helper()
	folder := filepath.Join("..", "..", "..", "shared", "models", "mnist")
	if _, err := os.Stat(folder); err != nil {
		t.Skip("no folder ../shared/models/mnist beside the project: the accuracy is not measured")
	}
	return folder
}

// The accuracy that the recipe states, measured again on all test images.
func TestShippedAccuracy(t *testing.T) {
	test, err := readSet(mnist(t), "t10k")
	if err != nil {
		t.Fatal(err)
	}
	right, err := accuracy(t.Context(), shipped(t), test, runtime.NumCPU())
	if err != nil {
		t.Fatal(err)
	}
	if len(test) != 10000 || right < 9850 {
		t.Errorf("%d of %d are right", right, len(test))
	}
	readme, err := os.ReadFile("../../specs/networks/README.md")
	if err != nil {
		t.Fatal(err)
	}
	sum := fmt.Sprintf("sha256 %x", sha256.Sum256(read(t, "lenet5.tflite")))
	for _, want := range []string{fmt.Sprintf("%d in int8", right), fmt.Sprintf("%d bytes", len(read(t, "lenet5.tflite"))), sum} {
		if !strings.Contains(string(readme), want) {
			t.Errorf("specs/networks/README.md does not say %q", want)
		}
	}
}
