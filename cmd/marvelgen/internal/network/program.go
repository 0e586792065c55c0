package network

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"marvelgen/flows/gcc"
	"marvelgen/gen/emit"
	"marvelgen/gen/emit/sw"
	"marvelgen/gen/isa"
	"marvelgen/verif/iss"
)

// Symbols of the program.
const (
	inSymbol    = "network_in"
	outSymbol   = "network_out"
	overSymbol  = "network_over"
	arenaSymbol = "arena" // of the network's own C
)

// onCore is the main program for the core. The input lies in data, so that a loader
// can put a sample there.
const onCore = `#include "%[1]s.h"
#include "marvel_rt.h"

int8_t network_in[%[2]d] __attribute__((aligned(16), section(".data.network_in"))) = {0};
int8_t network_out[%[3]d] __attribute__((aligned(16)));

void network_over(void);

__attribute__((noinline)) void network_over(void) { __asm__ volatile(""); }

int main(void)
{
    unsigned i;
    int r;
    mv_roi_begin();
    r = %[1]s_run(network_in, network_out);
    mv_roi_end();
    network_over();
    for (i = 0; i < sizeof network_out; i++)
        mv_putchar((uint8_t)network_out[i]);
    return r;
}
`

// onHost runs every sample of the standard input. The first argument names the file
// for the outputs; each layer's results go to the second, behind the layer's number
// and their size.
const onHost = `#include <stdint.h>
#include <stdio.h>

#include "%[1]s.h"

int8_t network_in[%[2]d], network_out[%[3]d];
static FILE *outputs, *trace;

void network_trace(int32_t layer, const int8_t *data, int32_t bytes);

void network_trace(int32_t layer, const int8_t *data, int32_t bytes)
{
    fwrite(&layer, sizeof layer, 1, trace);
    fwrite(&bytes, sizeof bytes, 1, trace);
    fwrite(data, 1, (size_t)bytes, trace);
}

int main(int argc, char **argv)
{
    if (argc != 3 || !(outputs = fopen(argv[1], "wb")) || !(trace = fopen(argv[2], "wb")))
        return 2;
    while (fread(network_in, 1, sizeof network_in, stdin) == sizeof network_in) {
        if (%[1]s_run(network_in, network_out))
            return 1;
        fwrite(network_out, 1, sizeof network_out, outputs);
    }
    return fclose(trace) || fclose(outputs) ? 1 : 0;
}
`

// traceHeader comes before the network's C on the host.
const traceHeader = `#include <stdint.h>
void network_trace(int32_t layer, const int8_t *data, int32_t bytes);
#define NN_TRACE(layer, data, bytes) network_trace(layer, data, bytes)
`

// CompileOptions say how to compile a network for a core.
type CompileOptions struct {
	SW       string      // folder of the design's crt0.S, runtime.c and headers
	Kernels  []emit.File // C headers that put other kernels in place, in this order; none: ours, in portable C
	Compiler string      // gcc.Clang or gcc.GCC
	Opt      string      // flags; "-O3" if empty
	Debug    bool        // line information

	Rewrite func(ctx context.Context, source string, c gcc.Compiled) ([]byte, error) // as in gcc.Options
}

// Write puts the network's C and the program for a design's core around it into a
// folder, with the linker script.
func (m *Model) Write(dir string, design *isa.Machine) error {
	script, err := sw.LinkScript(design, m.RAM())
	if err != nil {
		return err
	}
	script.Path = "link.ld"
	return WriteFiles(dir, append(m.C.Files[:len(m.C.Files):len(m.C.Files)], emit.File{Path: "main.c", Data: m.main(onCore)}, script))
}

func (m *Model) main(text string) []byte {
	return fmt.Appendf(nil, text, m.Graph.Name, m.C.Memory.InputBytes, m.C.Memory.OutputBytes)
}

// sources are the files of the network to compile, in dir.
func (m *Model) sources(dir string) []string {
	out := []string{filepath.Join(dir, "main.c")}
	for _, f := range m.C.Sources() {
		out = append(out, filepath.Join(dir, f))
	}
	return out
}

// RAM is the bytes of memory that the program is linked for and has to run in.
func (m *Model) RAM() int { return sw.RAMFor(m.C.RAM()) }

