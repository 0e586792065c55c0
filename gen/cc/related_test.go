package cc

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"marvelgen/gen/cc/asm"
	"marvelgen/gen/sem/norm"
)

// rows stores to one row after the other: where a row ends is computed from its number, where
// it begins is counted up.
const rows = `
	.type	f, @function
f:	li	a3,0
	mv	a4,a0
.L2:	slli	a5,a3,4
	add	a5,a5,a0
	addi	a5,a5,16
	mv	a2,a4
.L3:	sb	a1,0(a2)
	addi	a2,a2,4
	bne	a2,a5,.L3
	addi	a3,a3,1
	addi	a4,a4,16
	bne	a3,a6,.L2
	ret
	.size	f, .-f
`

// TestRelated finds that each row has four places, where it has.
func TestRelated(t *testing.T) {
	const begin, end, next = "\tmv\ta4,a0\n", "\tadd\ta5,a5,a0\n", "\taddi\ta3,a3,1\n\taddi\ta4,a4,16\n"
	other := func(text string) string { return "\tbeq\ta1,zero,.L4\n" + text + ".L4:\n" }
	r := newRewriter(packed(t), Options{StandardCalls: true, Growth: SlightGrowth})
	for _, c := range []struct {
		name, at, with string
		known          bool
	}{
		{"as it is", begin, begin, true},
		{"from another row on", "li\ta3,0", "mv\ta3,a7", false},
		{"from another row on, and its place", begin, "\taddi\ta4,a0,80\n\tli\ta3,5\n", true},
		{"from one of two rows on", begin, begin + other("\taddi\ta4,a0,80\n\tli\ta3,5\n"), true},
		{"from one of two rows on, by another width", begin, begin + other("\taddi\ta4,a0,80\n\tli\ta3,4\n"), false},
		{"at the stack pointer", begin, "\taddi\ta0,sp,8\n" + begin, true},
		{"downwards", next, "\taddi\ta3,a3,-1\n\taddi\ta4,a4,-16\n", true},
		{"by two", next, "\taddi\ta3,a3,2\n\taddi\ta4,a4,32\n", true},
		{"by three, which 16 is no multiple of", next, "\taddi\ta3,a3,3\n\taddi\ta4,a4,16\n", false},
		{"with a gap", next, "\taddi\ta3,a3,1\n\taddi\ta4,a4,20\n", false},
		{"the row only", next, "\taddi\ta3,a3,1\n", false},
		{"against each other", next, "\taddi\ta3,a3,-1\n\taddi\ta4,a4,16\n", false},
		{"sometimes the same again", next, "\tbeq\ta1,zero,.L2\n" + next, true},
		{"sometimes the row only", next, "\taddi\ta3,a3,1\n" + other("\taddi\ta4,a4,16\n"), false},
		{"sometimes back to the first", next, next + "\tli\ta7,9\n\tbne\ta3,a7,.L2\n\tli\ta3,0\n\tmv\ta4,a0\n", true},
		{"sometimes back to another", next, next + "\tli\ta7,9\n\tbne\ta3,a7,.L2\n\tli\ta3,0\n\taddi\ta4,a0,16\n", false},
		{"sometimes only one moves", next, "\taddi\ta3,a3,1\n\tbeq\ta1,zero,.L2\n\taddi\ta4,a4,16\n", false},
		{"the base moves", next, next + "\taddi\ta0,a0,4\n", false},
		{"the base is another one", end, "\tadd\ta5,a5,a7\n", false},
		{"the base is loaded again", next, next + "\tlw\ta0,0(a7)\n", false},
		{"rows of another width", "slli\ta5,a3,4", "slli\ta5,a3,3", false},
		{"the row goes elsewhere", next, next + "\tmv\ta3,a1\n", false},
		{"what a call leaves", begin, begin + "\tcall\tg\n", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			if strings.Count(rows, c.at) != 1 {
				t.Fatalf("%q is not there once", c.at)
			}
			f := asm.Read("f.s", []byte(strings.Replace(rows, c.at, c.with, 1)))
			r.ctx, r.file = context.Background(), f
			fn := r.functions(f)[0]
			latch := fn.blocks[fn.labels[".L3"].index]
			l, why := r.loop(fn, latch, latch)
			if why != "" {
				t.Fatal(why)
			}
			n, known := l.trips(r.norm, r.approach(l.before)).IsConst()
			if known != c.known || known && n != 4 {
				t.Errorf("known to be %d: %t", n, known)
			}
		})
	}
}

