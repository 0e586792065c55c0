package iss

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"testing"

	"marvelgen/gen/isa"
)

// torture writes random programs that end: every instruction of a table with
// random operands, among branches, loops, traps, CSRs and timer interrupts.
//
// x2 points into a data area, x3 counts loops; x30 and x31 belong to the trap
// handler, which skips exceptions and rearms the timer.
type torture struct {
	*rand.Rand
	tb    testing.TB
	asm   *isa.Assembler
	list  []*isa.Instruction
	words []uint32
	irq   bool // interrupts may come
	loops int  // levels of zero-overhead loops
}

const (
	tortureData = RAMBase + 1<<16
	tortureRAM  = 1 << 17
)

func newTorture(tb testing.TB, list []*isa.Instruction, seed uint64) *torture {
	t := &torture{Rand: rand.New(rand.NewPCG(seed, 7)), tb: tb, asm: isa.NewAssembler(list), list: list}
	for _, ins := range list {
		if ins.Loop != nil {
			t.loops = 2
		}
	}
	return t
}

func (t *torture) pc() uint32 { return RAMBase + 4*uint32(len(t.words)) }

func (t *torture) op(format string, args ...any) {
	t.tb.Helper()
	text := fmt.Sprintf(format, args...)
	w, err := t.asm.Line(text, t.pc())
	if err != nil {
		t.tb.Fatalf("%s: %v", text, err)
	}
	t.words = append(t.words, w)
}

// li loads a constant in two instructions.
func (t *torture) li(reg int, v uint32) {
	t.op("lui x%d, 0x%x", reg, (v+0x800)>>12)
	t.op("addi x%d, x%d, %d", reg, reg, int32(v<<20)>>20)
}

// reg is a register that may be written.
func (t *torture) reg() int64 {
	for {
		if r := t.Int64N(30); r != 2 && r != 3 {
			return r
		}
	}
}

// program is a program of some n random pieces.
func (t *torture) program(n int) []byte {
	t.op("jal x0, 0x%x", t.pc()+4*24)
	handler := t.pc()
	t.op("csrrs x30, mcause, x0")
	t.op("blt x30, x0, 0x%x", t.pc()+5*4)
	t.op("csrrs x30, mepc, x0")
	t.op("addi x30, x30, 4")
	t.op("csrrw x0, mepc, x30")
	t.op("mret")
	t.li(31, 0x0200c000)
	t.op("lw x30, -8(x31)")
	t.op("addi x30, x30, %d", 150+t.IntN(300))
	t.li(31, 0x02004000)
	t.op("sw x30, 0(x31)")
	t.li(31, 0x10000000)
	t.op("sw x0, 12(x31)")
	t.op("csrrs x31, mip, x0")
	t.op("mret")
	for len(t.words) < 24 {
		t.op("addi x0, x0, 0")
	}
	for r := 1; r < 32; r++ {
		t.li(r, t.Uint32()>>t.IntN(32))
	}
	t.li(2, tortureData)
	t.li(31, handler)
	t.op("csrrw x0, mtvec, x31")
	t.op("csrrw x0, mepc, x31")
	t.op("csrrw x0, mscratch, x31")
	t.op("csrrw x0, mtval, x31")
	t.op("csrrw x0, mcause, x31")
	t.li(31, 0x02004000)
	t.op("sw x0, 4(x31)")
	if t.irq {
		t.op("addi x30, x0, -1")
		t.op("csrrw x0, mie, x30")
		t.op("csrrsi x0, mstatus, 8")
	}
	for range n {
		t.piece()
	}
	t.li(29, 0x10000000)
	t.op("sw x0, 4(x29)")
	for range 8 {
		t.op("addi x0, x0, 0")
	}
	out := make([]byte, 4*len(t.words))
	for i, w := range t.words {
		binary.LittleEndian.PutUint32(out[4*i:], w)
	}
	return out
}

