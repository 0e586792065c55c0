package cosim

import (
	"errors"
	"fmt"

	"marvelgen/gen/isa"
	"marvelgen/gen/sem"
	"marvelgen/verif/iss"
)

// maxVector bounds the words that placing one vector takes, without gaps.
const maxVector = 48

// attempts bounds how often a vector is drawn anew.
const attempts = 400

var errNoPlace = errors.New("no operands were found with which it can be run safely")

// vector places one vector of the kind and executes it.
func (p *program) vector(k *kind) error {
	if err := p.prepare(maxVector); err != nil {
		return err
	}
	var err error
	switch {
	case k.ins.Loop != nil && k.access != nil:
		err = errors.New("it both accesses memory and sets up a loop, which vectors do not cover")
	case k.ins.Loop != nil:
		err = p.placeLoop(k)
	case k.access != nil:
		err = p.placeAccess(k)
	case k.pc != nil:
		err = p.placeJump(k)
	case k.ins.System == "mret":
		err = p.placeReturn(k)
	default:
		d := p.draw(k, false)
		p.point(&d)
		p.put(&d)
	}
	if err == nil {
		err = p.run()
	}
	if err != nil {
		return fmt.Errorf("no vector of %s can be placed: %w", k.ins.Name, err)
	}
	return nil
}

// point makes most writes to a state that holds addresses leave one there, so that
// accesses follow each other without further ado.
func (p *program) point(d *draft) {
	for i := range d.k.ins.Writes {
		w := &d.k.ins.Writes[i]
		if w.Kind == isa.DestState && p.suite.pointers[w.Name] && p.rng.IntN(4) > 0 {
			bits := p.g.widths[w.Name]
			p.solve(d, w.Value, bits, uint64(p.target(4))&(^uint64(0)>>(64-bits)))
		}
	}
}

// put emits the loads of the operands, in random order, and the vector.
func (p *program) put(d *draft) {
	p.putLoads(d)
	p.place(slot{ins: d.k.ins, vector: true}, d.word)
}

func (p *program) putLoads(d *draft) {
	from := p.rng.IntN(32)
	for i := range 32 {
		if r := (from + i) & 31; d.set>>r&1 != 0 {
			p.load(r, d.val[r])
		}
	}
}

// nops emits instructions that are jumped over, or that nothing depends on.
func (p *program) nops(n int) {
	for range n {
		p.emit(p.base.addi)
	}
}

// target draws an address in the scratch memory for an access of the size; some
// are misaligned on purpose.
func (p *program) target(size int) uint32 {
	addr := iss.RAMBase + scratchOff + uint32(p.rng.IntN(scratchLen-8)) + 4
	if size > 1 && p.rng.IntN(20) == 0 {
		return addr&^uint32(size-1) + 1 + uint32(p.rng.IntN(size-1))
	}
	return addr &^ uint32(size-1)
}

// accessible reports whether the access may be made: it is in the scratch memory,
// and aligned unless it is one of those that are meant to trap.
func (p *program) accessible(addr uint32, size int) bool {
	off := addr - iss.RAMBase
	return off >= scratchOff && off < scratchOff+scratchLen-4 && (addr&uint32(size-1) == 0 || p.rng.IntN(20) == 0)
}

// placeAccess places a load or store: an operand is chosen so that the address
// lies in the scratch memory, or other vectors bring the state that holds the
// address there.
func (p *program) placeAccess(k *kind) error {
	n, size := k.access.Addr, k.access.Size
	for i := range attempts {
		d := p.draw(k, false)
		addr := uint32(p.eval(&d, n, 32))
		if !p.accessible(addr, size) {
			want := p.target(size)
			if !p.solve(&d, n, 32, uint64(want)) {
				if i%8 == 0 && len(k.needs) > 0 {
					if err := p.steer(k, &d, want); err != nil {
						return err
					}
				}
				continue
			}
		}
		if p.pcMatters(&d, n) {
			continue
		}
		p.put(&d)
		return nil
	}
	return errNoPlace
}

// pcMatters reports whether the address is another one at the place where the
// vector will really be, which is behind its loads.
func (p *program) pcMatters(d *draft, n *sem.Node) bool {
	before := p.eval(d, n, 32)
	d.pc = p.cursor + 4*d.loads()
	return p.eval(d, n, 32) != before
}

// steer runs a vector of another instruction that writes a state on which the
// address depends, so that the address becomes the wanted one.
func (p *program) steer(k *kind, d *draft, want uint32) error {
	for _, i := range p.rng.Perm(len(k.needs)) {
		name := k.needs[i]
		setters := p.suite.setters[name]
		for _, j := range p.rng.Perm(len(setters)) {
			s := setters[j]
			now := p.element(d, k.access.Addr, name)
			to := now + uint64(want-uint32(p.eval(d, k.access.Addr, 32)))
			for range 8 {
				sd := p.draw(s.kind, false)
				if s.kind.access != nil { // it moves the state only beside its access
					continue
				}
				w := p.g.widths[name]
				if p.solve(&sd, s.write.Value, w, to&(^uint64(0)>>(64-w))) {
					p.put(&sd)
					return p.run()
				}
			}
		}
	}
	return nil
}

