package build

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"marvelgen/flows"
	"marvelgen/flows/gcc"
	"marvelgen/gen"
	"marvelgen/gen/emit/sw"
	"marvelgen/gen/isa"
	"marvelgen/verif/cosim"
	"marvelgen/verif/iss"
)

// ProgramOptions says what to run and where.
type ProgramOptions struct {
	Sources  []string // .c and .S files, or one .elf
	Design   string   // the last one if empty
	On       string   // "iss" or "rtl"
	Compiler string
	Opt      []string
	Includes []string
	Defines  []string
	Flags    []string // for the compiler
	RAM      int      // bytes that it is linked for; 0: as ELF files are by default
	LibC     bool
	Rewrite  bool   // the design's instructions are selected in what the compiler makes
	Grow     string // by how much that may become larger; see GrowthBy
	Profile  bool   // count per function and basic block
	Debug    bool   // compile with line information
	Limit    uint64
	CacheDir string
	Stdout   io.Writer
	OnELF    func(file string) error // is given the program before it runs; may be nil
}

// ProgramResult is the outcome of a run.
type ProgramResult struct {
	ExitCode        uint32 `json:"exit_code"`
	Cycles          uint64 `json:"cycles"`
	Instructions    uint64 `json:"instructions"`
	ROICycles       uint64 `json:"roi_cycles"`
	ROIInstructions uint64 `json:"roi_instructions"`
	Design          string `json:"design"`
	On              string `json:"on"`
	Lockstep        bool   `json:"lockstep"` // on the RTL: compared with the simulator all the way

	Profile *iss.Profile `json:"profile,omitempty"` // on the simulator, if asked for
}

// RunProgram compiles and runs a freestanding program on a design, on the
// simulator or on the RTL in lockstep with it.
func RunProgram(ctx context.Context, l *gen.Loaded, o ProgramOptions) (ProgramResult, error) {
	need := []string{}
	isELF := len(o.Sources) == 1 && !slices.Contains([]string{".c", ".S"}, filepath.Ext(o.Sources[0]))
	if !isELF {
		need = append(need, flows.StepCompile)
	} else if !runnable(o.Sources[0]) {
		return ProgramResult{}, &UsageError{o.Sources[0] + " is no program: give C (.c) or assembly (.S), an ELF file or an image of the RAM (.bin)"}
	}
	switch o.On {
	case "rtl":
		need = append(need, flows.StepVerify)
	case "iss":
	default:
		return ProgramResult{}, &UsageError{fmt.Sprintf("--on %q: want iss or rtl", o.On)}
	}
	if o.Profile && o.On != "iss" {
		return ProgramResult{}, &UsageError{"--profile counts on the simulator, whose cycles are the RTL's: use --on iss"}
	}
	if err := flows.Missing(need...); err != nil {
		return ProgramResult{}, err
	}
	bench, err := NewBench(l, o.Design, o.CacheDir)
	if err != nil {
		return ProgramResult{}, err
	}
	defer bench.Close()
	m, elf := bench.Machine, o.Sources[0]
	if !isELF {
		elf = filepath.Join(bench.Dir, "program.elf")
		if err := compileUser(ctx, bench, elf, o); err != nil {
			return ProgramResult{}, err
		}
	}
	if o.OnELF != nil {
		if err := o.OnELF(elf); err != nil {
			return ProgramResult{}, err
		}
	}
	img, err := iss.ReadFile(elf)
	if err != nil {
		return ProgramResult{}, err
	}
	if o.On == "iss" {
		return simulate(ctx, m, img, o)
	}
	model, err := bench.Model(ctx)
	if err != nil {
		return ProgramResult{}, err
	}
	out, err := cosim.Lockstep(ctx, cosim.Run{Model: model, Machine: m, Image: img, RAM: o.ram(), Dir: bench.Dir, Limit: o.Limit, Stdout: o.Stdout})
	var d *cosim.Divergence
	if errors.As(err, &d) {
		return ProgramResult{}, &CheckError{Err: err}
	}
	return ProgramResult{ExitCode: out.ExitCode, Cycles: out.Cycles, Instructions: out.Instructions, ROICycles: out.ROICycles,
		ROIInstructions: out.ROIInstructions, Design: m.Design.Name, On: o.On, Lockstep: true}, err
}