// CompileCore compiles what Write has put into dir, for the core, into dir/network.elf.
func (m *Model) CompileCore(ctx context.Context, dir string, o CompileOptions) (elf string, err error) {
	elf = filepath.Join(dir, "network.elf")
	flags, err := o.extend(dir)
	if err != nil {
		return "", err
	}
	if o.Debug {
		flags = append(flags, "-gdwarf-4") // the linker of Debian 12 does not take version 5 from clang
	}
	err = gcc.Build(ctx, gcc.Options{Compiler: o.Compiler, Opt: o.Opt, Warn: true, Libc: m.C.Float, Rewrite: o.Rewrite, Flags: flags, Includes: []string{dir, o.SW}, LinkScript: filepath.Join(dir, "link.ld"), Out: elf,
		Sources: append([]string{filepath.Join(o.SW, "crt0.S"), filepath.Join(o.SW, "runtime.c")}, m.sources(dir)...)})
	return elf, o.blame(err)
}

// kernelsHeader, beside the network's C, includes the headers of a design's kernels.
// They lie in kernelsDir, where no name can meet one of the network's.
const (
	kernelsHeader = "nn_design.h"
	kernelsDir    = "kernels"
)

// WriteKernels puts the headers of a design's kernels beside the network's C, and one
// that includes them.
func WriteKernels(dir string, kernels []emit.File) error {
	if len(kernels) == 0 {
		return nil
	}
	all := "// Generated by marvelgen. Do not edit. Compile with -DNN_KERNELS_EXTENSION='\"" + kernelsHeader + "\"'.\n"
	var files []emit.File
	for _, k := range kernels {
		name := kernelsDir + "/" + k.Path
		all += fmt.Sprintf("#include %q\n", name)
		files = append(files, emit.File{Path: name, Data: k.Data})
	}
	return WriteFiles(dir, append(files, emit.File{Path: kernelsHeader, Data: []byte(all)}))
}

// extend puts the design's kernels into the folder and returns the compiler's flags.
func (o CompileOptions) extend(dir string) ([]string, error) {
	flags := []string{"-std=c99"}
	if len(o.Kernels) > 0 {
		flags = append(flags, `-DNN_KERNELS_EXTENSION="`+kernelsHeader+`"`)
	}
	return flags, WriteKernels(dir, o.Kernels)
}

// compileHost compiles the network for the machine we run on, as strictly as a
// user's own build would. A design's kernels call instructions by their meaning in
// portable C.
func (m *Model) compileHost(ctx context.Context, dir string, o CompileOptions) (exe string, err error) {
	files := append(m.C.Files[:len(m.C.Files):len(m.C.Files)], emit.File{Path: "main.c", Data: m.main(onHost)}, emit.File{Path: "trace.h", Data: []byte(traceHeader)})
	if err := WriteFiles(dir, files); err != nil {
		return "", err
	}
	flags, err := o.extend(dir)
	if err != nil {
		return "", err
	}
	exe = filepath.Join(dir, "network")
	err = gcc.BuildHost(ctx, gcc.HostOptions{Opt: "-O2", Warn: true, Flags: append(flags, "-include", filepath.Join(dir, "trace.h")), Includes: []string{dir, o.SW}, Defines: []string{"MARVELGEN_EMULATE"}, Sources: m.sources(dir), Math: m.C.Float, Out: exe})
	return exe, o.blame(err)
}

// blame says whose mistake it is that C does not compile: with kernels their author's,
// else ours, who printed the rest.
func (o CompileOptions) blame(err error) error {
	var c *gcc.CompileError
	if !errors.As(err, &c) {
		return err
	}
	if len(o.Kernels) > 0 {
		return fmt.Errorf("the network's C does not compile with the design's kernels; what they include must be named in kernels, too:\n%w", err)
	}
	return fmt.Errorf("the network's C does not compile, which is a defect of marvelgen: %w\n%s", c.Err, strings.TrimSpace(c.Output))
}

// withInput is a program with a sample in place of its input.
func withInput(img *iss.Image, sample []byte) (*iss.Image, error) {
	for _, s := range img.Symbols {
		if s.Name != inSymbol {
			continue
		}
		out := *img
		out.Segments = append([]iss.Segment(nil), img.Segments...)
		for i, seg := range out.Segments {
			if at := uint64(s.Addr - seg.Addr); s.Addr >= seg.Addr && at+uint64(len(sample)) <= uint64(len(seg.Data)) {
				data := bytes.Clone(seg.Data)
				copy(data[at:], sample)
				out.Segments[i].Data = data
				return &out, nil
			}
		}
	}
	return nil, fmt.Errorf("the program has no room %s for its input", inSymbol)
}
