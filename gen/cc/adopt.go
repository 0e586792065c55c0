package cc

import (
	"fmt"
	"slices"
	"strconv"

	"marvelgen/gen/cc/asm"
)

// sp is the stack pointer.
const sp = 2

// frameStep is by how much a stack frame grows: what the calling convention aligns
// it to.
const frameStep = 16

// adopt saves the registers that a candidate wants, and that the function leaves
// alone so far: at its beginning, and back before it returns. They go to registers
// that nobody uses where that is possible, else to the stack.
func (r *rewriter) adopt(fn *function, c *candidate) error {
	var wanted []int
	for _, w := range c.wants {
		if calleeSaved.has(w.to) && !fn.writes.has(w.to) && !slices.Contains(wanted, w.to) {
			wanted = append(wanted, w.to)
		}
	}
	if len(wanted) == 0 {
		return nil
	}
	if !r.options.StandardCalls {
		return fmt.Errorf("%s would have to be saved, and callers may know which registers this function changes", names(wanted))
	}
	if fn.blocks[0].pred != nil {
		return fmt.Errorf("the function begins with a loop")
	}
	saves, err := r.saveInRegisters(fn, wanted)
	if err != nil {
		if saves, err = r.saveOnStack(fn, wanted); err != nil {
			return fmt.Errorf("%s would have to be saved: %w", names(wanted), err)
		}
	}
	for i, b := range fn.blocks {
		b.insns = saves[i]
	}
	for _, s := range wanted {
		fn.writes |= bit(s)
	}
	fn.liveness()
	return nil
}

// saveInRegisters moves registers to others that the function does not use; only
// one that calls no other can. The result is the function's code with that, by block.
func (r *rewriter) saveInRegisters(fn *function, wanted []int) ([][]*insn, error) {
	used := fn.writes | fn.blocks[0].entry
	for _, b := range fn.blocks {
		for _, in := range b.insns {
			used |= in.uses() &^ (in.reads & returnReads) // a return reads what it must not find changed
			if in.class == call || in.class == opaque || in.class == leave && in.reads&^returnReads != 0 {
				return nil, fmt.Errorf("the function calls others")
			}
		}
	}
	var free []int
	for _, t := range []int{31, 30, 29, 28, 7, 6, 5, 17, 16, 15, 14, 13, 12} { // t6 … t0, a7 … a2
		if !used.has(t) {
			free = append(free, t)
		}
	}
	if len(free) < len(wanted) {
		return nil, fmt.Errorf("no registers are free")
	}
	out := fn.code()
	for i, s := range wanted {
		fn.writes |= bit(free[i])
		out[0] = slices.Insert(slices.Clone(out[0]), 0, r.move(free[i], s))
		for k, b := range fn.blocks {
			if l := b.last(); l != nil && l.class == leave {
				out[k] = slices.Insert(slices.Clone(out[k]), len(out[k])-1, r.move(s, free[i]))
			}
		}
	}
	return out, nil
}

// saveOnStack makes the stack frame larger: new places lie above what the frame
// holds, so that only what the caller has put on the stack gets another distance.
// It works where every use of the stack pointer is a distance that is known.
func (r *rewriter) saveOnStack(fn *function, wanted []int) ([][]*insn, error) {
	frame, err := fn.frameSize()
	if err != nil {
		return nil, err
	}
	out := make([][]*insn, len(fn.blocks))
	slot := func(mnemonic, data string, k int) *insn {
		return r.make(mnemonic, fields{{data, operand{reg: wanted[k]}}, {"rs1", operand{reg: sp}}, {"imm", operand{imm: int64(frame + 4*k)}}})
	}
	store := func() (list []*insn) {
		for k := range wanted {
			list = append(list, slot("sw", "rs2", k))
		}
		return list
	}
	load := func() (list []*insn) {
		for k := range wanted {
			list = append(list, slot("lw", "rd", k))
		}
		return list
	}
	for i, b := range fn.blocks {
		var list []*insn
		if i == 0 && frame == 0 {
			list = append(append(list, r.addSP(-frameStep)), store()...)
		}
		for _, in := range b.insns {
			n, adjusts := in.adjustsSP()
			switch {
			case frame > 0 && adjusts && n < 0:
				list = append(append(list, in.enlarged(-frameStep)), store()...)
			case frame > 0 && adjusts:
				list = append(append(list, load()...), in.enlarged(frameStep))
			case frame == 0 && in.class == leave:
				list = append(append(append(list, load()...), r.addSP(frameStep)), in)
			case in.m != nil && in.uses().has(sp) && in.fields.of("imm").imm >= int64(frame):
				list = append(list, in.enlarged(frameStep))
			default:
				list = append(list, in)
			}
		}
		out[i] = list
	}
	fn.grown += frameStep
	return out, nil
}

