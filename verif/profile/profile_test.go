package profile

import (
	"encoding/binary"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"marvelgen/flows/flowtest"
	"marvelgen/gen/isa"
	"marvelgen/gen/spec"
	"marvelgen/verif/iss"
	"marvelgen/verif/trace"
)

// assemble makes an image of instructions by name and fields.
func assemble(t *testing.T, list []*isa.Instruction, code []instruction) *iss.Image {
	t.Helper()
	var data []byte
	for _, c := range code {
		for _, ins := range list {
			if ins.Name == c.name {
				w, err := ins.Encoding.Encode(c.fields)
				if err != nil {
					t.Fatal(c.name, err)
				}
				data = binary.LittleEndian.AppendUint32(data, w)
			}
		}
	}
	if len(data) != 4*len(code) {
		t.Fatalf("%d bytes for %d instructions", len(data), len(code))
	}
	return &iss.Image{Entry: iss.RAMBase, Segments: []iss.Segment{{Addr: iss.RAMBase, Data: data}},
		Symbols: []iss.Symbol{{Name: "start", Addr: iss.RAMBase, Func: true}, {Name: "body", Addr: iss.RAMBase + 12, Func: true}}}
}

type instruction struct {
	name   string
	fields map[string]int64
}

type f = map[string]int64

// sum adds the squares of seven words, twice.
var sum = []instruction{
	{"addi", f{"rd": 9, "imm": 2}},
	{"lui", f{"rd": 11, "imm": 0x10000 << 12}},
	{"addi", f{"rd": 5, "imm": 7}},           // outer
	{"lw", f{"rd": 6, "rs1": 10, "imm": 16}}, // inner
	{"mul", f{"rd": 7, "rs1": 6, "rs2": 6}},
	{"add", f{"rd": 8, "rs1": 8, "rs2": 7}},
	{"addi", f{"rd": 10, "rs1": 10, "imm": 4}},
	{"addi", f{"rd": 5, "rs1": 5, "imm": -1}},
	{"bne", f{"rs1": 5, "imm": -20}},
	{"addi", f{"rd": 9, "rs1": 9, "imm": -1}},
	{"sb", f{"rs1": 10, "rs2": 8, "imm": 100}},
	{"bne", f{"rs1": 9, "imm": -36}},
	{"sw", f{"rs1": 11, "imm": 4}}, // the end
}

// run executes a program and returns its blocks.
func run(t *testing.T, list []*isa.Instruction, img *iss.Image) ([]iss.BlockCounts, iss.Result) {
	t.Helper()
	m, err := iss.New(iss.Config{Instructions: list, MaxInstructions: 1000})
	if err != nil {
		t.Fatal(err)
	}
	if err := m.Load(img); err != nil {
		t.Fatal(err)
	}
	m.SetReg(10, iss.RAMBase+0x1000)
	r, err := m.Run()
	if err != nil {
		t.Fatal(err)
	}
	return m.Profile().Blocks, r
}

func find(list []Count, what string) uint64 {
	for _, c := range list {
		if c.What == what {
			return c.Count
		}
	}
	return 0
}

func TestMix(t *testing.T) {
	list, err := spec.Base()
	if err != nil {
		t.Fatal(err)
	}
	img := assemble(t, list, sum)
	blocks, res := run(t, list, img)
	p := NewProgram(list, nil, img)
	got := p.Totals(blocks)
	// The stop needs the cycles from the last block's start to retirement.
	want := Totals{Cycles: got.Cycles, Instructions: res.Instructions, Loads: 14, Stores: 3, LoadBytes: 56, StoreBytes: 6}
	if got != want || got.Instructions != 2+2*(1+7*6+3)+1 || got.Cycles <= got.Instructions || got.Cycles > res.Cycles {
		t.Errorf("totals %+v, want %+v; the run took %+v", got, want, res)
	}
	m := p.Mix(blocks, 20)
	for _, c := range []struct {
		list []Count
		what string
		want uint64
	}{
		{m.Mnemonics, "mul", 14}, {m.Mnemonics, "addi", 1 + 2*(1+7*2+1)},
		{m.Feeds, "mul → add", 14}, {m.Feeds, "lw → mul", 14}, {m.Feeds, "addi → bne", 14 + 2}, {m.Feeds, "add → sb", 0}, // not within one block
		{m.Neighbours, "mul, add", 14}, {m.Neighbours, "addi, addi", 14},
		{m.Increments, "4", 14}, {m.Increments, "-1", 14 + 2}, {m.Increments, "2", 0}, // x0 + 2 is no increment
		{m.Offsets, "16", 14}, {m.Offsets, "100", 2},
	} {
		if n := find(c.list, c.what); n != c.want {
			t.Errorf("%s: %d times, want %d; %v", c.what, n, c.want, c.list)
		}
	}
	if len(m.Loops) != 2 {
		t.Fatalf("loops %+v", m.Loops)
	}
	outer, inner := m.Loops[0], m.Loops[1]
	if inner.Start != iss.RAMBase+12 || inner.Instructions != 6 || inner.Entries != 2 || inner.Trips != 7 || !inner.Inner || inner.Function != "body" {
		t.Errorf("inner loop %+v", inner)
	}
	if outer.Start != iss.RAMBase+8 || outer.End != iss.RAMBase+44 || outer.Entries != 1 || outer.Trips != 2 || outer.Inner || outer.Cycles <= inner.Cycles {
		t.Errorf("outer loop %+v", outer)
	}
	if text := p.Text(iss.RAMBase + 32); text != "bne t0, zero, 0x8000000c <body>" {
		t.Errorf("disassembly %q", text)
	}
	if ins, _ := p.Instruction(0x1000); ins != nil {
		t.Error("an instruction outside of the program")
	}
}

