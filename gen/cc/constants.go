package cc

// fact is what is known of a register: nothing has got there yet, one number has from
// everywhere, or anything may.
type fact struct {
	kind  factKind
	value int64
}

type factKind uint8

const (
	unreached factKind = iota
	number
	anything
)

// facts is what registers hold at one place.
type facts [32]fact

// meet is what is known where two ways join.
func (f *facts) meet(other *facts) (changed bool) {
	for r := range f {
		x, y := &f[r], other[r]
		switch {
		case y.kind == unreached || *x == y || x.kind == anything:
		case x.kind == unreached:
			*x, changed = y, true
		default:
			*x, changed = fact{kind: anything}, true
		}
	}
	return changed
}

// spared is what a call leaves alone whoever is called: with gcc's -fipa-ra, callers
// may rely on more, but nobody on less.
var spared = calleeSaved | set("sp", "gp", "tp")

// step is what is known behind an instruction.
func (f *facts) step(in *insn) {
	after := fact{kind: anything}
	var written regs
	switch in.class {
	case plain, branch:
		written = in.defs()
		after = f.result(in)
	case call:
		written = allRegs &^ spared
	case opaque:
		written = allRegs
	}
	for r := 1; r < 32; r++ {
		if written.has(r) {
			f[r] = after
		}
	}
}

// result is what an instruction writes that gives a number from a number.
func (f *facts) result(in *insn) fact {
	imm := in.fields["imm"]
	switch {
	case in.m.custom || imm.sym != "":
	case in.m.ins.Name == "set", in.m.ins.Name == "lui":
		return fact{number, int64(int32(imm.imm))}
	case in.m.ins.Name == "addi":
		if x := f[in.fields["rs1"].reg]; in.fields["rs1"].reg == 0 || x.kind == number {
			return fact{number, int64(int32(x.value + imm.imm))}
		} else if x.kind == unreached {
			return x
		}
	}
	return fact{kind: anything}
}

// constants finds what registers hold at the beginning of each block, whatever way
// has led there.
func (fn *function) constants() map[*block]*facts {
	at := map[*block]*facts{}
	for _, b := range fn.blocks {
		at[b] = &facts{}
		if b.open || len(b.pred) == 0 {
			for r := range at[b] {
				at[b][r] = fact{kind: anything}
			}
		}
	}
	for changed := true; changed; {
		changed = false
		for _, b := range fn.blocks {
			end := *at[b]
			for _, in := range b.insns {
				end.step(in)
			}
			for _, s := range b.succ {
				changed = at[s].meet(&end) || changed
			}
		}
	}
	return at
}