// runnable reports whether a file is an ELF file, or says that it is an image:
// any other text would run as instructions, too.
func runnable(name string) bool {
	f, err := os.Open(name)
	if err != nil {
		return true // said better by who reads it
	}
	defer f.Close()
	var magic [4]byte
	_, err = io.ReadFull(f, magic[:])
	return filepath.Ext(name) == ".bin" || err == nil && string(magic[:]) == "\x7fELF"
}

// FindDesign is the design of that name, the last one if it is "".
func FindDesign(l *gen.Loaded, name string) (*isa.Machine, error) {
	var names []string
	for _, m := range l.Machines {
		if m.Design.Name == name {
			return m, nil
		}
		names = append(names, m.Design.Name)
	}
	if name == "" {
		return l.Machines[len(l.Machines)-1], nil
	}
	return nil, &UsageError{fmt.Sprintf("the spec has no design %q; it has %s", name, strings.Join(names, ", "))}
}

// compileUser compiles a user's sources against the design's header and runtime.
func compileUser(ctx context.Context, b *Bench, elf string, o ProgramOptions) error {
	swDir := b.SW
	opts := gcc.Options{Compiler: o.Compiler, Opt: OptFlags(o.Opt), Defines: o.Defines, Libc: o.LibC, LinkScript: filepath.Join(swDir, "link.ld"),
		Includes: append([]string{swDir}, o.Includes...), Out: elf, Sources: append([]string{filepath.Join(swDir, "crt0.S"), filepath.Join(swDir, "runtime.c")}, o.Sources...)}
	opts.Flags = slices.Clone(o.Flags)
	if o.RAM > 0 {
		script, err := sw.LinkScript(b.Machine, o.RAM)
		if err != nil {
			return err
		}
		opts.LinkScript = filepath.Join(b.Dir, "link.ld")
		if err := os.WriteFile(opts.LinkScript, script.Data, 0o644); err != nil {
			return err
		}
	}
	if o.Debug {
		opts.Flags = append(opts.Flags, "-gdwarf-4") // the linker of Debian 12 does not take version 5 from clang
	}
	if o.Rewrite {
		growth, err := GrowthBy(o.Grow, strings.Join(o.Opt, " "))
		if err != nil {
			return err
		}
		opts.Rewrite = Rewriting{Machine: b.Machine, StandardCalls: true, Growth: growth, CacheDir: o.CacheDir}.Rewrite
	}
	return gcc.Build(ctx, opts)
}

// ram is the size of the RAM.
func (o *ProgramOptions) ram() int {
	if o.RAM > 0 {
		return o.RAM
	}
	return sw.SimulationRAM
}

// OptFlags joins what -O was given. Each value may hold several flags, and goes
// to the compiler word for word; of `-O3` and `-Os`, which mean what they mean to
// a compiler, only the end has got here.
func OptFlags(values []string) string {
	var flags []string
	for _, v := range values {
		if v = strings.TrimSpace(v); v != "" && v[0] != '-' {
			v = "-O" + v
		}
		flags = append(flags, v)
	}
	return strings.Join(flags, " ")
}

// simulate runs the program on the simulator alone.
func simulate(ctx context.Context, m *isa.Machine, img *iss.Image, o ProgramOptions) (ProgramResult, error) {
	sim, err := cosim.Simulator(m, o.ram(), o.Stdout, o.Limit)
	if err != nil {
		return ProgramResult{}, err
	}
	if err := sim.Load(img); err != nil {
		return ProgramResult{}, err
	}
	type end struct {
		res iss.Result
		err error
	}
	done := make(chan end, 1)
	go func() {
		res, err := sim.Run()
		done <- end{res, err}
	}()
	select {
	case <-ctx.Done():
		return ProgramResult{}, ctx.Err()
	case e := <-done:
		if e.err != nil {
			return ProgramResult{}, &CheckError{Err: e.err}
		}
		r := e.res
		out := ProgramResult{ExitCode: r.ExitCode, Cycles: r.Cycles, Instructions: r.Instructions, ROICycles: r.ROICycles,
			ROIInstructions: r.ROIInstructions, Design: m.Design.Name, On: o.On}
		if o.Profile {
			p := sim.Profile()
			out.Profile = &p
		}
		return out, nil
	}
}

// JSONLine is the result as one line.
func (r ProgramResult) JSONLine(stdout *bytes.Buffer) string {
	v := struct {
		ProgramResult
		Stdout string `json:"stdout"`
	}{r, stdout.String()}
	b, _ := json.Marshal(v)
	return string(b)
}
