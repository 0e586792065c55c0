package iss

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math/big"
	"strings"
	"testing"

	"marvelgen/gen/isa"
	"marvelgen/gen/sem"
	"marvelgen/verif/trace"
)

// assemble makes an image of assembly lines, one instruction each.
func assemble(t testing.TB, list []*isa.Instruction, lines ...string) []byte {
	t.Helper()
	asm := isa.NewAssembler(list)
	var out []byte
	for i, l := range lines {
		w, err := asm.Line(l, RAMBase+4*uint32(i))
		if err != nil {
			t.Fatal(err)
		}
		out = binary.LittleEndian.AppendUint32(out, w)
	}
	return out
}

// finish ends a program with a0 as the exit code.
var finish = []string{"lui t0, 0x10000", "sw a0, 4(t0)"}

func TestRunErrors(t *testing.T) {
	list := base(t)
	for _, c := range []struct {
		name  string
		cfg   Config
		lines []string
		want  string
	}{
		{"fetch outside", Config{}, []string{"jalr zero, 64(zero)"}, "jumps to 0x00000040, which is not in RAM"},
		{"trap without handler", Config{}, []string{"ebreak"}, "jumps to 0x00000000, which is not in RAM after the exception 3 at 0x80000000"},
		{"runs off the end", Config{RAMSize: 16}, []string{"fence", "fence", "fence", "fence"}, "jumps to 0x80000010"},
		{"load behind RAM", Config{RAMSize: 64}, []string{"lui a0, 0x80000", "lw a0, 64(a0)"}, "0x80000004: the program loads from 0x80000040, outside its RAM of 64 bytes"},
		{"store behind RAM", Config{RAMSize: 64}, []string{"lui a0, 0x80000", "sb a0, 65(a0)"}, "0x80000004: the program stores to 0x80000041"},
		{"cycle limit", Config{MaxCycles: 1000}, []string{"jal zero, 0x80000000"}, "not ended after 1000 cycles"},
		{"instruction limit", Config{MaxInstructions: 1000}, []string{"jal zero, 0x80000000"}, "not ended after 1000 instructions"},
		{"limit of traps", Config{MaxInstructions: 1000}, []string{"lui a0, 0x80000", "csrrw zero, mtvec, a0", "ecall"}, "not ended after 1000 instructions"},
	} {
		c.cfg.Instructions = list
		m := start(t, c.cfg, assemble(t, list, c.lines...))
		if _, err := m.Run(); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want an error with %q", c.name, err, c.want)
		} else if strings.Contains(c.name, "limit") != errors.Is(err, ErrLimit) {
			t.Errorf("%s: %v is not what ErrLimit says", c.name, err)
		}
		step := start(t, c.cfg, assemble(t, list, c.lines...))
		var err error
		for err == nil {
			err = step.Step(&trace.Record{})
		}
		if !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: steps end with %v", c.name, err)
		}
	}
}

// countdown is a context that ends after it was asked a number of times: unlike
// a deadline, it does so at the same place on every machine.
type countdown struct {
	context.Context
	left int
}

func (c *countdown) Err() error {
	if c.left--; c.left < 0 {
		return context.Canceled
	}
	return nil
}

// TestRunContext interrupts a program that never ends, and goes on with it.
func TestRunContext(t *testing.T) {
	list := base(t)
	m := start(t, Config{Instructions: list, MaxInstructions: 200 << 20}, assemble(t, list, "addi a0, a0, 1", "jal zero, 0x80000000"))
	r, err := m.RunContext(&countdown{Context: t.Context(), left: 3})
	if !errors.Is(err, context.Canceled) || r.Instructions == 0 || r.Instructions%2 != 0 || m.Reg(10) != uint32(r.Instructions/2) {
		t.Fatalf("got %+v, %v with a0 = %d", r, err, m.Reg(10))
	}
	if r, err = m.Run(); !errors.Is(err, ErrLimit) || r.Instructions != 200<<20 || m.Reg(10) != 100<<20 {
		t.Errorf("then %+v, %v", r, err)
	}
}

