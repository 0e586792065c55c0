package driver

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"marvelgen/flows"
	"marvelgen/flows/gcc"
)

// Target is what to compile for.
type Target struct {
	SW      string                                                                 // folder of start-up code, runtime, linker script and headers
	Rewrite func(ctx context.Context, name string, c gcc.Compiled) ([]byte, error) // uses the target's instructions
}

// ExitError is a tool that failed, and has said why.
type ExitError struct{ Code int }

func (e *ExitError) Error() string {
	return "the compiler failed with exit code " + strconv.Itoa(e.Code)
}

// job is one command line at work.
type job struct {
	*Args
	Target
	ctx     context.Context
	cc      string
	scratch string // folder for what the user does not ask for
}

// Run does what a command line says.
func Run(ctx context.Context, a *Args, t Target) error {
	j := &job{Args: a, Target: t, ctx: ctx}
	var err error
	if j.cc, err = gcc.Path(a.Compiler); err != nil {
		return err
	}
	if a.LibC {
		if _, err := flows.MustFind("picolibc"); err != nil {
			return err
		}
	}
	if a.Stage == Pass {
		return j.run(j.cc, append(j.flags(), a.All...))
	}
	if j.scratch, err = os.MkdirTemp("", "marvelgen-cc-"); err != nil {
		return err
	}
	defer os.RemoveAll(j.scratch)
	objects := make([]string, len(a.Sources))
	var failed error
	for i, s := range a.Sources { // as compilers do, all of them, to report all errors
		objects[i] = filepath.Join(j.scratch, strconv.Itoa(i)+".o")
		err := j.source(i, s, objects[i])
		var exit *ExitError
		if err != nil && !errors.As(err, &exit) {
			return err
		}
		if err != nil {
			failed = err
		}
	}
	if failed != nil || a.Stage != Link {
		return failed
	}
	return j.link(objects)
}

// run runs a tool as if the user had.
func (j *job) run(path string, args []string) error {
	c := flows.Cmd{Path: path, Args: args, Stdout: os.Stdout, Stderr: os.Stderr}
	if j.Stdin || j.Stage == Pass {
		c.Stdin = os.Stdin
	}
	_, err := flows.Run(j.ctx, c)
	return exit(err)
}

// exit is the ExitError of a tool that ran and failed.
func exit(err error) error {
	var ran *flows.RunError
	if errors.As(err, &ran) && ran.ExitCode() > 0 {
		return &ExitError{ran.ExitCode()}
	}
	return err
}

// flags are ours for the compiler; the user's come later and win.
func (j *job) flags() []string {
	out := j.target()
	switch {
	case j.LibC:
		out = append(out, gcc.LibcFlags(j.Compiler)...)
	case !j.Freestand:
		out = append(out, "-ffreestanding")
	}
	if j.Compiler == gcc.GCC {
		out = append(out, "-fno-ipa-ra") // calls keep to the calling convention
	} else {
		// GNU ld 2.40 dies of the relocations in clang's DWARF 5.
		out = append(out, "-fdebug-default-version=4")
	}
	return append(out, "-idirafter", j.SW)
}

// target says what the user does not: which instructions and calling convention.
func (j *job) target() []string {
	var out []string
	for _, f := range gcc.Target(j.Compiler) {
		if j.Arch && strings.HasPrefix(f, "-march=") || j.ABI && strings.HasPrefix(f, "-mabi=") || j.ISASpec && strings.HasPrefix(f, "-misa-spec=") {
			continue
		}
		out = append(out, f)
	}
	return out
}

// stem is a source's name without folder and end; of standard input "-".
func (s Source) stem() string {
	base := filepath.Base(s.Name)
	return strings.TrimSuffix(base, filepath.Ext(base))
}

// output is the file that the user wants of a source, "" if it is on the way to a
// program.
func (j *job) output(s Source) string {
	switch {
	case j.Stage == Link:
		return ""
	case j.Output != "":
		return j.Output
	case j.Stage == Assembly:
		return s.stem() + ".s"
	}
	return s.stem() + ".o"
}

// source compiles or assembles one source. The object of a program goes to object.
func (j *job) source(i int, s Source, object string) error {
	out := j.output(s)
	if out == "" {
		return j.compile(i, s, object)
	}
	if !s.Rewrite && j.Stage == Assembly {
		return nil // it is assembly
	}
	return whole(out, func(file string) error { return j.compile(i, s, file) })
}

// compile makes what the stage says of one source, in file.
func (j *job) compile(i int, s Source, file string) error {
	args := append(append(j.flags(), j.Compile...), j.deps(s)...)
	if s.Language != "" {
		args = append(args, "-x", s.Language)
	}
	if !s.Rewrite {
		args = append(args, s.Name)
		return j.run(j.cc, append(append(args, j.Assemble...), "-c", "-o", file))
	}
	dir := filepath.Join(j.scratch, strconv.Itoa(i))
	if err := os.Mkdir(dir, 0o777); err != nil {
		return err
	}
	stem := filepath.Join(dir, s.stem())
	assembly := stem + ".s"
	if s.Language == "" && filepath.Ext(s.Name) == ".c" || s.Language == "c" {
		args = append(args, gcc.AuxInfo(j.Compiler, stem)...)
	}
	if err := j.run(j.cc, append(args, s.Name, "-S", "-o", assembly)); err != nil {
		return err
	}
	c, err := gcc.ReadAssembly(stem)
	if err != nil {
		return err
	}
	if s.Name != "-" {
		c.Preprocessed = gcc.Preprocess(j.ctx, j.cc, j.preprocessing(s), s.Name)
	}
	text, err := j.Rewrite(j.ctx, filepath.Base(assembly), c)
	if err != nil {
		return err
	}
	if err := j.beside(dir, s); err != nil {
		return err
	}
	if j.Stage == Assembly {
		return os.WriteFile(file, text, 0o666)
	}
	if err := os.WriteFile(assembly, text, 0o666); err != nil {
		return err
	}
	return j.assemble(assembly, file)
}

