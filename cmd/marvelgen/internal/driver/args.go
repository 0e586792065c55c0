// Package driver is a compiler driver with the command line of gcc and clang: it
// has the compiler print assembly, rewrites that for a design, and has it
// assembled and linked.
package driver

import (
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"marvelgen/flows/gcc"
)

// Stage is how far a command line goes.
type Stage uint8

// Stages.
const (
	Link     Stage = iota
	Object         // -c
	Assembly       // -S
	Pass           // -E, -M, --version …: what the compiler does alone
)

// Args is a command line, taken apart.
type Args struct {
	Spec, Design, Compiler        string
	Remarks, NoLoops, LibC, IPA   bool
	Grow                          string
	Optimise                      string // the last -O
	WritePorts                    int
	Stage                         Stage
	Output                        string // of -o
	Sources                       []Source
	Link                          []Item   // for the linker, in order
	Compile                       []string // flags for the compiler
	Assemble                      []string // those of them that its assembly is assembled with, too
	Deps, DepsFile, DepsTarget    bool     // -MD or -MMD, -MF, -MT or -MQ
	NoStart, OwnScript, Stdin     bool
	Arch, ABI, ISASpec, Freestand bool // the user says these
	All                           []string
	language                      string
}

// Source is a file to compile or to assemble.
type Source struct {
	Name     string
	Language string // of -x; "": by its name
	Rewrite  bool   // it is compiled
}

// Item is a word for the linker: a text, or the object of a source.
type Item struct {
	Text   string
	Source int // index, where Text is ""
}

// UsageError is a command line that cannot be understood.
type UsageError struct{ Message string }

func (e *UsageError) Error() string { return "marvelgen cc: " + e.Message }

// purpose says who a flag is for.
type purpose uint8

const (
	compiles  purpose = 1 << iota // the compiler
	assembles                     // whatever assembles, the compiler's assembly or the user's
	links                         // the linker
	passes                        // makes the compiler's own work of the whole line
)

// valued are the flags whose value is a word of its own.
var valued = map[string]purpose{
	"-I": compiles, "-D": compiles, "-U": compiles, "-A": compiles, "-include": compiles, "-imacros": compiles, "-isystem": compiles,
	"-idirafter": compiles, "-iquote": compiles, "-iprefix": compiles, "-iwithprefix": compiles, "-iwithprefixbefore": compiles,
	"-isysroot": compiles, "-imultilib": compiles, "-MF": compiles, "-MT": compiles, "-MQ": compiles, "-Xpreprocessor": compiles,
	"-Xclang": compiles, "-mllvm": compiles, "-aux-info": compiles, "-dumpbase": compiles, "-dumpbase-ext": compiles, "-dumpdir": compiles,
	"--param": compiles, "-G": compiles | assembles, "-Xassembler": assembles, "-target": compiles | assembles, "-wrapper": compiles,
	"-B": compiles | assembles | links, "-specs": compiles | links, "--sysroot": compiles | links,
	"-L": links, "-l": links, "-T": links, "-Ttext": links, "-Tdata": links, "-Tbss": links, "-Xlinker": links, "-u": links, "-e": links, "-z": links,
}

// prefixes are other flags that not only the compiler takes, by what they begin
// with; the first that fits counts.
var prefixes = []struct {
	text string
	purpose
}{
	{"-Wa,", assembles}, {"-Wl,", links}, {"-l", links}, {"-L", links}, {"-T", links}, {"-u", links},
	{"-fuse-ld=", links}, {"-mrelax", compiles | assembles | links}, {"-mno-relax", compiles | assembles | links},
	{"-m", compiles | assembles}, {"--target=", compiles | assembles},
	{"-fpic", compiles | assembles}, {"-fPIC", compiles | assembles}, {"-fpie", compiles | assembles}, {"-fPIE", compiles | assembles},
	{"-B", compiles | assembles | links}, {"--sysroot=", compiles | links}, {"-specs=", compiles | links}, {"--specs=", compiles | links},
	{"-print-", passes}, {"--print-", passes}, {"-dump", passes}, {"--help", passes},
}

// words are flags of one word that not only the compiler takes.
var words = map[string]purpose{
	"-nostdlib": links, "-nostartfiles": links, "-nodefaultlibs": links, "-nolibc": links, "-static": links, "-shared": links, "-pie": links,
	"-no-pie": links, "-static-pie": links, "-r": links, "-rdynamic": links, "-s": links, "-v": compiles | assembles | links,
	"-E": passes, "-M": passes, "-MM": passes, "-fsyntax-only": passes, "-###": passes, "--version": passes, "-dumpversion": passes, "-emit-llvm": passes,
}

