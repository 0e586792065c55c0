package iss

import (
	"math/big"
	"testing"

	"pgregory.net/rapid"

	"marvelgen/gen/isa"
	"marvelgen/gen/sem"
	"marvelgen/gen/sem/bv"
	"marvelgen/gen/sem/semtest"
)

// The random instructions of these tests: three registers, an immediate, a
// scalar state, a small memory and a table.
var (
	testFields = []isa.Field{
		{Name: "rd", Kind: isa.Register, Pieces: []isa.Piece{{Hi: 11, Lo: 7}}},
		{Name: "rs1", Kind: isa.Register, Pieces: []isa.Piece{{Hi: 19, Lo: 15}}},
		{Name: "rs2", Kind: isa.Register, Pieces: []isa.Piece{{Hi: 24, Lo: 20}}},
		{Name: "imm", Signed: true, Pieces: []isa.Piece{{Hi: 31, Lo: 25}, {Hi: 14, Lo: 12}}},
	}
	testStates = []*isa.State{{Name: "acc", Bits: 33, Signed: true, Count: 1}, {Name: "mem", Bits: 12, Signed: true, Count: 8}}
	testTables = []*isa.Table{{Name: "tab", Bits: 9, Signed: true, Values: []*big.Int{big.NewInt(-256), big.NewInt(255), big.NewInt(-1), big.NewInt(7)}}}
	testInputs = map[string]sem.Range{
		"rd": sem.Unsigned(32), "rs1": sem.Unsigned(32), "rs2": sem.Unsigned(32), "imm": sem.Signed(10),
		"pc": sem.Unsigned(32), "x20": sem.Unsigned(32), "rs1_index": sem.Unsigned(5),
	}
	testNames = []string{"rd", "rs1", "rs2", "imm", "pc", "x20", "rs1_index", "load"}
)

// dataAt is the memory that meanings access.
const dataAt = RAMBase + 1<<16

// meaning draws expressions for one instruction.
type meaning struct {
	*rapid.T
	b    *sem.Builder
	load *sem.Node
}

func (t *meaning) leaf() *sem.Node {
	name := rapid.SampledFrom(append(testNames, "const", "acc")).Draw(t.T, "leaf")
	switch {
	case name == "const":
		return t.b.Int(rapid.OneOf(rapid.Int64Range(-1<<33, 1<<33), rapid.Int64Range(-3, 3)).Draw(t.T, "value"))
	case name == "acc":
		return t.b.Read("acc", t.b.Int(0), sem.Signed(33), 1)
	case name == "load" && t.load != nil:
		return t.load
	case name == "load":
		name = "rs1"
	}
	return t.b.Input(name, testInputs[name])
}

func (t *meaning) expr(depth int) *sem.Node {
	return semtest.Expr(t.T, semtest.Source{
		Builder: t.b,
		Leaf:    t.leaf,
		Elements: []func(*sem.Node) *sem.Node{
			func(x *sem.Node) *sem.Node { return t.b.Read("mem", t.b.Bits(x, 2, 0), sem.Signed(12), 8) },
			func(x *sem.Node) *sem.Node { return t.b.Table("tab", t.b.Bits(x, 1, 0), sem.Signed(9), 4) },
		},
	}, depth)
}

