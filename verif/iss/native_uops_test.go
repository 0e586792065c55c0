package iss

import (
	"math/rand/v2"
	"testing"

	"marvelgen/gen/isa"
)

// uopBlock draws a block of arbitrary uops, as instructions of some uops each:
// registers are written by what has 32 bits only, as in compiled code.
func uopBlock(r *rand.Rand, m *Machine) *block {
	big := m.states["big"].slot
	wide := []opcode{opMove, opConst, opAdd64, opSub64, opMul64, opAnd, opOr, opXor, opShl64, opShr64, opSar64, opMux, opExtract, opSext, opSext32, opTable, opRead}
	narrow := []opcode{opAdd32, opSub32, opMul32, opShl32, opShr32, opSar32, opEq, opLtU, opLtS32, opLtS64, opExtract, opSext, opSext8, opSext16,
		opQuoU32, opQuoS32, opRemU32, opRemS32, opLB, opLBU, opLH, opLHU, opLW}
	effects := []opcode{opWrite, opSB, opSH, opSW, opCheckPC, opCheckStore, opTrapIf}
	ends := []opcode{opEnd, opBeq, opBne, opBltU, opBgeU, opBltS, opBgeS, opJump, opJumpTo}
	corners := []uint64{1, 2, 31, 32, 33, 63, 64, 1<<31 - 1, 1 << 31, 1<<32 - 1, 1 << 32, 1 << 63, 1<<64 - 1}
	one := func(list []opcode) opcode { return list[r.IntN(len(list))] }
	var temps []uint16
	source := func() uint16 {
		switch k := r.IntN(8); {
		case k < 3 && len(temps) > 0:
			return temps[r.IntN(len(temps))]
		case k == 3:
			s, _ := m.constant(corners[r.IntN(len(corners))])
			return s
		case k < 6:
			return big
		}
		return uint16(r.IntN(10))
	}
	b := &block{pc: RAMBase, target: RAMBase + 64 + uint32(r.IntN(8)/7)}
	for range 1 + r.IntN(8) {
		temps = temps[:0]
		for range 1 + r.IntN(8) {
			u := uop{a: source(), b: source(), c: source(), imm: uint32(r.IntN(2))}
			switch k := r.IntN(10); {
			case k < 4:
				u.code, u.d = one(wide), big
			case k < 8:
				u.code, u.d = one(narrow), uint16(1+r.IntN(9))
			default:
				u.code = one(effects)
			}
			switch u.code {
			case opExtract:
				u.b, u.c = uint16(r.IntN(32)), uint16(1+r.IntN(32))
			case opSext:
				u.b = uint16(1 + r.IntN(32))
				u.c = u.b + uint16(r.IntN(33-int(u.b)))
				if u.d == big {
					u.c += 32
				}
			case opTable, opRead, opWrite:
				u.imm = 0
			case opCheckPC, opTrapIf: // seldom
				if r.IntN(4) > 0 {
					u.a = 0
				}
			case opCheckStore:
				u.a, u.c = uint16(10+r.IntN(3)), 1<<r.IntN(3)
			}
			if u.code >= opLB && u.code <= opSW {
				u.a = uint16(10 + r.IntN(3))
			}
			if u.writes() && r.IntN(2) == 0 {
				u.d = uint16(slotTemps + 1 + r.IntN(4))
			}
			if u.writes() && u.d >= slotTemps {
				temps = append(temps, u.d)
			}
			b.uops = append(b.uops, u)
		}
		b.add(b.pc+4*b.n, r.IntN(3), 0)
	}
	b.uops = append(b.uops, uop{code: one(ends), a: source(), b: source()})
	b.owner = append(b.owner, uint16(b.n-1))
	if u := &b.uops[len(b.uops)-1]; u.code == opJumpTo {
		u.a = 13
	} else if u.code == opJump {
		b.target &^= 3
	}
	b.taken, b.longest = b.fall, b.fall // so that both ways stop behind it
	return b
}

// uopsDiffer runs blocks of random uops both ways, and says in what they differ.
func uopsDiffer(t *testing.T, blocks int) string {
	t.Helper()
	list := base(t)
	for seed := range uint64(blocks) {
		var ms [2]*Machine
		var bs [2]*block
		for i := range ms {
			r := rand.New(rand.NewPCG(seed, 1))
			m, err := New(Config{Instructions: list, RAMSize: 256, Tables: testTables,
				States: []*isa.State{{Name: "big", Bits: 64, Count: 1}, testStates[1]}})
			if err != nil {
				t.Fatal(err)
			}
			for k := 1; k < 32; k++ {
				m.x[k] = uint64(uint32(int32(r.Uint32()) >> r.IntN(32)))
			}
			for k := 10; k < 13; k++ {
				m.x[k] = uint64(r.IntN(65) * 4 << r.IntN(2) >> r.IntN(3))
			}
			m.x[13] = RAMBase + 32
			m.x[m.states["big"].slot] = r.Uint64()
			for k := range m.ram.w {
				m.ram.w[k] = r.Uint32()
			}
			for k := range m.arrays[0] {
				m.arrays[0][k] = r.Uint64()
			}
			b := uopBlock(r, m)
			m.native.price = 0
			m.deadline = m.cycle + uint64(b.fall)
			if i == 0 {
				m.exec(b)
			} else if err := m.translate(b); err != nil {
				return err.Error()
			} else {
				m.enter(b.region)
				m.native.settle()
			}
			ms[i], bs[i] = m, b
		}
		if d := difference(ms[0], ms[1]); d != "" {
			return d
		}
		if a, b := ms[0].counts(bs[0]), ms[1].counts(bs[1]); a != b {
			return "counts"
		}
	}
	return ""
}

func TestTranslatedUops(t *testing.T) {
	if d := uopsDiffer(t, 300); d != "" {
		t.Error(d)
	}
}
