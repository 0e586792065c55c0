// Package gcc compiles and links C and assembly for the core, and for the host.
//
// Two compilers are offered, Debian's clang 19 and riscv64-unknown-elf-gcc 12.
// GNU ld links for both, with the rv32im multilib of libgcc: clang brings no
// run-time library for 64-bit division of its own.
package gcc

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"marvelgen/flows"
)

// Names of the compilers in Options.
const (
	Clang = "clang"
	GCC   = "gcc"
)

// Options says what to build for the core.
type Options struct {
	Compiler   string   // Clang (default) or GCC
	Opt        string   // "-O3" by default; may hold several flags, and overrules ours
	Flags      []string // further compiler flags
	Warn       bool     // -Wall -Wextra -Werror
	Includes   []string // -I
	Defines    []string // -D, "NAME" or "NAME=value"
	Sources    []string // .c and .S
	LinkScript string
	Out        string // ELF file to write
	Libc       bool   // link picolibc, and define MARVELGEN_LIBC

	// Rewrite, if set, changes the assembly that the compiler makes of a C source
	// before it is assembled.
	Rewrite func(ctx context.Context, source string, c Compiled) ([]byte, error)
}

// Compiled is what a compiler makes of a source.
type Compiled struct {
	Assembly     []byte
	Prototypes   []byte // what gcc -aux-info says of its functions; nil: nothing
	Preprocessed []byte // the source without directives: assembly does not tell all that is volatile; nil: it is not known
}

// CompileError is a source file that does not compile or a program that does
// not link; Output is the compiler's own text.
type CompileError struct {
	What   string
	Output string
	Err    error
}

// Error passes the compiler's text on, word for word.
func (e *CompileError) Error() string {
	if e.Output == "" {
		return fmt.Sprintf("%s: %v", e.What, e.Err)
	}
	return strings.TrimRight(e.Output, "\n")
}

// Unwrap gives the failed run.
func (e *CompileError) Unwrap() error { return e.Err }