// instruction draws an instruction with some of all the effects there are.
func instruction(t *rapid.T) *isa.Instruction {
	g := &meaning{T: t, b: sem.NewBuilder()}
	ins := &isa.Instruction{Name: "random", Mnemonic: "random", Encoding: isa.Encoding{Mask: 0x7f, Match: 0x0b, Fields: testFields}}
	flip := func(name string) bool { return rapid.Bool().Draw(t, name) }
	expr := func() *sem.Node { return g.expr(rapid.IntRange(0, 3).Draw(t, "depth")) }
	// An address within the data area, aligned.
	addr := func() *sem.Node {
		return g.b.Add(g.b.Int(dataAt), g.b.Shl(g.b.Bits(g.b.Add(g.b.Input("rs1", testInputs["rs1"]), g.b.Input("imm", testInputs["imm"])), 5, 0), g.b.Int(2)))
	}
	size := rapid.SampledFrom([]int{1, 2, 4}).Draw(t, "size")
	switch rapid.IntRange(0, 3).Draw(t, "memory") {
	case 0:
		ins.Load = &isa.Access{Addr: addr(), Size: size, Signed: flip("signed")}
		r := sem.Unsigned(8 * size)
		if ins.Load.Signed {
			r = sem.Signed(8 * size)
		}
		g.load = g.b.Input("load", r)
	case 1:
		ins.Store = &isa.Access{Addr: addr(), Size: size, Data: expr()}
	}
	when := func() *sem.Node {
		if flip("when") {
			return expr()
		}
		return nil
	}
	for _, name := range []string{"rd", "rs1", "rs2"} {
		if flip(name) {
			ins.Writes = append(ins.Writes, isa.Write{Kind: isa.DestField, Name: name, Value: expr(), When: when()})
		}
	}
	if flip("x20") {
		ins.Writes = append(ins.Writes, isa.Write{Kind: isa.DestFixed, Reg: 20, Value: expr()})
	}
	if flip("acc") {
		ins.Writes = append(ins.Writes, isa.Write{Kind: isa.DestState, Name: "acc", Value: expr(), When: when()})
	}
	if flip("mem") {
		ins.Writes = append(ins.Writes, isa.Write{Kind: isa.DestState, Name: "mem", Index: g.b.Bits(expr(), 2, 0), Value: expr(), When: when()})
	}
	return ins
}

// golden is the architectural state as exact integers, evaluated by package
// sem alone; it shares nothing with the simulator.
type golden struct {
	regs [32]uint32
	acc  *big.Int
	mem  [8]*big.Int
	ram  map[uint32]byte
	ins  *isa.Instruction
	word uint32
}

func (g *golden) field(name string) uint32 {
	return uint32(g.ins.Encoding.Field(name).Extract(g.word))
}

func (g *golden) Input(name string) *big.Int {
	switch name {
	case "imm":
		return big.NewInt(g.ins.Encoding.Field("imm").Extract(g.word))
	case "pc":
		return big.NewInt(RAMBase)
	case "rs1_index":
		return big.NewInt(int64(g.field("rs1")))
	case "x20":
		return big.NewInt(int64(g.regs[20]))
	case "load":
		a := uint32(sem.Eval(g.ins.Load.Addr, g).Int64())
		v := big.NewInt(0)
		for i := range g.ins.Load.Size {
			v.Add(v, big.NewInt(int64(g.ram[a+uint32(i)])<<(8*i)))
		}
		if g.ins.Load.Signed {
			v = sem.SignExtend(v, 8*g.ins.Load.Size)
		}
		return v
	}
	return big.NewInt(int64(g.regs[g.field(name)]))
}

func (g *golden) Element(name string, i int) *big.Int {
	switch name {
	case "acc":
		return g.acc
	case "tab":
		return testTables[0].Values[i]
	}
	return g.mem[i]
}

// run executes the instruction: all values first, then all writes in order.
func (g *golden) run() {
	type done struct {
		w     isa.Write
		v     *big.Int
		index int
	}
	var all []done
	for _, w := range g.ins.Writes {
		if w.When != nil && sem.Eval(w.When, g).Sign() == 0 {
			continue
		}
		d := done{w: w, v: sem.Eval(w.Value, g)}
		if w.Index != nil {
			d.index = int(sem.Eval(w.Index, g).Int64())
		}
		all = append(all, d)
	}
	if s := g.ins.Store; s != nil {
		a, v := uint32(sem.Eval(s.Addr, g).Int64()), lowBits(sem.Eval(s.Data, g))
		for i := range s.Size {
			g.ram[a+uint32(i)] = byte(v >> (8 * i))
		}
	}
	for _, d := range all {
		switch d.w.Kind {
		case isa.DestField:
			g.regs[g.field(d.w.Name)] = uint32(lowBits(d.v))
		case isa.DestFixed:
			g.regs[d.w.Reg] = uint32(lowBits(d.v))
		case isa.DestState:
			if d.w.Name == "acc" {
				g.acc = sem.SignExtend(d.v, 33)
			} else {
				g.mem[d.index] = sem.SignExtend(d.v, 12)
			}
		}
	}
	g.regs[0] = 0
}

