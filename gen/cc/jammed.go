package cc

import (
	"cmp"
	"slices"
)

// jammed is how a nest's turns go together.
type jammed struct {
	*nest
	number int  // of its labels
	turns  int  // at once
	once   bool // what follows the inner loop is there once, for all of them
	times  int  // rounds that one of its inner loop is
	sums   []place
	base   int     // register of a row to which later ones lie too far for distances, or 0
	far    []place // registers that point to those
	temp   int     // register for what comes from the stack
	other  int     // another one for that
	flag   string  // register that the guard may overwrite
	spare  []int   // registers that hold nothing
	code   []*insn // the inner loop
	check  []string
	saves  int    // cycles, about
	why    string // nothing can be done, or ""
}

// place is where a turn's part of the sum is: in a register of its own, or in one that
// somebody else holds, but for the inner loop. Then it goes to the stack, and what was
// there comes back.
type place struct {
	reg    int
	lent   bool
	number *insn // what was there, if that is a number
	slot   int64 // of the sum; the lender's is the word behind
}

// mostJammed is how many turns go together: with eight, MobileNetV2 is 2 % faster, and
// its code twice as large as stock instead of 1.6 times. mostTimes is how many of their rounds.
const mostJammed, mostTimes = 4, 4

// onceCycles is what a turn takes to find out where its part of the sum comes from.
const onceCycles = 12

// worth is how many hundredths of the cycles code may take that is larger.
const worth = 97

// jam plans to make several turns of a nest at once, as many as pay best. It is nil if there
// is a reason why not, or if it is nothing to the design.
func (r *rewriter) jam(n *nest, telling bool) (best *jammed, why string) {
	least, own := n.cost(r, n.round, 1, 0)
	switch {
	case holdAssembly(r.file.Lines[n.fn.from:n.fn.to]):
		return nil, "the function holds assembly"
	case !own:
		return nil, ""
	case !telling:
		return nil, untold
	}
	for _, once := range []bool{true, false} {
		jumps := n.enter.last() != nil && n.enter.last().class == jump // there is no way into a copy
		if once && r.options.Growth == AnyGrowth && !jumps || !once && jumps {
			continue
		}
		var problem string
		if best, problem = r.jamBest(n, once, least); best != nil {
			return best, ""
		}
		why = cmp.Or(why, problem)
	}
	return nil, cmp.Or(why, "several would not pay")
}

// jamBest plans to make as many turns at once as pay best, if that takes fewer cycles than
// these.
func (r *rewriter) jamBest(n *nest, once bool, before int) (best *jammed, why string) {
	least := before
	for times := 1; times <= mostTimes; times *= 2 { // more have to be worth their code
		for k := 2; k <= mostJammed; k++ {
			j := &jammed{nest: n, turns: k, times: times, once: once}
			if n.turns%uint64(k) != 0 || times > 1 && (n.rounds == 0 || n.rounds%uint64(times) != 0) {
				continue
			}
			if problem := j.plan(r); problem != "" || times > 1 && j.base == 0 {
				why = cmp.Or(why, problem)
				continue
			}
			moves := 2*(k-1) + 2*len(j.far) + 3*len(j.lent())
			if j.once {
				moves += onceCycles * k
			}
			if c, _ := n.cost(r, j.code, k*times, moves*times); c < worth*least/100 {
				best, least = j, c
			}
		}
	}
	if best != nil {
		if n.word != nil {
			before, _ = n.cost(r, n.inner.insns, 1, 0)
		}
		best.saves = (before - least) / 32 * int(n.turns) * r.visits(n.head, usualTrips)
	}
	return best, why
}

// cost is what 32 turns take, without what all have in common, and whether they use
// instructions of the design.
func (n *nest) cost(r *rewriter, code []*insn, turns, moves int) (cycles int, own bool) {
	b := &block{fn: n.fn, insns: code, line: n.inner.line, live: n.inner.live | n.out}
	for _, in := range code {
		b.live |= in.defs() &^ written(n.round)
	}
	kept := r.remarks
	r.selects(b)
	r.remarks = kept
	rounds := int(n.rounds)
	if rounds == 0 {
		rounds = fewTrips
	}
	own = slices.ContainsFunc(b.insns, func(in *insn) bool { return in.m.custom })
	return 32 * (r.cycles(b.insns)*rounds + moves) / turns, own
}

