package main

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"marvelgen/cmd/marvelgen/internal/build"
	"marvelgen/flows"
	"marvelgen/flows/flowtest"
	"marvelgen/flows/gcc"
	"marvelgen/gen"
	rewriting "marvelgen/gen/cc"
	"marvelgen/gen/emit/sw"
	"marvelgen/gen/isa"
	"marvelgen/specs"
	"marvelgen/verif/cosim"
	"marvelgen/verif/iss"
)

var (
	csmithPrograms = flag.Int("csmith", 100, "random C programs of TestCsmith")
	csmithSeed     = flag.Uint64("csmith-seed", 25, "seed of the first one")
)

// Limits of random programs: those that take longer are left out, and a rewritten
// one may be this much slower, and its code this much larger.
const (
	csmithCycles = 20_000_000
	csmithSlower = 1.01
	csmithLarger = 1.01
)

// csmithWay is how a random program is compiled.
type csmithWay struct{ compiler, opt string }

func (w csmithWay) String() string { return w.compiler + " " + w.opt }

var csmithWays = []csmithWay{
	{gcc.GCC, "-Os"}, {gcc.Clang, "-O2"}, {gcc.GCC, "-O3"}, {gcc.Clang, "-Os"}, {gcc.GCC, "-O1"}, {gcc.Clang, "-O3"}, {gcc.GCC, "-O2"}, {gcc.Clang, "-O1"},
}

// csmithDesign is what random programs are rewritten for, and what they run on: the
// same, unless a test makes them differ.
type csmithDesign struct {
	name    string
	rewrite *isa.Machine
	run     *isa.Machine
}

// csmithBench compiles and runs random programs.
type csmithBench struct {
	sw      string
	dir     string
	designs []csmithDesign
	growth  rewriting.Growth         // by how much programs may become larger, but for -Os; 0: as they may without a flag
	spoil   func(text []byte) []byte // puts a bug into what is rewritten; may be nil
	start   map[string][]string      // objects of crt0 and runtime, by compiler
}

func (b *csmithBench) options(w csmithWay) gcc.Options {
	return gcc.Options{Compiler: w.compiler, Opt: w.opt, Libc: true, Flags: []string{"-w"}, Includes: []string{"/usr/include/csmith", b.sw},
		LinkScript: filepath.Join(b.sw, "link.ld"), Rewrite: func(_ context.Context, _ string, c gcc.Compiled) ([]byte, error) { return c.Assembly, nil }}
}