// piece appends one random instruction, or a few that belong together.
func (t *torture) piece() {
	switch k := t.IntN(100); {
	case k < 62:
		t.plain()
	case k < 70: // a forward branch over some instructions
		skip := 1 + t.IntN(3)
		b := []string{"beq", "bne", "blt", "bge", "bltu", "bgeu"}[t.IntN(6)]
		target := t.pc() + 4 + 4*uint32(skip)
		if t.IntN(12) == 0 {
			target += 2
		}
		t.op("%s x%d, x%d, 0x%x", b, t.IntN(32), t.IntN(32), target)
		t.straight(skip)
	case k < 75: // a counted loop
		t.op("addi x3, x0, %d", 1+t.IntN(9))
		start := t.pc()
		t.straight(1 + t.IntN(6))
		t.op("addi x3, x3, -1")
		t.op("%s x3, x0, 0x%x", []string{"bne", "blt"}[t.IntN(2)], start)
	case k < 78:
		skip := t.IntN(3)
		t.op("jal x%d, 0x%x", t.reg(), t.pc()+4+4*uint32(skip)+2*uint32(t.IntN(6)/5))
		t.straight(skip)
	case k < 81:
		skip := t.IntN(3)
		t.op("auipc x29, 0")
		t.op("jalr x%d, %d(x29)", t.reg(), 8+4*skip+t.IntN(2)+2*(t.IntN(8)/7))
		t.straight(skip)
	case k < 90:
		t.csr()
	case k < 92: // a return to the next instruction, interrupts as before
		if t.irq {
			t.op("csrrci x0, mstatus, 8")
			t.op("addi x29, x0, 128")
			t.op("csrrs x0, mstatus, x29")
		}
		t.op("auipc x29, 0")
		t.op("addi x29, x29, 16")
		t.op("csrrw x0, mepc, x29")
		t.op("mret")
	case k < 94:
		t.words = append(t.words, t.Uint32()&^3) // compressed: illegal here
	case k < 96:
		t.op("%s", []string{"ecall", "ebreak", "fence", "fence.i", "wfi"}[t.IntN(5)])
	case k < 98 && t.irq: // an interrupt soon
		t.li(29, 0x0200c000)
		t.op("lw x28, -8(x29)")
		t.op("addi x28, x28, %d", t.IntN(24))
		t.li(29, 0x02004000)
		t.op("sw x28, 0(x29)")
	case k < 98: // the timer's registers
		t.li(29, 0x0200c000)
		t.op("%s x%d, %d(x29)", []string{"lw", "lb", "lhu"}[t.IntN(3)], t.reg(), -8+4*t.IntN(2))
	case t.loops > 0:
		t.hardwareLoop(t.IntN(2))
	default:
		t.op("addi x2, x2, %d", 4*(t.IntN(65)-32))
		t.li(2, tortureData)
	}
}

func (t *torture) straight(n int) {
	for range n {
		t.plain()
	}
}

// plain appends one instruction that falls through or is skipped by the handler.
func (t *torture) plain() {
	for {
		ins := t.list[t.IntN(len(t.list))]
		if ins.Trap != nil || ins.System != "" || ins.Loop != nil || ins.Encoding.Field("csr") != nil {
			continue
		}
		jumps := false
		for _, w := range ins.Writes {
			jumps = jumps || w.Kind == isa.DestPC
		}
		if jumps {
			continue
		}
		values := map[string]int64{}
		for _, f := range ins.Encoding.Fields {
			lo, hi := f.Bounds()
			step := int64(1) << f.Shift
			switch {
			case f.Kind == isa.Register && f.Name == "rs1" && (ins.Load != nil || ins.Store != nil):
				values[f.Name] = 2
			case f.Kind == isa.Register:
				values[f.Name] = t.reg()
			case ins.Load != nil || ins.Store != nil:
				access := ins.Load
				if access == nil {
					access = ins.Store
				}
				v := t.Int64N(min(hi, 512)-max(lo, -512)) + max(lo, -512)
				if t.IntN(16) != 0 {
					v &^= int64(access.Size - 1)
				}
				values[f.Name] = v &^ (step - 1)
			default:
				values[f.Name] = (lo + t.Int64N(hi-lo+1)) &^ (step - 1)
			}
		}
		w, err := ins.Encoding.Encode(values)
		if err != nil {
			t.tb.Fatal(ins.Name, err)
		}
		t.words = append(t.words, w)
		return
	}
}

func (t *torture) csr() {
	op := []string{"csrrw", "csrrs", "csrrc"}[t.IntN(3)]
	switch t.IntN(4) {
	case 0:
		writable := []string{"mscratch", "mcycle", "mcycleh", "minstret", "minstreth", "mtval", "mcause", "misa", "mip"}
		t.op("%s x%d, %s, x%d", op, t.reg(), writable[t.IntN(len(writable))], t.reg())
	case 1:
		t.op("%si x%d, 0x%x, %d", op, t.reg(), 0xb00+t.IntN(4), t.IntN(32))
	case 2:
		t.op("csrrs x%d, 0x%x, x%d", t.reg(), []int{0x7c0, 0xf10, 0xc03, 0x310, 0x3a0}[t.IntN(5)], t.IntN(2))
	default:
		readable := []string{"mstatus", "misa", "mie", "mtvec", "mscratch", "mepc", "mcause", "mtval", "mip", "mcycle", "minstret", "mcycleh",
			"minstreth", "cycle", "time", "instret", "cycleh", "timeh", "instreth", "mvendorid", "marchid", "mimpid", "mhartid"}
		t.op("csrrs x%d, %s, x0", t.reg(), readable[t.IntN(len(readable))])
	}
}

// hardwareLoop appends a loop of the extension, perhaps nested, whose set-up is
// the instruction with a count field.
func (t *torture) hardwareLoop(level int) {
	for _, ins := range t.list {
		if ins.Loop == nil || ins.Encoding.Field("count") == nil {
			continue
		}
		at := len(t.words)
		t.words = append(t.words, 0)
		if level == 1 && t.IntN(2) == 0 {
			t.straight(t.IntN(2))
			t.hardwareLoop(0)
			t.straight(t.IntN(2))
		} else {
			t.straight(1 + t.IntN(4))
			if t.IntN(4) == 0 {
				t.op("bne x3, x3, 0x%x", t.pc()-4) // predicted taken, never is
			}
		}
		w, err := ins.Encoding.Encode(map[string]int64{"level": int64(level), "count": t.Int64N(5), "offset": 4 * int64(len(t.words)-1-at)})
		if err != nil {
			t.tb.Fatal(err)
		}
		t.words[at] = w
		return
	}
}