// TestLines finds lines that GNU addr2line finds, too.
func TestLines(t *testing.T) {
	flowtest.Need(t, "clang-19", "riscv64-unknown-elf-ld", "riscv64-unknown-elf-addr2line")
	dir := t.TempDir()
	source, elf := filepath.Join(dir, "a.c"), filepath.Join(dir, "a.elf")
	const text = "int g(int x)\n{\n    return x * x;\n}\nint f(int n)\n{\n    int s = 0;\n    for (int i = 0; i < n; i++)\n        s += g(i);\n    return s;\n}\n"
	if err := os.WriteFile(source, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("clang-19", "--target=riscv32", "-march=rv32im", "-mabi=ilp32", "-gdwarf-4", "-O1", "-nostdlib", "-ffreestanding",
		"--ld-path=riscv64-unknown-elf-ld", "-Wl,-melf32lriscv,-Ttext=0x80000000,-ef", source, "-o", elf)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	l, err := ReadLines(elf)
	if err != nil {
		t.Fatal(err)
	}
	img, err := iss.ReadFile(elf)
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for pc := uint32(0x80000000); pc < 0x80000000+uint32(len(img.Segments[0].Data)); pc += 4 {
		file, line := l.At(pc)
		out, err := exec.Command("riscv64-unknown-elf-addr2line", "-e", elf, "0x"+hex(pc)).Output()
		if err != nil {
			t.Fatal(err)
		}
		want := filepath.Base(strings.Fields(string(out))[0])
		if got := file + ":" + dec(line); line > 0 && got != want {
			t.Errorf("0x%x: %s, addr2line %s", pc, got, want)
		} else if line > 0 {
			found++
		}
	}
	if found < 5 {
		t.Errorf("%d lines found", found)
	}
	if file, line := l.At(0x1000); file != "" || line != 0 {
		t.Error("a line of nothing:", file, line)
	}
	if file, _ := (*Lines)(nil).At(0); file != "" {
		t.Error("no table knows a line")
	}
}

func hex(v uint32) string { return strconv.FormatUint(uint64(v), 16) }
func dec(v int) string    { return strconv.Itoa(v) }

// TestByLine: every instruction on a line of its own gets the cycles that single
// steps of the simulator give it, and none are lost.
func TestByLine(t *testing.T) {
	base, err := spec.Base()
	if err != nil {
		t.Fatal(err)
	}
	img := assemble(t, base, sum)
	blocks, result := run(t, base, img)
	lines := &Lines{}
	for i := range sum {
		lines.rows = append(lines.rows, row{iss.RAMBase + 4*uint64(i), "/src/sum.c", i + 1})
	}
	m, err := iss.New(iss.Config{Instructions: base, MaxInstructions: 1000})
	if err != nil {
		t.Fatal(err)
	}
	if err := m.Load(img); err != nil {
		t.Fatal(err)
	}
	m.SetReg(10, iss.RAMBase+0x1000)
	cycles, times := map[int]uint64{}, map[int]uint64{}
	for !m.Done() {
		var r trace.Record
		before := m.Result().Cycles
		if err := m.Step(&r); err != nil {
			t.Fatal(err)
		}
		line := int(r.PC-iss.RAMBase)/4 + 1
		cycles[line] += m.Result().Cycles - before
		times[line]++
	}
	cycles[1] -= iss.DefaultTiming().First + iss.DefaultTiming().Retire // before it is in X, and behind the last one
	list := NewProgram(base, nil, img).ByLine(blocks, iss.DefaultTiming(), lines)
	total, wrong := uint64(0), iss.DefaultTiming()
	for _, l := range list {
		total += l.Cycles
		if l.File != "/src/sum.c" || l.Cycles != cycles[l.Line] || l.Executions != times[l.Line] || l.Instructions != times[l.Line] {
			t.Errorf("%+v, but steps give %d cycles of %d times", l, cycles[l.Line], times[l.Line])
		}
	}
	if len(list) != len(sum) || result.Cycles != m.Result().Cycles {
		t.Errorf("%d lines, %d cycles of %d", len(list), total, result.Cycles)
	}
	// The judge sees a wrong table.
	wrong.Extra["mul"] = 1
	if same := NewProgram(base, nil, img).ByLine(blocks, wrong, lines); slices.Equal(same, list) {
		t.Error("timing is not looked at")
	}
	if l := NewProgram(base, nil, img).ByLine(blocks, iss.DefaultTiming(), nil); len(l) != 1 || l[0].Line != 0 || l[0].Cycles != total || l[0].Function != "body" {
		t.Errorf("without lines: %+v", l)
	}
}
