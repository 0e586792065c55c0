package cosim

import (
	"fmt"
	"math/big"
	"math/bits"
	"strings"

	"marvelgen/gen/isa"
	"marvelgen/gen/sem"
)

// kind is what placing vectors of one instruction takes to know, all of it found
// in its meaning.
type kind struct {
	ins    *isa.Instruction
	src    *sources
	regs   []*isa.Field // register numbers
	imms   []*isa.Field // the others, but not the number of a CSR
	reads  []*isa.Field // register fields whose registers are operands
	fixed  []int        // registers that are operands by name
	spare  uint32       // bits that mean nothing
	access *isa.Access
	pc     *isa.Write
	plain  bool // goes anywhere: no access, jump, loop set-up, CSR or exception
	needs  []string
}

func newKind(src *sources) *kind {
	ins := src.ins
	k := &kind{ins: ins, src: src, spare: ^ins.Encoding.Mask, access: ins.Load}
	if ins.Store != nil {
		k.access = ins.Store
	}
	for i := range ins.Encoding.Fields {
		f := &ins.Encoding.Fields[i]
		k.spare &^= f.Mask()
		switch {
		case f.Kind == isa.Register:
			k.regs = append(k.regs, f)
			if src.operand[f.Name].field != nil {
				k.reads = append(k.reads, f)
			}
		case f.Name != "csr" || !src.csr:
			k.imms = append(k.imms, f)
		}
	}
	for _, name := range sem.Inputs(ins.Exprs()...) {
		if o := src.operand[name]; o.kind == fromFixed {
			k.fixed = append(k.fixed, o.reg)
		}
	}
	for i := range ins.Writes {
		if ins.Writes[i].Kind == isa.DestPC {
			k.pc = &ins.Writes[i]
		}
	}
	if k.access != nil {
		sem.Walk(func(n *sem.Node) {
			if n.Op == sem.OpRead {
				k.needs = append(k.needs, n.Name)
			}
		}, k.access.Addr)
	}
	k.plain = k.access == nil && k.pc == nil && ins.Loop == nil && ins.Trap == nil && ins.System == "" && !src.csr
	return k
}

// draft is a vector that is being worked out: its word, and what the operand
// registers are to hold.
type draft struct {
	k    *kind
	word uint32
	set  uint32 // registers that are loaded first
	val  [32]uint32
	pc   uint32
}

// corners are values at which hardware breaks first.
var corners = [...]uint32{0, 1, 2, 3, 31, 32, 33, 0x7f, 0x80, 0xff, 0x100, 0x7fff, 0x8000, 0xffff, 0x10000, 0x7fffffff, 0x80000000,
	0x80000001, 0x7ffffffe, 0xffffffff, 0xfffffffe, 0xffffff80, 0xffff8000, 0x80808080, 0x7f7f7f7f, 0x81818181, 0x01010101,
	0x80008000, 0x7fff7fff, 0xffff0000, 0xff00ff00, 0x00ff00ff, 0x55555555, 0xaaaaaaaa}

var laneCorners = [...]uint32{0, 1, 0x7f, 0x80, 0x81, 0xff, 0xfe, 0x55}

// value draws an operand.
func (p *program) value() uint32 {
	switch n := p.rng.IntN(20); {
	case n < 7:
		return corners[p.rng.IntN(len(corners))]
	case n < 10: // lane by lane
		v := uint32(0)
		for range 4 {
			v = v<<8 | laneCorners[p.rng.IntN(len(laneCorners))]
		}
		return v
	case n < 11:
		return 1 << p.rng.IntN(32)
	case n < 12:
		return ^uint32(0) >> p.rng.IntN(32)
	case n < 14:
		return uint32(p.rng.IntN(65) - 32)
	}
	return p.rng.Uint32()
}

// number draws an immediate.
func (p *program) number(f *isa.Field) int64 {
	lo, hi := f.Bounds()
	step := int64(1) << f.Shift
	v := int64(0)
	switch p.rng.IntN(10) {
	case 0:
		return lo
	case 1:
		return hi
	case 2:
	case 3:
		v = step
	case 4:
		v = -step
	case 5:
		v = step << p.rng.IntN(f.Width())
	default:
		v = lo + p.rng.Int64N((hi-lo)/step+1)*step
	}
	if v < lo || v > hi {
		return lo + p.rng.Int64N((hi-lo)/step+1)*step
	}
	return v
}

// register draws a register number that the field can hold: x0 or of the pool.
func (p *program) register(f *isa.Field) int {
	n := 1 << f.Width()
	for range 100 {
		if r := p.free(); r < n && p.rng.IntN(20) > 0 {
			return r
		}
		if p.rng.IntN(4) == 0 {
			break
		}
	}
	return 0
}

// draw makes up a vector. With all, every operand register gets a new value;
// otherwise some keep what former vectors left there.
func (p *program) draw(k *kind, all bool) draft {
	d := draft{k: k, word: k.ins.Encoding.Match}
	if p.rng.IntN(2) == 0 {
		if w := d.word | p.rng.Uint32()&k.spare; p.suite.decoder.Decode(w) == k.ins {
			d.word = w
		}
	}
	last := 0
	for i, f := range k.regs {
		r := p.register(f)
		if i > 0 && p.rng.IntN(8) == 0 && last < 1<<f.Width() {
			r = last // an alias
		}
		last = r
		d.insert(f, int64(r))
	}
	for _, f := range k.imms {
		d.insert(f, p.number(f))
	}
	if k.src.csr {
		d.insert(k.ins.Encoding.Field("csr"), p.csr())
	}
	related := p.rng.IntN(4) == 0
	v := p.value()
	for _, r := range d.operands() {
		if r != 0 && d.set>>r&1 == 0 && (all || p.rng.IntN(8) < 5) {
			d.load(r, v)
			if v = p.relative(v); !related {
				v = p.value()
			}
		}
	}
	return d
}