func (j *jammed) gain() int     { return j.saves }
func (j *jammed) where() *block { return j.inner }

// bytes is by how much the function grows at most.
func (j *jammed) bytes() (n int) {
	if j.once {
		return size(j.code) + 4*(len(j.before())+13+2*len(j.sums)+2*len(j.far)+len(j.lent()))
	}
	for _, b := range j.blocks {
		if b != j.inner {
			n += size(b.insns) + 4 // and a jump
		}
	}
	return size(j.code) + j.turns*(n+10*4) + 4*len(j.check)
}

// plan finds registers, and the inner loop's code.
func (j *jammed) plan(r *rewriter) string {
	var used regs
	for _, b := range j.blocks {
		for _, in := range b.insns {
			used |= in.uses() | in.defs()
		}
	}
	fixed := set("ra", "sp", "gp", "tp")
	may := j.fn.writes &^ fixed
	if r.options.StandardCalls {
		may |= allRegs &^ calleeSaved &^ fixed
	}
	free := may &^ (used | j.head.entry | j.leave.entry)
	inner := written(j.inner.insns) | exposed(j.inner.insns) | exposed(j.head.insns) // where it begins is to stay known
	var numbers, others []place
	for _, reg := range r.unfixed() {
		switch c, ok := j.above.regs[reg].IsConst(); {
		case free.has(reg):
			j.spare = append(j.spare, reg)
		case !(may & j.head.entry & j.firm &^ inner).has(reg) || j.steps[reg] != 0:
		case ok && size([]*insn{r.number(reg, int64(int32(c)))}) == 4:
			numbers = append(numbers, place{reg: reg, lent: true, number: r.number(reg, int64(int32(c)))})
		default:
			others = append(others, place{reg: reg, lent: true})
		}
	}
	lent := append(numbers, others...)
	slots, step := int64(0), int64(2*wordBytes)
	if j.once {
		slots, step = int64(wordBytes*(j.turns-1)), wordBytes
	}
	take := func() (p place, ok bool) {
		switch {
		case len(j.spare) > 0:
			p, j.spare = place{reg: j.spare[0]}, j.spare[1:]
		case len(lent) > 0:
			p, lent = lent[0], lent[1:]
			p.slot = slots
			slots += step
		default:
			return p, false
		}
		return p, true
	}
	j.findFar()
	for range j.turns - 1 {
		p, ok := take()
		if j.sums = append(j.sums, p); ok && j.base > 0 {
			p, ok = take()
			j.far = append(j.far, p)
		}
		if !ok {
			return "no registers are free"
		}
	}
	if _, why := j.room(); why != "" {
		return why
	}
	if !j.scratches() {
		return "no register is free for what comes from the stack"
	}
	if j.code = j.together(r); j.code == nil {
		return "its rows lie too far from each other, or no registers are free"
	}
	if j.check = j.guard(r); j.check == nil {
		return "no registers are free to compare addresses"
	}
	return ""
}

// findFar finds a row to which later ones lie too far for distances.
func (j *jammed) findFar() {
	for in, moved := range j.turned {
		base := in.fields.of("rs1").reg
		if last := in.fields.of("imm").imm + moved + int64(j.turns-1)*j.rows[base] + int64(j.times)*j.bases[base]; last > 2047 {
			j.base = base
		}
	}
}

// lent is the places that somebody else holds.
func (j *jammed) lent() (out []place) {
	for _, p := range slices.Concat(j.sums, j.far) {
		if p.lent {
			out = append(out, p)
		}
	}
	return out
}

// unfixed lists registers, at last those that instructions of the design name.
func (r *rewriter) unfixed() (out []int) {
	var fixed regs
	for _, list := range r.mnemonics {
		for _, m := range list {
			fixed |= m.fixedReads
		}
	}
	for reg := 31; reg > 0; reg-- {
		if !fixed.has(reg) {
			out = append(out, reg)
		}
	}
	for reg := 31; reg > 0; reg-- {
		if fixed.has(reg) {
			out = append(out, reg)
		}
	}
	return out
}

// again is what a turn that follows needs of the head.
func (j *jammed) again() []*insn { return needed(j.head.insns, j.out, false) }