// rewritten and assembled are the languages of files, by the ends of their names.
var (
	rewritten = []string{".c", ".i", ".cc", ".cp", ".cpp", ".cxx", ".CPP", ".c++", ".C", ".ii"}
	assembled = []string{".S", ".sx", ".s"}
	headers   = []string{".h", ".hh", ".hpp", ".hxx", ".H", ".h++", ".tcc"}
)

// Parse takes the words of a command line apart.
func Parse(list []string) (*Args, error) {
	a := &Args{Compiler: gcc.Clang}
	for i := 0; i < len(list); i++ {
		n, err := a.own(list[i:])
		if err != nil {
			return nil, err
		}
		if n == 0 {
			n = 1
			if _, ok := valued[list[i]]; (ok || list[i] == "-o" || list[i] == "-x") && i+1 < len(list) {
				n = 2
			}
			a.All = append(a.All, list[i:i+n]...)
		}
		i += n - 1
	}
	for i := 0; i < len(a.All); {
		n, err := a.word(a.All[i:])
		if err != nil {
			return nil, err
		}
		i += n
	}
	if a.Compiler != gcc.Clang && a.Compiler != gcc.GCC {
		return nil, &UsageError{fmt.Sprintf("unknown compiler %q: use --compiler %s or --compiler %s", a.Compiler, gcc.Clang, gcc.GCC)}
	}
	switch {
	case len(a.Sources) == 0 && (a.Stage != Link || !slices.ContainsFunc(a.Link, Item.input)):
		a.Stage = Pass // for the compiler to say that there are no input files, or its version
	case a.Stage != Link && a.Output != "" && len(a.Sources) > 1:
		a.Stage = Pass // and that one output is too few
	}
	return a, nil
}

// input reports whether an item is a file or library, not a flag.
func (i Item) input() bool {
	return i.Text == "" || i.Text[0] != '-' || strings.HasPrefix(i.Text, "-l")
}

// own takes one of our options off the words; n is how many it took.
func (a *Args) own(list []string) (n int, err error) {
	name, value, joined := strings.Cut(list[0], "=")
	if on := map[string]*bool{"--remarks": &a.Remarks, "--no-loops": &a.NoLoops, "--libc": &a.LibC}[name]; on != nil && !joined {
		*on = true
		return 1, nil
	}
	text := map[string]*string{"--spec": &a.Spec, "--design": &a.Design, "--compiler": &a.Compiler, "--grow": &a.Grow}[name]
	if text == nil && name != "--write-ports" {
		return 0, nil
	}
	n = 1
	if !joined {
		if len(list) < 2 {
			return 0, &UsageError{name + " wants a value"}
		}
		value, n = list[1], 2
	}
	if text != nil {
		*text = value
		return n, nil
	}
	if a.WritePorts, err = strconv.Atoi(value); err != nil || a.WritePorts < 1 {
		return 0, &UsageError{fmt.Sprintf("--write-ports %s: want a number", value)}
	}
	return n, nil
}

// word files the flag or file at the beginning of the words; n is how many it took.
func (a *Args) word(list []string) (n int, err error) {
	w := list[0]
	n = 1
	next := func() string {
		if len(list) < 2 {
			return "" // the compiler will say so
		}
		n = 2
		return list[1]
	}
	switch {
	case w == "-" || w == "" || w[0] != '-':
		a.file(w)
	case w == "-o":
		a.Output = next()
	case strings.HasPrefix(w, "-o"):
		a.Output = w[2:]
	case w == "-x":
		a.language = next()
	case strings.HasPrefix(w, "-x"):
		a.language = w[2:]
	case w == "-c":
		a.Stage = max(a.Stage, Object)
	case w == "-S":
		a.Stage = max(a.Stage, Assembly)
	case strings.HasPrefix(w, "-flto"):
		// Link-time optimisation would compile behind our back.
	case picolibc(w) || w == "-specs" && picolibc("-specs="+next()):
		a.LibC = true // whose flags of ours say it, too
	default:
		p, separate := valued[w]
		if separate {
			next()
		} else {
			p = a.purpose(w)
		}
		a.give(p, list[:n])
		return n, a.note(list[:n])
	}
	return n, nil
}

func picolibc(w string) bool { return w == "-specs=picolibc.specs" || w == "--specs=picolibc.specs" }