// relative is a value that comparisons and carries tell apart only just.
func (p *program) relative(v uint32) uint32 {
	return [...]uint32{v, v, v + 1, v - 1, ^v, -v, v ^ 1<<31}[p.rng.IntN(7)]
}

// csr draws the number of a CSR: one to play with, one that is read-only, or one
// that does not exist.
func (p *program) csr() int64 {
	switch p.rng.IntN(20) {
	case 0:
		return 0x341 // mepc
	case 1:
		return 0x342 // mcause
	case 2:
		return 0xf11 + int64(p.rng.IntN(4))
	case 3:
		return [...]int64{0, 0x7c0, 0x106, 0x800, 0xfff}[p.rng.IntN(5)]
	}
	return 0x340 // mscratch
}

func (d *draft) insert(f *isa.Field, v int64) {
	w, err := f.Insert(d.word, v)
	if err != nil {
		panic(fmt.Sprintf("cosim: %s: %v", d.k.ins.Name, err)) // a mistake of this package
	}
	d.word = w
}

func (d *draft) load(reg int, v uint32) {
	d.set |= 1 << reg
	d.val[reg] = v
}

// loads is the number of instructions before the vector itself.
func (d *draft) loads() uint32 { return uint32(bits.OnesCount32(d.set)) }

// operands lists the registers that the vector reads.
func (d *draft) operands() []int {
	out := make([]int, 0, 8)
	for _, f := range d.k.reads {
		out = append(out, int(f.Extract(d.word)&31))
	}
	return append(out, d.k.fixed...)
}

// eval is the low w bits of a part of the draft's meaning, as it would be
// executed at d.pc.
func (p *program) eval(d *draft, n *sem.Node, w int) uint64 {
	g := p.g
	x, pc := g.x, g.pc
	for r := range 32 {
		if d.set>>r&1 != 0 {
			g.x[r] = d.val[r]
		}
	}
	g.at(d.k.ins, d.word, d.pc)
	v := sem.Eval(n, g)
	g.x, g.pc = x, pc
	m := new(big.Int).SetUint64(^uint64(0) >> (64 - w))
	return m.And(m, v).Uint64()
}

// solve changes one operand of the draft, a random one that serves, so that a
// part of its meaning takes the value.
func (p *program) solve(d *draft, n *sem.Node, w int, want uint64) bool {
	if p.eval(d, n, w) == want {
		return true
	}
	inputs := sem.Inputs(n)
	for _, i := range p.rng.Perm(len(inputs)) {
		o := d.k.src.operand[inputs[i]]
		try := *d
		switch o.kind {
		case fromImmediate:
			if p.solveBy(&try, n, w, want, func(v uint64) bool {
				word, err := o.field.Insert(try.word, signed(v, w))
				if err != nil {
					word, err = o.field.Insert(try.word, int64(v))
				}
				try.word = word
				return err == nil
			}) {
				*d = try
				return true
			}
		case fromRegister, fromFixed:
			r := o.reg
			if o.kind == fromRegister {
				r = int(o.field.Extract(d.word) & 31)
			}
			if r != 0 && p.solveBy(&try, n, w, want, func(v uint64) bool { try.load(r, uint32(v)); return v>>32 == 0 || w > 32 }) {
				*d = try
				return true
			}
		}
	}
	return false
}

func signed(v uint64, w int) int64 { return int64(v<<(64-w)) >> (64 - w) }

// solveBy takes the value to depend on one operand linearly, with a small slope,
// and checks whether that was right.
func (p *program) solveBy(d *draft, n *sem.Node, w int, want uint64, set func(uint64) bool) bool {
	before := *d
	if !set(0) {
		return false
	}
	diff := (want - p.eval(d, n, w)) & (^uint64(0) >> (64 - w))
	for _, slope := range [...]uint64{1, 2, 4, 8} {
		v := uint64(signed(diff, w)/int64(slope)) & (^uint64(0) >> (64 - w))
		*d = before
		if set(v) && p.eval(d, n, w) == want {
			return true
		}
	}
	*d = before
	return false
}

// describe lists the operands of an instruction that the golden machine is about
// to execute.
func (p *program) describe(ins *isa.Instruction, word uint32) string {
	p.g.at(ins, word, p.g.pc)
	var parts []string
	note := func(name string, v *big.Int) {
		if v.Sign() < 0 {
			parts = append(parts, fmt.Sprintf("%s = %d", name, v))
			return
		}
		parts = append(parts, fmt.Sprintf("%s = 0x%x", name, v))
	}
	for _, name := range sem.Inputs(ins.Exprs()...) {
		note(name, p.g.Input(name))
	}
	sem.Walk(func(n *sem.Node) {
		if n.Op == sem.OpRead {
			i := int(sem.Eval(n.Args[0], p.g).Int64())
			note(fmt.Sprintf("%s[%d]", n.Name, i), p.g.Element(n.Name, i))
		}
	}, ins.Exprs()...)
	if len(parts) == 0 {
		return "no operands"
	}
	return strings.Join(parts, ", ")
}