func TestNewErrors(t *testing.T) {
	b := sem.NewBuilder()
	word := sem.Unsigned(32)
	enc := isa.Encoding{Mask: 0x7f, Match: 0x0b, Fields: testFields}
	for want, ins := range map[string]*isa.Instruction{
		`input "rs9"`:              {Writes: []isa.Write{{Kind: isa.DestField, Name: "rd", Value: b.Input("rs9", word)}}},
		`input "x32"`:              {Writes: []isa.Write{{Kind: isa.DestField, Name: "rd", Value: b.Input("x32", word)}}},
		`input "imm_index"`:        {Writes: []isa.Write{{Kind: isa.DestField, Name: "rd", Value: b.Input("imm_index", word)}}},
		`input "load"`:             {Writes: []isa.Write{{Kind: isa.DestField, Name: "rd", Value: b.Input("load", word)}}},
		`read "gone"`:              {Writes: []isa.Write{{Kind: isa.DestField, Name: "rd", Value: b.Read("gone", b.Int(0), word, 1)}}},
		`table "gone"`:             {Writes: []isa.Write{{Kind: isa.DestField, Name: "rd", Value: b.Table("gone", b.Int(0), word, 1)}}},
		`the unknown state "lost"`: {Writes: []isa.Write{{Kind: isa.DestState, Name: "lost", Value: b.Int(1)}}},
	} {
		ins.Encoding, ins.Name = enc, "odd"
		if _, err := New(Config{Instructions: []*isa.Instruction{ins}}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want an error with %q", err, want)
		}
	}
}

// TestConstants uses more different constants than there are slots for.
func TestConstants(t *testing.T) {
	m, err := New(Config{Instructions: base(t)})
	if err != nil {
		t.Fatal(err)
	}
	for i := range uint64(slotCount) {
		m.constant(1<<40 + i)
	}
	list := base(t)
	img := assemble(t, list, append([]string{"lui a0, 0x12345", "addi a0, a0, 1656", "xori a0, a0, -1"}, finish...)...)
	if err := m.Load(&Image{Entry: RAMBase, Segments: []Segment{{Addr: RAMBase, Data: img}}}); err != nil {
		t.Fatal(err)
	}
	if r, err := m.Run(); err != nil || r.ExitCode != ^uint32(0x12345678) {
		t.Errorf("got %+v, %v", r, err)
	}
}

// TestWideMeaning compiles an expression of far more values than registers.
func TestWideMeaning(t *testing.T) {
	b := sem.NewBuilder()
	x := b.Input("rs1", sem.Unsigned(32))
	sum, want := b.Int(0), uint32(0)
	for i := range int64(2000) {
		sum = b.Bits(b.Add(sum, b.Mul(x, b.Int(i))), 31, 0)
		want += 3 * uint32(i)
	}
	if err := b.TakeErr(); err != nil {
		t.Fatal(err)
	}
	ins := &isa.Instruction{Name: "wide", Mnemonic: "wide", Operands: []isa.Operand{{Field: "rd"}, {Field: "rs1"}},
		Encoding: isa.Encoding{Mask: 0x7f, Match: 0x0b, Fields: testFields[:2]},
		Writes:   []isa.Write{{Kind: isa.DestField, Name: "rd", Value: sum}}}
	list := append(base(t), ins)
	m := start(t, Config{Instructions: list}, assemble(t, list, append([]string{"addi a1, zero, 3", "wide a0, a1"}, finish...)...))
	if r, err := m.Run(); err != nil || r.ExitCode != want {
		t.Errorf("got %+v, %v; want %d", r, err, want)
	}
}