// together is the inner loop of all turns, by rounds: what they share, what the others have
// of their own, each with its sum and at its row, and that of the first. It is nil if there
// is none.
func (j *jammed) together(r *rewriter) (code []*insn) {
	first := bit(j.sum)
	for reg, d := range j.rows {
		if d != 0 {
			first |= bit(reg)
		}
	}
	for _, round := range j.split(r) {
		differs := first
		var shared, own []*insn
		var temps regs
		for _, in := range round {
			if in.uses()&differs == 0 {
				shared = append(shared, in)
				differs &^= in.defs()
				continue
			}
			own = append(own, in)
			differs |= in.defs()
			if in.moves() == 0 {
				temps |= in.defs()
			}
		}
		temps &^= written(shared) | exposed(j.round)
		if differs&^first&exposed(j.round) != 0 {
			return nil
		}
		code = append(code, shared...)
		for k := j.turns - 1; k > 0; k-- {
			list := j.copied(own, k, temps)
			if list == nil {
				return nil
			}
			code = append(code, list...)
		}
		code = append(code, own...)
	}
	if code == nil {
		return nil
	}
	return append(code, j.inner.last())
}

// split is the rounds of which one of the inner loop of all turns consists: pointers move
// with the last one.
func (j *jammed) split(r *rewriter) (out [][]*insn) {
	body := j.round[:len(j.round)-1]
	if j.times == 1 {
		return [][]*insn{body}
	}
	still := func(in *insn) bool { return in.moves() == 0 }
	count := 0
	for _, in := range body {
		if still(in) {
			count++
		}
	}
	list := r.unrolled(body, j.times, exposed(j.round))
	if len(list) < j.times*count || slices.ContainsFunc(list[:j.times*count], func(in *insn) bool { return !still(in) }) {
		return nil
	}
	for k := range j.times {
		out = append(out, list[k*count:(k+1)*count:(k+1)*count])
	}
	out[j.times-1] = list[(j.times-1)*count:]
	return out
}

// copied is a round's own part for the k-th turn behind the first one. What pointers move
// by, they move later.
func (j *jammed) copied(own []*insn, k int, temps regs) (out []*insn) {
	for _, reg := range j.spare {
		temps |= bit(reg)
	}
	names, moved := [32]int{}, [32]int64{}
	for reg := range names {
		names[reg] = reg
	}
	names[j.sum] = j.sums[k-1].reg
	var mine regs // temporary ones that hold something
	for i, in := range own {
		if reg := in.moves(); reg > 0 && reg == j.base {
			in = in.with("rd", operand{reg: j.far[k-1].reg}).with("rs1", operand{reg: j.far[k-1].reg})
			in.text = in.print()
			out = append(out, in)
			continue
		} else if reg > 0 && j.rows[reg] != 0 {
			moved[reg] += in.fields.of("imm").imm
			continue
		}
		if len(in.m.writes) != 1 {
			return nil
		}
		if in.m.load != nil {
			base := in.fields.of("rs1").reg
			at := in.fields.of("imm").imm + int64(k)*j.rows[base] + moved[base]
			switch {
			case base == j.base:
				in = in.with("rs1", operand{reg: j.far[k-1].reg})
			case at < -2048 || at > 2047:
				return nil
			default:
				in = in.with("imm", operand{imm: at})
			}
		}
		for reg := 1; reg < 32; reg++ {
			if in.uses().has(reg) && mine.has(names[reg]) && !exposed(own[i+1:]).has(reg) { // for the last time
				temps |= bit(names[reg])
			}
		}
		d := in.dest(in.m.writes[0])
		to := j.sums[k-1].reg
		if d != j.sum {
			if temps == 0 {
				return nil
			}
			for to = 31; !temps.has(to); to-- {
			}
			temps &^= bit(to)
			mine |= bit(to)
		}
		in = in.renamed(func(field string, reg int) int {
			switch {
			case field == in.m.writes[0].field:
				return to
			case j.base > 0 && reg == j.far[k-1].reg:
				return reg
			}
			return names[reg]
		})
		names[d] = to
		copied := *in
		copied.text = copied.print()
		out = append(out, &copied)
	}
	return out
}