// frameSize is the size of the function's stack frame, 0 if it has none, and an error
// if that cannot be told or the frame cannot grow.
func (fn *function) frameSize() (int, error) {
	frame, inside := 0, false
	for i, b := range fn.blocks {
		for _, in := range b.insns {
			n, adjusts := in.adjustsSP()
			switch {
			case in.class == opaque, in.class == leave && in.reads == allRegs:
				return 0, fmt.Errorf("the function holds code that is not understood")
			case adjusts && n < 0:
				if i > 0 || inside {
					return 0, fmt.Errorf("its stack frame is not made at its beginning, once")
				}
				frame, inside = int(-n), true
			case in.class == plain && !adjusts && (in.uses() | in.defs()).has(sp):
				if !inside || !in.distance() {
					return 0, fmt.Errorf("it uses the stack pointer in other ways than as the base of its frame")
				}
			}
		}
	}
	calls := false
	for _, b := range fn.blocks {
		for k, in := range b.insns {
			n, adjusts := in.adjustsSP()
			calls = calls || in.class == call
			switch {
			case adjusts && n > 0 && int(n) != frame:
				return 0, fmt.Errorf("its stack frame does not go at once")
			case adjusts && n > 0 && b.last().class != leave:
				return 0, fmt.Errorf("it goes on without its stack frame")
			case in.class == leave && frame > 0 && !slices.ContainsFunc(b.insns[:k], func(x *insn) bool { n, ok := x.adjustsSP(); return ok && n > 0 }):
				return 0, fmt.Errorf("it returns from where its stack frame is not known")
			case in.class == plain && !adjusts && frame > 0 && in.uses().has(sp) && in.m.load == nil && in.m.store == nil && in.fields.of("imm").imm >= int64(frame):
				return 0, fmt.Errorf("it makes addresses in its caller's frame")
			case in.fields.of("imm").imm >= 2047-frameStep && in.uses().has(sp):
				return 0, fmt.Errorf("its stack frame is too large")
			}
		}
	}
	if frame > 2047-frameStep || frame == 0 && calls {
		return 0, fmt.Errorf("its stack frame is too large")
	}
	return frame, nil
}

// adjustsSP reports whether the instruction moves the stack pointer by a constant.
func (in *insn) adjustsSP() (int64, bool) {
	if in.m == nil || in.m.ins.Name != "addi" || in.fields.of("rd").reg != sp || in.fields.of("rs1").reg != sp || in.fields.of("imm").sym != "" {
		return 0, false
	}
	return in.fields.of("imm").imm, true
}

// distance reports whether the instruction uses the stack pointer as a base only,
// with a known distance: a load, a store of something else, or an address.
func (in *insn) distance() bool {
	if in.m.custom || in.fields.of("rs1").reg != sp || in.fields.of("imm").sym != "" || in.defs().has(sp) {
		return false
	}
	if in.m.store != nil {
		return in.fields.of("rs2").reg != sp
	}
	return in.m.load != nil || in.m.ins.Name == "addi"
}

// enlarged is the instruction with n added to its immediate.
func (in *insn) enlarged(n int64) *insn {
	v := in.fields.of("imm")
	v.imm += n
	out := in.with("imm", v)
	out.text = out.print()
	return out
}

func (r *rewriter) addSP(n int64) *insn {
	return r.make("addi", fields{{"rd", operand{reg: sp}}, {"rs1", operand{reg: sp}}, {"imm", operand{imm: n}}})
}

// emitFrame tells debuggers that the frame has grown: what it held lies further below
// the place where it was called from.
func (r *rewriter) emitFrame(fn *function) {
	for i := fn.from; i < fn.to; i++ {
		l := &r.file.Lines[i]
		if l.Kind != asm.Directive || len(l.Args) == 0 {
			continue
		}
		n, err := strconv.Atoi(l.Args[len(l.Args)-1])
		switch {
		case err != nil || n == 0:
		case l.Name == ".cfi_def_cfa_offset":
			r.edits[i] = []string{fmt.Sprintf("\t.cfi_def_cfa_offset %d", n+fn.grown)}
		case l.Name == ".cfi_offset":
			r.edits[i] = []string{fmt.Sprintf("\t.cfi_offset %s, %d", l.Args[0], n-fn.grown)}
		}
	}
}