// TestRandomMeanings executes random instructions in blocks and by steps, and
// holds both against the exact evaluation.
func TestRandomMeanings(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		ins := instruction(t)
		m, err := New(Config{Instructions: []*isa.Instruction{ins}, States: testStates, Tables: testTables, RAMSize: 1 << 17})
		if err != nil {
			t.Fatal(err)
		}
		for range 4 {
			g := &golden{ins: ins, ram: map[uint32]byte{}, acc: big.NewInt(rapid.Int64Range(-1<<32, 1<<32-1).Draw(t, "acc"))}
			values := map[string]int64{"imm": rapid.Int64Range(-512, 511).Draw(t, "imm")}
			for _, r := range []string{"rd", "rs1", "rs2"} { // few registers, so that they meet
				values[r] = rapid.SampledFrom([]int64{0, 1, 2, 20}).Draw(t, r)
			}
			if g.word, err = ins.Encoding.Encode(values); err != nil {
				t.Fatal(err)
			}
			for _, r := range []int{1, 2, 20} {
				g.regs[r] = rapid.OneOf(rapid.Uint32(), rapid.SampledFrom([]uint32{0, 1, 1 << 31, 1<<31 - 1, 1<<32 - 1})).Draw(t, "reg")
			}
			for i := range g.mem {
				g.mem[i] = big.NewInt(rapid.Int64Range(-2048, 2047).Draw(t, "mem"))
			}
			data := make([]byte, 256)
			for i := range data {
				data[i] = byte(i*151 + int(values["imm"]))
				g.ram[dataAt+uint32(i)] = data[i]
			}
			start := *g
			g.run()
			for _, how := range []string{"block", "step"} {
				enter(t, m, &start, data)
				b, err := m.build(RAMBase, 1, how == "step")
				if err != nil {
					t.Fatal(err)
				}
				m.exec(b)
				agree(t, m, g, how)
			}
		}
	})
}

func enter(t *rapid.T, m *Machine, g *golden, data []byte) {
	m.Reset()
	word := []byte{byte(g.word), byte(g.word >> 8), byte(g.word >> 16), byte(g.word >> 24)}
	if err := m.WriteMem(RAMBase, word); err != nil {
		t.Fatal(err)
	}
	if err := m.WriteMem(dataAt, data); err != nil {
		t.Fatal(err)
	}
	for r, v := range g.regs {
		m.SetReg(r, v)
	}
	m.x[m.states["acc"].slot] = lowBits(g.acc) & bv.Mask(33)
	for i, v := range g.mem {
		m.arrays[0][i] = lowBits(v) & bv.Mask(12)
	}
}

func agree(t *rapid.T, m *Machine, g *golden, how string) {
	if m.PC() != RAMBase+4 || m.err != nil {
		t.Fatalf("%s: pc 0x%x, %v", how, m.PC(), m.err)
	}
	for r, v := range g.regs {
		if m.Reg(r) != v {
			t.Fatalf("%s: x%d is %#x, want %#x", how, r, m.Reg(r), v)
		}
	}
	if got, _ := m.State("acc", 0); got != lowBits(g.acc)&bv.Mask(33) {
		t.Fatalf("%s: acc is %#x, want %s", how, got, g.acc)
	}
	for i, v := range g.mem {
		if got, _ := m.State("mem", i); got != lowBits(v)&bv.Mask(12) {
			t.Fatalf("%s: mem[%d] is %#x, want %s", how, i, got, v)
		}
	}
	data := make([]byte, 256)
	if err := m.ReadMem(dataAt, data); err != nil {
		t.Fatal(err)
	}
	for i, v := range data {
		if v != g.ram[dataAt+uint32(i)] {
			t.Fatalf("%s: memory at +%d is %#x, want %#x", how, i, v, g.ram[dataAt+uint32(i)])
		}
	}
}