// purpose says who a flag without value is for.
func (a *Args) purpose(w string) purpose {
	if p, ok := words[w]; ok {
		return p
	}
	for _, p := range prefixes {
		if strings.HasPrefix(w, p.text) {
			return p.purpose
		}
	}
	return compiles
}

// give gives words to those they are for.
func (a *Args) give(p purpose, list []string) {
	if p&compiles != 0 {
		a.Compile = append(a.Compile, list...)
	}
	if p&assembles != 0 {
		a.Assemble = append(a.Assemble, list...)
	}
	if p&links != 0 {
		for _, w := range list {
			a.Link = append(a.Link, Item{Text: w})
		}
	}
	if p&passes != 0 {
		a.Stage = Pass
	}
}

// file files an input.
func (a *Args) file(name string) {
	s := Source{Name: name, Language: a.language}
	ext := filepath.Ext(name)
	assemble := slices.Contains(assembled, ext)
	switch s.Language {
	case "", "none":
		s.Language = ""
		s.Rewrite = slices.Contains(rewritten, ext)
		if slices.Contains(headers, ext) || name == "-" {
			a.Stage = Pass
		}
	case "c", "cpp-output", "c++", "c++-cpp-output":
		s.Rewrite, a.Stdin = true, a.Stdin || name == "-"
	case "assembler", "assembler-with-cpp":
		assemble, a.Stdin = true, a.Stdin || name == "-"
	default:
		a.Stage = Pass
	}
	if !s.Rewrite && !assemble {
		a.Link = append(a.Link, Item{Text: name})
		return
	}
	a.Link = append(a.Link, Item{Source: len(a.Sources)})
	a.Sources = append(a.Sources, s)
}

// supported are the architectures that the cores have.
var supported = regexp.MustCompile(`^rv32[ie](\d+p\d+)?_?(m(\d+p\d+)?)?(_?z(icsr|ifencei|mmul)(\d+p\d+)?)*$`)

// note remembers what the user says that we would say otherwise.
func (a *Args) note(list []string) error {
	w, value := list[0], ""
	if len(list) > 1 {
		value = list[1]
	}
	script := func(s string) bool {
		return strings.HasPrefix(s, "-T") && !strings.HasPrefix(s, "-Tt") && !strings.HasPrefix(s, "-Td") && !strings.HasPrefix(s, "-Tb") || strings.HasPrefix(s, "--script")
	}
	switch {
	case strings.HasPrefix(w, "-march="):
		a.Arch = true
		if arch := w[len("-march="):]; !supported.MatchString(arch) {
			return &UsageError{w + ": the cores are rv32im; leave the flag out, or use -march=rv32im"}
		}
	case strings.HasPrefix(w, "-mabi="):
		a.ABI = true
		if abi := w[len("-mabi="):]; abi != "ilp32" && abi != "ilp32e" {
			return &UsageError{w + ": the cores have 32-bit integer registers; leave the flag out, or use -mabi=ilp32"}
		}
	case strings.HasPrefix(w, "-misa-spec="):
		a.ISASpec = true
	case w == "-ffreestanding", w == "-fhosted", w == "-fno-hosted", w == "-fno-freestanding":
		a.Freestand = true
	case strings.HasPrefix(w, "-O"):
		a.Optimise = w // the last one counts
	case w == "-fipa-ra", w == "-fno-ipa-ra":
		a.IPA = w == "-fipa-ra"
	case w == "-mllvm" && strings.Contains(value, "enable-ipra"):
		a.IPA = true
	case w == "-MD", w == "-MMD":
		a.Deps = true
	case strings.HasPrefix(w, "-Wp,-M") && a.Compiler == gcc.Clang: // gcc's preprocessor names the target by itself
		a.Deps, a.DepsFile = true, true
		a.DepsTarget = a.DepsTarget || strings.Contains(w, ",-MT,") || strings.Contains(w, ",-MQ,")
	case strings.HasPrefix(w, "-MF"):
		a.DepsFile = true
	case strings.HasPrefix(w, "-MT"), strings.HasPrefix(w, "-MQ"):
		a.DepsTarget = true
	case w == "-nostdlib", w == "-nostartfiles", w == "-r", w == "-shared":
		a.NoStart = true
	case script(w), w == "-Xlinker" && script(value):
		a.OwnScript = true
	case strings.HasPrefix(w, "-Wl,"):
		a.OwnScript = a.OwnScript || slices.ContainsFunc(strings.Split(w, ","), script)
	}
	return nil
}
