package main

import (
	"bytes"
	"context"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"marvelgen/gen/nn/tflite"
)

// The program, from images to a model, on digits that are easy to tell apart.
func TestRun(t *testing.T) {
	dir := t.TempDir()
	for set, n := range map[string]uint32{"train": 256, "t10k": 64} {
		var pixels, labels strings.Builder
		for _, d := range strokes(int(n), rand.New(rand.NewPCG(5, 5))) {
			pixels.Write(d.pixels[:])
			labels.WriteByte(d.label)
		}
		writeSet(t, dir, set, file(pixels.String(), 0x803, n, side, side), file(labels.String(), 0x801, n))
	}
	r := recipe{Epochs: 4, Batch: 16, Rate: 0.002, Seed: 7, Workers: 2}
	out := filepath.Join(t.TempDir(), "x.tflite")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := run(ctx, dir, out, r, new(bytes.Buffer)); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	if _, err := os.Stat(out); err == nil {
		t.Error("a cancelled run left a file")
	}
	var log bytes.Buffer
	if err := run(t.Context(), dir, out, r, &log); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tflite.Import(out, data); err != nil {
		t.Error(err)
	}
	for _, want := range []string{"epoch 4 of 4: loss", "of 64 right in float32", "sha256"} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("%q does not say %q", log.String(), want)
		}
	}
	if err := run(t.Context(), "", out, r, &log); err == nil || !strings.Contains(err.Error(), "-mnist") {
		t.Errorf("without a folder: %v", err)
	}
}
