package network_test

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"marvelgen/cmd/marvelgen/internal/build"
	"marvelgen/cmd/marvelgen/internal/network"
	"marvelgen/flows"
	"marvelgen/flows/flowtest"
	"marvelgen/gen"
	"marvelgen/gen/emit"
	judged "marvelgen/verif/profile"
)

// noting are kernels that leave the first layer to another, run an instruction in
// the second, and do both where layers are fully connected.
const noting = `
#include "riscv_cnn.h"
#define NN_CONV some_conv
#define NN_FULLY_CONNECTED both
static __attribute__((unused)) volatile int never;
static __attribute__((unused)) void some_conv(const struct nn_conv *p, const int8_t *x, const int8_t *w, const int32_t *bias, int8_t *y, int8_t *scratch)
{
    if (p->window.in_channels == 1)
        NN_NOTE("one channel, 100 %");
    else if (p->groups != 1)
        NN_NOTE("groups");
    else
        mv_oset(0, 0);
    nn_conv(p, x, w, bias, y, scratch);
}
static __attribute__((unused)) void both(const struct nn_fully_connected *p, const int8_t *x, const int8_t *w, const int32_t *bias, int8_t *y, int8_t *scratch)
{
    mv_oset(0, 0);
    if (never)
        NN_NOTE("never"); // what follows is run, and must not be taken for it
    NN_NOTE("all rows");
    nn_fully_connected(p, x, w, bias, y, scratch);
}
`

// TestPaths asks for every layer whose code ran, and why: what was not run is not told.
func TestPaths(t *testing.T) {
	flowtest.Steps(t, flows.StepCompile)
	file := filepath.Join("..", "..", "..", "..", "specs", "cnn.hcl")
	src, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	loaded, problems, err := gen.Load(file, src)
	if err != nil || len(problems) > 0 {
		t.Fatal(err, problems)
	}
	b, err := build.NewBench(loaded, "wide", t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	m, in, ref := lenet(t)
	want := map[string]network.LayerProfile{
		"conv1": {Path: network.PathPortable, Notes: []string{"one channel, 100 %"}},
		"conv2": {Path: network.PathFast},
		"pool1": {Path: network.PathPortable},
		"fc1":   {Path: network.PathPartly, Notes: []string{"all rows"}},
	}
	s, lines := onCoreWith(t, b, m, in, ref, "", []emit.File{{Path: "noting.h", Data: []byte(noting)}})
	for _, known := range []*judged.Lines{lines, nil} {
		found := 0
		for _, l := range m.ProfileOf(s, b.Machine, known, 0).Layers {
			w, ok := want[l.Name]
			if !ok {
				continue
			}
			if found++; known == nil {
				if w.Notes = nil; w.Path == network.PathPartly {
					w.Path = network.PathFast // nothing says otherwise
				}
			}
			if l.Path != w.Path || !slices.Equal(l.Notes, w.Notes) {
				t.Errorf("%s: %s %q, want %s %q", l.Name, l.Path, l.Notes, w.Path, w.Notes)
			}
		}
		if found != len(want) {
			t.Errorf("%d layers found", found)
		}
	}
	base := bench(t)
	s, lines = onCore(t, base, m, in, ref, "")
	for _, l := range m.ProfileOf(s, base.Machine, lines, 0).Layers {
		if len(base.Machine.Exts) == 0 && l.Path != "" || len(l.Notes) > 0 {
			t.Errorf("%s on the core alone: %q %q", l.Name, l.Path, l.Notes)
		}
	}
}