// Build compiles the sources for RV32IM and links them into one ELF file.
func Build(ctx context.Context, o Options) error {
	if o.Compiler == "" {
		o.Compiler = Clang
	}
	if _, err := Path(o.Compiler); err != nil {
		return err
	}
	linker, err := flows.MustFind("riscv-gcc")
	if err != nil {
		return err
	}
	if o.Libc {
		if _, err := flows.MustFind("picolibc"); err != nil {
			return err
		}
	}
	objects, err := os.MkdirTemp(filepath.Dir(o.Out), ".objects-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(objects)

	link := append(LinkFlags(o), "-o", o.Out)
	for i, source := range o.Sources {
		object := filepath.Join(objects, fmt.Sprintf("%d.o", i))
		if err := Compile(ctx, o, source, object); err != nil {
			return err
		}
		link = append(link, object)
	}
	return run(ctx, "linking "+filepath.Base(o.Out), linker, append(link, Libraries(o)...))
}

// Compile makes an object of one source.
func Compile(ctx context.Context, o Options, source, object string) error {
	cc, err := Path(o.Compiler)
	if err != nil {
		return err
	}
	if o.Rewrite == nil || filepath.Ext(source) != ".c" {
		return run(ctx, source, cc, append(CompileFlags(o), "-c", source, "-o", object))
	}
	stem := strings.TrimSuffix(object, ".o")
	assembly := stem + ".s"
	if err := run(ctx, source, cc, append(append(CompileFlags(o), AuxInfo(o.Compiler, stem)...), "-S", source, "-o", assembly)); err != nil {
		return err
	}
	c, err := ReadAssembly(stem)
	if err != nil {
		return err
	}
	c.Preprocessed = Preprocess(ctx, cc, CompileFlags(o), source)
	text, err := o.Rewrite(ctx, source, c)
	if err != nil {
		return err
	}
	if err := os.WriteFile(assembly, text, 0o666); err != nil {
		return err
	}
	return run(ctx, source, cc, append(Target(o.Compiler), "-c", assembly, "-o", object))
}

// AuxInfo makes a compiler that can write the prototypes of all functions to stem.aux.
func AuxInfo(compiler, stem string) []string {
	if compiler == GCC {
		return []string{"-aux-info", stem + ".aux"}
	}
	return nil
}

// ReadAssembly reads stem.s and, where AuxInfo made the compiler write it, stem.aux,
// which goes.
func ReadAssembly(stem string) (c Compiled, err error) {
	if c.Assembly, err = os.ReadFile(stem + ".s"); err != nil {
		return c, err
	}
	if c.Prototypes, err = os.ReadFile(stem + ".aux"); errors.Is(err, fs.ErrNotExist) {
		return c, nil
	}
	if err == nil {
		err = os.Remove(stem + ".aux")
	}
	return c, err
}

// Preprocess is what a compiler's preprocessor makes of a source that the compiler has taken
// with the same flags, or nil if it fails.
func Preprocess(ctx context.Context, compiler string, flags []string, source string) []byte {
	text, err := flows.Run(ctx, flows.Cmd{Path: compiler, Args: append(slices.Clone(flags), "-w", "-E", "-P", source)})
	if err != nil {
		return nil
	}
	return []byte(text)
}

// Path finds the compiler the options ask for.
func Path(name string) (string, error) {
	switch name {
	case Clang:
		return flows.MustFind("clang")
	case GCC:
		return flows.MustFind("riscv-gcc")
	}
	return "", fmt.Errorf("unknown compiler %q: use %q or %q", name, Clang, GCC)
}

// CompileFlags are the flags for one source file, to quote beside cycle counts.
func CompileFlags(o Options) []string {
	args := Target(o.Compiler)
	if o.Compiler == GCC && o.Rewrite != nil {
		args = append(args, "-fno-ipa-ra") // calls keep to the calling convention
	}
	opt := o.Opt
	if opt == "" {
		opt = "-O3"
	}
	args = append(args, "-std=gnu11", "-ffunction-sections", "-fdata-sections", "-fno-common")
	if o.Libc {
		args = append(args, LibcFlags(o.Compiler)...)
	} else {
		args = append(args, "-ffreestanding", "-nostdlib")
	}
	// Some of the above changes the code, if only a little; what the caller asks
	// for comes later and wins.
	args = append(args, strings.Fields(opt)...)
	return append(args, common(o.Warn, o.Flags, o.Includes, o.Defines)...)
}

// LibcFlags make a compiler find picolibc.
func LibcFlags(compiler string) []string {
	if compiler == GCC {
		return []string{"--specs=picolibc.specs", "-ftls-model=local-exec", "-DMARVELGEN_LIBC"}
	}
	return []string{"-isystem", flows.PicolibcRoot + "/include", "-ftls-model=local-exec", "-DMARVELGEN_LIBC"}
}

// Target says which instructions and which calling convention there are.
func Target(compiler string) []string {
	if compiler == GCC {
		// Without this older ISA version Debian's gcc 12 picks a 64-bit library.
		return []string{"-march=rv32im", "-misa-spec=2.2", "-mabi=ilp32"}
	}
	return []string{"--target=riscv32", "-march=rv32im_zicsr_zifencei", "-mabi=ilp32"}
}

// LinkFlags start the link command of GCC; objects and libraries follow.
func LinkFlags(o Options) []string {
	args := []string{
		"-march=rv32im", "-misa-spec=2.2", "-mabi=ilp32", "-nostartfiles", "-static",
		"-Wl,--gc-sections", "-Wl,--no-warn-rwx-segments", "-T", o.LinkScript,
	}
	if o.Libc {
		return append(args, "--specs=picolibc.specs", "-nodefaultlibs")
	}
	return append(args, "-nostdlib")
}

// Libraries end it.
func Libraries(o Options) []string {
	if o.Libc {
		return []string{"-Wl,--start-group", "-lgcc", "-lc", "-Wl,--end-group"}
	}
	return []string{"-lgcc"}
}

func common(warn bool, flags, includes, defines []string) []string {
	var args []string
	if warn {
		args = append(args, "-Wall", "-Wextra", "-Werror")
	}
	args = append(args, flags...)
	for _, dir := range includes {
		args = append(args, "-I", dir)
	}
	for _, def := range defines {
		args = append(args, "-D"+def)
	}
	return args
}

// HostOptions says what to build for the machine we run on.
type HostOptions struct {
	Opt      string // "-O2" by default
	Flags    []string
	Warn     bool
	Includes []string
	Defines  []string // e.g. MARVELGEN_EMULATE
	Sources  []string
	Math     bool // link the C library's functions of floats
	Out      string
}

// BuildHost compiles with the host's gcc, to check programs and the portable
// fallback of the intrinsics without the core.
func BuildHost(ctx context.Context, o HostOptions) error {
	cc, err := flows.MustFind("gcc")
	if err != nil {
		return err
	}
	opt := o.Opt
	if opt == "" {
		opt = "-O2"
	}
	args := append(strings.Fields(opt), "-std=gnu11", "-fwrapv")
	args = append(args, common(o.Warn, o.Flags, o.Includes, o.Defines)...)
	args = append(args, o.Sources...)
	args = append(args, "-o", o.Out)
	if o.Math {
		args = append(args, "-lm")
	}
	return run(ctx, strings.Join(o.Sources, " "), cc, args)
}

func run(ctx context.Context, what, path string, args []string) error {
	out, err := flows.Run(ctx, flows.Cmd{Path: path, Args: args})
	if err == nil || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	return &CompileError{What: what, Output: out, Err: err}
}
