package cc

import (
	"cmp"
	"fmt"
	"slices"

	"marvelgen/gen/cc/asm"
)

// jams is where several turns of a file's loops could be made at once.
type jams struct {
	file  []asm.Line // as it is before that
	fns   []*function
	by    []*rewriter // of each function: what is known of it is in terms of its values
	found []*jammed
	kept  []*promoted
}

// findJams plans that for a file.
func (r *rewriter) findJams(f *asm.File, limits []thrift) *jams {
	p := &jams{file: f.Lines, fns: r.whole(f)}
	telling := r.tellsVolatile(f)
	p.by = make([]*rewriter, len(p.fns))
	found, kept := make([][]*jammed, len(p.fns)), make([][]*promoted, len(p.fns))
	r.parallel(len(p.fns), func(i int) {
		fn := p.fns[i]
		p.by[i] = r.alone()
		if fn.tail() < 0 || r.ctx.Err() != nil || limits[i] >= compact {
			return
		}
		for _, b := range fn.blocks {
			if j := p.by[i].jamAt(b, telling); j != nil {
				found[i] = append(found[i], j)
			}
			if k := p.by[i].promotion(b); k != nil {
				kept[i] = append(kept[i], k)
			}
		}
	})
	p.found, p.kept = slices.Concat(found...), slices.Concat(kept...)
	number := 0 // of labels: the same whatever is chosen, so that what was done to a function stands
	for _, j := range p.found {
		if j.why == "" {
			number = unused(f, "jam", number)
			j.number = number
		}
	}
	number = 0
	for _, k := range p.kept {
		if k.why == "" {
			number = unused(f, "slow", number)
			k.number = number
		}
	}
	return p
}

// jamAt plans it for the loop around a block, and is nil if there is none to speak of.
func (r *rewriter) jamAt(b *block, telling bool) *jammed {
	n, why := r.nest(b.fn, b)
	var j *jammed
	if n != nil && why == "" {
		j, why = r.jam(n, telling)
	}
	if j == nil && why == "" {
		return nil
	}
	if j == nil {
		return &jammed{nest: &nest{fn: b.fn, inner: b}, why: why}
	}
	if err := j.right(r, j.code); err != nil {
		j.why = fmt.Sprintf("several could not be shown to do the same: %v", err)
	}
	return j
}

// jam makes several turns of loops at once where that pays: if code may not become larger by
// any size, of those that save most for what they add. It changes the lines of the file.
func (p *jams) jam(r *rewriter, f *asm.File, b *budget) (remarks []Remark) {
	f.Lines, r.edits = p.file, map[int][]string{}
	r.few, r.cold = map[string]bool{}, map[string]bool{} // others may be chosen than in the round before
	if r.options.Growth != AnyGrowth {
		r.saves(p, b)
	}
	chosen := choose(p.possible(), b, r.options.Growth != AnyGrowth)
	grown := map[*function]int{}
	for _, fn := range p.fns {
		fn.grown = 0
	}
	for _, j := range p.found {
		at := Remark{Line: f.Lines[max(j.inner.line, 0)].No, Function: j.fn.name, Text: fmt.Sprintf("%d turns at a time", j.turns)}
		why := j.why
		switch {
		case why != "":
		case !slices.Contains(chosen, reshaped(j)):
			why = tooLarge
		default:
			if why = r.install(j, reach-j.fn.size()-grown[j.fn]); why == "" {
				grown[j.fn] += j.bytes()
			}
		}
		if why != "" {
			at.Missed, at.Text = true, "one turn at a time: "+why
		}
		remarks = append(remarks, at)
	}
	for _, fn := range p.fns {
		if fn.grown > 0 {
			r.emitFrame(fn)
		}
	}
	remarks = append(remarks, p.promote(r, f, chosen, grown)...)
	r.edit(f)
	return remarks
}

// promote has loops keep words in registers, of those that are chosen.
func (p *jams) promote(r *rewriter, f *asm.File, chosen []reshaped, grown map[*function]int) (remarks []Remark) {
	for _, k := range p.kept {
		fn, why := k.b.fn, k.why
		if slices.ContainsFunc(chosen, func(x reshaped) bool { return x.where() == k.b && x != reshaped(k) }) {
			continue // several turns of the loop are made at once
		}
		at := Remark{Line: f.Lines[k.b.last().line].No, Function: fn.name, Text: "kept in registers in place of memory"}
		switch {
		case why != "":
		case !slices.Contains(chosen, reshaped(k)):
			why = tooLarge
		case k.bytes() >= reach-fn.size()-grown[fn]:
			why = "the function would become too long"
		default:
			k.install(r)
			grown[fn] += k.bytes()
		}
		if why != "" {
			at.Missed, at.Text = true, "left in memory: "+why
		}
		remarks = append(remarks, at)
	}
	return remarks
}

// reshaped is a loop of which code may become larger, so that it takes fewer cycles.
type reshaped interface {
	where() *block
	bytes() int // more
	gain() int  // cycles
}

// choose takes those that save most cycles for their bytes, as far as there are bytes for
// them. Of what can be done to one loop, it takes what saves most.
func choose(list []reshaped, b *budget, bounded bool) (chosen []reshaped) {
	by := map[*block]int{} // of the chosen
	slices.SortStableFunc(list, func(x, y reshaped) int {
		return cmp.Compare(float64(y.gain())/float64(max(y.bytes(), 1)), float64(x.gain())/float64(max(x.bytes(), 1)))
	})
	b.used, b.next = 0, 0
	for _, j := range list {
		n := j.bytes()
		other, taken := by[j.where()]
		if taken {
			if j.gain() <= chosen[other].gain() {
				continue
			}
			n -= chosen[other].bytes()
		}
		if !bounded || b.used+n <= b.bytes {
			b.used += n
			if taken {
				chosen[other] = j
				continue
			}
			by[j.where()] = len(chosen)
			chosen = append(chosen, j)
		} else if b.next == 0 || n < b.next {
			b.next = n
		}
	}
	return chosen
}

// possible lists those that nothing speaks against.
func (p *jams) possible() (list []reshaped) {
	for _, j := range p.found {
		if j.why == "" {
			list = append(list, j)
		}
	}
	for _, k := range p.kept {
		if k.why == "" {
			list = append(list, k)
		}
	}
	return list
}

// install puts the code of several turns in front of a nest, or into it, if so many bytes are
// left. Else it says why not.
func (r *rewriter) install(j *jammed, left int) string {
	if j.bytes() >= left {
		return "the function would become too long"
	}
	need, why := j.room() // another nest of the function may have made its frame larger
	if why != "" {
		return why
	}
	if need > 0 {
		j.grow(r, need)
	}
	for _, name := range j.inner.names {
		r.cold[name] = true
	}
	insert := func(b *block, list []string) {
		line := b.anchor()
		r.edits[line] = append(list, r.edited(line)...)
	}
	if j.once {
		if l := j.enter.last(); l != nil && l.class == jump {
			r.edits[l.line] = append(j.before(), r.edited(l.line)...)
		} else {
			insert(j.head, j.before())
		}
		insert(j.inner, j.between(r))
		if len(j.rest.names) == 0 {
			insert(j.rest, []string{j.behind() + ":"})
		}
		return ""
	}
	insert(j.head, j.text(r))
	if len(j.leave.names) == 0 {
		insert(j.leave, []string{j.place(0, j.leave) + ":"})
	}
	return ""
}