// element is the value of the state's element that the node reads.
func (p *program) element(d *draft, n *sem.Node, name string) (v uint64) {
	sem.Walk(func(n *sem.Node) {
		if n.Op == sem.OpRead && n.Name == name {
			v = p.eval(d, n, p.g.widths[name])
		}
	}, n)
	return v
}

// A jump goes to one of these places.
const (
	anywhere   = iota // wherever its operands lead, if that will do
	forward           // over a few instructions
	backward          // to a landing before it
	far               // to a gap or landing area
	misaligned        // on purpose
)

// placeJump places an instruction that writes the pc.
func (p *program) placeJump(k *kind) error {
	for range attempts {
		d := p.draw(k, true)
		style, lead, entry := p.rng.IntN(misaligned+1), uint32(0), uint32(0)
		if style == backward {
			lead = 2 + uint32(p.rng.IntN(6))
			entry = p.cursor + 4*(1+uint32(p.rng.IntN(int(lead)-1)))
		}
		d.pc = p.cursor + 4*(lead+d.loads())
		to, skip := uint32(0), p.rng.IntN(7)
		switch style {
		case forward:
			to = d.pc + 4*uint32(1+skip)
		case backward:
			to = entry
		case far:
			to = p.farAway(d.pc)
		case misaligned:
			to = d.pc + uint32(p.rng.IntN(64)) - 32 | uint32(1+p.rng.IntN(3))
		}
		if style != anywhere {
			p.solve(&d, k.pc.Value, 32, uint64(to)) // if it cannot, it may do as it is
		}
		at := uint32(p.eval(&d, k.pc.Value, 32))
		if d.pc != p.cursor+4*(lead+d.loads()) || !p.comesBack(&d, at, style == backward && at == entry) {
			continue
		}
		if lead > 0 {
			p.emit(p.base.jal, "imm", int(4*lead))
			for range lead - 1 {
				if p.cursor == entry {
					p.emit(p.base.jal, "imm", int(d.pc+4-p.cursor))
				} else {
					p.nops(1)
				}
			}
		}
		p.put(&d)
		p.land(d.pc, at)
		return nil
	}
	return errNoPlace
}

// farAway draws a place at which a jump may land: near the reach of branches, of
// JAL, or any.
func (p *program) farAway(pc uint32) uint32 {
	for range 30 {
		span := [...]uint32{0x1000, 0x1000, 0x100000, 0x40000}[p.rng.IntN(4)]
		to := pc - span + uint32(p.rng.IntN(int(2*span)))&^3
		switch p.rng.IntN(8) {
		case 0:
			to = pc - span
		case 1:
			to = pc + span - 4
		}
		if p.landing(to) {
			return to
		}
	}
	return pc + 4
}

// nearby is how far forward a jump within the code may go.
const nearby = 4 * 8

// comesBack reports whether execution returns after the vector if it goes on at
// the given place.
func (p *program) comesBack(d *draft, at uint32, prepared bool) bool {
	switch {
	case prepared, at&3 != 0, at > d.pc && at <= d.pc+nearby:
		return true
	}
	back := int32(d.pc + 4 - at)
	return p.landing(at) && back < 1<<20 && back >= -1<<20
}

// land emits what follows the vector at pc that goes on at the given place.
func (p *program) land(pc, at uint32) {
	switch {
	case at&3 != 0:
	case at > pc && at <= pc+nearby:
		p.nops(int(at-pc)/4 - 1)
	case p.landing(at):
		p.placeAt(at, slot{ins: p.base.jal}, encode(p.base.jal, "imm", int(int32(pc+4-at))))
	}
}

// placeReturn places an MRET, which goes where mepc says.
func (p *program) placeReturn(k *kind) error {
	for range attempts {
		d := p.draw(k, true)
		r := p.free()
		d.load(r, 0)
		d.pc = p.cursor + 4*(d.loads()+1)
		at := d.pc + 4*uint32(1+p.rng.IntN(7))
		if p.rng.IntN(3) == 0 {
			at = p.farAway(d.pc)
		}
		if !p.comesBack(&d, at, false) {
			continue
		}
		d.load(r, at|uint32(p.rng.IntN(4))) // mepc holds no low bits
		p.putLoads(&d)
		p.emit(p.base.csrrw, "csr", 0x341, "rs1", r)
		p.place(slot{ins: k.ins, vector: true}, d.word)
		p.land(d.pc, at)
		return nil
	}
	return errNoPlace
}

// setter is a write by which an instruction changes a state.
type setter struct {
	kind  *kind
	write *isa.Write
}