// TestWrongRelations takes a4 of a loop to be related to a3, and hears whether it is.
func TestWrongRelations(t *testing.T) {
	r := newRewriter(packed(t), Options{StandardCalls: true, Growth: SlightGrowth})
	for _, c := range []struct {
		name, loop string
		times      uint64
		plus       uint64 // beyond a0
		right      bool
	}{
		{"as it is", "addi\ta3,a3,1; addi\ta4,a4,16", 16, 0, true},
		{"by fewer", "addi\ta3,a3,1; addi\ta4,a4,16", 8, 0, false},
		{"not so in the beginning", "addi\ta3,a3,1; addi\ta4,a4,16", 16, 4, false},
		{"it stays", "addi\ta3,a3,1", 16, 0, false}, // what it held is the same sum of another a3
		{"the other stays", "addi\ta4,a4,16", 16, 0, false},
		{"both stay", "nop", 16, 0, true},
	} {
		f := asm.Read("f.s", []byte("\t.type\tf, @function\nf:\tli\ta3,0\n\tmv\ta4,a0\n.L2:\t"+strings.ReplaceAll(c.loop, ";", "\n\t")+"\n\tbne\ta3,a6,.L2\n\tret\n\t.size\tf, .-f\n"))
		r.ctx, r.file = context.Background(), f
		fn := r.functions(f)[0]
		b := fn.labels[".L2"]
		x := relation{from: 13, times: c.times, plus: r.norm.Scale(fn.blocks[0].named(r.norm, 10), 1, c.plus)}
		apart := &[32]relation{14: x}
		k := slices.Clone(fn.constants(r))
		k[b.id] = &held{regs: k[b.id].regs}
		k[b.id].regs[13] = b.named(r.norm, 13)
		k[b.id].regs[14] = x.value(r.norm, &k[b.id].regs)
		ends := make([]*machine, fn.ids+1)
		for _, b := range []*block{fn.blocks[0], b} {
			ends[b.id] = k.at(r.norm, b)
			ends[b.id].through(b)
		}
		if wrong := slices.Contains(k.wrong(r.norm, b, ends, apart), 14); wrong == c.right {
			t.Errorf("%s: it is wrong: %t", c.name, wrong)
		}
	}
}

// TestKnownHolds executes functions of random code along random ways: what is known of a block is
// what registers hold there, each time.
func TestKnownHolds(t *testing.T) {
	r := newRewriter(packed(t), Options{StandardCalls: true, Growth: SlightGrowth})
	said := 0
	for seed := range uint64(400) {
		n, err := r.executed(seed, 0)
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		said += n
	}
	if said < 10_000 {
		t.Errorf("only %d times something was known", said)
	}
}

// TestKnownHoldsBites adds one to what is known of a register.
func TestKnownHoldsBites(t *testing.T) {
	r := newRewriter(packed(t), Options{StandardCalls: true, Growth: SlightGrowth})
	missed := 0
	for seed := range uint64(100) {
		if _, err := r.executed(seed, 1); err == nil {
			missed++
		}
	}
	if missed > 50 {
		t.Errorf("%d of 100 wrong ones not noticed", missed)
	}
}

// executed makes a function of a seed and executes it, with so much added to what is known of
// one register. It counts how often something was known of one.
func (r *rewriter) executed(seed, wrong uint64) (said int, err error) {
	random := rand.New(rand.NewPCG(seed, 5))
	f := asm.Read("f.s", []byte(randomFunction(random)))
	r.ctx, r.file = context.Background(), f
	fn := r.functions(f)[0]
	k := fn.constants(r)
	if wrong > 0 {
		b := fn.blocks[random.IntN(len(fn.blocks))]
		if k[b.id] == nil {
			return 0, nil
		}
		i := 10 + random.IntN(randomRegisters)
		k[b.id].regs[i] = r.norm.Scale(k[b.id].regs[i], 1, wrong)
	}
	s := &sample{random: random, inputs: map[string]uint64{}} // what names stand for
	m := start(r.norm)
	for i := 1; i < 32; i++ {
		m.regs[i] = r.norm.Const(random.Uint64(), 32)
	}
	b := fn.blocks[0]
	for range 200 {
		for i := 1; i < 32; i++ {
			s.inputs[b.named(r.norm, i).Name], _ = m.regs[i].IsConst()
		}
		for i := 1; i < 32; i++ {
			v := k[b.id].regs[i]
			if v != b.named(r.norm, i) {
				said++
			}
			p := norm.Compile(v)
			p.Run(s)
			if got, _ := m.regs[i].IsConst(); p.Of(v) != got {
				return said, fmt.Errorf("x%d in block %d is %#x, not %s = %#x\n%s", i, b.id, got, v, p.Of(v), f.Text())
			}
		}
		for _, in := range b.insns {
			if in.m != nil {
				m.step(in)
			}
		}
		if len(b.succ) == 0 {
			break
		}
		b = b.succ[random.IntN(len(b.succ))]
	}
	return said, nil
}

// randomRegisters is how many registers random code has, from a0 on.
const randomRegisters = 5

// randomFunction is a function of blocks that move registers by constants, most by the same.
func randomFunction(random *rand.Rand) string {
	var text strings.Builder
	text.WriteString("\t.type\tf, @function\nf:\n")
	reg := func() int { return random.IntN(randomRegisters) }
	const blocks = 6
	for b := range blocks {
		fmt.Fprintf(&text, ".L%d:\n", b)
		for range random.IntN(4) {
			switch x := reg(); random.IntN(6) {
			case 0:
				fmt.Fprintf(&text, "\tmv\ta%d,a%d\n", x, reg())
			case 1:
				fmt.Fprintf(&text, "\tli\ta%d,%d\n", x, random.IntN(3))
			case 2:
				fmt.Fprintf(&text, "\tslli\ta%d,a%d,%d\n", x, reg(), random.IntN(3))
			case 3:
				fmt.Fprintf(&text, "\tadd\ta%d,a%d,a%d\n", x, x, reg())
			default: // several at once, by multiples of the same
				by := random.IntN(3) - 1
				for i := range randomRegisters {
					fmt.Fprintf(&text, "\taddi\ta%d,a%d,%d\n", i, i, by<<min(i, 2))
				}
			}
		}
		fmt.Fprintf(&text, "\tbeq\ta6,a7,.L%d\n", random.IntN(blocks))
	}
	text.WriteString("\tret\n\t.size\tf, .-f\n")
	return text.String()
}
