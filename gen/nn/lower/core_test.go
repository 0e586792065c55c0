package lower

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"marvelgen/flows/flowtest"
	"marvelgen/flows/gcc"
	"marvelgen/gen"
	"marvelgen/gen/emit/sw"
	"marvelgen/gen/isa"
	"marvelgen/gen/nn"
	"marvelgen/specs"
	"marvelgen/verif/iss"
)

// bare runs one input on the core and prints the output's bytes.
const bare = `#include "%[1]s.h"
#include "marvel_rt.h"
static const int8_t in[] = {%[2]s};
static int8_t out[%[3]d];
int main(void)
{
    unsigned i;
    int r;
    mv_roi_begin();
    r = %[1]s_run(in, out);
    mv_roi_end();
    for (i = 0; i < sizeof out; i++)
        mv_putchar((uint8_t)out[i]);
    return r;
}
`

// design is the base core of the project's spec.
func design(t testing.TB) *isa.Machine {
	t.Helper()
	src, err := specs.FS.ReadFile("marvel.hcl")
	if err != nil {
		t.Fatal(err)
	}
	l, problems, err := gen.Load("marvel.hcl", src)
	if err != nil || len(problems) > 0 {
		t.Fatal(err, problems)
	}
	return l.Machines[0]
}

// simulate compiles a network for the core and runs it on one input.
func simulate(t testing.TB, m *isa.Machine, net *Network, name, compiler string, in []byte, flags ...string) ([]byte, *iss.Machine, iss.Result) {
	t.Helper()
	dir := write(t, net, name)
	files, err := sw.Emit(m)
	if err != nil {
		t.Fatal(err)
	}
	ram := sw.RAMFor(net.RAM())
	script, err := sw.LinkScript(m, ram)
	if err != nil {
		t.Fatal(err)
	}
	files = append(files, script)
	at := func(name string) string { return filepath.Join(dir, name) }
	for _, f := range files {
		if err := os.WriteFile(at(filepath.Base(f.Path)), f.Data, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	var text bytes.Buffer
	for _, b := range in {
		fmt.Fprintf(&text, "%d,", int8(b))
	}
	if err := os.WriteFile(at("main.c"), fmt.Appendf(nil, bare, name, text.String(), net.Memory.OutputBytes), 0o666); err != nil {
		t.Fatal(err)
	}
	sources := []string{at("crt0.S"), at("runtime.c"), at("main.c")}
	for _, s := range net.Sources() {
		sources = append(sources, at(s))
	}
	err = gcc.Build(t.Context(), gcc.Options{Compiler: compiler, Warn: true, Flags: append(flags, "-std=c99"), Includes: []string{dir}, LinkScript: at("link.ld"), Out: at("run.elf"), Sources: sources})
	if err != nil {
		t.Fatal(err)
	}
	img, err := iss.ReadFile(at("run.elf"))
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	cfg := iss.ForDesign(m)
	cfg.RAMSize, cfg.Stdout, cfg.MaxCycles = ram, &out, 1<<30
	sim, err := iss.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	if err := sim.Load(img); err != nil {
		t.Fatal(err)
	}
	r, err := sim.Run()
	if err != nil || r.ExitCode != 0 {
		t.Fatalf("exit code %d, %v", r.ExitCode, err)
	}
	return out.Bytes(), sim, r
}

// symbols finds layers whose functions are not in the program under their names,
// each called once, and an arena that is not there.
func symbols(net *Network, sim *iss.Machine) error {
	calls := map[string]uint64{}
	for _, f := range sim.Profile().Functions {
		calls[f.Name] = f.Executions
	}
	for _, l := range net.Layers {
		if l.Function != "" && calls[l.Function] != 1 {
			return fmt.Errorf("%s was called %d times", l.Function, calls[l.Function])
		}
	}
	if a, ok := sim.Symbols().Lookup("arena"); !ok || int(a.Size) != net.Memory.Arena {
		return fmt.Errorf("the arena of %d bytes is %v", net.Memory.Arena, a)
	}
	return nil
}

// TestNetworksOnCore runs whole networks on the simulated base core, from either
// compiler. What others' instructions are compared with has to be good code: the
// cycles per multiplication have limits.
func TestNetworksOnCore(t *testing.T) {
	flowtest.Need(t, "clang-19", "riscv64-unknown-elf-ld")
	m := design(t)
	for _, tt := range networks {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			g, in, want := network(t, tt.name)
			net, err := C(g)
			if err != nil {
				t.Fatal(err)
			}
			macs := int64(0)
			for _, n := range g.Nodes {
				macs += n.MACs()
			}
			want = want[:net.Memory.OutputBytes]
			for _, compiler := range []string{gcc.Clang, gcc.GCC} {
				got, sim, r := simulate(t, m, net, tt.name, compiler, in[:net.Memory.InputBytes])
				if err := symbols(net, sim); err != nil {
					t.Errorf("%s: %v", compiler, err)
				}
				if !bytes.Equal(got, want) {
					t.Errorf("%s: got %d bytes, want %d; first difference at %d", compiler, len(got), len(want), differ(got, want))
				}
				each := float64(r.ROICycles) / float64(macs)
				if each > tt.cycles {
					t.Errorf("%s: %.2f cycles for each multiplication, more than %.2f", compiler, each, tt.cycles)
				}
				t.Logf("%s: %d cycles, %d multiplications: %.2f cycles for each", compiler, r.ROICycles, macs, each)
			}
		})
	}
}

// TestOperatorsOnCore runs the operators of transformers by themselves, from either
// compiler in turn.
func TestOperatorsOnCore(t *testing.T) {
	flowtest.Need(t, "clang-19", "riscv64-unknown-elf-ld")
	m, r := design(t), rand.New(rand.NewPCG(6, 6))
	for i, g := range every() {
		if op := g.Nodes[0].Op; op != nn.MatMul && op != nn.LayerNorm && op != nn.Gather {
			continue
		}
		net, err := C(g)
		if err != nil {
			t.Fatal(err)
		}
		var in, want bytes.Buffer
		reference(t, g, r, &in, &want)
		compiler := []string{gcc.Clang, gcc.GCC}[i%2]
		t.Run(g.Name+" "+compiler, func(t *testing.T) {
			t.Parallel()
			if got, _, _ := simulate(t, m, net, g.Name, compiler, in.Bytes()); !bytes.Equal(got, want.Bytes()) {
				t.Errorf("%s: first difference at byte %d of %d", g.Nodes[0].Op, differ(got, want.Bytes()), want.Len())
			}
		})
	}
}

// TestSymbols: a layer that was made part of its caller is noticed.
func TestSymbols(t *testing.T) {
	flowtest.Need(t, "clang-19", "riscv64-unknown-elf-ld")
	net, err := C(large(16, 16))
	if err != nil {
		t.Fatal(err)
	}
	for flag, good := range map[string]bool{"-DNN_LAYER=static inline __attribute__((always_inline))": false, "-DNN_TRACE(layer, data, bytes)=((void)0)": true} {
		_, sim, _ := simulate(t, design(t), net, "large", gcc.Clang, make([]byte, 16), flag)
		if err := symbols(net, sim); (err == nil) != good {
			t.Errorf("%s: %v", flag, err)
		}
	}
}
