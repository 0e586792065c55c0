package cc

import (
	"fmt"
	"slices"

	"marvelgen/gen/isa"
)

// Where code may hardly grow, what a nest does behind its inner loop is not copied for each
// of the turns that go together. Each turn goes the loop's own way, but before the inner loop
// it looks at a count on the stack:
//
//	0           the inner loop as it was: the guard has found that addresses overlap
//	1           the inner loop of K turns; the other turns' parts of the sum go to the stack,
//	            and the count becomes K
//	k + 1       no inner loop: the part that lies at k words behind the count is added to the
//	            sum, and the count becomes k
//
// So the turns that follow find their parts at K-1, …, 1 words behind it, and the last of
// them leaves 1. As the number of turns is a multiple of K, the loop ends with that, too.

// part is where the sum of the k-th turn is left on the stack.
func (j *jammed) part(k int) string { return j.frame(int64(wordBytes * (j.turns - k))) }

// scratches finds registers for what comes from the stack. Without copies, the first one
// holds nothing before the inner loop, either, and there are two.
func (j *jammed) scratches() bool {
	if !j.once {
		for reg := 1; reg < 32; reg++ {
			if (written(j.round) &^ (j.out | written(j.again()))).has(reg) {
				j.temp = reg
			}
		}
		return j.temp > 0
	}
	over := written(j.round) &^ j.out
	for reg := 31; reg > 0; reg-- {
		switch free := slices.Contains(j.spare, reg); {
		case j.temp == 0 && (free || over.has(reg) && !j.inner.entry.has(reg)):
			j.temp = reg
		case j.other == 0 && (free || over.has(reg)):
			j.other = reg
		}
	}
	return j.temp > 0 && j.other > 0
}

// before is the guard, and the count.
func (j *jammed) before() []string {
	out := append([]string{text("sw", "zero", j.frame(0))}, j.keeps()...)
	out = append(out, j.check...)
	return append(out, text("li", j.flag, 1), text("sw", j.flag, j.frame(0)))
}

// between is what a turn does before the inner loop.
func (j *jammed) between(r *rewriter) (out []string) {
	name, own := isa.RegNames, label("jam", j.number)
	t, u := name[j.temp], name[j.other]
	out = append(out, text("lw", t, j.frame(0)), text("beq", t, "zero", j.inner.names[0]), text("addi", t, t, -1), text("bne", t, "zero", own+".next"))
	out = append(out, j.inners(r)...)
	for k, p := range j.sums {
		out = append(out, text("sw", name[p.reg], j.part(k+1)))
	}
	out = append(out, j.restores()...)
	out = append(out, text("li", t, j.turns), text("j", own+".on"), own+".next:")
	if j.turns == 2 {
		out = append(out, text("lw", u, j.part(1)))
	} else {
		out = append(out, text("slli", u, t, 2), text("add", u, u, "sp"), text("lw", u, fmt.Sprintf("%d(%s)", j.distance(0), u)))
	}
	out = append(append(out, j.adds(u)...), own+".on:", text("sw", t, j.frame(0)))
	out = append(out, j.leaves(r)...)
	return append(out, text("j", j.behind()))
}

// leaves stores the sum where the inner loop did.
func (j *jammed) leaves(r *rewriter) []string {
	if j.word == nil {
		return nil
	}
	e := r.edited(j.word.line)
	return e[len(e)-1:]
}

// adds adds a turn's part to its sum, in place of its inner loop: the counter holds what that
// ends with.
func (j *jammed) adds(part string) []string {
	name := isa.RegNames
	out := []string{text("add", name[j.sum], name[j.sum], part)}
	if j.counts {
		out = append(out, text("mv", name[j.loop.counter], name[j.loop.bound]))
	}
	return out
}

// behind is the label of what follows the inner loop.
func (j *jammed) behind() string {
	if len(j.rest.names) > 0 {
		return j.rest.names[0]
	}
	return fmt.Sprintf("%s.rest", label("jam", j.number))
}
