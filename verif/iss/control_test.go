package iss

import (
	"testing"

	"marvelgen/gen/isa"
	"marvelgen/gen/sem"
	"marvelgen/verif/trace"
)

// custom makes an instruction of the test fields from its effects.
func custom(edit func(b *sem.Builder, in func(string) *sem.Node, ins *isa.Instruction)) *isa.Instruction {
	b := sem.NewBuilder()
	in := func(name string) *sem.Node { return b.Input(name, testInputs[name]) }
	ins := &isa.Instruction{Name: "custom", Mnemonic: "custom", Encoding: isa.Encoding{Mask: 0x7f, Match: 0x0b, Fields: testFields},
		Operands: []isa.Operand{{Field: "rd"}, {Field: "rs1"}, {Field: "rs2"}, {Field: "imm"}}}
	edit(b, in, ins)
	return ins
}

// TestCustomControl executes jumps and traps that no base instruction has. The
// program leaves 1 in a5 if the instruction fell through, and 2 or 3 if it went
// to the places 8 or 16 bytes behind itself.
func TestCustomControl(t *testing.T) {
	type writes = []isa.Write
	pc := func(v, when *sem.Node) isa.Write { return isa.Write{Kind: isa.DestPC, Value: v, When: when} }
	rd := func(v *sem.Node) isa.Write { return isa.Write{Kind: isa.DestField, Name: "rd", Value: v} }
	countDown := custom(func(b *sem.Builder, in func(string) *sem.Node, ins *isa.Instruction) {
		left := b.Sub(in("rd"), b.Int(1)) // the comparison reads rd as it was
		ins.Writes = writes{rd(left), pc(b.Cond(b.Eq(in("rd"), b.Int(1)), b.Add(in("pc"), b.Int(4)), b.Add(in("pc"), in("imm"))), nil)}
	})
	jumpIf := custom(func(b *sem.Builder, in func(string) *sem.Node, ins *isa.Instruction) {
		ins.Writes = writes{rd(b.Int(7)), pc(in("rs2"), in("rs1"))}
	})
	jumpUnless := custom(func(b *sem.Builder, in func(string) *sem.Node, ins *isa.Instruction) {
		ins.Writes = writes{pc(b.Cond(in("rs1"), b.Add(b.Int(4), in("pc")), in("rs2")), nil)}
	})
	trapIf := custom(func(b *sem.Builder, in func(string) *sem.Node, ins *isa.Instruction) {
		ins.Trap = &isa.Trap{Cause: 24, When: in("rs1")}
		ins.Writes = writes{rd(b.Int(9))}
	})
	maskedBranch := custom(func(b *sem.Builder, in func(string) *sem.Node, ins *isa.Instruction) {
		ins.Writes = writes{pc(b.Add(in("pc"), b.Int(8)), b.And(in("rs1"), b.Int(6)))}
	})
	const at = RAMBase + 4*6
	for _, c := range []struct {
		name       string
		ins        *isa.Instruction
		rd, rs1    uint32
		rs2        uint32
		imm        string
		end, after uint32 // a5 and rd afterwards
	}{
		{"count down, again", countDown, 5, 0, 0, "0x80000020", 2, 4},
		{"count down, last", countDown, 1, 0, 0, "0x80000020", 1, 0},
		{"jump if", jumpIf, 0, 1 << 31, at + 16, "0", 3, 7},
		{"jump if, not", jumpIf, 0, 0, at + 16, "0", 1, 7},
		{"jump if, misaligned", jumpIf, 5, 1, at + 18, "0", 100 + 0, 5},
		{"jump unless", jumpUnless, 0, 0, at + 8, "0", 2, 0},
		{"jump unless, not", jumpUnless, 0, 2, at + 8, "0", 1, 0},
		{"trap", trapIf, 3, 1, 0, "0", 100 + 24, 3},
		{"no trap", trapIf, 3, 0, 0, "0", 1, 9},
		{"branch on bits", maskedBranch, 0, 4, 0, "0", 2, 0},
		{"branch on bits, not", maskedBranch, 0, 9, 0, "0", 1, 0},
	} {
		list := append(base(t), c.ins)
		lines := []string{
			"auipc t0, 0",
			"addi t0, t0, 68", // handler
			"csrrw zero, mtvec, t0",
			"addi a5, zero, 1",
			"fence", "fence",
			"custom a0, a1, a2, " + c.imm,
			"jal zero, 0x80000030",
			"addi a5, zero, 2",
			"jal zero, 0x80000030",
			"addi a5, zero, 3",
			"fence",
			"lui t0, 0x10000", "sw a5, 4(t0)", "fence", "fence", "fence",
			"csrrs a5, mcause, zero", "addi a5, a5, 100", "lui t0, 0x10000", "sw a5, 4(t0)",
		}
		image := assemble(t, list, lines...)
		for _, how := range []string{"blocks", "steps"} {
			m := start(t, Config{Instructions: list, MaxCycles: 1000}, image)
			m.SetReg(10, c.rd)
			m.SetReg(11, c.rs1)
			m.SetReg(12, c.rs2)
			var err error
			if how == "blocks" {
				_, err = m.Run()
			} else {
				for err == nil && !m.Done() {
					err = m.Step(&trace.Record{})
				}
			}
			if err != nil || m.Result().ExitCode != c.end || m.Reg(10) != c.after {
				t.Errorf("%s by %s: ends with %d and rd = %d, want %d and %d; %v", c.name, how, m.Result().ExitCode, m.Reg(10), c.end, c.after, err)
			}
		}
	}
}

