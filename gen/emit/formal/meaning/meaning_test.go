package meaning_test

import (
	"fmt"
	"math/big"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"marvelgen/flows/flowtest"
	"marvelgen/gen"
	"marvelgen/gen/emit/formal/meaning"
	"marvelgen/gen/isa"
	"marvelgen/gen/sem"
)

// specs are those whose instructions are compared: what ships, and the test
// extensions with state, tables, odd widths and accesses.
var specFiles = []string{"../../../../specs/marvel.hcl", "../../../../verif/cosim/testdata/ldot.hcl",
	"../../../../verif/cosim/testdata/odd.hcl", "../../../../verif/cosim/testdata/wide.hcl", "../../../../verif/cosim/testdata/late.hcl"}

// env is one case: the ports of a module and the operands of the meaning, as one.
type env struct {
	ins  *isa.Instruction
	spec *isa.Spec
	word uint32
	port map[string]*big.Int
}

var corners = []uint32{0, 1, 2, 0x7f, 0x80, 0x7fff, 0x8000, 0x7fffffff, 0x80000000, 0xffffffff, 0xfffffffe}

func newEnv(rng *rand.Rand, s *isa.Spec, ins *isa.Instruction, mod *meaning.Module) *env {
	e := &env{ins: ins, spec: s, port: map[string]*big.Int{}}
	e.word = rng.Uint32()&^ins.Encoding.Mask | ins.Encoding.Match
	for _, in := range mod.Inputs {
		v := new(big.Int)
		for range (in.Width + 31) / 32 {
			w := rng.Uint32()
			if rng.IntN(3) == 0 {
				w = corners[rng.IntN(len(corners))]
			}
			v.Lsh(v, 32).Or(v, new(big.Int).SetUint64(uint64(w)))
		}
		v.And(v, mask(in.Width))
		if in.Name == "load_i" && ins.Load != nil { // a loaded value is extended
			bits := 8 * ins.Load.Size
			if v.And(v, mask(bits)); ins.Load.Signed {
				v = new(big.Int).And(sem.SignExtend(v, bits), mask(32))
			}
		}
		e.port[in.Name] = v
	}
	e.port["insn_i"] = new(big.Int).SetUint64(uint64(e.word))
	return e
}

func mask(w int) *big.Int {
	return new(big.Int).Sub(new(big.Int).Lsh(big.NewInt(1), uint(w)), big.NewInt(1))
}

func (e *env) Input(name string) *big.Int {
	var n *sem.Node
	sem.Walk(func(x *sem.Node) {
		if x.Op == sem.OpInput && x.Name == name {
			n = x
		}
	}, e.ins.Exprs()...)
	if v, ok := e.port[name+"_i"]; ok {
		if n.Range.Negative() {
			return sem.SignExtend(v, 32)
		}
		return v
	}
	f := e.ins.Encoding.Field(strings.TrimSuffix(name, "_index"))
	return big.NewInt(f.Extract(e.word))
}

func (e *env) Element(name string, i int) *big.Int {
	for _, t := range e.spec.Tables {
		if t.Name == name {
			return t.Values[i]
		}
	}
	for _, s := range e.spec.States {
		if s.Name == name {
			v := new(big.Int).Rsh(e.port["state_"+name+"_i"], uint(i*s.Bits))
			if v.And(v, mask(s.Bits)); s.Signed {
				return sem.SignExtend(v, s.Bits)
			}
			return v
		}
	}
	return nil
}