// csmithMachine is a design of a spec, with so many write ports; 0: as the spec says.
func csmithMachine(t *testing.T, spec []byte, design string, ports int) *isa.Machine {
	t.Helper()
	l, problems, err := gen.Load("spec.hcl", spec)
	if err != nil || len(problems) > 0 {
		t.Fatal(err, problems)
	}
	if ports > 0 {
		l.SetWritePorts(ports)
	}
	m, err := build.FindDesign(l, design)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// choosingSpec has instructions that choose: random programs have many regions that
// do what they do.
const choosingSpec = `
extension "choosing" {
  prefix = "mv"
}
design "choosing" {
  instructions = ["max", "least", "abs", "zero", "select"]
}
`

// choosing is a design of such instructions.
func choosing(t *testing.T) *isa.Machine {
	t.Helper()
	text := choosingSpec
	for i, c := range []struct{ name, result string }{
		{"max", "max(s32(rs1), s32(rs2))"},
		{"least", "rs1 < rs2 ? rs1 : rs2"},
		{"abs", "s32(rs1) < 0 ? -rs1 : rs1"},
		{"zero", "rs1 == 0 ? 0 : rs2"},
		{"select", "rs1 == 0 ? rd : rs2"},
	} {
		text += fmt.Sprintf("instruction %q {\n  summary = \"chooses\"\n  assembly = \"mv.%s rd, rs1, rs2\"\n  encoding {\n    format = \"R\"\n    opcode = \"custom-0\"\n    funct3 = %d\n    funct7 = 0\n  }\n  write {\n    rd = %s\n  }\n}\n", c.name, c.name, i, c.result)
	}
	return csmithMachine(t, []byte(text), "choosing", 0)
}

// shippedDesigns are those that compiled C is rewritten for.
func shippedDesigns(t *testing.T) (designs []csmithDesign) {
	for _, d := range []struct {
		spec, design string
		ports        int
		name         string
	}{
		{"marvel.hcl", "v4", 0, "v4"},
		{"marvel.hcl", "v4", 3, "v4 --write-ports 3"},
		{"cc.hcl", "plain", 0, "plain of cc.hcl"},
		{"cc.hcl", "packed", 0, "packed of cc.hcl"},
		{"cc.hcl", "all", 0, "all of cc.hcl"},
	} {
		m := csmithMachine(t, shippedSpec(t, d.spec), d.design, d.ports)
		designs = append(designs, csmithDesign{d.name, m, m})
	}
	return designs
}

// withoutExamples is a spec without examples, which another meaning would contradict.
func withoutExamples(spec string) []byte {
	return regexp.MustCompile(`(?s)\n  example \{.*?\n  \}`).ReplaceAll([]byte(spec), nil)
}

func shippedSpec(t *testing.T, name string) []byte {
	t.Helper()
	text, err := specs.FS.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// designsOf are designs of a shipped spec, with so many write ports.
func designsOf(t *testing.T, file string, ports int, names ...string) (list []csmithDesign) {
	t.Helper()
	spec := shippedSpec(t, file)
	for _, name := range names {
		m := csmithMachine(t, spec, name, ports)
		list = append(list, csmithDesign{name, m, m})
	}
	return list
}

func newCsmithBench(t *testing.T, designs []csmithDesign) *csmithBench {
	t.Helper()
	flowtest.Steps(t, flows.StepCompile)
	flowtest.Need(t, "csmith", "csmith-headers")
	b := &csmithBench{dir: t.TempDir(), designs: designs, start: map[string][]string{}}
	var err error
	if b.sw, err = build.Software(designs[0].run, t.TempDir()); err != nil {
		t.Fatal(err)
	}
	for _, compiler := range []string{gcc.Clang, gcc.GCC} {
		o := b.options(csmithWay{compiler, "-O2"})
		o.Rewrite = nil
		for _, source := range []string{"crt0.S", "runtime.c"} {
			object := filepath.Join(b.dir, compiler+source+".o")
			if err := gcc.Compile(context.Background(), o, filepath.Join(b.sw, source), object); err != nil {
				t.Fatal(err)
			}
			b.start[compiler] = append(b.start[compiler], object)
		}
	}
	return b
}

// csmithEnd is what a program did.
type csmithEnd struct {
	console string
	exit    uint32
	cycles  uint64
	code    uint64 // bytes of instructions in the whole program
	own     uint64 // and in its own object file
}

// csmithOutcome is what became of one program.
type csmithOutcome struct {
	skipped bool           // it does not end soon enough, as compiled
	used    map[string]int // by mnemonic, places where a rewritten program has it
	failed  []string
	gain    float64 // the largest, in cycles
}

// csmithUse is a custom instruction in rewritten assembly.
var csmithUse = regexp.MustCompile(`# ((?:mv|cc)\.\w+)`)

// csmithSlow is a loop as it was, beside one that keeps words in registers.
var csmithSlow = regexp.MustCompile(`(?m)^\.Lmvslow\d+:`)

// program makes the random program of a seed and compares it, on every design, with
// itself rewritten.
func (b *csmithBench) program(seed uint64, w csmithWay) (csmithOutcome, error) {
	dir, err := os.MkdirTemp(b.dir, "p")
	if err != nil {
		return csmithOutcome{}, err
	}
	defer os.RemoveAll(dir)
	ctx, stop := context.WithTimeout(context.Background(), 10*time.Minute)
	defer stop()
	c := exec.CommandContext(ctx, "csmith", "--seed", fmt.Sprint(seed), "--max-funcs", "6", "--max-block-depth", "4", "--no-packed-struct", "--concise")
	c.Dir = dir // it writes platform.info to where it is
	text, err := c.Output()
	if err != nil {
		return csmithOutcome{}, fmt.Errorf("csmith: %w", err)
	}
	out, err := b.compare(ctx, dir, text, w)
	for i, f := range out.failed {
		out.failed[i] = fmt.Sprintf("csmith --seed %d, %s", seed, f)
	}
	return out, err
}

// compare compares C, on every design, with itself rewritten.
func (b *csmithBench) compare(ctx context.Context, dir string, c []byte, w csmithWay) (csmithOutcome, error) {
	out := csmithOutcome{used: map[string]int{}}
	source, stem := filepath.Join(dir, "x.c"), filepath.Join(dir, "x")
	if err := os.WriteFile(source, c, 0o666); err != nil {
		return out, err
	}
	cc, err := gcc.Path(w.compiler)
	if err != nil {
		return out, err
	}
	if _, err := flows.Run(ctx, flows.Cmd{Path: cc, Args: append(append(gcc.CompileFlags(b.options(w)), gcc.AuxInfo(w.compiler, stem)...), "-S", source, "-o", stem+".s")}); err != nil {
		return out, err
	}
	compiled, err := gcc.ReadAssembly(stem)
	if err != nil {
		return out, err
	}
	text := compiled.Assembly
	compiled.Preprocessed = gcc.Preprocess(ctx, cc, gcc.CompileFlags(b.options(w)), source)
	growth, err := build.GrowthBy("", w.opt)
	if err != nil {
		return out, err
	}
	if b.growth != 0 && growth != rewriting.NoGrowth {
		growth = b.growth
	}
	program, err := b.link(ctx, w, dir, "stock", text)
	if err != nil {
		return out, err
	}
	for _, d := range b.designs {
		stock, err := csmithRun(d.run, program, csmithCycles)
		if err != nil || stock.exit != 0 { // a trap says where, and code moves
			out.skipped = true
			return out, nil
		}
		changed, err := build.Rewriting{Machine: d.rewrite, StandardCalls: true, Growth: growth}.Rewrite(ctx, "x.c", compiled)
		if err != nil {
			return out, err
		}
		if bytes.Equal(changed, text) {
			continue
		}
		for _, m := range csmithUse.FindAllSubmatch(changed, -1) {
			out.used[string(m[1])]++
		}
		if b.spoil != nil {
			changed = b.spoil(changed)
		}
		out.used["jam"] += bytes.Count(changed, []byte(".inner:\n"))
		out.used["slow"] += len(csmithSlow.FindAll(changed, -1))
		fail := func(format string, args ...any) {
			out.failed = append(out.failed, fmt.Sprintf("%s, %s: ", w, d.name)+fmt.Sprintf(format, args...))
		}
		program, err := b.link(ctx, w, dir, "changed", changed)
		if err != nil {
			fail("%v", err)
			continue
		}
		switch got, err := csmithRun(d.run, program, csmithCycles*csmithSlower); {
		case err != nil:
			fail("%v", err)
		case got.console != stock.console || got.exit != stock.exit:
			fail("%q, exit code %d; as compiled: %q, %d", got.console, got.exit, stock.console, stock.exit)
		case float64(got.cycles) > float64(stock.cycles)*csmithSlower:
			fail("%d cycles became %d", stock.cycles, got.cycles)
		case b.growth == 0 && float64(got.code) > float64(stock.code)*csmithLarger:
			fail("%d bytes of code became %d", stock.code, got.code)
		case w.opt == "-Os" && got.own > stock.own:
			fail("%d bytes of its own code became %d", stock.own, got.own)
		default:
			out.gain = max(out.gain, float64(stock.cycles)/float64(got.cycles))
		}
	}
	return out, nil
}

// link makes a program of assembly; its object file stays beside it.
func (b *csmithBench) link(ctx context.Context, w csmithWay, dir, name string, assembly []byte) (string, error) {
	source, object, elf := filepath.Join(dir, name+".s"), filepath.Join(dir, name+".o"), filepath.Join(dir, name+".elf")
	if err := os.WriteFile(source, assembly, 0o666); err != nil {
		return "", err
	}
	cc, err := gcc.Path(w.compiler)
	if err != nil {
		return "", err
	}
	linker, err := gcc.Path(gcc.GCC)
	if err != nil {
		return "", err
	}
	if _, err := flows.Run(ctx, flows.Cmd{Path: cc, Args: append(gcc.Target(w.compiler), "-c", source, "-o", object)}); err != nil {
		return "", err
	}
	o := b.options(w)
	args := append(append(gcc.LinkFlags(o), b.start[w.compiler]...), object, "-o", elf)
	_, err = flows.Run(ctx, flows.Cmd{Path: linker, Args: append(args, gcc.Libraries(o)...)})
	return elf, err
}

// csmithRun runs a program on the simulator of a design.
func csmithRun(m *isa.Machine, program string, limit uint64) (csmithEnd, error) {
	code, err := iss.CodeBytes(program)
	if err != nil {
		return csmithEnd{}, err
	}
	own, err := iss.CodeBytes(strings.TrimSuffix(program, ".elf") + ".o")
	if err != nil {
		return csmithEnd{}, err
	}
	img, err := iss.ReadFile(program)
	if err != nil {
		return csmithEnd{}, err
	}
	var console bytes.Buffer
	sim, err := cosim.Simulator(m, sw.SimulationRAM, &console, limit)
	if err != nil {
		return csmithEnd{}, err
	}
	if err := sim.Load(img); err != nil {
		return csmithEnd{}, err
	}
	r, err := sim.Run()
	return csmithEnd{console.String(), r.ExitCode, r.Cycles, code, own}, err
}

// TestCsmith compiles random C programs and rewrites what comes of it for the designs that
// are shipped, and for instructions that choose: they print the same checksums in no
// more cycles, and in no more code. The long form:
//
//	go test ./cmd/marvelgen -run TestCsmith -csmith 2000 -timeout 6h -v
func TestCsmith(t *testing.T) {
	designs := shippedDesigns(t)
	m := choosing(t)
	designs = append(designs, csmithDesign{"choosing", m, m})
	b := newCsmithBench(t, designs)
	var mutex sync.Mutex
	skipped, used, best := 0, map[string]int{}, 0.0
	places := make(chan int)
	var workers sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		workers.Go(func() {
			for i := range places {
				for try := uint64(0); ; try++ { // seeds of a place follow one another
					o, err := b.program(*csmithSeed+uint64(i)*100+try, csmithWays[i%len(csmithWays)])
					mutex.Lock()
					if err != nil {
						t.Errorf("csmith --seed %d: %v", *csmithSeed+uint64(i)*100+try, err)
					}
					for _, f := range o.failed {
						t.Error(f)
					}
					if o.skipped {
						skipped++
					}
					for name, n := range o.used {
						used[name] += n
					}
					best = max(best, o.gain)
					mutex.Unlock()
					if !o.skipped || err != nil {
						break
					}
				}
			}
		})
	}
	for i := range *csmithPrograms {
		places <- i
	}
	close(places)
	workers.Wait()
	t.Logf("%d programs, %d more did not end in time; in use %v; at best %.3f times as fast", *csmithPrograms, skipped, used, best)
	for _, name := range []string{"mv.mac", "mv.add2i", "mv.lpset", "mv.lpseti"} {
		if used[name] == 0 && *csmithPrograms >= 100 {
			t.Errorf("no program has %s, so this test says nothing of it", name)
		}
	}
}

// TestCsmithBites rewrites for instructions whose meaning is not that of the design
// that runs the programs: the comparison notices each.
func TestCsmithBites(t *testing.T) {
	spec := shippedSpec(t, "marvel.hcl")
	right := csmithMachine(t, spec, "v4", 3)
	b := newCsmithBench(t, []csmithDesign{{"right", right, right}})
	for _, c := range []struct {
		name, old, new string
		seed           uint64 // to begin at: of a program that has the instruction
	}{
		{"mac", "rd = rd + rs1 * rs2", "rd = rd + rs1 * rs2 + 1", 25},
		{"mac, subtracting", "rd = rd + rs1 * rs2", "rd = s32(rd) - s32(rs1) * s32(rs2)", 25},
		{"add2i", "write {\n    rs1 = rs1 + i1\n    rs2 = rs2 + i2\n  }", "write {\n    rs1 = rs1 + i1\n    rs2 = rs2 + i1\n  }", 1},
		{"lpset", "count = bits(rs1, 12, 0)", "count = bits(rs1, 10, 0) + 1", 108},
		{"lpseti", "count = count", "count = count + 1", 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			if n := strings.Count(string(spec), c.old); n != 1 {
				t.Fatalf("%q is %d times in the spec", c.old, n)
			}
			wrong := csmithMachine(t, withoutExamples(strings.Replace(string(spec), c.old, c.new, 1)), "v4", 3)
			b := *b
			b.designs = []csmithDesign{{"wrong " + c.name, right, wrong}}
			for i := range uint64(40) {
				o, err := b.program(c.seed+i, csmithWays[i%uint64(len(csmithWays))])
				if err != nil {
					t.Fatal(err)
				}
				if len(o.failed) > 0 {
					t.Logf("after %d programs: %s", i+1, o.failed[0])
					return
				}
			}
			t.Error("not noticed")
		})
	}
}