// TestLoops checks trip counts of the zero-overhead loop against the rules.
func TestLoops(t *testing.T) {
	d := designs(t)[1]
	for _, c := range []struct {
		inner, outer int
		want         uint32
	}{{0, 0, 1}, {1, 1, 1}, {5, 1, 5}, {1, 4, 4}, {3, 4, 12}, {2, 0, 2}} {
		cfg := ForDesign(d)
		img := assemble(t, cfg.Instructions, append([]string{
			"addi a0, zero, 0",
			fmt.Sprintf("mv.lp 1, %d, 0x8000000c", c.outer),
			fmt.Sprintf("mv.lp 0, %d, 0x8000000c", c.inner),
			"addi a0, a0, 1", // the only instruction of the inner body, and the last of the outer
		}, finish...)...)
		for _, how := range []string{"blocks", "steps"} {
			m := start(t, cfg, img)
			if how == "steps" {
				for !m.Done() {
					if err := m.Step(&trace.Record{}); err != nil {
						t.Fatal(err)
					}
				}
			} else if _, err := m.Run(); err != nil {
				t.Fatal(err)
			}
			r := m.Result()
			setups := uint64(1 + max(c.outer, 1))
			want := Result{ExitCode: c.want, Instructions: 1 + setups + uint64(c.want) + 2}
			want.Cycles = want.Instructions + setups + 3
			if r != want {
				t.Errorf("%d x %d by %s: got %+v, want %+v", c.outer, c.inner, how, r, want)
			}
		}
	}
}

// TestSelfModifying patches an instruction that has run, and needs FENCE.I to
// see the new one.
func TestSelfModifying(t *testing.T) {
	list := base(t)
	patch := assemble(t, list, "addi a0, a0, 16")
	v := binary.LittleEndian.Uint32(patch)
	lines := append([]string{
		fmt.Sprintf("lui a1, 0x%x", (v+0x800)>>12),
		fmt.Sprintf("addi a1, a1, %d", int32(v<<20)>>20),
		"auipc a2, 0",
		"addi a0, a0, 1", // patched
		"sw a1, 4(a2)",
		"fence.i",
		"addi a3, a3, 1",
		"addi a4, zero, 2",
		"bne a3, a4, 0x8000000c",
	}, finish...)
	m := start(t, Config{Instructions: list}, assemble(t, list, lines...))
	if r, err := m.Run(); err != nil || r.ExitCode != 17 {
		t.Errorf("got %+v, %v", r, err)
	}
	var sum Counts
	for _, b := range m.Profile().Blocks {
		sum = sum.plus(b.Counts)
	}
	if sum.Instructions != m.Result().Instructions {
		t.Errorf("the profile lost what ran before the flush: %+v", sum)
	}
}

func TestDevices(t *testing.T) {
	list := base(t)
	var out bytes.Buffer
	m := start(t, Config{Instructions: list, Stdout: &out}, assemble(t, list,
		"lui t0, 0x10000",
		"addi a1, zero, 72", "sb a1, 0(t0)", "addi a1, zero, 105", "sb a1, 0(t0)",
		"addi a2, zero, 1", "sw a2, 8(t0)", // region of interest
		"div a3, a1, a2", "addi a3, a3, 1",
		"sw zero, 8(t0)",
		"lui t1, 0x200c", "lw a0, -8(t1)", // mtime: 11 instructions before, and the division
		"sw a0, 4(t0)"))
	r, err := m.Run()
	want := Result{ExitCode: 2 + 11 + 35, Cycles: 13 + 35 + 3, Instructions: 13, ROICycles: 3 + 35, ROIInstructions: 3}
	if err != nil || r != want || out.String() != "Hi" {
		t.Errorf("got %+v %q %v, want %+v", r, out.String(), err, want)
	}
}

type brokenWriter struct{}

func (brokenWriter) Write([]byte) (int, error) { return 0, errors.New("pipe broken") }

func TestConsoleError(t *testing.T) {
	list := base(t)
	m := start(t, Config{Instructions: list, Stdout: brokenWriter{}}, assemble(t, list, append([]string{"lui t0, 0x10000", "sb t0, 0(t0)"}, finish...)...))
	if _, err := m.Run(); err == nil || !strings.Contains(err.Error(), "pipe broken") {
		t.Errorf("got %v", err)
	}
}

func TestTables(t *testing.T) {
	if _, err := New(Config{Tables: []*isa.Table{{Name: "t", Bits: 4, Values: []*big.Int{big.NewInt(-1)}}}}); err != nil {
		t.Error(err)
	}
}