// want is what the outputs must be, by the golden evaluation; nil: not compared.
func (e *env) want(mod *meaning.Module) map[string]*big.Int {
	eff := e.ins.Execute(e, e.spec.StateWidths())
	out := map[string]*big.Int{}
	put := func(name string, v uint64) { out[name] = new(big.Int).SetUint64(v) }
	flag := func(name string, on bool) {
		put(name, 0)
		if on {
			put(name, 1)
		}
	}
	put("match_o", 1)
	flag("trap_o", eff.Trap >= 0)
	if eff.Trap >= 0 {
		put("cause_o", uint64(eff.Trap))
	}
	for _, w := range mod.Writes {
		put(fmt.Sprintf("w%d_en_o", w.Index), 0)
	}
	put("pc_en_o", 0)
	put("csr_en_o", 0)
	for _, p := range mod.States {
		out[p.Name] = new(big.Int).Set(e.port[strings.TrimSuffix(p.Name, "_o")+"_i"])
	}
	index := map[*isa.Write]int{}
	for i, k := 0, 0; i < len(e.ins.Writes); i++ {
		if w := &e.ins.Writes[i]; w.Kind == isa.DestField || w.Kind == isa.DestFixed {
			index[w] = k
			k++
		}
	}
	for _, w := range eff.Writes {
		switch w.Kind {
		case isa.DestPC:
			put("pc_en_o", 1)
			put("pc_o", w.Value)
		case isa.DestCSR:
			put("csr_en_o", 1)
			put("csr_o", w.Value)
		case isa.DestState:
			name := "state_" + w.Name + "_o"
			bits := e.spec.StateWidths()[w.Name]
			m := new(big.Int).Lsh(mask(bits), uint(w.Element*bits))
			out[name].AndNot(out[name], m)
			out[name].Or(out[name], new(big.Int).Lsh(new(big.Int).SetUint64(w.Value), uint(w.Element*bits)))
		default:
			k := index[w.Write]
			put(fmt.Sprintf("w%d_en_o", k), 1)
			put(fmt.Sprintf("w%d_data_o", k), w.Value)
			reg := uint64(w.Reg)
			if w.Kind == isa.DestField {
				reg = uint64(e.ins.Encoding.Field(w.Name).Extract(e.word))
			}
			put(fmt.Sprintf("w%d_addr_o", k), reg)
		}
	}
	flag("load_en_o", eff.Load != nil)
	flag("store_en_o", eff.Store != nil)
	for _, a := range []*isa.MemEffect{eff.Load, eff.Store} {
		if a != nil {
			put("addr_o", uint64(a.Addr))
			put("size_o", uint64(a.Size))
		}
	}
	flag("loop_en_o", eff.HasLoop)
	if eff.HasLoop {
		put("loop_level_o", uint64(eff.LoopLevel))
		put("loop_count_o", uint64(eff.LoopCount))
		put("loop_end_o", uint64(eff.LoopEnd))
	}
	return out
}

// outputs lists a module's outputs from its text.
func outputs(mod *meaning.Module) (names []string, decls []string) {
	for _, l := range strings.Split(string(mod.Text), "\n") {
		if f := strings.Fields(strings.TrimSuffix(l, ",")); len(f) == 4 && f[0] == "output" {
			names, decls = append(names, f[3]), append(decls, "  wire "+f[2]+" "+f[3]+";")
		}
	}
	return names, decls
}

