package emit_test

import (
	"fmt"
	"math/big"
	"math/rand/v2"
	"slices"
	"strings"

	"marvelgen/gen/isa"
	"marvelgen/gen/sem"
)

// program writes a C program that calls every intrinsic of a design with corner
// and random operands and compares what it does with the golden evaluation. Its
// main returns 0, or the number of the first step that went wrong.
type program struct {
	m      *isa.Machine
	rng    *rand.Rand
	state  map[string][]uint64
	memory []byte
	body   strings.Builder
	calls  int
	steps  int
}

// region is the memory that the instructions see, inside the RAM of the
// simulated core; on the host it is an array.
const (
	regionBase = 0x80200000
	regionSize = 4096
)

var corners = []uint32{0, 1, 2, 0x7f, 0x80, 0xff, 0x7fff, 0x8000, 0xffff, 0x7fffffff, 0x80000000, 0x80000001, 0xffff8000, 0xfffffffe, 0xffffffff}

func newProgram(m *isa.Machine, seed uint64) *program {
	p := &program{m: m, rng: rand.New(rand.NewPCG(seed, 0)), state: map[string][]uint64{}, memory: make([]byte, regionSize)}
	for _, s := range m.States {
		p.state[s.Name] = slices.Repeat([]uint64{mod(s.Reset, s.Bits)}, s.Count)
	}
	for i := range p.memory {
		p.memory[i] = byte(p.rng.Uint32())
	}
	return p
}

// mod is the low w bits of v.
func mod(v *big.Int, w int) uint64 {
	m := new(big.Int).Lsh(big.NewInt(1), uint(w))
	return m.Mod(v, m).Uint64()
}

// env is the operands of one step.
type env struct {
	p    *program
	ins  *isa.Instruction
	vals map[string]int64 // registers unsigned, immediates as they are
}

func (e env) Input(name string) *big.Int {
	if name != "load" {
		return big.NewInt(e.vals[name])
	}
	a := e.ins.Load
	v := new(big.Int).SetUint64(e.p.peek(e.ins.LoadAddr(e), a.Size))
	if a.Signed {
		return sem.SignExtend(v, 8*a.Size)
	}
	return v
}

func (e env) Element(name string, i int) *big.Int {
	for _, t := range e.p.m.Tables {
		if t.Name == name {
			return t.Values[i]
		}
	}
	for _, s := range e.p.m.States {
		if v := new(big.Int).SetUint64(e.p.state[name][i]); s.Name == name && s.Signed {
			return sem.SignExtend(v, s.Bits)
		} else if s.Name == name {
			return v
		}
	}
	panic(name)
}

func (p *program) peek(addr uint32, size int) uint64 {
	v := uint64(0)
	for i := range size {
		v |= uint64(p.memory[(addr-regionBase)%regionSize+uint32(i)]) << (8 * i)
	}
	return v
}

func inRegion(addr uint32, size int) bool {
	return addr%uint32(size) == 0 && addr >= regionBase && addr-regionBase < regionSize
}

// draw chooses operands; instructions with an access get an address that exists,
// which may be impossible where it comes from private state.
func (p *program) draw(ins *isa.Instruction) (env, bool) {
	for range 1000 {
		e := env{p, ins, map[string]int64{}}
		names := append(sem.Inputs(ins.Exprs()...), "rd", "rs1", "rs2", "rs3")
		for _, n := range names {
			v := p.rng.Uint32()
			if p.rng.IntN(2) == 0 {
				v = corners[p.rng.IntN(len(corners))]
			}
			if n == "rs1" && (ins.Load != nil || ins.Store != nil) {
				v = regionBase + v%regionSize
			}
			e.vals[n] = int64(v)
		}
		for i := range ins.Encoding.Fields {
			if f := &ins.Encoding.Fields[i]; f.Kind == isa.Immediate {
				lo, hi := f.Bounds()
				e.vals[f.Name] = []int64{lo, hi, lo + p.rng.Int64N((hi-lo)>>f.Shift+1)<<f.Shift}[p.rng.IntN(3)]
			}
		}
		if ins.Load != nil && !inRegion(ins.LoadAddr(e), ins.Load.Size) {
			continue
		}
		if x := ins.Store; x != nil {
			if eff := ins.Execute(e, p.m.Spec.StateWidths()); !inRegion(eff.Store.Addr, x.Size) {
				continue
			}
		}
		return e, true
	}
	return env{}, false
}

// call is how a program calls an instruction: its arguments in order, those
// that are written, and whether the result is returned.
type call struct {
	args     []string
	written  map[string]bool
	function bool
}

func callOf(p *isa.Placed) call {
	c := call{written: map[string]bool{}}
	exprs := p.Exprs()
	immediates := false
	for _, w := range p.Results {
		if w != nil {
			c.written[w.Name] = true
		}
	}
	if w := p.Results[2]; w != nil {
		c.args = append(c.args, w.Name)
	}
	for _, n := range sem.Inputs(exprs...) {
		if isFixed(n) && !c.written[n] {
			c.args = append(c.args, n)
		}
	}
	c.function = len(c.written) <= 1 && len(c.args) == 0
	for _, o := range p.Operands {
		for _, name := range []string{o.Field, o.Base} {
			f := p.Encoding.Field(name)
			if f == nil {
				continue
			}
			immediates = immediates || f.Kind == isa.Immediate
			c.args = append(c.args, name)
		}
	}
	c.function = c.function && !immediates
	if c.function { // a result that is no operand is only returned
		c.args = slices.DeleteFunc(c.args, func(n string) bool { return c.written[n] && !sem.Uses(n, exprs...) })
	}
	return c
}