// preprocessing is the flags of a source for the preprocessor, without those that make it
// write files.
func (j *job) preprocessing(s Source) (flags []string) {
	all := append(j.flags(), j.Compile...)
	for i := 0; i < len(all); i++ {
		switch f := all[i]; {
		case slices.Contains([]string{"-MF", "-MT", "-MQ", "-MJ"}, f):
			i++ // its value
		case strings.HasPrefix(f, "-M"), strings.HasPrefix(f, "-Wp,"), strings.HasPrefix(f, "-save-temps"):
		default:
			flags = append(flags, f)
		}
	}
	if s.Language != "" {
		flags = append(flags, "-x", s.Language)
	}
	return flags
}

// assemble makes an object of the assembly that the compiler printed. It was in no
// file that the user knows.
func (j *job) assemble(assembly, object string) error {
	args := append(j.target(), j.Assemble...)
	if j.Compiler == gcc.Clang {
		args = append(args, "-Qunused-arguments")
	}
	text, err := flows.Run(j.ctx, flows.Cmd{Path: j.cc, Args: append(args, "-c", assembly, "-o", object)})
	fmt.Fprint(os.Stderr, strings.ReplaceAll(text, assembly, filepath.Base(assembly)))
	return exit(err)
}

// beside moves what else the compiler wrote, such as stack usage, to where it would
// be beside the output.
func (j *job) beside(dir string, s Source) error {
	list, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	to := s.stem()
	if out := j.output(s); out != "" {
		to = strings.TrimSuffix(out, filepath.Ext(out))
	}
	for _, e := range list {
		end, ok := strings.CutPrefix(e.Name(), s.stem())
		if !ok || end == ".s" {
			continue
		}
		text, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			return err
		}
		if err := whole(to+end, func(file string) error { return os.WriteFile(file, text, 0o666) }); err != nil {
			return err
		}
	}
	return nil
}

// deps are the flags that give a source's dependency file the name and the target
// that it would have if the compiler made the output.
func (j *job) deps(s Source) []string {
	if !j.Deps {
		return nil
	}
	out := j.output(s)
	file, target := strings.TrimSuffix(out, filepath.Ext(out))+".d", out
	switch {
	case out == "" && j.Output == "" && j.Compiler == gcc.GCC:
		file, target = "a-"+s.stem()+".d", s.stem()+".o"
	case out == "" && j.Output == "" || j.Stage == Assembly && j.Output == "":
		file, target = s.stem()+".d", s.stem()+".o"
	case out == "" && len(j.Sources) > 1:
		file, target = j.Output+"-"+s.stem()+".d", s.stem()+".o"
	case out == "":
		file, target = strings.TrimSuffix(j.Output, filepath.Ext(j.Output))+".d", j.Output
	}
	var flags []string
	if !j.DepsFile {
		flags = append(flags, "-MF", file)
	}
	if !j.DepsTarget {
		flags = append(flags, "-MQ", target)
	}
	return flags
}

// link makes a program, with the target's start-up code and memory map unless the
// user brings others. GNU ld links for both compilers.
func (j *job) link(objects []string) error {
	linker, err := gcc.Path(gcc.GCC)
	if err != nil {
		return err
	}
	o := gcc.Options{Compiler: j.Compiler, Opt: "-O2", Libc: j.LibC, LinkScript: filepath.Join(j.SW, "link.ld"),
		Rewrite: j.Rewrite}
	args, libraries := gcc.Target(gcc.GCC), []string(nil)
	if !j.NoStart && !j.OwnScript {
		args, libraries = gcc.LinkFlags(o), gcc.Libraries(o)
		for _, source := range []string{"crt0.S", "runtime.c"} {
			object := filepath.Join(j.scratch, strings.TrimSuffix(source, filepath.Ext(source))+".o")
			if err := gcc.Compile(j.ctx, o, filepath.Join(j.SW, source), object); err != nil {
				return err
			}
			args = append(args, object)
		}
	} else if j.LibC {
		args = append(args, "--specs=picolibc.specs")
	}
	for _, item := range j.Link {
		if item.Text == "" {
			item.Text = objects[item.Source]
		}
		args = append(args, item.Text)
	}
	args = append(args, libraries...)
	out := j.Output
	if out == "" {
		out = "a.out"
	}
	return whole(out, func(file string) error { return j.run(linker, append(args, "-o", file)) })
}

// whole has a file made in a folder beside it, and moves it to its place when it is
// whole. What is no file, as /dev/null, is written to; - is standard output.
func whole(name string, write func(file string) error) error {
	old, err := os.Stat(name)
	special := name == "-" || err == nil && !old.Mode().IsRegular()
	beside := filepath.Dir(name)
	if special {
		beside = ""
	}
	dir, err := os.MkdirTemp(beside, ".marvelgen-cc-")
	if err != nil {
		return fmt.Errorf("cannot write %s: %w", name, errors.Unwrap(err))
	}
	defer os.RemoveAll(dir)
	file := filepath.Join(dir, filepath.Base(name))
	if err := write(file); err != nil {
		return err
	}
	if !special {
		return os.Rename(file, name)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	if name == "-" {
		_, err = os.Stdout.Write(text)
		return err
	}
	return os.WriteFile(name, text, 0o666)
}
