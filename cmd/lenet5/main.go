// Command lenet5 trains LeNet-5 on MNIST, quantises it and writes it as a
// TensorFlow Lite model: the recipe of specs/networks/lenet5.tflite.
package main

import (
	"context"
	"crypto/sha256"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"time"

	"marvelgen/gen/nn"
	"marvelgen/gen/nn/quant"
	"marvelgen/gen/nn/tflite"
)

func main() {
	r := recipe{Batch: 64, Rate: 0.002, Shift: 2}
	folder := flag.String("mnist", "", "folder with the four IDX files of MNIST, gzipped")
	out := flag.String("out", "specs/networks/lenet5.tflite", "model to write")
	flag.IntVar(&r.Epochs, "epochs", 20, "passes over the 60,000 images")
	flag.Uint64Var(&r.Seed, "seed", 1, "of weights, order and shifts")
	flag.IntVar(&r.Workers, "workers", runtime.NumCPU(), "goroutines; the result does not depend on them")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, *folder, *out, r, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "lenet5:", err)
		os.Exit(1)
	}
}

// calibration is how many training images show the ranges of activations.
const calibration = 1000

func run(ctx context.Context, folder, out string, r recipe, log io.Writer) error {
	if folder == "" || r.Epochs < 1 || r.Workers < 1 {
		return fmt.Errorf("name the folder of MNIST with -mnist, and at least one epoch and worker")
	}
	images, err := readSet(folder, "train")
	if err != nil {
		return err
	}
	test, err := readSet(folder, "t10k")
	if err != nil {
		return err
	}
	start := time.Now()
	p, err := r.train(ctx, images, func(epoch int, loss float64) {
		fmt.Fprintf(log, "epoch %d of %d: loss %.4f, %s\n", epoch, r.Epochs, loss, time.Since(start).Round(time.Second))
	})
	if err != nil {
		return err
	}
	float, err := p.graph()
	if err != nil {
		return err
	}
	quantized, err := quantize(ctx, float, images)
	if err != nil {
		return err
	}
	data, err := tflite.Write(quantized)
	if err != nil {
		return err
	}
	right, err := accuracy(ctx, quantized, test, r.Workers)
	if err != nil {
		return err
	}
	if err := replace(out, data); err != nil {
		return err
	}
	fmt.Fprintf(log, "seed %d, %d epochs: %d of %d right in float32, %d in int8\n", r.Seed, r.Epochs, p.right(test), len(test), right)
	fmt.Fprintf(log, "%s: %d bytes, sha256 %x\n", out, len(data), sha256.Sum256(data))
	return nil
}

// quantize calibrates with the first training images, as they are.
func quantize(ctx context.Context, g *nn.Graph, images []digit) (*nn.Graph, error) {
	var samples [][][]float32
	for _, d := range images[:min(calibration, len(images))] {
		samples = append(samples, [][]float32{d.real()})
	}
	return quant.Quantize(ctx, g, samples, quant.Options{})
}

// replace writes a file whole or not at all.
func replace(name string, data []byte) error {
	f, err := os.CreateTemp(filepath.Dir(name), ".lenet5-*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	if _, err := f.Write(data); err != nil {
		f.Close()
		return err
	}
	if err := f.Chmod(0o644); err != nil {
		f.Close()
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	return os.Rename(f.Name(), name)
}