func isFixed(name string) bool {
	n := 0
	k, _ := fmt.Sscanf(name, "x%d", &n)
	return k == 1
}

// step calls one instruction and checks all that it does.
func (p *program) step(ins *isa.Placed) {
	e, ok := p.draw(ins.Instruction)
	if !ok {
		return
	}
	p.steps++
	eff := ins.Execute(e, p.m.Spec.StateWidths())
	c := callOf(ins)
	want := map[string]uint64{}
	for _, w := range eff.Writes {
		if w.Kind != isa.DestState {
			want[w.Name] = w.Value
		}
	}
	for _, w := range eff.Writes {
		if w.Kind == isa.DestState {
			p.state[w.Name][w.Element] = w.Value
		}
	}
	p.body.WriteString("    {\n")
	var args []string
	for _, a := range c.args {
		f := ins.Encoding.Field(a)
		switch {
		case f != nil && f.Kind == isa.Immediate:
			args = append(args, fmt.Sprint(e.vals[a]))
		case c.written[a] && !c.function:
			fmt.Fprintf(&p.body, "        int32_t %s = once(0x%xu);\n", a, e.vals[a])
			args = append(args, a)
			p.calls++
		default:
			args = append(args, fmt.Sprintf("once(0x%xu)", e.vals[a]))
			p.calls++
		}
	}
	text := fmt.Sprintf("%s_%s(%s)", p.m.Spec.Prefix, ins.Name, strings.Join(args, ", "))
	if c.function && len(want) > 0 {
		text = "check(" + fmt.Sprint(p.steps) + ", " + text
		for _, v := range want {
			text += fmt.Sprintf(", 0x%x)", v)
		}
	}
	fmt.Fprintf(&p.body, "        %s;\n", text)
	for _, a := range c.args {
		if c.written[a] && !c.function {
			fmt.Fprintf(&p.body, "        check(%d, %s, 0x%x);\n", p.steps, a, want[a])
		}
	}
	if s := eff.Store; s != nil {
		for i := range s.Size {
			p.memory[s.Addr-regionBase+uint32(i)] = byte(s.Data >> (8 * i))
		}
		word := s.Addr &^ 3
		fmt.Fprintf(&p.body, "        check(%d, (int32_t)peek(0x%xu), 0x%x);\n", p.steps, word, p.peek(word, 4))
	}
	p.body.WriteString("    }\n")
}

// bound reports whether the meaning depends on what C has no hold of.
func bound(ins *isa.Placed) bool {
	return slices.ContainsFunc(sem.Inputs(ins.Exprs()...), func(n string) bool { return n == "pc" || strings.HasSuffix(n, "_index") })
}

// source is the whole program, with n steps of each instruction.
func (p *program) source(n int) string {
	var init strings.Builder
	for i := 0; i < regionSize; i += 4 {
		fmt.Fprintf(&init, "0x%xu,", p.peek(regionBase+uint32(i), 4))
	}
	for range n {
		for _, ins := range p.m.Exts {
			if ins.Loop == nil && !bound(ins) {
				p.step(ins)
			}
		}
	}
	return strings.NewReplacer("NAME", p.m.Spec.Name, "WORDS", init.String(), "BODY", p.body.String(), "CALLS", fmt.Sprint(p.calls),
		"SIZE", fmt.Sprint(regionSize), "BASE", fmt.Sprintf("0x%xu", uint32(regionBase))).Replace(frame)
}

const frame = `#include "riscv_NAME.h"
#ifdef MARVELGEN_EMULATE
#include <stdio.h>
#include <string.h>
static uint32_t region[SIZE / 4];
uint32_t mv_emulate_load(uint32_t address, int size)
{
    uint32_t v = 0;
    memcpy(&v, (char *)region + (address - BASE), (unsigned)size);
    return v;
}
void mv_emulate_store(uint32_t address, int size, uint32_t data) { memcpy((char *)region + (address - BASE), &data, (unsigned)size); }
#else
static volatile uint32_t *const region = (volatile uint32_t *)BASE;
#endif
static const uint32_t initial[] = { WORDS };
static volatile uint32_t zero;
static volatile int first, calls;

// Operands that the compiler cannot see through, counted; it clobbers what a call may clobber.
static __attribute__((noinline)) int32_t once(uint32_t v)
{
    calls++;
    return (int32_t)(v + zero);
}
static __attribute__((noinline)) void check(int step, int32_t got, uint32_t want)
{
    if (first == 0 && (uint32_t)got != want)
        first = step;
}
static inline uint32_t peek(uint32_t address) { return region[(address - BASE) / 4]; }

int main(void)
{
    for (int i = 0; i < SIZE / 4; i++)
        region[i] = initial[i];
    (void)peek;
BODY
    if (first == 0 && calls != CALLS)
        first = 1000000 + calls;
#ifdef MARVELGEN_EMULATE
    printf("%d\n", first);
#endif
    return first;
}
`