// TestLoadWidths holds loads whose meaning states the value wider than memory
// has it.
func TestLoadWidths(t *testing.T) {
	for _, c := range []struct {
		size   int
		signed bool
		r      sem.Range
		want   uint32
	}{
		{1, true, sem.Signed(8), 0xffffff88}, {1, true, sem.Signed(32), 0xffffff88}, {1, false, sem.Unsigned(32), 0x88},
		{2, true, sem.Signed(20), 0xffff9988}, {2, false, sem.Unsigned(16), 0x9988}, {2, true, sem.Signed(40), 0xffff9988},
		{4, false, sem.Unsigned(32), 0xbbaa9988}, {4, true, sem.Signed(32), 0xbbaa9988}, {4, true, sem.Signed(33), 0xbbaa9988},
	} {
		ins := custom(func(b *sem.Builder, in func(string) *sem.Node, ins *isa.Instruction) {
			ins.Load = &isa.Access{Addr: in("rs1"), Size: c.size, Signed: c.signed}
			ins.Writes = []isa.Write{{Kind: isa.DestField, Name: "rd", Value: b.Add(b.Input("load", c.r), b.Int(0))}}
		})
		list := append(base(t), ins)
		m := start(t, Config{Instructions: list}, assemble(t, list, append([]string{"lui a1, 0x80001", "custom a0, a1, a1, 0"}, finish...)...))
		if err := m.WriteMem(0x80001000, []byte{0x88, 0x99, 0xaa, 0xbb}); err != nil {
			t.Fatal(err)
		}
		if r, err := m.Run(); err != nil || r.ExitCode != c.want {
			t.Errorf("%d bytes as %s: got %#x, want %#x; %v", c.size, c.r, r.ExitCode, c.want, err)
		}
	}
}

// TestExtraCycles pins what cycles in X and in W cost, where the instruction
// retires and where it traps, to rtl/README.md.
func TestExtraCycles(t *testing.T) {
	ins := custom(func(b *sem.Builder, in func(string) *sem.Node, ins *isa.Instruction) {
		ins.Load = &isa.Access{Addr: in("rs1"), Size: 4}
		ins.Writes = []isa.Write{{Kind: isa.DestField, Name: "rd", Value: b.Input("load", sem.Unsigned(32))}}
	})
	list := append(base(t), ins)
	for _, c := range []struct {
		address        uint32
		inX, inW       int
		retires, after uint64 // cycles of the record, and of the next one
	}{
		{RAMBase, 0, 0, 3, 4},
		{RAMBase, 4, 0, 7, 8},
		{RAMBase, 0, 2, 5, 6},
		{RAMBase, 3, 1, 7, 8},
		{RAMBase + 1, 0, 0, 3, 5},
		{RAMBase + 1, 4, 2, 7, 9}, // the exception waits in X, but there are no results
	} {
		tm := DefaultTiming()
		tm.Extra["custom"], tm.Surplus["custom"] = c.inX, c.inW
		m := start(t, Config{Instructions: list, Timing: &tm}, assemble(t, list, "custom a0, a1, a1, 0", "fence"))
		m.SetReg(11, c.address)
		m.csr.mtvec = RAMBase + 4
		var r [2]trace.Record
		for i := range r {
			if err := m.Step(&r[i]); err != nil {
				t.Fatal(err)
			}
		}
		if r[0].Cycle != c.retires || r[1].Cycle != c.after {
			t.Errorf("%+v: got %d and %d", c, r[0].Cycle, r[1].Cycle)
		}
	}
}