// simulate evaluates the module on the cases with Icarus.
func simulate(t *testing.T, mod *meaning.Module, cases []*env) []map[string]*big.Int {
	t.Helper()
	names, decls := outputs(mod)
	var tb strings.Builder
	tb.WriteString("module tb;\n" + strings.Join(decls, "\n") + "\n")
	var conns []string
	for _, in := range mod.Inputs {
		fmt.Fprintf(&tb, "  reg [%d:0] %s;\n", in.Width-1, in.Name)
		conns = append(conns, fmt.Sprintf(".%s(%s)", in.Name, in.Name))
	}
	for _, n := range names {
		conns = append(conns, fmt.Sprintf(".%s(%s)", n, n))
	}
	fmt.Fprintf(&tb, "  %s dut (%s);\n  initial begin\n", mod.Name, strings.Join(conns, ", "))
	for _, c := range cases {
		for _, in := range mod.Inputs {
			fmt.Fprintf(&tb, "    %s = %d'h%x;\n", in.Name, in.Width, c.port[in.Name])
		}
		fmt.Fprintf(&tb, "    #1 $display(\"%s\", %s);\n", strings.TrimSpace(strings.Repeat("%h ", len(names))), strings.Join(names, ", "))
	}
	tb.WriteString("  end\nendmodule\n")
	dir := t.TempDir()
	for name, b := range map[string][]byte{"m.v": mod.Text, "tb.v": []byte(tb.String())} {
		if err := os.WriteFile(filepath.Join(dir, name), b, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if out, err := exec.Command("iverilog", "-g2005", "-o", filepath.Join(dir, "tb"), filepath.Join(dir, "m.v"), filepath.Join(dir, "tb.v")).CombinedOutput(); err != nil || len(out) > 0 {
		t.Fatalf("iverilog: %v\n%s\n%s", err, out, mod.Text)
	}
	b, err := exec.Command("vvp", "-n", filepath.Join(dir, "tb")).Output()
	if err != nil {
		t.Fatal(err)
	}
	var got []map[string]*big.Int
	for _, l := range strings.Split(strings.TrimSpace(string(b)), "\n") {
		row := map[string]*big.Int{}
		for i, f := range strings.Fields(l) {
			v, ok := new(big.Int).SetString(f, 16)
			if !ok {
				v = big.NewInt(-1) // x or z
			}
			row[names[i]] = v
		}
		got = append(got, row)
	}
	return got
}

// differences compares the module with the golden evaluation, by Icarus.
func differences(t *testing.T, s *isa.Spec, ins *isa.Instruction, mod *meaning.Module, n int) []string {
	t.Helper()
	rng := rand.New(rand.NewPCG(3, uint64(len(ins.Name))))
	var cases []*env
	for range n {
		cases = append(cases, newEnv(rng, s, ins, mod))
	}
	var out []string
	for i, got := range simulate(t, mod, cases) {
		for name, want := range cases[i].want(mod) {
			if got[name].Cmp(want) != 0 {
				out = append(out, fmt.Sprintf("%s %08x: %s is %x, want %x", ins.Name, cases[i].word, name, got[name], want))
			}
		}
	}
	return out
}

// TestMeaning compares every printed module, run by Icarus, with the golden
// evaluation of the same instruction.
func TestMeaning(t *testing.T) {
	flowtest.Need(t, "iverilog")
	seen := map[string]bool{}
	for _, file := range specFiles {
		src, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		l, problems, err := gen.Load(file, src)
		if err != nil || len(problems) > 0 {
			t.Fatal(err, problems)
		}
		m := l.Machines[len(l.Machines)-1]
		for _, ins := range m.All() {
			if key := ins.Pos.File + ins.Name; !seen[key] {
				seen[key] = true
				mod, err := meaning.Build(m, ins, meaning.Vectors)
				if err != nil {
					t.Fatal(err)
				}
				for _, d := range differences(t, l.Spec, ins, mod, 60) {
					t.Error(d)
				}
			}
		}
	}
	if len(seen) < 75 {
		t.Errorf("only %d instructions were compared", len(seen))
	}
}

// TestSeeded changes printed modules in ways a slip of the printer would; the
// comparison must notice.
func TestSeeded(t *testing.T) {
	flowtest.Need(t, "iverilog")
	src, err := os.ReadFile(specFiles[0])
	if err != nil {
		t.Fatal(err)
	}
	l, _, err := gen.Load(specFiles[0], src)
	if err != nil {
		t.Fatal(err)
	}
	m := l.Machines[len(l.Machines)-1]
	find := func(name string) *isa.Instruction {
		for _, i := range m.All() {
			if i.Name == name {
				return i
			}
		}
		t.Fatal(name)
		return nil
	}
	for _, c := range []struct{ ins, old, new string }{
		{"sra", ">>>", ">>"},
		{"slt", "wire signed", "wire"},
		{"mulh", "signed [31:0] n1_low", "signed [30:0] n1_low"},
		{"div", " == 0 ? ", " == 1 ? "},
		{"mac", " + ", " - "},
		{"add2i", "insn_i[14:12]", "insn_i[13:12]"},
	} {
		mod, err := meaning.Build(m, find(c.ins), meaning.Vectors)
		if err != nil {
			t.Fatal(err)
		}
		text := string(mod.Text)
		if !strings.Contains(text, c.old) {
			t.Fatalf("%s: no %q in\n%s", c.ins, c.old, text)
		}
		mod.Text = []byte(strings.ReplaceAll(text, c.old, c.new))
		if len(differences(t, l.Spec, find(c.ins), mod, 60)) == 0 {
			t.Errorf("%s: %q for %q was not noticed", c.ins, c.new, c.old)
		}
	}
}
