package cc

import (
	"fmt"

	"marvelgen/gen/sem/norm"
)

// right checks a round of the inner loop for all turns: it does to the first turn's
// registers what a round of that did; to each place it adds what a round of its turn adds
// to the sum, whatever that is; all turns go on together; and it loads what they load, at
// the same addresses. By induction all rounds do, as there are equally many. Several rounds
// at once do not end before their last: how many are left is a multiple of them.
func (j *jammed) right(r *rewriter, code []*insn) error {
	n := r.norm
	addresses := map[*norm.Value]bool{}
	run := func(m *machine) func(list []*insn) (*norm.Value, error) {
		return func(list []*insn) (taken *norm.Value, err error) {
			for _, in := range list {
				if in.m == nil || in.m.store != nil || in.m.custom {
					return nil, fmt.Errorf("%s is more than loads and sums", in.text)
				}
				if in.m.load != nil {
					at := n.Scale(m.regs[in.fields.of("rs1").reg], 1, uint64(in.fields.of("imm").imm))
					m.loaded = func(_, width int) *norm.Value {
						return n.Extract(n.Element("memory", 8*in.m.load.size, at), 0, width)
					}
					addresses[at] = true
				}
				if _, t := m.step(in); t != nil {
					taken = t
				}
			}
			return taken, nil
		}
	}
	part := func(k int) *norm.Value { return n.Input(fmt.Sprintf("part%d", k), 32) }
	var want [32]*norm.Value
	var goes *norm.Value
	added := make([]*norm.Value, j.turns)
	for k := range j.turns {
		var before [2]*norm.Value
		for i, sum := range []*norm.Value{n.Const(0, 32), part(k)} {
			m := start(n)
			for reg := range m.regs {
				m.regs[reg] = n.Scale(m.regs[reg], 1, uint64(int64(k)*j.rows[reg]))
			}
			if k > 0 || i == 0 {
				m.regs[j.sum] = sum
			}
			at := m.regs[j.sum]
			var taken *norm.Value
			for range j.times {
				var err error
				if taken, err = run(m)(j.round); err != nil {
					return err
				}
			}
			before[i] = n.Sub(m.regs[j.sum], at)
			if k == 0 && i == 1 {
				want, goes = m.regs, taken
			}
			if k == 0 {
				continue
			}
			if taken != goes {
				return fmt.Errorf("turn %d goes on if %s", k, taken)
			}
			for reg := 1; reg < 32; reg++ {
				if reg != j.sum && exposed(j.round).has(reg) && m.regs[reg] != n.Scale(want[reg], 1, uint64(int64(k)*j.rows[reg])) {
					return fmt.Errorf("turn %d: x%d is %s", k, reg, m.regs[reg])
				}
			}
		}
		if added[k] = before[0]; before[0] != before[1] {
			return fmt.Errorf("turn %d adds %s", k, before[1])
		}
	}
	old := len(addresses)
	m := start(n)
	for k, p := range j.sums {
		m.regs[p.reg] = part(k + 1)
	}
	row := func(m [32]*norm.Value, k int) *norm.Value {
		return n.Scale(m[j.base], 1, uint64(int64(k+1)*j.rows[j.base]))
	}
	for k, p := range j.far {
		m.regs[p.reg] = row(m.regs, k)
	}
	taken, err := run(m)(code)
	switch {
	case err != nil:
		return err
	case taken != goes:
		return fmt.Errorf("branch: %s became %s", goes, taken)
	case len(addresses) != old || len(m.accesses) == 0:
		return fmt.Errorf("it loads from elsewhere")
	}
	kept := ^regs(0) &^ (written(j.round) &^ (exposed(j.round) | j.out))
	for _, reg := range j.spare {
		kept &^= bit(reg)
	}
	for k, p := range j.sums {
		kept &^= bit(p.reg)
		if m.regs[p.reg] != n.Add(part(k+1), added[k+1], 1) {
			return fmt.Errorf("x%d: %s is added, not %s", p.reg, n.Sub(m.regs[p.reg], part(k+1)), added[k+1])
		}
	}
	for k, p := range j.far {
		kept &^= bit(p.reg)
		if m.regs[p.reg] != row(want, k) {
			return fmt.Errorf("x%d: %s is no row's end", p.reg, m.regs[p.reg])
		}
	}
	for reg := 1; reg < 32; reg++ {
		if kept.has(reg) && m.regs[reg] != want[reg] {
			return fmt.Errorf("x%d: %s became %s", reg, want[reg], m.regs[reg])
		}
	}
	return nil
}
